"""What is in front of the pages: headers on every answer, limits on every caller."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Network, ip_address

from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ARCHIVE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_BODY = 20_000  # bytes; most forms have a few hundred
LONG_FORM = 64_000  # 200 muted stories with long names
_FIELDS = 1000
_ARRIVE = 20.0  # seconds for a whole form

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


class SecurityHeaders:
    """Adds to each answer what it does not say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", ARCHIVE_POLICY)
            await send(message)

        await self._app(scope, receive, with_headers)


class BasePath:
    """Takes a path away from the front of requests that begin with it."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self._path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        if self._path and (path == self._path or path.startswith(f"{self._path}/")):
            scope = {**scope, "path": path[len(self._path) :] or "/"}
        await self._app(scope, receive, send)


class RateLimit:
    """So many calls an hour from one place. Nothing about anybody is stored."""

    def __init__(
        self, calls: int, seconds: float = 3600, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls, self._seconds, self._clock = calls, seconds, clock
        self._seen: dict[str, deque[float]] = {}

    def allows(self, place: str) -> bool:
        """Is this call within the limit? It counts if so."""
        now, place = self._clock(), _network(place)
        if len(self._seen) > 10_000:
            self._seen = {
                each: times for each, times in self._seen.items() if times[-1] > now - self._seconds
            }
        times = self._seen.setdefault(place, deque())
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._calls:
            return False
        times.append(now)
        return True


def _network(place: str) -> str:
    """An IPv4 address; of an IPv6 address the half that its owner cannot choose (RFC 4291)."""
    try:
        address = ip_address(place)
    except ValueError:
        return place
    if isinstance(address, IPv4Address):
        return place
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Network((int(address), 64), strict=False))


async def read_form(request: Request, limit: int = _BODY) -> FormData:
    """The form of a request, as long as it can be one of ours."""
    size = 0
    chunks = []
    try:
        async with asyncio.timeout(_ARRIVE):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise HTTPException(413)
                chunks.append(chunk)
    except TimeoutError:
        raise HTTPException(408) from None
    body = b"".join(chunks)
    sent = False

    async def receive() -> dict[str, object]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return await Request(request.scope, receive).form(max_files=0, max_fields=_FIELDS)
