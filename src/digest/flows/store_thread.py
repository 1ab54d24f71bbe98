"""The store's thread: how asynchronous flows reach the database without stopping their loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from digest.store import Store

R = TypeVar("R")


class StoreThread:
    """Runs work on the store in one thread of its own, a call at a time, in order.

    SQLite makes a writer wait as long as another process writes; an event loop must not. Since
    no two calls overlap, one that reads and then writes sees no change of another's in between.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def __call__(self, work: Callable[[Store], R]) -> R:
        """Return `work(store)`. When the caller is cancelled, work that has begun still ends."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, work, self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
