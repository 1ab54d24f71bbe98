"""An offline newsroom: invented outlets served over real HTTP on the loopback interface.

The articles lie in a folder as small TOML files, one folder per outlet. Each outlet answers at
an address of its own (127.2.0.1, 127.2.0.2, ...), so that everything which goes by host works
as it does on the open web. The clock is set by hand: only what was published by then is shown.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from string import Template
from types import TracebackType
from typing import Any, Self

from digest.tools.newsroom.files import READINGS, Item, Outlet, load

_FEED_LENGTH = 20
_ATTEMPTS = 20
_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
}
_HTML = "text/html; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450"/>'
_EMPTY = re.compile(r'<([\w:]+)(?: [^<>/]*)?></\1>|<meta property="[\w:]+" content="">')


def _fill(text: str, values: dict[str, str]) -> str:
    """Put the values into a layout and leave out every element that stays empty."""
    text = Template(text).substitute(values)
    while (shorter := _EMPTY.sub("", text)) != text:
        text = shorter
    return text


def _outlet_values(outlet: Outlet, items: list[Item], base: str) -> dict[str, str]:
    newest = max((item.available for item in items), default=READINGS[0])
    values = {
        "outlet": outlet.slug,
        "name": outlet.name,
        "section": outlet.section,
        "tagline": outlet.tagline,
        "home": f"{base}/",
        "newest": newest.isoformat(),
    }
    order = "".join(f'<rdf:li rdf:resource="{base}{item.path}"/>' for item in items)
    return {key: escape(value) for key, value in values.items()} | {"order": order}


def _item_values(outlet: Outlet, item: Item, base: str) -> dict[str, str]:
    at = item.published
    values = {
        "slug": item.slug,
        "title": item.title,
        "url": base + item.path,
        "path": item.path,
        "guid": item.guid,
        "teaser": item.teaser,
        "content": item.html if outlet.full_text else "",
        "author": item.author,
        "mail_date": format_datetime(at, usegmt=True) if at else "",
        "date": at.isoformat(timespec="seconds") if at else "",
        "minute": at.isoformat(timespec="minutes") if at else "",
        "shown_date": f"{at:%d %B %Y, %H:%M} UTC".lstrip("0") if at else "",
        "minutes": str(max(1, round(len(item.text.split()) / 200))),
    }
    return {key: escape(value) for key, value in values.items()}


def _listing(outlet: Outlet, items: list[Item], base: str, layout: str) -> str:
    """A feed or front page: the layout holds one entry between two item marks."""
    start, entry, end = layout.split("<!-- item -->")
    common = _outlet_values(outlet, items, base)
    entries = [_fill(entry, common | _item_values(outlet, item, base)) for item in items]
    return _fill(start, common) + "".join(entries) + _fill(end, common)


def _json_feed(outlet: Outlet, items: list[Item], base: str) -> str:
    entries: list[dict[str, Any]] = []
    for item in items:
        entry: dict[str, Any] = {"id": item.guid, "url": base + item.path, "title": item.title}
        entry |= {"content_html": item.html} if outlet.full_text else {"content_text": item.teaser}
        if item.published:
            entry["date_published"] = item.published.isoformat()
        if item.author:
            entry["authors"] = [{"name": item.author}]
        entries.append(entry)
    feed: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": outlet.name}
    feed |= {"home_page_url": f"{base}/", "feed_url": f"{base}/feed", "language": "en"}
    feed |= {"description": outlet.tagline, "items": entries}
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _links(items: list[Item]) -> str:
    return "".join(f'<li><a href="{i.path}">{escape(i.title)}</a></li>\n' for i in items)


def _json_ld(outlet: Outlet, item: Item, base: str) -> str:
    data: dict[str, Any] = {"@context": "https://schema.org", "@type": "NewsArticle"}
    data |= {"headline": item.title, "mainEntityOfPage": base + item.path}
    if item.published:
        data["datePublished"] = item.published.isoformat(timespec="minutes")
    if item.author:
        data["author"] = {"@type": "Person", "name": item.author}
    data["publisher"] = {"@type": "Organization", "name": outlet.name}
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _page(outlet: Outlet, items: list[Item], item: Item, base: str, layout: str) -> str:
    paragraphs = item.html.split("\n")
    others = [other for other in items if other != item]
    values = _outlet_values(outlet, items, base) | _item_values(outlet, item, base)
    values |= {
        "author": values["author"] or f"{values['name']} staff",
        "opening": "\n".join(paragraphs[:2]),
        "rest": "\n".join(paragraphs[2:]),
        "json_ld": _json_ld(outlet, item, base),
        "related": _links(others[:3]),
        "more": _links(others[3:7]),
    }
    return _fill(layout, values)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, room: Newsroom, outlet: Outlet, address: tuple[str, int]) -> None:
        self.room = room
        self.outlet = outlet
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # without the name lookup that HTTPServer adds
        self.server_name, self.server_port = self.socket.getsockname()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing: the newsroom keeps its own record of requests."""

    def do_GET(self) -> None:
        outlet, base = self.server.outlet, self.server.room.address(self.server.outlet.slug)
        status, kind, text, changed = self.server.room.answer(outlet, self.path, base)
        body = text.encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        if status == HTTPStatus.OK and tag in self.headers.get("If-None-Match", ""):
            status, body = HTTPStatus.NOT_MODIFIED, b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = str(self.server.server_address[0])
        self.server.room.requests.append((host, self.path, int(status), headers))
        self.send_response(status)
        if status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            self.send_header("ETag", tag)
            if changed:
                self.send_header("Last-Modified", format_datetime(changed, usegmt=True))
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815


