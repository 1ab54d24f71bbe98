"""Facts about places: so many at once, and the slow ones beside them."""

from __future__ import annotations

import asyncio

import pytest

from digest.fetch import concurrency
from digest.fetch.concurrency import ConcurrencyLimit


def test_quick_ones_keep_to_the_number() -> None:
    """Who leaves soon is never more than `size` at a time."""
    inside = most = 0

    async def visit(some: ConcurrencyLimit) -> None:
        nonlocal inside, most
        async with some.place():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async def main() -> None:
        some = ConcurrencyLimit(3)
        await asyncio.gather(*(visit(some) for _ in range(30)))

    asyncio.run(main())
    assert (3, 0) == (most, inside)


def test_a_slow_one_lets_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time, up to four times the number; a place given up is not given back twice."""
    monkeypatch.setattr(concurrency, "PATIENCE", 0.01)
    entered = 0

    async def stay(some: ConcurrencyLimit, end: asyncio.Event, news: asyncio.Condition) -> None:
        nonlocal entered
        async with some.place():
            async with news:
                entered += 1
                news.notify_all()
            await end.wait()

    async def main() -> int:
        some, end, news = ConcurrencyLimit(2), asyncio.Event(), asyncio.Condition()
        slow = [asyncio.create_task(stay(some, end, news)) for _ in range(20)]
        async with news, asyncio.timeout(30):
            await news.wait_for(lambda: entered == 8)
        for _ in range(20):
            await asyncio.sleep(0)
        together = entered
        end.set()
        await asyncio.gather(*slow)
        return together

    assert 8 == asyncio.run(main())
    assert 20 == entered
