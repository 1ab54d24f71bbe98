"""`digest preview`: the newest edition, its mail and its text side by side, on this machine.

With --watch, the three are rendered again whenever a template changes. A template that fails is
reported with file and line, and the last version that worked stays in view.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    OutputOption,
    settings_of,
)
from digest.model import Edition
from digest.model.errors import DigestError, TemplateError
from digest.services.preview import EditionSource, edition_source
from digest.services.renderers import renderers

if TYPE_CHECKING:
    from digest.render import LiveRenderer, Renderer

HOST = "127.0.0.1"

_SHELL = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Preview</title><style>
body { margin: 0; display: grid; grid-template: auto 1fr / 2fr 1.2fr 1.2fr; height: 100vh;
  font: 14px/1.5 system-ui, sans-serif; color-scheme: light dark; }
p { grid-column: 1 / -1; margin: 0; padding: .4rem .8rem; }
#problem:not(:empty) { background: #8c2d18; color: #fff; font-family: monospace; }
iframe { width: 100%; height: 100%; border: 0; border-inline-start: 1px solid #8888; }
</style></head><body><p id="problem" role="status">@PROBLEM@</p>
<iframe title="Page" src="/@PAGE@"></iframe>
<iframe title="Email" src="/-/email.html"></iframe>
<iframe title="Text" src="/-/email.txt"></iframe>
@WATCH@</body></html>
"""
_WATCH = """<script>
let last = @VERSION@;
setInterval(async () => {
  const state = await (await fetch("/-/state")).json();
  document.getElementById("problem").textContent = state.problem;
  if (last !== state.version)
    for (const frame of document.querySelectorAll("iframe")) frame.contentWindow.location.reload();
  last = state.version;
}, 200);
</script>
"""


@dataclass(kw_only=True)
class Stage:
    """What the preview shows: files rendered when they are requested, others from `output`.

    The rest of the site is rendered as a whole when one of its files is first requested.
    """

    editions: EditionSource
    live: LiveRenderer
    output: Path
    watch: bool = False
    _renderer: Renderer | None = None
    _version: int = 0
    _edition: Edition | None = None
    _files: dict[str, bytes] = field(default_factory=dict)
    _fault: str = ""  # what failed with this edition but not with the sample
    _lock: Lock = field(default_factory=Lock)

    def get(self, path: str) -> bytes | None:
        """The body at a path of the preview, or None."""
        with self._lock:
            renderer, edition = self._refreshed()
            problem = str(self.live.problem or self._fault)
            if path == "-/state":
                return json.dumps({"version": self._version, "problem": problem}).encode()
            if path == "":
                return self._shell(edition, problem)
            if path not in self._files and "whole" not in self._files:
                try:
                    self._files |= self._rendered(path, renderer, edition)
                except TemplateError as error:
                    self._fault = str(error)
                    return escape(self._fault).encode()
            return self._files.get(path) or self._written(path)

    def _refreshed(self) -> tuple[Renderer, Edition]:
        renderer = self.live.current()
        if renderer is not self._renderer or self._edition is None:
            self._renderer = renderer
            self._edition = self.editions.newest()
            self._version += 1
            self._files.clear()
            self._fault = ""
        return renderer, self._edition

    def _shell(self, edition: Edition, problem: str) -> bytes:
        watch = _WATCH.replace("@VERSION@", str(self._version)) if self.watch else ""
        shell = _SHELL.replace("@PAGE@", f"{edition.id}/index.html").replace("@WATCH@", watch)
        return shell.replace("@PROBLEM@", escape(problem)).encode()

    def _rendered(self, path: str, renderer: Renderer, edition: Edition) -> dict[str, bytes]:
        if path == f"{edition.id}/index.html":
            page = renderer.page(edition)
            return {page.path: page.body}
        if path in {"-/email.html", "-/email.txt"}:
            mail = renderer.mail(edition)
            return {"-/email.html": mail.html.encode(), "-/email.txt": mail.text.encode()}
        files = renderer.files(edition, *self.editions.around(edition, renderer))
        return {file.path: file.body for file in files} | {"whole": b""}

    def _written(self, path: str) -> bytes | None:
        target = (self.output / path).resolve()
        if target.is_relative_to(self.output.resolve()) and target.is_file():
            return target.read_bytes()
        return None


def server(stage: Stage, port: int) -> ThreadingHTTPServer:
    """A server for a stage, on loopback only; port 0 means any free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # Another host name (DNS rebinding) would let a web page read what is shown.
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            path = unquote(urlsplit(self.path).path).lstrip("/")
            body = stage.get(path) if host in {HOST, "localhost"} else None
            kind = mimetypes.guess_type(path)[0] or "text/html"
            charset = "" if kind.startswith("image/") else "; charset=utf-8"
            self.send_response(HTTPStatus.OK if body is not None else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", f"{kind}{charset}")
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body if body is not None else b"There is nothing here.\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """A preview has no log."""

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DigestError(
            f"{HOST}:{port}: cannot listen here: {reason}; try another --port"
        ) from error


def preview(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    port: Annotated[
        int, typer.Option("--port", help="Port to serve at; 0 means any free one.")
    ] = 8000,
    watch: Annotated[
        bool, typer.Option("--watch", help="Render again when a template changes.")
    ] = False,
) -> None:
    """Show the newest edition and its mail in a browser.

    Serves them side by side, on this machine only.
    """
    settings = settings_of(config, output, database)
    with edition_source(settings) as editions:
        stage = Stage(
            editions=editions,
            live=renderers(settings),
            output=settings.digest.output,
            watch=watch,
        )
        stage.get("-/state")  # a faulty template ends the command here
        with server(stage, port) as serving:
            typer.echo(f"Open http://{HOST}:{serving.server_port}/ (Ctrl-C to stop)")
            serving.serve_forever()
