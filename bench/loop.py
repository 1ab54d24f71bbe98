"""How long `digest serve` stops answering while another process holds the database.

    python -m bench.loop

Forty feeds on loopback answer within six seconds. Once the first page is served, a second process
takes SQLite's write lock and keeps it for four seconds. Meanwhile a page is requested every 20 ms,
and a heartbeat on the event loop notes how late each beat of 5 ms is. The last row is the control:
the same lock, also waited for on the event loop itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

FEEDS, ARTICLES, HELD = 40, 25, 4.0
_BEAT = 0.005
_HOLD = """
import sqlite3, time
holder = sqlite3.connect({0!r}, timeout=10, isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
time.sleep({1})
"""


class Publisher(BaseHTTPRequestHandler):
    """A feed for every address, each as slow as its number says; no language is stated."""

    def do_GET(self) -> None:
        """Answer with full texts, so that no page is fetched."""
        number = int(self.path.strip("/").removesuffix(".xml") or 0) if "xml" in self.path else 0
        time.sleep(6 * number / FEEDS)
        text = "The council approved the new bridge over the river on Tuesday evening. " * 30
        items = "".join(
            f"<item><title>Report {number}-{item} about the bridge</title>"
            f"<link>http://{self.headers['Host']}/{item}</link>"
            f"<guid>{number}-{item}</guid><description>{item} {text}</description></item>"
            for item in range(ARTICLES)
        )
        head = f"<rss version='2.0'><channel><title>{number}</title>"
        body = f"{head}{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is logged."""


def serve(report: Path, database: Path, arguments: list[str], *, blocked: bool) -> None:
    """Run `digest serve` with a heartbeat on its loop; write how late its beats were.

    For each beat: the monotonic time, the seconds that it was late, and the CPU seconds of the
    process since the beat before. What is late without CPU, other processes or a lock have taken:
    where root measures, this process comes first, and other programs stop it for 15 ms at most.
    """
    from digest.cli.main import main  # noqa: PLC0415 -- only the child needs the program

    with suppress(OSError):
        os.setsid()  # a scheduling group of its own (sched(7), autogroup)
        Path("/proc/self/autogroup").write_text("-19")

    gaps: list[tuple[float, float, float]] = []
    ordinary = asyncio.run

    async def beat() -> None:
        last, used = time.monotonic(), time.process_time()
        while True:
            await asyncio.sleep(_BEAT)
            now, cpu = time.monotonic(), time.process_time()
            gaps.append((now, now - last - _BEAT, cpu - used))
            last, used = now, cpu

    async def block() -> None:
        connection = sqlite3.connect(database, timeout=10, isolation_level=None)
        while True:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            await asyncio.sleep(0.1)

    def run(program: Coroutine[Any, Any, Any]) -> None:
        async def both() -> None:
            beside = [asyncio.create_task(beat())]
            if blocked:
                beside.append(asyncio.create_task(block()))
            await program
            for task in beside:
                task.cancel()

        ordinary(both())

    asyncio.run = run  # type: ignore[assignment]
    sys.argv = ["digest", "serve", *arguments]
    try:
        main()
    finally:
        report.write_text(json.dumps(gaps))


def measure(*, blocked: bool) -> str:
    """The longest stops of the loop and of a page, and how many pages were served, in words."""
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(name), free.getsockname()[1]
        free.close()
        publisher = ThreadingHTTPServer(("0.0.0.0", 0), Publisher)
        Thread(target=publisher.serve_forever, daemon=True).start()
        feeds = "\n".join(
            f'[[feeds]]\nurl = "http://127.2.0.{number}:{publisher.server_port}/{number}.xml"\n'
            for number in range(1, FEEDS + 1)
        )
        config = folder / "feeds.toml"
        config.write_text(f'[web]\nlisten = "127.0.0.1:{port}"\n{feeds}')
        report, database = folder / "report.json", folder / "digest.db"
        options = ["-c", str(config), "--database", str(database), "-o", str(folder / "out")]
        code = (
            f"from pathlib import Path; from bench.loop import serve; serve(Path({str(report)!r}),"
            f" Path({str(database)!r}), {[*options, '--allow-address', '127.2.0.0/16']!r},"
            f" blocked={blocked})"
        )
        child = subprocess.Popen([sys.executable, "-c", code], env=os.environ)
        longest, served = 0.0, 0
        try:
            _ask(port, time.monotonic() + 30)
            _wait_for(database, 1)
            holder = subprocess.Popen([sys.executable, "-c", _HOLD.format(str(database), HELD)])
            begin = time.monotonic()
            while holder.poll() is None:
                start = time.perf_counter()
                _ask(port, time.monotonic() + 10)
                longest = max(longest, time.perf_counter() - start)
                served += 1
                time.sleep(0.02)
            end = time.monotonic()
            _wait_for(database, FEEDS)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(30)
            publisher.shutdown()
        gaps = json.loads(report.read_text())
        held = max(late for at, late, _ in gaps if begin <= at and at - late <= end)
        everywhere = max(late for _, late, _ in gaps)
        return (
            f"longest stop of the loop {held:.3f} s under the lock, {everywhere:.3f} s in all;"
            f" of a page {longest:.3f} s; {served} pages in {end - begin:.1f} s"
        )


def _wait_for(database: Path, feeds: int) -> None:
    """Return once so many feeds are stored."""
    until = time.monotonic() + 90
    reader = sqlite3.connect(database)
    while reader.execute("SELECT count(*) FROM feeds").fetchone()[0] < feeds:
        assert time.monotonic() < until, "the feeds were not read"
        time.sleep(0.05)


def _ask(port: int, until: float) -> None:
    """One page; again as long as nobody listens."""
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=15)
        try:
            connection.request("GET", "/search?q=bridge")
            connection.getresponse().read()
        except ConnectionRefusedError:
            assert time.monotonic() < until, "nobody listens"
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()


def main() -> None:
    """Print one row for the program and one for the control."""
    for name, blocked in (("digest serve", False), ("control", True)):
        print(f"{name}: {measure(blocked=blocked)}")


if __name__ == "__main__":
    main()
