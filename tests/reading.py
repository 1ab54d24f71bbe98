"""Sites on loopback that answer as given, byte for byte, and what the program makes of them."""

from __future__ import annotations

import asyncio
import json
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .command import digest

FIRST_DAY = datetime.fromisoformat("2026-11-25T20:00:00+00:00")
HTML = "text/html; charset=utf-8"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked for; header names are in lower case."""

    target: str
    headers: Mapping[str, str]


Answer = Callable[[Request, int], bytes | None]  # of the request and the number of polls so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A feed and its pages at a host of their own, `{H}`, and at a second one, `{B}`.

    `answer` gives the whole response at the feed's host, `elsewhere` at the second one; None is
    404. `toml` holds further lines for the feed's table in feeds.toml.
    """

    name: str
    answer: Answer
    elsewhere: Answer = lambda request, poll: None
    feed: str = "/feed.xml"
    toml: str = ""
    polls: int = 1


@dataclass(slots=True)
class Read:
    """What the program has of a site: its articles, newest first, and its last word on it."""

    articles: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = ""
    reason: str = ""
    new: list[int] = field(default_factory=list)  # articles, by poll
    notes: list[str] = field(default_factory=list)

    @property
    def only(self) -> dict[str, Any]:
        """The one article; it is an error if there are more or none."""
        assert 1 == len(self.articles), (
            self.reason,
            [article["title"] for article in self.articles],
        )
        return self.articles[0]


def response(
    body: bytes | str, content_type: str | None = HTML, *headers: str, status: str = "200 OK"
) -> bytes:
    """An HTTP/1.1 response with its length stated."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + data


def from_paths(
    paths: Mapping[str, bytes | Sequence[bytes]],
) -> Answer:
    """Whole responses by path; of several the one of this poll, or else the last."""

    def answer(request: Request, poll: int) -> bytes | None:
        found = paths.get(request.target)
        if found is None or isinstance(found, bytes):
            return found
        return found[min(poll, len(found) - 1)]

    return answer


class Sites:
    """Serves sites, each at two addresses of 127.20.0.0/16."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self.sites = tuple(sites)
        self.poll = 0
        self.asked: list[tuple[str, Request]] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()

    def home(self, site: Site) -> str:
        """Where a site's feed lies, without a slash at the end."""
        return f"http://{self._host(site, 1)}:{self.port}"

    def other(self, site: Site) -> str:
        """A site's second host."""
        return f"http://{self._host(site, 2)}:{self.port}"

    def _host(self, site: Site, number: int) -> str:
        return f"127.20.{self.sites.index(site) + 1}.{number}"

    @contextmanager
    def running(self) -> Iterator[Sites]:
        """Serve until the end of the block."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _listen(self) -> None:
        self._servers = []
        for site in self.sites:
            for number in (1, 2):
                server = await asyncio.start_server(
                    self._talk(site, number), self._host(site, number), self.port
                )
                self.port = server.sockets[0].getsockname()[1]
                self._servers.append(server)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _talk(
        self, site: Site, number: int
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    writer.write(self._answer(site, number, head))
                    await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        return talk

    def _answer(self, site: Site, number: int, head: str) -> bytes:
        first, *lines = head.strip().split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        request = Request(
            target=first.split(" ")[1], headers={name.lower(): value for name, _, value in pairs}
        )
        self.asked.append((site.name, request))
        answer = site.answer if number == 1 else site.elsewhere
        found = answer(request, self.poll) or NOT_FOUND
        return self._filled(found, site)

    def _filled(self, found: bytes, site: Site) -> bytes:
        """The response with the hosts filled in and the length of its body put right."""
        filled = found.replace(b"{H}", self.home(site).encode())
        filled = filled.replace(b"{B}", self.other(site).encode())
        if filled == found:
            return found
        head, _, body = filled.partition(b"\r\n\r\n")
        lines = [
            b"Content-Length: %d" % len(body) if line.startswith(b"Content-Length:") else line
            for line in head.split(b"\r\n")
        ]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body


def configuration(running: Sites, folder: Path, settings: str = "") -> Path:
    """A feeds.toml in `folder` that names the feed of every site."""
    tables = [settings, '[digest]\noutput = "out"\ndatabase = "d.db"\n[fetch]\nhost_gap = 0\n']
    tables += [
        f'[[feeds]]\nurl = "{running.home(site)}{site.feed}"\n{site.toml}\n'
        for site in running.sites
    ]
    path = folder / "feeds.toml"
    path.write_text("\n".join(tables), "utf-8")
    tomllib.loads(path.read_text("utf-8"))
    return path


def collect(running: Sites, config: Path, polls: int) -> dict[str, Read]:
    """Run `digest collect` once a day; what came of each site, by name."""
    reads = {site.name: Read() for site in running.sites}
    for poll in range(polls):
        running.poll = poll
        now = (FIRST_DAY + timedelta(days=poll)).isoformat()
        done = digest(
            "collect", "--config", str(config), "--now", now, "--json", "--allow-address",
            "127.20.0.0/16",
        )  # fmt: skip
        assert done.returncode in {0, 1}, done.stderr
        outcomes = {feed["url"]: feed for feed in json.loads(done.stdout)["feeds"]}
        for site in running.sites:
            outcome = outcomes[running.home(site) + site.feed]
            read = reads[site.name]
            read.outcome, read.reason = outcome["outcome"], outcome["reason"] or ""
            read.new.append(outcome["new"])
            read.notes += outcome["notes"]
    for row in _articles(config.parent / "d.db"):
        for site in running.sites:
            if row["feed_url"] == running.home(site) + site.feed:
                reads[site.name].articles.append(_anonymous(row, running, site))
    return reads


def _anonymous(row: dict[str, Any], running: Sites, site: Site) -> dict[str, Any]:
    """The row with `{H}` and `{B}` for the hosts."""
    row["url"] = (row["url"] or "").replace(running.home(site), "{H}")
    row["url"] = row["url"].replace(running.other(site), "{B}")
    row["published_at"] = row["published_at"][:16]
    return row


def _articles(database: Path) -> list[dict[str, Any]]:
    import sqlite3

    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        rows = connection.execute("SELECT * FROM articles ORDER BY published_at DESC, id")
        return [dict(row) for row in rows]
    finally:
        connection.close()
