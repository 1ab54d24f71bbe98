"""The database, opened for one command or for the pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from digest.config import Settings
from digest.edition.schedule import Published, date_warnings, edition_id
from digest.mail.slots import slots
from digest.model import SlotOf
from digest.store import (
    FeedStore,
    Outbox,
    Search,
    Store,
    SubscriberStore,
    database_exists,
    open_existing,
    open_store,
)

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


def open_or_create(place: Path | str) -> Store:
    """Open a database; a new one is created, and logged: the name may be a mistake."""
    is_new = not database_exists(place)
    store = open_store(place)
    if is_new:
        _log.info("new database: %s", place)
    return store


def has_database(settings: Settings) -> bool:
    """Is there a database of a configuration?"""
    return database_exists(settings.place)


def last_of(store: Store, until: str | None = None) -> Published | None:
    """The newest published edition, up to a date."""
    last = store.last_published(until)
    return Published(id=last[0], at=last[1]) if last else None


def warnings_of(store: Store, settings: Settings, now: datetime) -> tuple[str, ...]:
    """What an operator should know of the dates of editions and the clock."""
    zone = settings.digest.zone
    last = last_of(store, edition_id(now, zone))
    return date_warnings(now, zone, newest=last_of(store), last=last)
