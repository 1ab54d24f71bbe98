"""What sharing the work costs, and what it brings: CPU a poll through the queue, and two workers.

    python -m bench.workers [overhead|speedup]

On a PostgreSQL server of its own, whose CPU counts. `overhead`: 1,000 feeds on 500 hosts that are
unchanged, polled by one collector and, in turn, through the queue in jobs of about 200.
`speedup`: 400 feeds read for the first time, with a page for each article, by one worker held to
one core, and by two of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import Process, Queue
from pathlib import Path
from statistics import median

from sqlalchemy import func, select, text, update
from tests import postgres
from tests.fleet import Fleet, Sites, configuration

from bench.engines import server_cpu
from digest.config import load
from digest.fetch import Allowance
from digest.flows import FeedOutcome
from digest.flows.host_turns import SECONDS, SharedTurns
from digest.services.application import Application, application
from digest.services.jobs import Jobs
from digest.services.planning import Planner
from digest.store import Store, open_store
from digest.store.queue import HostTurns, JobQueue, queue_app
from digest.store.schema import feeds

FEEDS, HOSTS, ROUNDS = 1000, 500, 20
READ = 400  # feeds, for the first time


class _Silent:
    def started(self, feeds: int) -> None:
        """Nothing is shown."""

    def polled(self, outcome: FeedOutcome) -> None:
        """Nothing is shown."""


def _serve(sites: Sites, port: Queue[int]) -> None:
    with sites.running():
        port.put(sites.port)
        while True:
            time.sleep(60)
            sites.visits.clear()


@contextlib.contextmanager
def _sites(sites: Sites) -> Iterator[Sites]:
    """The sites in a process of their own, whose CPU is nobody's."""
    port: Queue[int] = Queue()
    process = Process(target=_serve, args=(sites, port), daemon=True)
    process.start()
    sites.port = port.get()
    try:
        yield sites
    finally:
        process.kill()


def _let_be_due(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(feeds).values(due_at=datetime(2020, 1, 1, tzinfo=UTC)))


# --- what the queue costs -------------------------------------------------------------------------


async def _overhead(flows: Application, postmaster: int) -> None:
    store = HostTurns(flows.store.engine, "bench", SECONDS)
    async with contextlib.AsyncExitStack() as stack:
        alone = await stack.enter_async_context(flows.network())
        turns = await stack.enter_async_context(SharedTurns(store, 0))
        network = await stack.enter_async_context(flows.network(turns))
        queue = JobQueue(flows.store.engine)
        planner = Planner(flows=flows, queue=queue, since=flows.clock())
        url = flows.settings.store.url or ""
        app = queue_app(url)
        flow = flows.collector(*network, alone=False)
        jobs = Jobs(flows=flows, shards=planner.shards, network=network, collector=flow)
        done = asyncio.Queue[int]()

        async def collect(shard: int, of: int) -> None:
            await jobs.collect(shard, of)
            done.put_nowait(shard)

        app.task(name="collect", queue="collect")(collect)
        await stack.enter_async_context(app.open_async())
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=["collect"],
                concurrency=8,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )

        async def end() -> None:
            worker.cancel()
            await asyncio.wait([worker])

        stack.push_async_callback(end)

        async def shared() -> None:
            for _ in range(await asyncio.to_thread(planner.plan)):
                await done.get()
            await asyncio.sleep(0.1)  # the last job is noted as done

        async def by_itself() -> None:
            await flows.collector(*alone).collect(patient=True)

        costs: dict[str, list[float]] = {"one collector": [], "the queue": []}
        for number in range(ROUNDS + 1):
            for found, poll in zip(costs.values(), (by_itself, shared), strict=True):
                spent = await _cost(flows, poll, postmaster)
                if number:  # the first reads all for the first time
                    found.append(spent)
    ratios = [queued / one for one, queued in zip(*costs.values(), strict=True)]
    for name, found in costs.items():
        print(f"{name}: {median(found):.0f} us a feed, {min(found):.0f} at least")
    least = min(costs["the queue"]) / min(costs["one collector"])
    print(f"ratio {median(ratios):.3f} in the median of {ROUNDS} pairs, {least:.3f} of the least")


