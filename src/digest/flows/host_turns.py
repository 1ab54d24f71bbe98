"""Turns at hosts that several processes ask: one process a host, agreed on in the database."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TypeVar

R = TypeVar("R")

_log = logging.getLogger(__name__)

SECONDS = 10.0  # that a turn lasts unless it is renewed: so long others wait for a process killed
_RENEWED = 3.0  # seconds after which a turn in use is renewed
_GATHER = 0.02  # seconds in which what is wanted gathers for one statement
_AGAIN = 0.25  # seconds until a host that another process has is asked for again
_LINGER = 0.2  # seconds after the gap that a turn is kept for the next request


class Turns(Protocol):
    """Where processes agree; each call is one statement, and raises while there is no server."""

    def take(self, hosts: Collection[str]) -> set[str]:
        """Those of the hosts that are ours from now on, for SECONDS."""

    def give(self, hosts: Collection[str]) -> None:
        """Let others have hosts."""


@dataclass(slots=True)
class _Turn:
    users: int = 0
    ours: asyncio.Event = field(default_factory=asyncio.Event)
    taken: float = 0.0  # monotonic: when it was taken or renewed
    asked: float = -_AGAIN
    used: float = 0.0  # when the last request ended

    def is_ours(self, now: float) -> bool:
        """Is it, and for long enough to begin a request? A process may have been suspended."""
        return self.ours.is_set() and now - self.taken < SECONDS - _RENEWED


class SharedTurns:
    """An async context manager that holds the turns of a process, taking many in one statement.

    A host is ours until `gap` seconds after its last request, so that the gap between two requests
    to a host holds for all processes together.
    """

    def __init__(self, turns: Turns, gap: float) -> None:
        self._turns = turns
        self._idle = gap + _LINGER
        self._hosts: dict[str, _Turn] = {}
        self._wanted = asyncio.Event()

    async def take(self, host: str) -> None:
        """Wait until the host is ours; `leave` must follow."""
        turn = self._hosts.setdefault(host, _Turn())
        turn.users += 1
        try:
            while not turn.is_ours(time.monotonic()):
                turn.ours.clear()
                self._wanted.set()
                await turn.ours.wait()
        except asyncio.CancelledError:
            turn.users -= 1
            raise

    def leave(self, host: str) -> None:
        """The request is over."""
        turn = self._hosts[host]
        turn.users -= 1
        turn.used = time.monotonic()

    async def __aenter__(self) -> Self:
        # A thread of its own: the store's may be busy with what a poll brought.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turns")
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        with suppress(Exception):  # they end by themselves, as those do whose gap is not over
            await self._give_back()
        self._thread.shutdown()

    async def _run(self, work: Callable[[Collection[str]], R], hosts: Collection[str]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, hosts)

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN if self._hosts else None):
                    await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(_GATHER)
            try:
                await self._give_back()
                await self._take_wanted()
            except Exception as error:  # noqa: BLE001 -- such as a server that restarts
                _log.warning("hosts wait for the database: %s", " ".join(str(error).split()))
                await asyncio.sleep(_AGAIN)

    async def _take_wanted(self) -> None:
        now = time.monotonic()
        wanted = [host for host, turn in self._hosts.items() if _is_wanted(turn, now)]
        if not wanted:
            return
        for host in wanted:
            self._hosts[host].asked = now
        taken = await self._run(self._turns.take, wanted)
        for host in wanted:
            turn = self._hosts[host]
            if host in taken:
                turn.taken = now
                turn.ours.set()
            else:
                turn.ours.clear()

    async def _give_back(self) -> None:
        now = time.monotonic()
        idle = [
            host
            for host, turn in self._hosts.items()
            if not turn.users and now - turn.used >= self._idle
        ]
        for host in idle:  # before anything is awaited: who comes meanwhile takes it anew
            del self._hosts[host]
        if idle:
            await self._run(self._turns.give, idle)


def _is_wanted(turn: _Turn, now: float) -> bool:
    if turn.ours.is_set():
        return now - turn.taken >= _RENEWED
    return turn.users > 0 and now - turn.asked >= _AGAIN
