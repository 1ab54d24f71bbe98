"""What is asked of the tables to plan the work of others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, or_, select

from digest.model import FeedState
from digest.store.rows import feed_state
from digest.store.schema import feeds
from digest.store.statements import reader, rows_in


class PollPlan:
    """Queries on feeds that are due; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def due(self, now: datetime, urls: Collection[str] | None = None) -> dict[str, FeedState]:
        """The states of feeds (of `urls`) that may be due; one never polled has none."""
        query = select(feeds).where(
            or_(
                feeds.c.due_at.is_(None),
                feeds.c.due_at <= now,
                feeds.c.polled_at > now,  # the clock went back
            )
        )
        with self._reader.begin() as connection:
            if urls is None:
                rows: Iterable[Row[Any]] = connection.execute(query)
            else:
                rows = rows_in(connection, query, feeds.c.url, sorted(urls))
            return {row.url: feed_state(row) for row in rows}

    def known(self, urls: Collection[str] | None = None) -> set[str]:
        """The feeds (of `urls`) that were polled at least once."""
        query = select(feeds.c.url)
        with self._reader.begin() as connection:
            if urls is None:
                return set(connection.scalars(query))
            return {row.url for row in rows_in(connection, query, feeds.c.url, sorted(urls))}

    def polled_since(self, at: datetime) -> set[str]:
        """The feeds that were polled after a time."""
        with self._reader.begin() as connection:
            return set(connection.scalars(select(feeds.c.url).where(feeds.c.polled_at > at)))
