"""So many things at once, without the slow ones keeping the others waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE = 2.0  # seconds
_CROWD = 4  # times as many in all


class Places:
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