class Newsroom:
    """Serve the outlets in `folder`; use it as a context manager.

    `now` is the newsroom's clock and may be set at any time. `requests` holds one
    (host, path, status, request headers with names in lower case) for each request answered.
    """

    def __init__(self, folder: Path, *, port: int = 0, now: datetime = READINGS[-1]) -> None:
        self.outlets = load(folder)
        self.now = now
        self.requests: list[tuple[str, str, int, dict[str, str]]] = []
        self._port = port
        self._servers: list[_Server] = []
        files = sorted((folder / "layouts").iterdir())
        self._layouts = {file.stem: file.read_text(encoding="utf-8") for file in files}
        for outlet in self.outlets:
            if outlet.layout not in self._layouts:
                raise ValueError(f"{folder / outlet.slug}: no layout {outlet.layout!r}")

    def __enter__(self) -> Self:
        for attempt in range(_ATTEMPTS):
            try:
                self._bind()
                break
            except OSError:  # the port is taken at a later address
                self._close()
                if self._port or attempt == _ATTEMPTS - 1:
                    raise
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.shutdown()
        self._close()

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()
        self._servers = []

    def _bind(self) -> None:
        port = self._port
        for number, outlet in enumerate(self.outlets, 1):
            server = _Server(self, outlet, (f"127.2.0.{number}", port))
            self._servers.append(server)
            port = server.server_port

    def address(self, slug: str) -> str:
        """The address of an outlet, without a slash at its end."""
        for server in self._servers:
            if server.outlet.slug == slug:
                return f"http://{server.server_address[0]!s}:{server.server_port}"
        raise ValueError(f"no outlet {slug!r} is being served")

    def answer(
        self, outlet: Outlet, path: str, base: str
    ) -> tuple[HTTPStatus, str, str, datetime | None]:
        """Status, content type, text and time of last change for one path of an outlet."""
        if outlet.fails:
            return HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, "Out of order\n", None
        shown = [item for item in outlet.items if item.available <= self.now]
        newest = shown[:_FEED_LENGTH]
        if path == "/feed":
            changed = max((item.available for item in newest), default=READINGS[0])
            if outlet.format == "json":
                text = _json_feed(outlet, newest, base)
            else:
                text = _listing(outlet, newest, base, self._layouts[f"feed-{outlet.format}"])
            return HTTPStatus.OK, _TYPES[outlet.format], text, changed
        if path == "/":
            return (
                HTTPStatus.OK,
                _HTML,
                _listing(outlet, newest, base, self._layouts["front"]),
                None,
            )
        for item in shown:
            if path == item.path:
                page = _page(outlet, shown, item, base, self._layouts[outlet.layout])
                return HTTPStatus.OK, _HTML, page, None
        if path.startswith("/pictures/"):
            return HTTPStatus.OK, "image/svg+xml", _PICTURE, None
        return HTTPStatus.NOT_FOUND, _PLAIN, "No such page\n", None

    def config(self, *, output: str, database: str) -> str:
        """A configuration file that subscribes to every outlet."""
        text = json.dumps
        lines = ["[digest]", 'title = "The Demo Digest"', 'language = "en"', 'timezone = "UTC"']
        lines += [f"database = {text(database)}", f"output = {text(output)}"]
        lines += ["", "[fetch]", "host_gap = 0.02"]
        for outlet in self.outlets:
            lines += ["", "[[feeds]]", f"url = {text(self.address(outlet.slug) + '/feed')}"]
            lines += [f"title = {text(outlet.name)}", f"section = {text(outlet.section)}"]
        return "\n".join(lines) + "\n"
