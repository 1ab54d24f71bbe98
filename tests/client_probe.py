"""Run inside a network namespace by test_network_client.py: tries every way through the allowance.

Reads hostile forms as JSON from standard input, prints what was reached as JSON. Public
addresses are on the loopback interface; a canary answers on every address.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from digest.config import FetchSettings
from digest.fetch import Allowance, Guard, HttpClient
from digest.model import Document

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1::1"
SETTINGS = FetchSettings(host_gap=0, connect_timeout=2, total_timeout=4)


class Canary:
    """Listens on port 80 and 81 of every address; notes who was reached, and with which words."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.heads: list[str] = []
        self.routes: dict[str, str] = {}

    async def serve(self) -> None:
        for port in (80, 81):
            stream = socket.socket(socket.AF_INET6)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stream.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            stream.bind(("::", port))
            await asyncio.start_server(self._answer, sock=stream)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        local = writer.get_extra_info("sockname")[0].removeprefix("::ffff:")
        if local not in {PUBLIC, PUBLIC_6}:
            self.hits.append(local)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        self.heads.append(head)
        target = self.routes.get(head.split(" ")[1])
        if target is None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        else:
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\n".encode("utf-8", "replace"))
            writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


class Names(AbstractResolver):
    """Every name has the addresses that a function gives."""

    def __init__(self, addresses: Callable[[], list[str]]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses()
        ]

    async def close(self) -> None:
        """Nothing is held."""


def client(*allowed: str, addresses: Callable[[], list[str]] | None = None) -> HttpClient:
    return HttpClient(
        SETTINGS,
        Guard(tuple(Allowance.parse(item) for item in allowed)),
        clock=lambda: datetime.now(UTC),
        resolver=Names(addresses) if addresses else None,
    )


async def read(http: HttpClient, url: str, *, page: bool = False) -> str:
    answer = await http.get(url, accept="page" if page else "feed", max_bytes=1000)
    return "read" if isinstance(answer, Document) else "failure"


def url_of(form: str, port: str = "") -> str:
    host = f"[{form}]" if form.count(":") > 1 else form
    return f"http://{host}{port}/"


async def ways(canary: Canary, forms: list[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    tried: dict[str, int] = {}
    hits: dict[str, list[str]] = {}
    urls = [url_of(form) for form in forms]
    for way in ("feed", "page", "redirect", "dns", "mixed dns"):
        canary.hits.clear()
        canary.routes = {f"/to/{n}": url for n, url in enumerate(urls)}
        for number, form in enumerate(forms):
            addresses = [form.split("%")[0]]
            if way == "mixed dns":
                addresses = [addresses[0], PUBLIC]
            names = way.endswith("dns")
            async with client(addresses=(lambda a=addresses: a) if names else None) as http:  # type: ignore[misc]
                url = f"http://{PUBLIC}/to/{number}" if way == "redirect" else urls[number]
                await read(http, "http://name.example/" if names else url, page=way == "page")
        tried[way], hits[way] = len(forms), list(canary.hits)
    return tried, hits


async def rebinding(canary: Canary) -> dict[str, int]:
    canary.hits.clear()
    turn = iter(range(10**6))

    def flipping() -> list[str]:
        return [("127.0.0.1", PUBLIC, "169.254.169.254", "10.0.0.1")[next(turn) % 4]]

    for _ in range(50):
        async with client(addresses=flipping) as http:
            await asyncio.gather(
                *(read(http, f"http://n{number}.example/") for number in range(20))
            )
    return {"tries": 1000, "hits": len(canary.hits)}


async def redirects(canary: Canary) -> dict[str, str]:
    targets = {
        "file": "file:///etc/passwd", "gopher": "gopher://127.0.0.1:80/_GET", "ftp": "ftp://127.0.0.1/",
        "data": "data:text/plain,x", "javascript": "javascript:alert(1)", "ws": "ws://127.0.0.1/",
        "unix": "http+unix://%2Fvar%2Frun/", "loop": "/loop", "down": "http://user@127.0.0.1/",
    }  # fmt: skip
    canary.routes = {f"/{name}": target for name, target in targets.items()}
    canary.routes |= {f"/six/{n}": f"/six/{n + 1}" for n in range(6)} | {"/six": "/six/0"}
    async with client() as http:
        return {name: await read(http, f"http://{PUBLIC}/{name}") for name in [*targets, "six"]}


async def environment(canary: Canary) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / ".netrc").write_text(f"machine {PUBLIC} login a password b\n")
        log = Path(home) / "keys"
        os.environ |= {
            "HOME": home, "NETRC": f"{home}/.netrc", "SSLKEYLOGFILE": str(log),
            "http_proxy": "http://127.0.0.1:81", "HTTP_PROXY": "http://127.0.0.1:81",
            "ALL_PROXY": "http://127.0.0.1:81",
        }  # fmt: skip
        canary.hits.clear()
        canary.heads.clear()
        async with client() as http:
            await read(http, f"http://{PUBLIC}/")
            await read(http, f"https://{PUBLIC}:80/")
        return {
            "proxied": len(canary.hits),
            "authorization": sum("authorization:" in head.lower() for head in canary.heads),
            "key log": log.exists(),
        }


async def allowed(canary: Canary, forms: list[str]) -> dict[str, object]:
    canary.hits.clear()
    async with client("127.0.0.1/32:81") as http:
        opened = await read(http, "http://127.0.0.1:81/")
        canary.hits.clear()
        for form in forms:
            await read(http, url_of(form))
            if form not in {"127.0.0.1", "localhost"}:  # the same address, and so allowed
                await read(http, url_of(form, ":81"))
    return {"127.0.0.1:81": opened, "others": list(canary.hits)}


async def unguarded(canary: Canary, forms: list[str]) -> int:
    canary.hits.clear()
    timeout = aiohttp.ClientTimeout(total=2)
    for form in forms:
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url_of(form)) as response,
            ):
                await response.read()
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
            continue
    return len(canary.hits)


async def main() -> None:
    forms = json.load(sys.stdin)
    canary = Canary()
    await canary.serve()
    tried, hits = await ways(canary, forms)
    async with client() as http:
        public = {form: await read(http, url_of(form)) for form in (PUBLIC, PUBLIC_6)}
    found = {
        "tried": tried,
        "hits": hits,
        "public": public,
        "rebinding": await rebinding(canary),
        "redirects": await redirects(canary),
        "environment": await environment(canary),
        "allowed": await allowed(canary, forms),
        "unguarded": await unguarded(canary, forms),
    }
    print(json.dumps(found))  # noqa: T201


asyncio.run(main())
