"""What is asked of the tables to plan the work of others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, or_, select

from digest.model import FeedState, Hold
from digest.store.schema import articles, feeds
from digest.store.statements import reader, rows_in

_TIMES = select(feeds.c.url, feeds.c.polled_at, feeds.c.due_at, feeds.c.not_before, feeds.c.hold)


def may_be_due(now: datetime) -> ColumnElement[bool]:
    """The condition for feeds that `is_due` may find due, written so that indexes serve it."""
    return or_(
        feeds.c.due_at <= now,
        feeds.c.due_at.is_(None),
        feeds.c.polled_at > now,  # the clock went back
    )


class PollPlan:
    """Queries on when feeds are due; each method is one transaction.

    The states have what says when a feed may be polled, and nothing else: to read them whole
    costs a tenth of a poll.
    """

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def due(self, now: datetime) -> dict[str, FeedState]:
        """The feeds that may be due; one that was never polled is not among them."""
        with self._reader.begin() as connection:
            return _states(connection.execute(_TIMES.where(may_be_due(now))))

    def times(self, urls: Collection[str]) -> dict[str, FeedState]:
        """Those of the feeds that were polled at least once."""
        with self._reader.begin() as connection:
            return _states(rows_in(connection, _TIMES, feeds.c.url, sorted(urls)))

    def feeds_with_pages(self, now: datetime) -> set[str]:
        """The feeds of articles whose page is to be tried again by now."""
        query = select(articles.c.feed_url).where(articles.c.page_retry_at <= now).distinct()
        with self._reader.begin() as connection:
            return set(connection.scalars(query))

    def polled_since(self, at: datetime) -> set[str]:
        """The feeds that were polled after a time."""
        with self._reader.begin() as connection:
            return set(connection.scalars(select(feeds.c.url).where(feeds.c.polled_at > at)))


def _states(rows: Iterable[Row[Any]]) -> dict[str, FeedState]:
    return {
        row.url: FeedState(
            url=row.url,
            polled_at=row.polled_at,
            due_at=row.due_at,
            not_before=row.not_before,
            hold=Hold(row.hold) if row.hold else None,
        )
        for row in rows
    }
