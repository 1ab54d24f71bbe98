"""How many requests run at once, in all and to one host, and when a slow host is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 2.0  # seconds
_CROWD = 4  # times as many in all


class ConcurrencyLimit:
    """`size` places; who holds one for longer than 2 s goes on beside them.

    Fifty servers that stall would otherwise take fifty places until their deadline. All
    together are four times as many at most, so that memory stays bounded.
    """

    def __init__(self, size: int) -> None:
        self._usual = asyncio.Semaphore(size)
        self._all = asyncio.Semaphore(_CROWD * size)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        async with self._all:
            await self._usual.acquire()
            held = True

            def give_up() -> None:
                nonlocal held
                if held:
                    held = False
                    self._usual.release()

            timer = asyncio.get_running_loop().call_later(PATIENCE, give_up)
            try:
                yield
            finally:
                timer.cancel()
                give_up()


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
    drip would keep a run for hours.
    """

    def __init__(
        self,
        *,
        size: int,
        gap: float,
        limit: float,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
    ) -> None:
        self._gap = gap
        self._limit = limit
        self._sleep = sleep
        self._monotonic = monotonic
        self._places = ConcurrencyLimit(size)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until this host has no other request of ours and its gap has passed.

        Raises WornOutError when it has kept us long enough.
        """
        host = self._hosts.setdefault(name.rstrip(".").lower(), _Host(free_at=self._monotonic()))
        async with host.turn:
            if host.slow >= self._limit:
                raise HostTooSlow(
                    f"its host took {host.slow:.0f} s over its answers in this run, and is left"
                    " alone until the next"
                )
            wait = host.free_at - self._monotonic()
            if wait > 0:
                await self._sleep(wait)
            async with self._places.place():
                begun = self._monotonic()
                try:
                    yield
                finally:
                    ended = self._monotonic()
                    host.free_at = ended + self._gap
                    if ended - begun > PATIENCE:
                        host.slow += ended - begun
