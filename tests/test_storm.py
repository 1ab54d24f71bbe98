"""Five hundred feeds on two hundred addresses, a tenth of them with every fault at once (C8, D10).

Loopback has a whole network of addresses, so that each host is a host.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET

import brotli  # type: ignore[import-untyped]

from digest.config import FetchSettings, Settings
from digest.fetch import Allowance
from digest.flows import CollectReport
from digest.model import Feed, FullText
from digest.services.application import application

from .bombs import FEEDS
from .fakes import Silent, item, rss

Writer = asyncio.StreamWriter
Fault = Callable[[Writer], Awaitable[None]]

HEALTHY, SICK = 450, 50  # feeds; three healthy ones to an address, sick ones have their own
GAP = 0.5
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FETCH = FetchSettings(host_gap=GAP, connect_timeout=5, total_timeout=15, max_feed_mb=1)


def whole(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    stated = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\n{stated}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def sends(response: bytes) -> Fault:
    async def fault(writer: Writer) -> None:
        writer.write(response)
        await writer.drain()

    return fault


async def drip(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.5)


async def endless_headers(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)


async def stall(_: Writer) -> None:
    await asyncio.sleep(3600)


async def reset(writer: Writer) -> None:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# Fault -> how a server shows it, and the words that an operator reads.
FAULTS: dict[str, tuple[Fault, str]] = {
    "drip": (drip, "no complete answer within 15 s"),
    "stall": (stall, "no complete answer within 15 s"),
    "endless headers": (endless_headers, "no complete answer within 15 s|not proper HTTP"),
    "reset": (reset, "closed the connection|connection broke|Connection reset"),
    "empty answer": (sends(b""), "closed the connection without an answer"),
    "garbage": (sends(b"\x00\xff garbage\r\n\r\n"), "not proper HTTP"),
    "huge header": (
        sends(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"), "not proper HTTP",
    ),
    "short body": (
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n<rss>"),
        "broke off before its end",
    ),
    "truncated gzip": (
        sends(whole(gzip.compress(rss(item(1)) * 50)[:60], Content_Encoding="gzip")),
        "gzip body broke off",
    ),
    "no gzip": (sends(whole(rss(item(1)), Content_Encoding="gzip")), "not valid gzip"),
    "gzip bomb": (
        sends(whole(gzip.compress(b" " * 200_000_000, 9), Content_Encoding="gzip")),
        "larger than 1 MB",
    ),
    "brotli bomb": (
        sends(whole(brotli.compress(b" " * 200_000_000, quality=1), Content_Encoding="br")),
        "larger than 1 MB",
    ),
    "stacked": (
        sends(whole(gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip")),
        "encoded 2 times over",
    ),
    "HTTP 500": (sends(whole(b"oops", "500 Internal Server Error")), "HTTP 500"),
    "HTTP 503": (sends(whole(b"", "503 Service Unavailable", Retry_After="600")), "HTTP 503"),
    "HTTP 404": (sends(whole(b"", "404 Not Found")), "HTTP 404 Not Found"),
    "gone": (sends(whole(b"", "410 Gone")), "removed it for good"),
    "loop": (sends(whole(b"", "302 Found", Location="/feed/0")), "loop"),
    "to a file": (sends(whole(b"", "302 Found", Location="file:///etc/passwd")), "only http"),
    "to this machine": (
        sends(whole(b"", "301 Moved Permanently", Location="http://10.0.0.1/")), "refused",
    ),
    "HTML": (sends(whole(b"<!doctype html><html><body>Hello")), "an HTML page, not a feed"),
    "captcha": (
        sends(whole(b"<html><title>Just a moment...</title>", "403 Forbidden")), "HTTP 403",
    ),
    "empty": (sends(whole(b"")), "empty body"),
    "a picture": (sends(whole(b"\x89PNG", Content_Type="image/png")), "neither a feed nor a page"),
    "JSON, no feed": (sends(whole(b'{"a": 1}')), "without the version of a JSON Feed"),
    "nested": (sends(whole(b"<rss><channel>" + b"<a>" * 200_000)), "nested deeper"),
    "attributes": (sends(whole(FEEDS["100,000 attributes"]()[:900_000])), "10,000 attributes"),
}  # fmt: skip


@dataclass
class Hosts:
    """Servers on many addresses of one port; notes when each was asked and how many at once."""

    port: int = 0
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    active: Counter[str] = field(default_factory=Counter)
    most: int = 0
    servers: list[asyncio.Server] = field(default_factory=list)

    async def open(self, address: str, answer: Fault) -> None:
        async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
            try:
                while True:
                    await reader.readuntil(b"\r\n\r\n")
                    self.asked[address].append(time.monotonic())
                    self.active[address] += 1
                    self.most = max(self.most, self.active[address])
                    try:
                        await answer(writer)
                    finally:
                        self.active[address] -= 1
                    if answer is not healthy:
                        break
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, address, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self.servers.append(server)

    def close(self) -> None:
        for server in self.servers:
            server.close()


_BODY = rss(item(1), item(2))


async def healthy(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(_BODY) + _BODY)
    await writer.drain()


class Timed(Silent):
    """Notes when each feed was done."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.monotonic()
        self.done: dict[str, float] = {}

    def polled(self, outcome: object) -> None:
        super().polled(outcome)  # type: ignore[arg-type]
        self.done[outcome.url] = time.monotonic() - self.begun  # type: ignore[attr-defined]


