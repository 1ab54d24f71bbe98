"""The database, opened for one command or for the pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from digest.config import Settings
from digest.config.values import LEDGER_DAYS
from digest.edition.schedule import Published, date_warnings, edition_id
from digest.mail.slots import slots
from digest.model import SlotOf
from digest.store import Store, database_exists, lock, open_existing, open_store

if TYPE_CHECKING:
    from digest.store import FeedStore, Outbox, Search, SubscriberStore

_KEEP_MAILS = timedelta(days=7)  # after rendering; a mail is tried for five days at most

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Everything stored, by subject, and when a subscriber's mail is due."""

    store: Store
    people: SubscriberStore
    outbox: Outbox
    search: Search
    feeds: FeedStore
    slot_of: SlotOf

    @classmethod
    def over(cls, store: Store, settings: Settings) -> Self:
        """Everything in an open store."""
        # Imported here, since collecting opens a store and needs none of these.
        from digest.store import FeedStore, Outbox, Search, SubscriberStore  # noqa: PLC0415

        return cls(
            store=store,
            people=SubscriberStore(store.engine),
            outbox=Outbox(store.engine),
            search=Search(store.engine),
            feeds=FeedStore(store.engine),
            slot_of=slots(settings.digest),
        )


@contextmanager
def open_database(
    settings: Settings, *, create: bool = False, dry_run: bool = False
) -> Iterator[Database]:
    """Open the database of a configuration.

    Raises UsageError where there is none, unless it is to be created, and StoreError where it
    cannot be used. One that is created in a `dry_run` is gone afterwards.
    """
    place = settings.place
    if create and dry_run and not database_exists(place):
        with (
            TemporaryDirectory() as folder,
            closing(open_store(Path(folder, "digest.db"))) as store,
        ):
            yield Database.over(store, settings)
        return
    with closing(open_or_create(place)) if create else open_existing(place) as store:
        yield Database.over(store, settings)


def open_or_create(place: Path | str, *, checked: bool = True) -> Store:
    """Open a database; a new one is created, and logged: the name may be a mistake."""
    is_new = not database_exists(place)
    store = open_store(place, checked=checked)
    if is_new:
        _log.info("new database: %s", place)
    return store


def has_database(settings: Settings) -> bool:
    """Is there a database of a configuration?"""
    return database_exists(settings.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintained:
    """What was dropped, how many bytes the file lost, and what is wrong with its structure."""

    texts: int
    signatures: int
    freed: int
    damage: str | None


def maintain(store: Store, settings: Settings, now: datetime, *, whole: bool = False) -> Maintained:
    """Drop what is no longer kept, return its space and check the database.

    `whole`: also write a database of an earlier version anew, which keeps others waiting.
    """
    from digest.store import (  # noqa: PLC0415 -- likewise
        damage_of,
        forget_analysis,
        forget_mail,
        return_space,
    )

    digest = settings.digest
    old = now - timedelta(days=digest.keep_text_days)
    texts = store.drop_texts(old)
    forget_mail(store.engine, rendered=now - _KEEP_MAILS, settled=old)
    dropped = forget_analysis(
        store.engine,
        edition_id(now, digest.zone),
        compared=LEDGER_DAYS + 1,
        rebuilt=digest.keep_text_days,
    )
    return Maintained(
        texts=texts,
        signatures=dropped,
        freed=return_space(store.engine, whole=whole),
        damage=damage_of(store.engine),
    )


def maintain_database(settings: Settings, now: datetime) -> Maintained:
    """The same for the database of a configuration, while no other process writes."""
    with lock(settings.place), open_existing(settings.place) as store:
        return maintain(store, settings, now, whole=True)


def last_of(store: Store, until: str | None = None) -> Published | None:
    """The newest published edition, up to a date."""
    last = store.last_published(until)
    return Published(id=last[0], at=last[1]) if last else None


def warnings_of(store: Store, settings: Settings, now: datetime) -> tuple[str, ...]:
    """What an operator should know of the dates of editions and the clock."""
    zone = settings.digest.zone
    last = last_of(store, edition_id(now, zone))
    return date_warnings(now, zone, newest=last_of(store), last=last)
