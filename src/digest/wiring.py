"""Configuration -> services: the only place that knows which implementation does what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from digest.config import Settings
from digest.deliver.folder import OutputFolder
from digest.fetch import Allowance, Guard, HttpClient
from digest.model import Edition
from digest.pipeline import Builder, BuildReport, Collector, CollectReport, Observer
from digest.render import LiveRenderer, Renderer, specimen
from digest.schedule import Published
from digest.store import Store, WriterLock, open_store
from digest.workers import WorkerPool

Shelf = Callable[[Renderer], tuple[Edition, Sequence[str], Sequence[Edition]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The flows, ready to run on one configuration."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    observer: Observer
    renderers: LiveRenderer
    allowed: tuple[Allowance, ...] = ()

    async def collect(self, *, patient: bool) -> CollectReport:
        """Poll the feeds that are due (patient) or may be polled at all, and store what is new."""
        fetch = self.settings.fetch
        pool = WorkerPool(
            fetch.workers, timeout=fetch.worker_timeout, memory_mb=fetch.worker_memory_mb
        )
        client = HttpClient(fetch, Guard(self.allowed), clock=self.clock)
        async with client as http, pool as workers:
            collector = Collector(
                settings=self.settings,
                store=self.store,
                http=http,
                workers=workers,
                clock=self.clock,
                observer=self.observer,
            )
            return await collector.collect(patient=patient)

    def build(self, edition: str) -> BuildReport:
        """Build and publish the edition of a local date."""
        builder = Builder(
            settings=self.settings,
            store=self.store,
            renderer=self.renderers.current(),
            output=OutputFolder(self.settings.digest.output),
            clock=self.clock,
        )
        return builder.build(edition)

    def last_published(self) -> Published | None:
        """The newest published edition; None before the first."""
        last = self.store.last_published()
        return Published(id=last[0], at=last[1]) if last else None


def renderers(settings: Settings) -> LiveRenderer:
    """Renderers for the templates that the settings name, as these are at any moment."""
    digest = settings.digest
    return LiveRenderer(digest.templates, settings.web.base_url, digest.images)


@contextmanager
def application(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    observer: Observer,
    allowed: tuple[Allowance, ...] = (),
) -> Iterator[Application]:
    """An application that holds the writer's lock and an open store.

    Raises StoreError when another one is at work or the database cannot be used.
    """
    database = settings.digest.database
    with WriterLock(database):
        store = open_store(database)
        try:
            yield Application(
                settings=settings,
                store=store,
                clock=clock,
                observer=observer,
                renderers=renderers(settings),
                allowed=allowed,
            )
        finally:
            store.close()


@contextmanager
def shelf(settings: Settings) -> Iterator[Shelf]:
    """What a renderer needs of the stored editions to show the newest; the specimen's if none."""
    database = settings.digest.database
    store = open_store(database) if database.exists() else None

    def editions(renderer: Renderer) -> tuple[Edition, Sequence[str], Sequence[Edition]]:
        ids = store.edition_ids() if store else ()
        if store is None or not ids:
            new, old = specimen()
            return new, [new.id, old.id], [new, old]
        (newest,) = store.editions(limit=1)
        return newest, ids, store.editions_of(renderer.wanted(newest, ids))

    try:
        yield editions
    finally:
        if store:
            store.close()
