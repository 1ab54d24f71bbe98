"""The editions that `digest preview` shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from digest.config import Settings
from digest.model import Edition
from digest.render import Renderer, sample_editions
from digest.store import Store, database_exists, open_existing


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSource:
    """The stored editions as a renderer needs them; those of a sample where there are none."""

    store: Store | None

    def newest(self) -> Edition:
        """The newest edition."""
        found = self.store.editions(limit=1) if self.store else ()
        return found[0] if found else sample_editions()[0]

    def around(
        self, edition: Edition, renderer: Renderer
    ) -> tuple[Sequence[str], Sequence[Edition]]:
        """The ids of all editions, and those editions that the files of this one need."""
        ids = self.store.edition_ids() if self.store else ()
        if self.store is None or not ids:
            return [edition.id for edition in sample_editions()], sample_editions()
        return ids, self.store.editions_of(renderer.wanted(edition, ids))


@contextmanager
def edition_source(settings: Settings) -> Iterator[EditionSource]:
    """The stored editions of a configuration; without a database those of a sample."""
    database = settings.place
    if not database_exists(database):
        yield EditionSource(store=None)
        return
    with open_existing(database) as store:
        yield EditionSource(store=store)
