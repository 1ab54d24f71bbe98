"""The event loop of `serve` never waits for the database."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, event

from digest.config import Settings, load
from digest.fetch import Allowance
from digest.flows import CollectReport
from digest.flows.scheduler import Scheduler
from digest.flows.store_thread import StoreThread
from digest.model import Failure, Feed
from digest.services.application import application
from digest.store import Store, open_existing, open_store
from digest.tools.newsroom import READINGS, Newsroom

from .fakes import NOON, FakeHttp, Silent, collector, item, rss

FEEDS = tuple(Feed(url=f"https://{name}.example/feed") for name in "abc")
NEWSROOM = Path(__file__).parents[1] / "examples" / "newsroom"


@contextmanager
def held(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process has SQLite's write lock until it is sent a line."""
    code = (
        "import sqlite3, sys;"
        f"holder = sqlite3.connect({str(database)!r}, isolation_level=None);"
        "holder.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and "held\n" == holder.stdout.readline()
        try:
            yield holder
        finally:
            holder.kill()


def release(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin
    holder.stdin.write("\n")
    holder.stdin.flush()


@contextmanager
def statements_on_loops() -> Iterator[list[str]]:
    """The SQL statements that are run by a thread whose event loop waits for them."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_the_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    """It is the loop itself that ends the lock: one that waited for it would never be released."""
    database = tmp_path / "digest.db"
    store = open_store(database)
    http = FakeHttp({FEEDS[0].url: rss(item(1)), FEEDS[1].url: rss(item(2))})
    flow = collector(Settings(feeds=FEEDS), store, http, lambda: NOON)

    async def serve(holder: subprocess.Popen[str]) -> bool:
        collecting = asyncio.create_task(flow.collect(patient=True))
        while len(http.requests) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        waited = not collecting.done()
        release(holder)
        await collecting
        return waited

    with held(database) as holder:
        assert asyncio.run(serve(holder)), "control: nothing was stored under the lock"
    states = store.feed_states([feed.url for feed in FEEDS])
    assert [NOON] * 3 == [state.polled_at for state in states.values()]
    assert 2 == len(store.articles_for("2026-03-02"))


def test_a_database_in_use_is_opened_while_another_process_writes(tmp_path: Path) -> None:
    """Its structure is checked without the write lock, and so are commands that only look."""
    database = tmp_path / "digest.db"
    open_store(database).close()
    with held(database) as holder:
        open_store(database, checked=True).close()
        with open_existing(database) as store:
            assert () == store.editions()
        assert holder.poll() is None
        with (  # control: the lock is held
            sqlite3.connect(database, timeout=0, isolation_level=None) as writer,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            writer.execute("BEGIN IMMEDIATE")


def test_no_statement_runs_on_the_loop(tmp_path: Path) -> None:
    """Two ticks over an invented newsroom, pages, robots.txt and an edition included."""
    now = READINGS[0]
    with Newsroom(NEWSROOM) as newsroom, statements_on_loops() as found:
        newsroom.now = now
        config = tmp_path / "feeds.toml"
        text = newsroom.config(output=str(tmp_path / "out"), database=str(tmp_path / "digest.db"))
        config.write_text(text)
        with application(
            load(config),
            clock=lambda: now,
            observer=Silent(),
            allowed=(Allowance.parse("127.2.0.0/16"),),
        ) as flows:
            scheduler = Scheduler(flows=lambda: flows, clock=lambda: now, since=_long_before(now))

            async def ticks() -> None:
                await scheduler.tick()
                await scheduler.tick()
                await scheduler.deliver()

            asyncio.run(ticks())
            assert 1 == len(flows.store.edition_ids())
            assert [] == found

            async def careless() -> None:
                flows.store.edition_ids()

            asyncio.run(careless())
            assert "SELECT" in "".join(found), "control: a statement on the loop is seen"


def _long_before(now: datetime) -> datetime:
    return now.replace(year=now.year - 1)


def test_polls_without_news_share_a_commit(tmp_path: Path) -> None:
    """A hundred feeds that end together are not a hundred transactions, and each is stored."""
    store = open_store(tmp_path / "digest.db")
    feeds = tuple(Feed(url=f"https://{number}.example/feed") for number in range(100))
    http = FakeHttp(
        {feed.url: rss(item(feed.url, link=f"{feed.url}/1"), title=feed.url) for feed in feeds}
    )
    commits: list[object] = []

    def note(connection: object) -> None:
        commits.append(connection)

    event.listen(store.engine, "commit", note)

    def collect(now: datetime) -> tuple[CollectReport, int]:
        commits.clear()
        flow = collector(Settings(feeds=feeds), store, http, lambda: now)
        report = asyncio.run(flow.collect(patient=False))
        writes = len(commits)
        states = store.feed_states([feed.url for feed in feeds]).values()
        assert {now} == {state.polled_at for state in states}
        return report, writes

    report, writes = collect(NOON)
    assert (100, 100) == (report.count("read"), report.new_articles)
    assert writes > 100, "control: news is stored with each feed"
    report, writes = collect(NOON + timedelta(hours=1))
    assert 100 == report.count("unchanged")
    assert writes < 20


def test_a_flow_that_ends_early_leaves_no_work_behind(tmp_path: Path) -> None:
    """The store's thread has ended when the flow's is closed, so that the store can be closed."""
    store = open_store(tmp_path / "digest.db")
    order: list[str] = []
    begun, go_on = Event(), Event()

    def work(store: Store) -> None:
        begun.set()
        go_on.wait(10)
        store.edition_ids()
        order.append("worked")

    async def use() -> None:
        with StoreThread(store) as thread:
            task = asyncio.create_task(thread(work))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            go_on.set()
        order.append("closed")

    asyncio.run(use())
    assert ["worked", "closed"] == order


def test_a_failure_is_that_of_the_flow(tmp_path: Path) -> None:
    """What goes wrong in the store's thread is raised where the result is awaited."""
    flow = collector(
        Settings(feeds=FEEDS),
        open_store(tmp_path / "digest.db"),
        FakeHttp({FEEDS[0].url: Failure(reason="no")}),
        lambda: datetime(2026, 3, 2),  # naive: refused by the store
    )
    with pytest.raises(Exception, match="naive datetime"):
        asyncio.run(flow.collect(patient=True))
