"""No query of the daily work reads a table that grows from one end to the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from digest.feeds.polling import is_due
from digest.model import Feed, FeedState, Hold
from digest.model.records import PollResult
from digest.store import FeedStore, Store, open_store

from .factories import NOON
from .test_store import FEED, NOW, new, poll, publication

ROWS = 100_000
GROWING = ("articles", "entry_keys", "signatures", "ledger")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a hundred thousand articles, all but the newest in editions."""
    store = open_store(tmp_path_factory.mktemp("plans") / "digest.db")
    store.save_poll(poll(new("a" * 16)))
    store.save_edition(publication("2026-03-01", "a" * 16))
    with store.engine.begin() as connection:
        columns = [row.name for row in connection.execute(text("PRAGMA table_info(articles)"))]
        changed = {"id": "printf('%016x', value)", "url": "'https://a.example/' || value"}
        values = ", ".join(changed.get(name, name) for name in columns)
        connection.execute(
            text(
                f"INSERT INTO articles ({', '.join(columns)}) SELECT {values} FROM articles,"
                f" (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"
                f" WHERE value < {ROWS}) SELECT value FROM n)"
            )
        )
    yield store
    store.close()


@contextmanager
def plans(store: Store) -> Iterator[list[str]]:
    """The plan of each statement that is run meanwhile, as SQLite explains it."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *more: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            many = more[-1]
            asked.append((statement, parameters[0] if many else parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    found: list[str] = []
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
        with store.engine.connect() as connection:
            for statement, parameters in asked:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found += [row.detail for row in rows]


def scans(found: list[str]) -> list[str]:
    """The steps of plans that read a growing table whole, by an index or without."""
    return [step for step in found if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)]


def test_collecting_scans_no_growing_table(store: Store) -> None:
    """Neither a tick that finds nothing, nor a poll with news."""
    with plans(store) as found:
        store.feed_states([FEED.url])
        store.known([b"k" * 16])
        store.taken(["b" * 16])
        store.robots(["https://a.example"], NOW)
        assert () == store.pending_pages(NOW)
        store.save_poll(PollResult(feed=FEED, outlet="A", state=FeedState(url=FEED.url)))
        store.save_poll(poll(new("b" * 16)))
        store.last_published()
        store.waiting_articles()
        feeds = FeedStore(store.engine)
        assert {FEED.url} == feeds.without_news([FEED.url], NOW)
        assert set() == feeds.without_news([FEED.url], NOON - timedelta(days=1))
        assert ROWS < feeds.statistics([FEED.url], NOW)[FEED.url].recent
    assert len(found) > 11
    assert [] == scans(found)


def test_a_tick_reads_the_states_of_feeds_that_may_be_due(store: Store) -> None:
    """By indexes, of hundreds of feeds; what it gives is what the states of all would give."""
    later = NOW + timedelta(hours=2)
    states = {
        f"https://a.example/{number}": FeedState(
            url=f"https://a.example/{number}",
            polled_at=NOW if number != 450 else NOW + timedelta(hours=30),
            due_at=None if number == 460 else NOW + timedelta(minutes=number),
            hold=Hold.GONE if number == 400 else Hold.CHANGED if number == 401 else None,
        )
        for number in range(500)
    }
    store.save_poll(
        *(PollResult(feed=Feed(url=url), outlet="A", state=state) for url, state in states.items())
    )
    new = "https://a.example/new"
    with plans(store) as found:
        due = store.due_states([*states, new], later)
    assert [] == [step for step in found if step.startswith("SCAN feeds") and "INDEX" not in step]
    assert 4 == sum("USING INDEX ix_feeds" in step for step in found)
    every = store.feed_states([*states, new])
    expected = {url for url, state in every.items() if is_due(state, later, patient=True)}
    assert 124 == len(expected)
    assert {*expected, "https://a.example/400"} == set(due)
    assert {url: every[url] for url in due} == due
    assert {} == store.due_states(["https://a.example/499"], later)


def test_building_scans_no_growing_table(store: Store) -> None:
    """What an edition takes in, what it is compared with, and its record."""
    with plans(store) as found:
        store.articles_for("2026-03-02")
        store.articles_between("2026-02-23", "2026-03-01")
        store.articles(["b" * 16])
        store.signatures(["b" * 16])
        store.story_records("2026-02-01", "2026-03-02")
        store.terms_before("2026-03-02", 30)
        store.editions(before="2026-03-02", limit=1)
        store.save_edition(publication("2026-03-02", "b" * 16))
        store.drop_texts(NOW - timedelta(days=90))
    assert len(found) > 8
    assert [] == scans(found)


def test_an_article_is_found_by_its_address_without_a_scan(store: Store) -> None:
    """As `digest explain` and `digest stories` look for one."""
    with plans(store) as found:
        assert ("0000000000000007", "2026-03-01") == store.taken_in("https://a.example/7")
        assert ("0000000000000007", "2026-03-01") == store.taken_in("0000000000000007")
        assert store.last_story_record("s") is None
    assert [] == scans(found)


def test_a_scan_is_seen(store: Store) -> None:
    """Control: the order that pending pages once had makes SQLite read every article."""
    with plans(store) as found, store.engine.connect() as connection:
        connection.execute(
            text("SELECT id FROM articles WHERE page_retry_at <= :now ORDER BY id"), {"now": NOW}
        )
        connection.execute(text("SELECT count(*) FROM articles WHERE text != ''"))
    assert len(scans(found)) >= 1
