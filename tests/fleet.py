"""Workers as processes of their own, and the sites that they read (for tests and bench/)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from .fakes import item, page, rss

_LETTERS = str.maketrans("0123456789", "abcdefghij")
_DATE = b"Mon, 02 Mar 2026 10:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: to which host, for what, and from when to when (monotonic)."""

    host: str
    target: str
    began: float
    ended: float


@dataclass
class Sites:
    """A hundred newspapers on loopback, one address each: every feed has entries of its own.

    `latency` in seconds is how long an answer takes. An entry's page is on the next host, so
    that a host is asked by those who read its feeds and by those who read its pages.
    """

    hosts: int = 30
    feeds: int = 120
    entries: int = 2
    latency: float = 0.05
    unchanged: bool = False  # every feed says that it is as it was
    visits: list[Visit] = field(default_factory=list)
    port: int = 0
    _today: bytes = format_datetime(datetime.now(UTC)).encode()

    def url(self, number: int) -> str:
        """The address of a feed."""
        host = number % self.hosts
        return f"http://127.30.{host // 250}.{1 + host % 250}:{self.port}/feed/{number}"

    @contextmanager
    def running(self) -> Iterator[Sites]:
        """Serve from a thread until the end of the block."""
        ready, stop = threading.Event(), asyncio.Event()

        async def serve() -> None:
            server = await asyncio.start_server(self._talk, "0.0.0.0", self.port)
            self.port = server.sockets[0].getsockname()[1]
            self._loop = asyncio.get_running_loop()
            ready.set()
            async with server:
                await stop.wait()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(stop.set)
            thread.join(10)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host: str = writer.get_extra_info("sockname")[0]
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                began, target = time.monotonic(), head.split(" ")[1]
                await asyncio.sleep(self.latency)
                # Noted before it is sent: who has the answer may let another process ask at once.
                self.visits.append(Visit(host, target, began, time.monotonic()))
                writer.write(self._answer(target, head))
                await writer.drain()
        writer.close()

    def _answer(self, target: str, head: str) -> bytes:
        if target == "/robots.txt":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if target.startswith("/feed/"):
            if self.unchanged and "if-none-match" in head.lower():
                return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
            number = int(target.rpartition("/")[2])
            beside = self.url(number + 1).partition("/feed/")[0]
            shown = (f"{number}-{entry}" for entry in range(self.entries))
            items = (item(name.translate(_LETTERS), link=f"{beside}/page/{name}") for name in shown)
            body = rss(*items, title=f"Paper {number}")
            # Of today: nobody fetches the pages of old entries.
            kind, body = "application/xml", body.replace(_DATE, self._today)
        else:
            # In letters: texts that differ in numbers only are taken for one printed twice.
            name = target.rpartition("/")[2].translate(_LETTERS)
            kind, body = "text/html", page(name)
        start = f'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: {kind}\r\n'
        return f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def polls(self) -> list[str]:
        """The feeds that were asked for, in order."""
        return [visit.target for visit in self.visits if visit.target.startswith("/feed/")]

    def overlapping(self) -> int:
        """How many requests a host got before it had answered the one before."""
        found, last = 0, dict[str, float]()
        for visit in sorted(self.visits, key=lambda visit: visit.began):
            found += visit.began < last.get(visit.host, 0.0)
            last[visit.host] = max(visit.ended, last.get(visit.host, 0.0))
        return found


def configuration(
    folder: Path, url: str, feeds: Sequence[str], *, more: str = "", per_job: int = 8
) -> Path:
    """A feeds.toml for workers on a database."""
    path = folder / "feeds.toml"
    tables = "".join(f'[[feeds]]\nurl = "{feed}"\n' for feed in feeds)
    path.write_text(
        f'[store]\nurl = "{url}"\n[worker]\nfeeds_per_job = {per_job}\n'
        f'[fetch]\nhost_gap = 0\nworkers = 1\n[digest]\npublish_at = "23:59"\n{more}\n{tables}',
        encoding="utf-8",
    )
    return path


class Fleet:
    """Processes over one configuration."""

    def __init__(self, config: Path, **environment: str) -> None:
        self.config = config
        self.processes: list[subprocess.Popen[str]] = []
        self._environment = os.environ | environment
        self._started = 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `digest` with a command, its log beside the configuration."""
        self._started += 1
        log = self.config.with_name(f"log-{self._started}")
        command = [sys.executable, "-m", "digest", *arguments, "-c", str(self.config)]
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [*command, "--allow-address", "127.0.0.0/8"],
                env=self._environment,
                stderr=file,
                text=True,
            )
        self.processes.append(process)
        return process

    def worker(self, *roles: str) -> subprocess.Popen[str]:
        """Start a worker."""
        return self.start("worker", *(part for role in roles for part in ("--role", role)))

    def scheduler(self) -> subprocess.Popen[str]:
        """Start a scheduler."""
        return self.start("serve", "--role", "scheduler")

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)

    @property
    def logs(self) -> str:
        """What all of them said."""
        return "".join(
            path.read_text(encoding="utf-8") for path in sorted(self.config.parent.glob("log-*"))
        )


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Look four times a second whether it is so; False when it never was."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.25)
    return True
