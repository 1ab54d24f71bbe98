"""A server on loopback whose feeds and pages a test writes, and which notes what is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

from .command import digest

SETTINGS = "[fetch]\nhost_gap = 0\nconcurrency = 5\nworkers = 1\nworker_timeout = 120\n"
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
TEXT = "The harbour council met on {day} and decided on {what} after a long debate. " * 12


@dataclass
class Answer:
    """What a path answers; `needs` are headers without which it answers 401."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)


class FeedServer:
    """A context manager; `url(path)` is where it serves."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"/robots.txt": Answer(kind="text/plain")}
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                stated = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((path, stated))
                found = outer.answers.get(path, Answer(status=404))
                if any(stated.get(name) != value for name, value in found.needs.items()):
                    found = Answer(status=401)
                self.send_response(found.status)
                self.send_header("Content-Type", found.kind)
                self.send_header("Content-Length", str(len(found.body)))
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(found.body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of all requests for a path."""
        return [headers for asked, headers in self.requests if asked == path]

    def feed(self, path: str, *entries: str, pages: bool = True, **answer: Any) -> None:
        """A feed with these <item>s' contents (see `item`), and an article behind each."""
        body = (
            f"<rss version='2.0'><channel><title>Feed {path}</title>{''.join(entries)}"
            "</channel></rss>"
        )
        self.answers[path] = Answer(body.encode(), kind="application/rss+xml", **answer)
        if pages:
            for number in range(100):
                what = f"plan number {number} of {path}"
                self.page(f"{path}/{number}", TEXT.format(day="Monday", what=what))

    def page(self, path: str, text: str, **answer: Any) -> None:
        """An article's page."""
        html = f"<html><body><article><h1>A page</h1><p>{escape(text)}</p></article></body></html>"
        self.answers[path] = Answer(html.encode(), **answer)

    def item(self, feed: str, number: int, title: str, more: str = "", hours: float = 0) -> str:
        """An <item> of a feed, published some hours before START."""
        date = format_datetime(START - timedelta(hours=hours))
        return (
            f"<item><title>{escape(title)}</title><link>{self.url(f'{feed}/{number}')}</link>"
            f"<guid>{feed}-{number}</guid><pubDate>{date}</pubDate>{more}</item>"
        )


class Operator:
    """Writes feeds.toml and runs commands on it."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.path, self.server = folder / "feeds.toml", server

    def write(self, *feeds: str, top: str = "") -> None:
        """The file, a [[feeds]] table for each text; PORT is the server's."""
        tables = "".join(f"[[feeds]]\n{feed}\n" for feed in feeds)
        text = f"{SETTINGS}{top}\n{tables}".replace("PORT", str(self.server.port))
        self.path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, at: datetime = START) -> Any:
        """A command that may reach the server; its report where it prints one."""
        options = ["-c", str(self.path), "--now", at.isoformat()]
        if arguments[0] in {"collect", "run"} or arguments[:2] == ("feeds", "check"):
            options += ["--allow-address", "127.0.0.0/8"]
        done = digest(*arguments, *options)
        return json.loads(done.stdout) if "--json" in arguments else done

    def collect(self, at: datetime = START) -> dict[str, Any]:
        """The report of the first feed."""
        feed: dict[str, Any] = self.run("collect", "--json", at=at)["feeds"][0]
        return feed
