"""Configuration -> services: the only place that knows which implementation does what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from digest.config import Settings, SmtpSettings
from digest.deliver import Letterhead, OutputFolder, Smtp, load_keys, this_machine
from digest.errors import ConfigError
from digest.fetch import Allowance, Guard, HttpClient
from digest.pipeline import (
    Builder,
    BuildReport,
    Collector,
    CollectReport,
    Deliverer,
    DeliverReport,
    Observer,
)
from digest.pipeline.seams import SlotOf
from digest.render import Renderer
from digest.schedule import Published
from digest.store import Outbox, Store, WriterLock, open_store
from digest.subscribers import next_slot
from digest.workers import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The flows, ready to run on one configuration."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    observer: Observer
    allowed: tuple[Allowance, ...] = ()
    stop: Event = field(default_factory=Event)  # set, it ends a delivery after the mails in hand

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
            renderer=Renderer(base_url=self.settings.web.base_url),
            output=OutputFolder(self.settings.digest.output),
            clock=self.clock,
            slot_of=slots(self.settings) if self.settings.smtp else None,
        )
        return builder.build(edition)

    def deliver(
        self, edition: str | None = None, *, force: bool = False, take_over: bool = False
    ) -> DeliverReport:
        """Send what is due to subscribers. One run at a time, on one machine."""
        outbox = Outbox(self.store.engine)
        with WriterLock(delivery_lock(self.settings)):
            outbox.claim(this_machine(), take_over=take_over)
            return deliverer(self.settings, outbox, self.clock, self.stop).deliver(
                edition, force=force
            )

    def last_published(self) -> Published | None:
        """The newest published edition; None before the first."""
        last = self.store.last_published()
        return Published(id=last[0], at=last[1]) if last else None


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
                settings=settings, store=store, clock=clock, observer=observer, allowed=allowed
            )
        finally:
            store.close()


def slots(settings: Settings) -> SlotOf:
    """When a subscriber's mails are due, under a configuration."""
    digest = settings.digest
    return partial(next_slot, timezone=digest.timezone, publish_at=digest.publish_at)


def delivery_lock(settings: Settings) -> Path:
    """What a sender locks: others may collect and build meanwhile."""
    database = settings.digest.database
    return database.with_name(database.name + ".deliver")


def letterhead(settings: Settings) -> Letterhead:
    """What makes messages out of mails; ConfigError without [smtp]."""
    keys = load_keys(settings.digest.database)
    return Letterhead(smtp_of(settings), settings.web.base_url or "", keys)


def smtp_of(settings: Settings) -> SmtpSettings:
    """The mail server's table; ConfigError where there is none."""
    if settings.smtp is None:
        raise ConfigError(("smtp: is missing: add an [smtp] table with host and sender",))
    return settings.smtp


def deliverer(
    settings: Settings, outbox: Outbox, clock: Callable[[], datetime], stop: Event
) -> Deliverer:
    """The deliver flow."""
    smtp = smtp_of(settings)
    return Deliverer(
        smtp=smtp,
        queue=outbox,
        press=Renderer(base_url=settings.web.base_url),
        stationery=letterhead(settings),
        mailer=Smtp(smtp),
        slot_of=slots(settings),
        clock=clock,
        stop=stop,
    )
