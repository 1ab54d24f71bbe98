"""CPU of collecting into PostgreSQL beside a file: the program, its parsers, and the server.

    python -m bench.engines postgresql://USER@HOST/EMPTY_DATABASE [FEEDS]

Feeds on loopback list 19 articles each, with a page for every article; all are read twice, the
second time unchanged. Both engines take turns, three times. The server's CPU is that of all
processes named postgres on this machine, so nothing else may use it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Queue
from pathlib import Path

from sqlalchemy import text

from digest.config import load
from digest.fetch import Allowance
from digest.flows import FeedOutcome
from digest.services.application import application
from digest.store import open_store
from digest.store.schema import metadata

ARTICLES, ROUNDS = 19, 3
_WORDS = (
    "The council of the harbour town approved bridge number {0} over the river on Tuesday evening,"
    " after {1} people had asked for it and the ferry had been out of service for {0} days. "
)


class _Publisher(BaseHTTPRequestHandler):
    """A feed at /feed.xml of every address, and pages at all other paths."""

    def do_GET(self) -> None:
        """Answer from what the address says."""
        place = self.headers["Host"]
        if self.path == "/feed.xml":
            items = "".join(
                f"<item><title>Bridge {number} of {place}</title><link>http://{place}/{number}</link>"
                f"<guid>{place}-{number}</guid><description>About bridge {number}.</description>"
                "</item>"
                for number in range(ARTICLES)
            )
            self._send(
                "application/rss+xml",
                f"<rss version='2.0'><channel><title>{place}</title>{items}</channel></rss>",
            )
        elif self.path == "/robots.txt":
            self._send("text/plain", "")
        else:
            number = int(self.path.strip("/"))
            said = "".join(f"<p>{_WORDS.format(number, n) * 3}</p>" for n in range(12))
            page = f"<h1>Bridge {number} of {place}</h1>{said}"
            self._send("text/html", f"<html lang=en><body><article>{page}</article></body></html>")

    def _send(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing is logged."""


class _Silent:
    def started(self, feeds: int) -> None:
        """Nothing is shown."""

    def polled(self, outcome: FeedOutcome) -> None:
        """Nothing is shown."""


def _serve(port: Queue[int]) -> None:
    server = ThreadingHTTPServer(("", 0), _Publisher)
    port.put(server.server_address[1])
    server.serve_forever()


def server_cpu(postmaster: int | None = None) -> float:
    """CPU seconds of all PostgreSQL processes, or of one server's, those that ended included."""
    ticks = 0
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and (process / "comm").read_text().strip() == "postgres":
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
                if postmaster in {None, int(process.name), int(fields[1])}:
                    ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _own_cpu() -> float:
    return sum(os.times()[:4])


def _collect(config: Path) -> tuple[float, float]:
    """CPU seconds of the program and of the server."""
    own, server = _own_cpu(), server_cpu()
    for _ in range(2):
        with application(
            load(config),
            clock=lambda: datetime.now(UTC),
            observer=_Silent(),
            allowed=(Allowance.parse("127.0.0.0/8"),),
        ) as flows:
            asyncio.run(flows.collect(patient=False))
    return _own_cpu() - own, server_cpu() - server


def _emptied(url: str) -> None:
    store = open_store(url)
    with store.engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names}"))
    store.close()


def main(url: str, number: int = 60) -> None:
    """Print a row for each round."""
    port: Queue[int] = Queue()
    publisher = Process(target=_serve, args=(port,), daemon=True)
    publisher.start()
    feeds = "".join(
        f'[[feeds]]\nurl = "http://127.9.{n // 200}.{n % 200 + 1}:{at}/feed.xml"\n'
        for at in [port.get()]
        for n in range(number)
    )
    fetch = "[fetch]\nhost_gap = 0\n"
    print(f"{number * ARTICLES} articles    file    program   server   ratio")
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "feeds.toml")
            config.write_text(fetch + feeds, encoding="utf-8")
            file, _ = _collect(config)
            _emptied(url)
            config.write_text(f'[store]\nurl = "{url}"\n{fetch}{feeds}', encoding="utf-8")
            program, server = _collect(config)
        ratio = (program + server) / file
        print(f"{'':12} {file:8.2f} s {program:6.2f} s {server:6.2f} s {ratio:7.2f}")
    publisher.kill()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