async def _cost(flows: Application, poll: Callable[[], Awaitable[None]], postmaster: int) -> float:
    """CPU a feed of this process and of the server, in microseconds."""
    await asyncio.to_thread(_let_be_due, flows.store)
    await asyncio.sleep(1)  # hosts are given back, and the server writes what it put off
    own, server = time.process_time(), server_cpu(postmaster)
    await poll()
    return (time.process_time() - own + server_cpu(postmaster) - server) / FEEDS * 1e6


def overhead(cluster: postgres.Cluster, url: str, folder: Path) -> None:
    """Print the CPU of unchanged polls, by one collector and through the queue."""
    with _sites(Sites(hosts=HOSTS, feeds=FEEDS, latency=0.01, unchanged=True)) as sites:
        urls = [sites.url(number) for number in range(FEEDS)]
        settings = load(configuration(folder, url, urls, per_job=200))
        with application(
            settings,
            clock=lambda: datetime.now(UTC),
            observer=_Silent(),
            allowed=(Allowance.parse("127.0.0.0/8"),),
            shared=True,
        ) as flows:
            JobQueue(flows.store.engine).prepare()
            asyncio.run(_overhead(flows, cluster.postmaster))


# --- what a second worker brings ----------------------------------------------------------------


def speedup(_cluster: postgres.Cluster, url: str, folder: Path) -> None:
    """Print how long one worker and two take to read all feeds, each on a core of its own.

    Also their CPU, start and parsers included: where others use the machine, it says more.
    """
    taken: dict[int, list[float]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {1: [], 2: []}
    with _sites(Sites(hosts=HOSTS, entries=5, latency=0.01)) as sites:
        urls = [sites.url(number) for number in range(READ)]
        config = configuration(folder, url, urls, per_job=20)
        for _ in range(3):
            for workers, found in taken.items():
                _emptied(url)
                before = _children_cpu()
                found.append(_read(config, url, workers))
                spent[workers].append(_children_cpu() - before)
                cpu = spent[workers][-1]
                print(f"{workers} at work: {found[-1]:.1f} s, CPU {cpu:.1f} s", flush=True)
    print(f"speed-up {median(taken[1]) / median(taken[2]):.2f}")
    print(f"CPU of two beside one {median(spent[2]) / median(spent[1]):.2f}")


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _emptied(url: str) -> None:
    names = "entry_keys, articles, polls, feeds, robots, host_turns, procrastinate_jobs"
    with closing(open_store(url)) as store:
        JobQueue(store.engine).prepare()
        with store.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} CASCADE"))


def _read(config: Path, url: str, workers: int) -> float:
    """Seconds from the first feed read to the last."""
    query = select(func.count()).where(feeds.c.read_at.is_not(None))
    with closing(open_store(url)) as store, Fleet(config) as fleet:

        def read() -> int:
            with store.engine.connect() as connection:
                return connection.scalar(query) or 0

        for number in range(workers):
            process = fleet.worker("collect")
            os.sched_setaffinity(process.pid, {number})  # its parsers inherit it
        while fleet.logs.count("working on collect") < workers:
            time.sleep(0.1)
        fleet.scheduler()
        while not read():
            time.sleep(0.05)
        begun = time.monotonic()
        while read() < READ:
            time.sleep(0.1)
        taken = time.monotonic() - begun
        for process in fleet.processes:
            process.terminate()
        for process in fleet.processes:
            process.wait()
        return taken


def main(*parts: str) -> None:
    """Print what is asked for, or both."""
    with postgres.running() as cluster:
        for name, part in (("overhead", overhead), ("speedup", speedup)):
            if not parts or name in parts:
                with tempfile.TemporaryDirectory() as folder:
                    part(cluster, cluster.empty(name), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
