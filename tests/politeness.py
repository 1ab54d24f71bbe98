"""A recorder on loopback: a feed as a polite server sees it, and the score of its readers."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .fakes import item, rss

FRESH = timedelta(hours=2)  # the Cache-Control this server sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    at: datetime
    target: str
    headers: dict[str, str]


@dataclass
class Recorder:
    """Serves one feed under /feed: a new item at each change, odd validators, 304 where due."""

    clock: Callable[[], datetime]
    changes: timedelta = timedelta(hours=7)
    asked: list[Asked] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)  # every validator pair handed out
    port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Recorder]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self._answer(head))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _answer(self, head: str) -> bytes:
        first, *lines = head.strip().split("\r\n")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
        target = first.split(" ")[1]
        if target == "/robots.txt" or target.startswith("/a/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        self.asked.append(Asked(at=self.clock(), target=target, headers=headers))
        version = int(self.clock().timestamp() // self.changes.total_seconds())
        # Opaque and odd, as they are met: weak, with spaces and quotes; a date in no known form.
        etag = (f'W/"v {version};a=b,c"', f'"{version}"', f"{version}-unquoted")[version % 3]
        modified = f"version {version} of the feed"
        conditions = {headers.get("if-none-match"), headers.get("if-modified-since")}
        fresh = f"Cache-Control: max-age={int(FRESH.total_seconds())}\r\n"
        stated = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n{fresh}"
        self.sent.append((etag, modified))
        if conditions & {etag, modified}:
            return f"HTTP/1.1 304 Not Modified\r\n{stated}\r\n".encode()
        items = (
            item(n, link=f"http://127.0.0.1:{self.port}/a/{n}")
            for n in range(version - 20, version)
        )
        body = rss(*items, title="The Recorder")
        return f"HTTP/1.1 200 OK\r\n{stated}Content-Length: {len(body)}\r\n\r\n".encode() + body


def score(recorder: Recorder) -> Counter[str]:
    """The faults of whoever read the recorder's feed, by kind; a good reader has none.

    The counters are those of the feed reader score at rachelbythebay.com (requests too soon,
    unconditional, validators out of sequence or invented, cookies, Referer, query strings), and
    from openrss.org: max-age ignored, no feed type in Accept, no contact in the User-Agent.
    """
    faults: Counter[str] = Counter()
    full: datetime | None = None
    for number, asked in enumerate(recorder.asked):
        handed = recorder.sent[:number]
        tags, dates = ({pair[side] for pair in handed} for side in (0, 1))
        tag = asked.headers.get("if-none-match")
        date = asked.headers.get("if-modified-since")
        if number:
            before = recorder.asked[number - 1]
            faults["under an hour"] += asked.at - before.at < timedelta(hours=1)
            faults["max-age ignored"] += asked.at - before.at < FRESH
            faults["out of sequence"] += tag in tags and tag != handed[-1][0]
            faults["out of sequence"] += date in dates and date != handed[-1][1]
        if tag is None and date is None:
            # Once a week the whole feed may be asked for, in case that a cache is stuck.
            faults["unconditional"] += full is not None and asked.at - full < timedelta(days=7)
        if number and (tag is None or date is None) and tag is not date:
            faults["half conditional"] += 1
        if tag is None:
            full = asked.at
        faults["invented"] += (tag is not None and tag not in tags) or (
            date is not None and date not in dates
        )
        faults.update(_faults_of_headers(asked))
    return +faults


def _faults_of_headers(asked: Asked) -> Counter[str]:
    headers = asked.headers
    return Counter(
        {
            "cookie": "cookie" in headers,
            "referer": "referer" in headers,
            "query": asked.target != "/feed",
            "no feed type": re.search(r"(?:rss|atom)\+xml", headers.get("accept", "")) is None,
            "no contact": re.search(r"\+https?://|@", headers.get("user-agent", "")) is None,
            "no gzip": "gzip" not in headers.get("accept-encoding", ""),
        }
    )
