"""The ledger of stories, and an operator's word on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select

from digest.model import Constraint
from digest.model.records import Pin, StoryRecord
from digest.store.schema import articles, constraints, ledger, pins
from digest.store.statements import upsert


class StoryQueries:
    """What is remembered of stories; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(readonly=True)

    def told(self, first: str, before: str) -> tuple[StoryRecord, ...]:
        """What editions before the given one did with each story that one from `first` on had.

        The whole past of these stories, oldest first.
        """
        alive = select(ledger.c.story).where(ledger.c.edition >= first, ledger.c.edition < before)
        query = (
            select(ledger)
            .where(ledger.c.story.in_(alive), ledger.c.edition < before)
            .order_by(ledger.c.edition, ledger.c.story)
        )
        with self._reader.begin() as connection:
            return tuple(_told(row) for row in connection.execute(query))

    def last_told(self, story: str) -> StoryRecord | None:
        """What the newest edition that had a story did with it."""
        query = select(ledger).where(ledger.c.story == story)
        with self._reader.begin() as connection:
            row = connection.execute(query.order_by(ledger.c.edition.desc()).limit(1)).first()
        return _told(row) if row else None

    def taken_in(self, name: str) -> tuple[str, str | None] | None:
        """The article with that id or address, and the edition that took it in."""
        query = select(articles.c.id, articles.c.edition).where(
            or_(articles.c.id == name, articles.c.url == name)
        )
        with self._reader.begin() as connection:
            row = connection.execute(query.order_by(articles.c.first_seen_at).limit(1)).first()
        return (row.id, row.edition) if row else None

    def constraints(self) -> tuple[Constraint, ...]:
        """All that an operator said of pairs of articles."""
        query = select(constraints).order_by(constraints.c.a, constraints.c.b)
        with self._reader.begin() as connection:
            return tuple(
                Constraint(a=row.a, b=row.b, kind=row.kind) for row in connection.execute(query)
            )

    def constrain(self, made: Iterable[Constraint], at: datetime) -> None:
        """Keep what an operator said; of two words on one pair the later one stands."""
        rows = [
            {"a": min(item.a, item.b), "b": max(item.a, item.b), "kind": item.kind, "made_at": at}
            for item in made
        ]
        with self._engine.begin() as connection:
            upsert(connection, constraints, rows)

    def pins(self) -> tuple[Pin, ...]:
        """The stories that are pinned, in the order in which they were."""
        query = select(pins).order_by(pins.c.made_at, pins.c.story)
        with self._reader.begin() as connection:
            return tuple(
                Pin(story=row.story, articles=tuple(row.articles))
                for row in connection.execute(query)
            )

    def pin(self, pin: Pin, at: datetime) -> None:
        """Pin a story as it stands now."""
        row = {"story": pin.story, "articles": list(pin.articles), "made_at": at}
        with self._engine.begin() as connection:
            upsert(connection, pins, [row])

    def unpin(self, story: str) -> bool:
        """Take a pin back; False where there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(pins).where(pins.c.story == story)).rowcount > 0


def save_told(connection: Connection, edition: str, told: Collection[StoryRecord]) -> None:
    """Replace an edition's rows of the ledger."""
    connection.execute(delete(ledger).where(ledger.c.edition == edition))
    if told:
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
                for record in told
            ],
        )


def _told(row: Row[Any]) -> StoryRecord:
    return StoryRecord(
        edition=row.edition,
        story=row.story,
        status=row.status,
        headline=row.headline,
        articles=tuple(row.articles),
        sentences=tuple(row.sentences),
    )
