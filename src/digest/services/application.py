"""The flows on one configuration.

A flow is imported where it is named: building takes the analysis, half a second to load, and
collecting does not.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Event

from sqlalchemy.exc import DatabaseError

from digest import fetch, flows
from digest.config import Settings
from digest.edition.schedule import (
    Published,
    edition_id,
    may_publish_unread,
    slot,
)
from digest.fetch import Allowance, Guard
from digest.fetch.concurrency import Turns
from digest.flows.store_thread import StoreThread
from digest.flows.workers import WorkerPool
from digest.languages import detect_languages
from digest.mail.slots import slots
from digest.memory import return_large_blocks, return_rest
from digest.model import Edition, RenderedFile
from digest.model.errors import (
    ConfigError,
    DigestError,
    NothingReadError,
    StoreError,
)
from digest.render import LiveRenderer
from digest.render.folder import OutputFolder
from digest.services.alerts import Alerts
from digest.services.database import last_of, maintain, open_or_create, warnings_of
from digest.services.renderers import renderers
from digest.store import Store, lock, open_store, reason_of
from digest.stories.completions import MAX_ANSWER

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The flows, ready to run on one configuration."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    observer: flows.Observer
    renderers: LiveRenderer
    allowed: tuple[Allowance, ...] = ()
    stop: Event = field(
        default_factory=Event
    )  # when set, a delivery ends after the mails being sent
    pause: Callable[[float], bool] | None = None  # how to wait, where time is given

    async def collect(self, *, patient: bool) -> flows.CollectReport:
        """Poll the feeds that are due (patient) or may be polled at all, and store what is new."""
        async with self.network() as (http, workers, store):
            report = await self.collector(http, workers, store).collect(patient=patient)
        polled = {feed.url for feed in report.feeds if feed.outcome != "waiting"}
        if polled:
            await asyncio.to_thread(self.watch, polled)
        return report

    def pages(
        self, http: fetch.HttpClient, workers: WorkerPool, store: StoreThread
    ) -> flows.PageReader:
        """What reads pages over an open network."""
        return flows.PageReader(
            http=http,
            workers=workers,
            robots=self._robots(http, workers, store),
            clock=self.clock,
            max_bytes=int(self.settings.fetch.max_page_mb * 1_000_000),
        )

    def collector(
        self, http: fetch.HttpClient, workers: WorkerPool, store: StoreThread, *, alone: bool = True
    ) -> flows.Collector:
        """What polls the feeds of these settings over an open network."""
        return flows.Collector(
            settings=self.settings,
            store=store,
            http=http,
            workers=workers,
            pages=self.pages(http, workers, store),
            clock=self.clock,
            observer=self.observer,
            alone=alone,
        )

    def watch(self, polled: Collection[str]) -> None:
        """Log what is the matter with the feeds just polled; alert the operator in time."""
        alerts = Alerts(
            settings=self.settings, store=self.store, clock=self.clock, allowed=self.allowed
        )
        alerts.watch(polled)

    @asynccontextmanager
    async def network(
        self, shared: Turns | None = None
    ) -> AsyncIterator[tuple[fetch.HttpClient, WorkerPool, StoreThread]]:
        """The HTTP client, the worker processes that parse what it brings, and the store.

        `shared` are the turns at hosts of all processes together.
        """
        limits = self.settings.fetch
        pool = WorkerPool(
            limits.workers,
            timeout=limits.worker_timeout,
            memory_mb=limits.worker_memory_mb,
            apart=(detect_languages,),
        )
        client = fetch.HttpClient(limits, Guard(self.allowed), clock=self.clock, shared=shared)
        with StoreThread(self.store) as store:
            async with client as http, pool as workers:
                yield http, workers, store

    def _robots(
        self, http: fetch.HttpClient, workers: WorkerPool, store: StoreThread
    ) -> flows.Robots:
        agent = self.settings.fetch.agent
        return flows.Robots(
            http=http, workers=workers, store=store, clock=self.clock, user_agent=agent
        )

    def build(self, edition: str) -> flows.BuildReport:
        """Build and publish the edition of a local date.

        NothingReadError where no feed could be read for it, and nothing waits from before.
        """
        if not (self._read() or self.store.waiting_articles() or self.store.editions_of([edition])):
            raise NothingReadError(
                "no feed could be read since the last edition: none is published; see why with"
                " `digest collect`, and run again"
            )
        output = OutputFolder(self.settings.digest.output)

        async def pictures(made: Edition) -> tuple[Edition, Sequence[RenderedFile]]:
            async with self.network() as (http, workers, store):
                robots = self._robots(http, workers, store)
                illustrator = flows.Illustrator(http=http, robots=robots, output=output)
                done = await illustrator.illustrate(made, self.store.editions_of([made.id]))
                await robots.save()
                return done

        wanted = self.settings.digest.images != "none"
        summarizer, reviewer = self._asking_a_model()
        builder = flows.Builder(
            settings=self.settings,
            store=self.store,
            renderer=self.renderers.current(),
            output=output,
            illustrate=(lambda made: asyncio.run(pictures(made))) if wanted else None,
            clock=self.clock,
            summarizer=summarizer,
            reviewer=reviewer,
            slot_of=slots(self.settings.digest) if self.settings.smtp else None,
        )
        return_large_blocks()
        report = builder.build(edition)
        kept = maintain(self.store, self.settings, self.clock())
        return_rest()
        if kept.damage:
            _log.error("%s: is damaged: %s; restore a backup", self.settings.place, kept.damage)
        return report

    def _asking_a_model(
        self,
    ) -> tuple[flows.ExtractiveSummarizer | flows.ModelSummarizer, flows.DoubtReviewer | None]:
        """What asks a language model, where one is configured."""
        llm = self.settings.llm
        if llm is None:
            return flows.ExtractiveSummarizer(), None
        key = os.environ.get(llm.key_env) if llm.key_env else None
        if llm.key_env and not key:
            raise ConfigError(
                (f"llm.key_env: the environment has no {llm.key_env}; set it or remove [llm]",)
            )
        endpoint = fetch.ChatEndpoint(
            base=llm.url,
            key=key,
            timeout=llm.timeout,
            max_bytes=MAX_ANSWER,
            guard=Guard(self.allowed),
        )
        summarizer = flows.ModelSummarizer(chat=endpoint, model=llm.model, stories=llm.max_stories)
        if not llm.judge:
            return summarizer, None
        return summarizer, flows.DoubtReviewer(store=self.store, chat=endpoint, model=llm.model)

    def deliver(self, *, wait: timedelta = timedelta()) -> flows.DeliverReport:
        """Send what is due to subscribers, and stay as long as `wait` for what is put off."""
        from digest.services.mail import mail_service  # noqa: PLC0415 -- loads all rendering

        service = mail_service(
            self.settings,
            self.store,
            self.clock,
            stop=self.stop,
            pause=self.pause,
            renderer=self.renderers,
        )
        try:
            service.watch_bounces()
        except DigestError as error:
            _log.error("cannot read bounces: %s", error)  # mail leaves all the same
        service.people.forget_unconfirmed(self.clock() - timedelta(days=7))
        return service.deliver(wait=wait)

    def last_published(self) -> Published | None:
        """The newest published edition of today or before; None before the first."""
        return last_of(self.store, edition_id(self.clock(), self.settings.digest.zone))

    def is_ready(self, edition: str) -> bool:
        """Was anything read for an edition that is due, or would it be an outage's?"""
        digest = self.settings.digest
        due_at = slot(date.fromisoformat(edition), digest.publish_at, digest.zone)
        waiting = self.store.waiting_articles()
        return self._read() or may_publish_unread(self.clock(), due_at, waiting=waiting)

    def _read(self) -> bool:
        """Was any feed read since the newest edition?"""
        states = self.store.feed_states([feed.url for feed in self.settings.feeds])
        read_at = max((state.read_at for state in states.values() if state.read_at), default=None)
        last = self.last_published()
        return read_at is not None and (last is None or read_at > last.at)

    def warnings(self) -> tuple[str, ...]:
        """What an operator should know of dates and clocks."""
        return warnings_of(self.store, self.settings, self.clock())


@contextmanager
def application(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    observer: flows.Observer,
    allowed: tuple[Allowance, ...] = (),
    announce: bool = True,
    pause: Callable[[float], bool] | None = None,
    shared: bool = False,
) -> Iterator[Application]:
    """An application that holds the writer's lock and an open store.

    `announce`: log a new database. `shared`: with other workers on the same server. Raises
    StoreError if another process holds the lock or the database cannot be used, now or later, and
    DigestError if the output cannot be written.
    """
    database = settings.place
    with lock(database, shared=shared) as held:
        # After an end in order nothing can have been half written, and a year's store takes a
        # second to check; each build checks it as well.
        opened = open_or_create if announce else open_store
        store = opened(database, checked=not held.ended_well)
        try:
            yield Application(
                settings=settings,
                store=store,
                clock=clock,
                observer=observer,
                renderers=renderers(settings),
                allowed=allowed,
                pause=pause,
            )
        except DatabaseError as error:
            raise StoreError(
                f"{database}: {reason_of(error)}; nothing was stored in part;"
                " check the disk, then run again"
            ) from error
        except OSError as error:
            where = error.filename or settings.digest.output
            raise DigestError(
                f"{where}: {error.strerror or error}; no file is left half written"
            ) from error
        finally:
            store.close()
