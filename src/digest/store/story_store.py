"""The ledger of stories, and an operator's corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select

from digest.model import Constraint
from digest.model.records import Pin, StoryRecord, Verdict
from digest.store.schema import articles, constraints, ledger, pins, verdicts
from digest.store.statements import reader, upsert


class StoryQueries:
    """Queries on stories; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)
        # For transactions that may run beside others of their kind in other processes.
        self._together = engine.execution_options(concurrent=True)

    def story_records(self, first: str, before: str) -> tuple[StoryRecord, ...]:
        """The whole past, oldest first, of each story that an edition in [first, before) had."""
        alive = select(ledger.c.story).where(ledger.c.edition >= first, ledger.c.edition < before)
        query = (
            select(ledger)
            .where(ledger.c.story.in_(alive), ledger.c.edition < before)
            .order_by(ledger.c.edition, ledger.c.story)
        )
        with self._reader.begin() as connection:
            return tuple(_record_of(row) for row in connection.execute(query))

    def last_story_record(self, story: str) -> StoryRecord | None:
        """The record of the newest edition that had a story."""
        query = select(ledger).where(ledger.c.story == story)
        with self._reader.begin() as connection:
            row = connection.execute(query.order_by(ledger.c.edition.desc()).limit(1)).first()
        return _record_of(row) if row else None

    def taken_in(self, name: str) -> tuple[str, str | None] | None:
        """The article with this id or address, and the edition that took it in, if one did."""
        query = select(articles.c.id, articles.c.edition).where(
            or_(articles.c.id == name, articles.c.url == name)
        )
        with self._reader.begin() as connection:
            row = connection.execute(query.order_by(articles.c.first_seen_at).limit(1)).first()
        return (row.id, row.edition) if row else None

    def constraints(self) -> tuple[Constraint, ...]:
        """All pairs of articles that an operator judged."""
        query = select(constraints).order_by(constraints.c.a, constraints.c.b)
        with self._reader.begin() as connection:
            return tuple(
                Constraint(a=row.a, b=row.b, kind=row.kind) for row in connection.execute(query)
            )

    def constrain(self, made: Iterable[Constraint], at: datetime) -> None:
        """Store an operator's judgements; a later one on the same pair replaces an earlier one."""
        rows = [
            {"a": min(item.a, item.b), "b": max(item.a, item.b), "kind": item.kind, "made_at": at}
            for item in made
        ]
        with self._engine.begin() as connection:
            upsert(connection, constraints, rows)

    def verdicts(self) -> tuple[Verdict, ...]:
        """All that a language model said of two articles."""
        query = select(verdicts).order_by(verdicts.c.a, verdicts.c.b)
        with self._reader.begin() as connection:
            return tuple(Verdict(**row) for row in connection.execute(query).mappings())

    def save_verdict(self, made: Verdict) -> None:
        """Store what a model said; the order of the two articles does not matter."""
        a, b = sorted((made.a, made.b))
        row = {"a": a, "b": b, "edition": made.edition, "same": made.same}
        with self._engine.begin() as connection:
            upsert(connection, verdicts, [row])

    def pins(self) -> tuple[Pin, ...]:
        """The pinned stories, in the order of pinning."""
        query = select(pins).order_by(pins.c.made_at, pins.c.story)
        with self._reader.begin() as connection:
            return tuple(
                Pin(story=row.story, articles=tuple(row.articles))
                for row in connection.execute(query)
            )

    def pin(self, pin: Pin, at: datetime) -> None:
        """Pin a story with its present articles."""
        row = {"story": pin.story, "articles": list(pin.articles), "made_at": at}
        with self._engine.begin() as connection:
            upsert(connection, pins, [row])

    def unpin(self, story: str) -> bool:
        """Remove a pin; False if there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(pins).where(pins.c.story == story)).rowcount > 0


def save_story_records(
    connection: Connection, edition: str, records: Collection[StoryRecord]
) -> None:
    """Replace an edition's rows in the ledger."""
    connection.execute(delete(ledger).where(ledger.c.edition == edition))
    if records:
        connection.execute(
            insert(ledger),
            [
                {
                    "edition": record.edition,
                    "story": record.story,
                    "status": record.status,
                    "headline": record.headline,
                    "articles": list(record.articles),
                    "sentences": list(record.sentences),
                }
                for record in records
            ],
        )


def _record_of(row: Row[Any]) -> StoryRecord:
    return StoryRecord(
        edition=row.edition,
        story=row.story,
        status=row.status,
        headline=row.headline,
        articles=tuple(row.articles),
        sentences=tuple(row.sentences),
    )
