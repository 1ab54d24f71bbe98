"""Hosts that several processes ask: never two at once, and none waits for a dead one for long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sqlalchemy import text

from digest.config import FetchSettings
from digest.fetch import Allowance, Guard, HttpClient
from digest.flows import host_turns
from digest.flows.host_turns import SharedTurns
from digest.model import Document
from digest.store import Store, open_store
from digest.store.queue import HostTurns, JobQueue

from .fleet import Sites
from .postgres import Cluster

HOSTS = 6


@pytest.fixture(scope="module")
def opened(cluster: Cluster) -> Iterator[Store]:
    """A database with the tables of workers."""
    with closing(open_store(cluster.empty("host_turns"))) as store:
        JobQueue(store.engine).prepare()
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The same, where nobody has a host."""
    with opened.engine.begin() as connection:
        connection.execute(text("DELETE FROM host_turns"))
    return opened


def _turns(store: Store, name: str, seconds: float = host_turns.SECONDS) -> HostTurns:
    return HostTurns(store.engine, name, seconds)


async def _read(sites: Sites, turns: Sequence[SharedTurns | None], requests: int) -> None:
    """Ask all hosts from several clients at once, each as polite as it is alone."""
    settings = FetchSettings(host_gap=0)
    async with AsyncExitStack() as stack:
        clients = []
        for shared in turns:
            if shared is not None:
                await stack.enter_async_context(shared)
            client = HttpClient(
                settings,
                Guard((Allowance.parse("127.0.0.0/8"),)),
                clock=lambda: datetime.now(UTC),
                shared=shared,
            )
            clients.append(await stack.enter_async_context(client))
        answers = await asyncio.gather(
            *(
                client.get(sites.url(number), accept="feed", max_bytes=10**6)
                for client in clients
                for number in range(requests)
            )
        )
    assert all(isinstance(answer, Document) for answer in answers)


def test_no_host_is_asked_twice_at_once(store: Store) -> None:
    """Three clients that agree in the database, with ten requests to each host."""
    with Sites(hosts=HOSTS, latency=0.02).running() as sites:
        turns = [SharedTurns(_turns(store, name), 0) for name in "abc"]
        asyncio.run(_read(sites, turns, 20))
        assert 60 == len(sites.polls())
        assert 0 == sites.overlapping()


def test_control_without_turns_hosts_are_asked_twice_at_once() -> None:
    """The same clients, each by itself."""
    with Sites(hosts=HOSTS, latency=0.02).running() as sites:
        asyncio.run(_read(sites, [None, None, None], 20))
        assert 60 == len(sites.polls())
        assert sites.overlapping() > 0


def test_the_gap_holds_for_all_together(store: Store) -> None:
    """Between the end of one request and the beginning of the next, whoever makes it."""

    async def ask(turns: SharedTurns, log: list[tuple[float, float]]) -> None:
        async with turns:
            for _ in range(2):
                await turns.take("a.example")
                begun = time.monotonic()
                await asyncio.sleep(0.05)
                turns.leave("a.example")
                log.append((begun, time.monotonic()))
                await asyncio.sleep(1)

    async def both() -> list[tuple[float, float]]:
        log: list[tuple[float, float]] = []
        await asyncio.gather(*(ask(SharedTurns(_turns(store, name), 0.4), log) for name in "ab"))
        return sorted(log)

    log = asyncio.run(both())
    assert 4 == len(log)
    gaps = [after[0] - before[1] for before, after in pairwise(log)]
    assert min(gaps) >= 0.4


def test_a_host_of_a_dead_process_is_free_when_its_time_is_over(store: Store) -> None:
    """What it had is another's then, and is not taken from that one by what it says late."""
    dead, living = _turns(store, "dead", 0.4), _turns(store, "living", 60)
    assert {"a", "b"} == dead.take(["a", "b"])
    assert set() == living.take(["a"])
    time.sleep(0.5)
    assert {"a"} == living.take(["a"])
    dead.give(["a", "b"])
    assert {"b"} == dead.take(["a", "b"])
    assert {"a"} == living.take(["a"])


def test_a_turn_is_renewed_while_it_is_in_use(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may take longer over its answer than a turn lasts."""
    monkeypatch.setattr(host_turns, "_RENEWED", 0.1)

    async def slow() -> set[str]:
        async with SharedTurns(_turns(store, "slow", 0.5), 0) as turns:
            await turns.take("a.example")
            await asyncio.sleep(1.2)
            return _turns(store, "other").take(["a.example"])

    assert set() == asyncio.run(slow())


def test_a_suspended_process_asks_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that was its own may be another's by now."""
    monkeypatch.setattr(host_turns, "SECONDS", 3.2)  # 0.2 s after it was taken it is doubtful

    async def still() -> None:
        turns = SharedTurns(_turns(store, "still", 0.2), 60)
        async with turns:
            await turns.take("a.example")
            turns.leave("a.example")
            time.sleep(0.4)
            assert {"a.example"} == _turns(store, "other", 60).take(["a.example"])
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(turns.take("a.example"), 1)

    asyncio.run(still())
