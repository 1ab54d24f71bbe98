"""A server on loopback whose feeds and pages a test writes, and which notes what is asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from xml.sax.saxutils import escape

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
