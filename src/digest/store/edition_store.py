"""Editions in the database: stored, published, and left alone once mail of them has left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, select, true, update
from sqlalchemy.dialects.sqlite import insert

from digest.model import Cause, DeliveryState, Edition, SlotOf
from digest.model.records import Publication
from digest.store.audience import freeze, open_audience
from digest.store.schema import articles, editions, signatures
from digest.store.schema_mail import outbox
from digest.store.search import index_edition
from digest.store.statements import chunks, rows_in, upsert
from digest.store.story_store import StoryQueries, save_story_records

_EDITION = TypeAdapter(Edition)


class EditionQueries(StoryQueries):
    """Queries on editions; each method is one transaction."""

    def terms_before(self, edition: str, limit: int) -> tuple[bytes, ...]:
        """Term counts of the newest `limit` editions before this one, newest first."""
        query = (
            select(editions.c.terms)
            .where(editions.c.id < edition, editions.c.terms != b"")
            .order_by(editions.c.id.desc())
            .limit(limit)
        )
        with self._reader.begin() as connection:
            return tuple(connection.scalars(query))

    def save_edition(self, publication: Publication) -> bool:
        """Store an edition and mark its articles as taken in; a second time replaces the first.

        False, and nothing is changed, once mail of the edition has left: what came in since then
        waits for the next one. A delivery that was skipped as empty is open again when the
        edition has changed.
        """
        edition = publication.edition
        with self._engine.begin() as connection:
            if _has_left(connection, edition.id):
                return False
            if _replace(connection, publication):
                _reopen_empty(connection, edition.id)
            for chunk in chunks(publication.considered):
                connection.execute(
                    update(articles)
                    .where(articles.c.id.in_(chunk))
                    .values(edition=edition.id, page_retry_at=None)
                )
            if publication.signatures:
                upsert(
                    connection,
                    signatures,
                    [
                        {"article_id": article, "signature": signature}
                        for article, signature in publication.signatures
                    ],
                )
            save_story_records(connection, edition.id, publication.story_records)
            index_edition(connection, edition.id, _EDITION.dump_python(edition, mode="json"))
        return True

    def mail_has_left(self, edition: str) -> bool:
        """Was a mail of an edition begun? From then on its stories stay as they are."""
        with self._reader.begin() as connection:
            return _has_left(connection, edition)

    def waiting_articles(self) -> int:
        """How many articles wait for the next edition."""
        query = select(func.count()).where(articles.c.offered, articles.c.edition.is_(None))
        with self._reader.begin() as connection:
            return connection.scalar(query) or 0

    def mark_published(self, edition: str, at: datetime, slot_of: SlotOf | None = None) -> None:
        """Note that every file of an edition is in the output folder.

        Where mail is sent, its audience is opened in the same transaction and frozen afterwards.
        """
        with self._engine.begin() as connection:
            if slot_of is not None:
                open_audience(connection, edition, at)
            connection.execute(
                update(editions).where(editions.c.id == edition).values(published_at=at)
            )
        if slot_of is not None:
            freeze(self._engine.begin, edition, at, slot_of)

    def last_published(self, until: str | None = None) -> tuple[str, datetime] | None:
        """Id and time of the newest edition that was published whole, up to a date."""
        query = (
            select(editions.c.id, editions.c.published_at)
            .where(editions.c.published_at.is_not(None))
            .where(editions.c.id <= until if until is not None else true())
            .order_by(editions.c.id.desc())
            .limit(1)
        )
        with self._reader.begin() as connection:
            row = connection.execute(query).first()
        return (row.id, row.published_at) if row else None

    def editions(
        self, *, before: str | None = None, limit: int | None = None
    ) -> tuple[Edition, ...]:
        """Stored editions, newest first."""
        query = select(editions.c.document).order_by(editions.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(editions.c.id < before)
        with self._reader.begin() as connection:
            return tuple(_EDITION.validate_json(text) for text in connection.scalars(query))

    def edition_ids(self) -> tuple[str, ...]:
        """Ids of all stored editions, newest first."""
        with self._reader.begin() as connection:
            return tuple(connection.scalars(select(editions.c.id).order_by(editions.c.id.desc())))

    def editions_of(self, ids: Collection[str]) -> tuple[Edition, ...]:
        """The stored ones of these editions, newest first."""
        query = select(editions.c.id, editions.c.document)
        with self._reader.begin() as connection:
            rows = list(rows_in(connection, query, editions.c.id, list(ids)))
        rows.sort(key=lambda row: row.id, reverse=True)
        return tuple(_EDITION.validate_json(row.document) for row in rows)


def _holds(edition: str) -> ColumnElement[bool]:
    return and_(outbox.c.since <= edition, outbox.c.edition >= edition)


def _has_left(connection: Connection, edition: str) -> bool:
    begun = exists().where(_holds(edition), outbox.c.tried_at.is_not(None))
    return bool(connection.scalar(select(begun)))


def _replace(connection: Connection, publication: Publication) -> bool:
    """Store the document; did it change what was there?"""
    edition = publication.edition
    document = _EDITION.dump_json(edition).decode()
    before = connection.scalar(select(editions.c.document).where(editions.c.id == edition.id))
    row = {"document": document, "terms": publication.terms}
    statement = insert(editions).values(id=edition.id, **row)
    same = editions.c.document == statement.excluded.document
    revision = case((same, editions.c.revision), else_=editions.c.revision + 1)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[editions.c.id], set_={**row, "revision": revision}
        )
    )
    return before is not None and before != document


def _reopen_empty(connection: Connection, edition: str) -> None:
    connection.execute(
        update(outbox)
        .where(
            _holds(edition),
            outbox.c.state == DeliveryState.SKIPPED,
            outbox.c.cause == Cause.EMPTY,
        )
        .values(state=DeliveryState.PENDING, cause=None, reason=None, settled_at=None)
    )
