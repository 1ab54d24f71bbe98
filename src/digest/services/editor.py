"""The editor, who corrects stories: for one command, and for the operator's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from digest.config import Settings
from digest.edition.schedule import edition_id
from digest.flows import Editor
from digest.store import Store, open_existing


@contextmanager
def editor(settings: Settings, *, clock: Callable[[], datetime]) -> Iterator[Editor]:
    """An editor over the store; another process may hold the writer's lock, since it writes little.

    Raises UsageError where there is no database.
    """
    with open_existing(settings.place) as store:
        yield editor_of(store, settings, clock)


def editor_of(store: Store, settings: Settings, clock: Callable[[], datetime]) -> Editor:
    """An editor over a store that is open."""
    digest = settings.digest
    return Editor(
        store=store,
        max_age=timedelta(days=digest.max_age_days),
        today=lambda: edition_id(clock(), digest.zone),
        clock=clock,
    )
