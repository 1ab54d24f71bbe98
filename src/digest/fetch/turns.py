"""Whose turn it is: one request at a time to a host, a gap after each, and an end to patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from digest.places import PATIENCE, Places


class WornOutError(Exception):
    """A host has been slow for so long that it is left alone; the message says for how long."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic; when the gap after the last request has passed
    slow: float = 0.0  # seconds of answers that took longer than PATIENCE


class Turns:
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
        self._places = Places(size)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until this host has no other request of ours and its gap has passed.

        Raises WornOutError when it has kept us long enough.
        """
        host = self._hosts.setdefault(name.rstrip(".").lower(), _Host(free_at=self._monotonic()))
        async with host.turn:
            if host.slow >= self._limit:
                raise WornOutError(
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
