"""What a plan defers, once, and what comes back from workers that died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from digest.config import LiveSettings, Settings
from digest.config.settings import StoreSettings, WorkerSettings
from digest.model import Feed, FeedState
from digest.model.records import PollResult
from digest.services.application import Application, application
from digest.services.planning import Planner, confirmation_job, shards_in
from digest.services.roles import COLLECT
from digest.services.worker import _Worker, identity
from digest.store import open_store
from digest.store.queue import Job, JobQueue

from .fakes import NOON, Silent
from .postgres import Cluster

FEEDS = tuple(Feed(url=f"https://h{number}.example/") for number in range(40))


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    """A database of our own."""
    url = cluster.empty("planning")
    with closing(open_store(url)) as store:
        JobQueue(store.engine).prepare()
    return url


@pytest.fixture
def flows(url: str) -> Iterator[Application]:
    """Over forty feeds, ten a job, none of which was ever polled."""
    settings = Settings(
        feeds=FEEDS, store=StoreSettings(url=url), worker=WorkerSettings(feeds_per_job=10)
    )
    with application(settings, clock=lambda: NOON, observer=Silent(), shared=True) as flows:
        with flows.store.engine.begin() as connection:
            tables = "feeds, polls, articles, procrastinate_jobs, procrastinate_workers"
            connection.execute(text(f"TRUNCATE {tables} CASCADE"))
        yield flows


def _planner(flows: Application) -> Planner:
    return Planner(flows=flows, queue=JobQueue(flows.store.engine), since=NOON)


def _jobs(flows: Application) -> list[str]:
    with flows.store.engine.connect() as connection:
        return list(connection.scalars(text("SELECT lock FROM procrastinate_jobs ORDER BY id")))


def _set(flows: Application, statement: str) -> None:
    with flows.store.engine.begin() as connection:
        connection.execute(text(statement))


def test_what_is_due_is_deferred_once(flows: Application) -> None:
    """A second plan, and that of a second scheduler, find it in the queue."""
    first = _planner(flows)
    assert 4 == first.plan()
    assert 0 == first.plan() == _planner(flows).plan()
    assert [f"collect {shard}/4" for shard in range(4)] == sorted(_jobs(flows))


def test_a_feed_that_rests_makes_no_job(flows: Application) -> None:
    """Until it is due: then its shard waits for company, and not longer than a tenth of an hour."""
    full = sum(len(shard) >= 10 for shard in shards_in(flows.settings))
    assert 0 < full < 4
    for late, jobs in ((-60, 0), (0, full), (360, 4)):
        at = NOON - timedelta(seconds=late)
        states = [
            FeedState(url=feed.url, polled_at=at - timedelta(hours=1), due_at=at) for feed in FEEDS
        ]
        polls = (
            PollResult(feed=feed, outlet="A", state=state)
            for feed, state in zip(FEEDS, states, strict=True)
        )
        flows.store.save_poll(*polls)
        _set(flows, "DELETE FROM procrastinate_jobs")
        assert jobs == _planner(flows).plan()


def test_jobs_of_dead_workers_come_back(flows: Application) -> None:
    """Of one that is gone and one that gave no sign of life; a living one keeps its job."""
    planner = _planner(flows)
    planner.plan()
    for age in ("0 s", "1 min"):
        _set(
            flows,
            f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{age}')",
        )
    _set(
        flows,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT"
        " CASE lock WHEN 'collect 0/4' THEN min(id) WHEN 'collect 1/4' THEN max(id) END"
        " FROM procrastinate_workers)",
    )
    before = _jobs(flows)
    assert 3 == planner.plan()
    assert sorted(before) == sorted(_jobs(flows))


def test_what_is_asked_for_twice_waits_once(flows: Application) -> None:
    """Two readers ask for a mail at once: one job sends both, another only once that one began."""
    queue = JobQueue(flows.store.engine)
    job = Job(queue="send", task="confirm", key="confirm")
    assert [True, False] == [queue.defer(job), queue.defer(job)]
    _set(flows, "UPDATE procrastinate_jobs SET status = 'doing'")
    assert queue.defer(job)


def test_pages_that_ask_for_what_is_just_planned_wait(flows: Application) -> None:
    """They find it in the queue then: of two transactions with one key, the second would fail."""
    queue, job = JobQueue(flows.store.engine), confirmation_job()
    with ThreadPoolExecutor(1) as pool:
        with queue.planning() as plan:
            assert plan is not None
            assert 1 == plan.defer([job])
            late = pool.submit(queue.defer, job)
            time.sleep(0.3)
            assert not late.done()
        assert late.result(10) is False
    assert [job.key] == _jobs(flows)


def test_who_plans_is_alone(flows: Application) -> None:
    """A second scheduler does nothing at the same moment."""
    queue = JobQueue(flows.store.engine)
    with queue.planning() as first, queue.planning() as second:
        assert first is not None
        assert second is None


def test_a_server_that_is_away_while_the_configuration_changes_ends_no_worker(
    flows: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks again; only a scheduler that does plan by another configuration ends it."""
    queue, settings = JobQueue(flows.store.engine), flows.settings
    asked = []

    def configuration(_queue: JobQueue) -> str:
        asked.append(NOON)
        if len(asked) == 1:
            raise OperationalError("SELECT", {}, OSError("gone"))
        return identity(settings)

    monkeypatch.setattr(JobQueue, "configuration", configuration)
    worker = _Worker(
        url="",
        queues=(COLLECT,),
        live=LiveSettings(Path("feeds.toml"), lambda: settings),
        flows=lambda: flows,
        queue=queue,
        since=NOON,
    )
    asyncio.run(worker._agree(0))
    assert 2 == len(asked)