async def storm(folder: Path, *, sick: int) -> tuple[CollectReport, Timed, Hosts, dict[str, str]]:
    """Collect from the healthy feeds with so many sick ones among them."""
    hosts = Hosts()
    urls, faults = [], {}
    for number in range(HEALTHY // 3):
        address = f"127.3.0.{number + 1}"
        await hosts.open(address, healthy)
        urls += [f"http://{address}:{hosts.port}/feed/{n}" for n in range(3)]
    names = list(FAULTS)
    for number in range(sick):
        address = f"127.3.1.{number + 1}"
        name = names[number % len(names)]
        await hosts.open(address, FAULTS[name][0])
        url = f"http://{address}:{hosts.port}/feed/0"
        urls.append(url)
        faults[url] = name
    random.Random(7).shuffle(urls)
    feeds = tuple(Feed(url=url, full_text=FullText.ALWAYS) for url in urls)
    base = Settings(feeds=feeds, fetch=FETCH)
    digest = base.digest.model_copy(update={"database": folder / f"{sick}.db"})
    timed = Timed()
    with application(
        base.model_copy(update={"digest": digest}),
        clock=lambda: NOW,
        observer=timed,
        allowed=(Allowance.parse("127.3.0.0/16"),),
    ) as flows:
        timed.begun = time.monotonic()
        report = await flows.collect(patient=False)
    hosts.close()
    return report, timed, hosts, faults


def rounds(folder: Path) -> float:
    """Everything but the time is asserted; how many times as long the healthy feeds took."""
    folder.mkdir()
    alone, timed_alone, _, _ = asyncio.run(storm(folder, sick=0))
    report, timed, hosts, faults = asyncio.run(storm(folder, sick=SICK))
    assert HEALTHY == alone.count("read") + alone.count("unchanged")
    assert HEALTHY + SICK == len(report.feeds)
    assert SICK == report.count("failed")
    for outcome in report.feeds:
        if outcome.url in faults:
            words = FAULTS[faults[outcome.url]][1]
            assert outcome.reason
            assert re.search(words, outcome.reason), (faults[outcome.url], outcome.reason)
    assert 1 == hosts.most
    usual = max(timed_alone.done.values())
    needed = max(at for url, at in timed.done.items() if url not in faults)
    print(f"450 healthy feeds: {usual:.1f} s alone, {needed:.1f} s among 50 sick ones")  # noqa: T201
    return needed / usual


def test_healthy_feeds_do_not_wait_for_sick_ones(tmp_path: Path) -> None:
    """The run ends, each fault is named in words, healthy feeds are done within twice their time.

    Each host is asked one thing at a time (D10; the gap is proved by a fake clock elsewhere).
    What else the machine does may slow one round down, not each of three.
    """
    ratios = (rounds(tmp_path / str(number)) for number in range(3))
    assert any(ratio <= 2 for ratio in ratios)
