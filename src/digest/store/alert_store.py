"""What was said of feeds to their operator: conditions as they were logged, alerts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Engine, case, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from digest.feeds.health import TROUBLE, Condition, FeedHealth
from digest.store.schema import alerts, conditions
from digest.store.statements import reader, rows_in, upsert


class AlertStore:
    """Queries on conditions and alerts; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)

    def conditions(self, urls: Collection[str]) -> dict[str, Condition]:
        """The conditions of feeds as they were last noted; nothing for a feed without one."""
        query = select(conditions.c.feed_url, conditions.c.condition)
        with self._reader.begin() as connection:
            rows = rows_in(connection, query, conditions.c.feed_url, sorted(urls))
            return {row.feed_url: Condition(row.condition) for row in rows}

    def unreported(self) -> set[str]:
        """The feeds in trouble, as last noted, that were in no alert yet."""
        query = select(conditions.c.feed_url).where(
            conditions.c.condition.in_([condition.value for condition in TROUBLE]),
            conditions.c.alerted_at.is_(None),
        )
        with self._reader.begin() as connection:
            return set(connection.scalars(query))

    def note_conditions(self, found: Mapping[str, FeedHealth]) -> None:
        """Note how feeds are now; an alert that was sent of the same condition stays noted."""
        if not found:
            return
        table = conditions
        statement = insert(table)
        same = table.c.condition == statement.excluded.condition
        statement = statement.on_conflict_do_update(
            index_elements=["feed_url"],
            set_={
                "condition": statement.excluded.condition,
                "since": statement.excluded.since,
                "reason": statement.excluded.reason,
                "alerted_at": case((same, table.c.alerted_at), else_=None),
            },
        )
        rows = [
            {
                "feed_url": url,
                "condition": health.condition.value,
                "since": health.since,
                "reason": health.reason,
            }
            for url, health in found.items()
        ]
        with self._engine.begin() as connection:
            connection.execute(statement, rows)

    def last_alert(self) -> tuple[datetime, str] | None:
        """When the last alert left, and what it said."""
        query = select(alerts).where(alerts.c.text != "").order_by(alerts.c.sent_at.desc()).limit(1)
        with self._reader.begin() as connection:
            row = connection.execute(query).first()
        return (row.sent_at, row.text) if row else None

    def last_failed_alert(self) -> datetime | None:
        """When an alert could not be sent, unless one has left since."""
        newest = select(func.max(alerts.c.sent_at)).where(alerts.c.text == "")
        with self._reader.begin() as connection:
            at: datetime | None = connection.scalar(newest)
        return at

    def alerted(self, urls: Collection[str], text: str, at: datetime) -> None:
        """Note that an alert left, and which feeds it named; without a text, that it did not."""
        with self._engine.begin() as connection:
            connection.execute(delete(alerts).where(alerts.c.text == ""))
            upsert(connection, alerts, [{"sent_at": at, "text": text}])
            connection.execute(
                update(conditions)
                .where(conditions.c.feed_url.in_(list(urls)))
                .values(alerted_at=at)
            )
