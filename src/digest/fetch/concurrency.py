"""How many requests run at once, in all and to one host, and when a slow host is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

PATIENCE = 2.0  # seconds
_CROWD = 4  # times as many in all
_REST = 600.0  # seconds without a request after which a host is as if it had never been asked
_MANY = 10_000  # hosts from which on those at rest are forgotten


class Turns(Protocol):
    """What other processes that ask the same hosts agree on."""

    async def take(self, host: str) -> None:
        """Wait until no other process asks the host."""

    def leave(self, host: str) -> None:
        """The request is over."""


class ConcurrencyLimit:
    """`size` places; who holds one for longer than 2 s goes on beside them.

    Fifty servers that stall would otherwise take fifty places until their deadline. All
    together are four times as many at most, so that memory stays bounded.
    """

    def __init__(self, size: int) -> None:
        self._usual = asyncio.Semaphore(size)
        self._all = asyncio.Semaphore(_CROWD * size)

    def place(self) -> _Place:
        """What to wait for and hold, as a context."""
        return _Place(self._usual, self._all)


class _Place:
    """One place; a class, since a generator takes three times as long, twice a poll."""

    __slots__ = ("_all", "_held", "_timer", "_usual")

    def __init__(self, usual: asyncio.Semaphore, all_: asyncio.Semaphore) -> None:
        self._usual = usual
        self._all = all_

    async def __aenter__(self) -> None:
        await self._all.acquire()
        try:
            await self._usual.acquire()
        except BaseException:
            self._all.release()
            raise
        self._held = True
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        self._give_up()
        self._all.release()

    def _give_up(self) -> None:
        if self._held:
            self._held = False
            self._usual.release()


class HostTooSlow(Exception):
    """A host has been slow for so long that it is left alone; the message says for how long."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic; when the gap after the last request has passed
    slow: float = 0.0  # seconds of answers that took longer than PATIENCE


class HostQueue:
    """`size` requests at once, one to a host, `gap` seconds between two to the same.

    A host whose slow answers took `limit` seconds in all is worn out: a feed whose hundred pages
    drip would keep a run for hours. `shared` are the turns of all processes together, where there
    are several; these run for weeks, and ask such a host again ten minutes later.
    """

    def __init__(
        self,
        *,
        size: int,
        gap: float,
        limit: float,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        shared: Turns | None = None,
    ) -> None:
        self._shared = shared
        self._gap = gap
        self._limit = limit
        self._sleep = sleep
        self._monotonic = monotonic
        self._places = ConcurrencyLimit(size)
        self._hosts: dict[str, _Host] = {}
        self._many = _MANY

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until this host has no other request of ours and its gap has passed.

        Raises HostTooSlow when it has kept us long enough.
        """
        name = name.rstrip(".").lower()
        host = self._host(name)
        async with host.turn:
            wait = host.free_at - self._monotonic()
            if self._shared is not None and wait < -_REST:
                host.slow = 0.0  # a worker's run has no end
            if host.slow >= self._limit:
                raise HostTooSlow(
                    f"its host took {host.slow:.0f} s over its answers in this run, and is left"
                    " alone until the next"
                )
            if wait > 0:
                await self._sleep(wait)
            if self._shared is not None:
                await self._shared.take(name)
            try:
                async with self._places.place():
                    begun = self._monotonic()
                    try:
                        yield
                    finally:
                        self._note(host, begun)
            finally:
                if self._shared is not None:
                    self._shared.leave(name)

    def _note(self, host: _Host, begun: float) -> None:
        """Note the end of a request."""
        ended = self._monotonic()
        host.free_at = ended + self._gap
        if ended - begun > PATIENCE:
            host.slow += ended - begun

    def _host(self, name: str) -> _Host:
        now = self._monotonic()
        if len(self._hosts) >= self._many:
            self._hosts = {
                known: host
                for known, host in self._hosts.items()
                if host.turn.locked() or host.free_at > now - _REST
            }
            self._many = max(_MANY, 2 * len(self._hosts))
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(free_at=now)
        return host
