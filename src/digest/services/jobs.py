"""What a worker does for each job: a step of the flows, by the name that a plan gave it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event

from procrastinate import App
from sqlalchemy.exc import DBAPIError

from digest.config import SmtpSettings
from digest.feeds.polling import is_due
from digest.fetch import HttpClient
from digest.flows import Collector, DeliverReport
from digest.flows.scheduler import unattended
from digest.flows.store_thread import StoreThread
from digest.flows.workers import WorkerPool
from digest.model import DeliveryState, Feed
from digest.model.errors import DigestError
from digest.services.application import Application
from digest.services.mail import MailService, mail_service
from digest.services.planning import PARTS, Planner
from digest.services.roles import BUILD, COLLECT, PLAN, SEND
from digest.store import SubscriberStore, lock, reason_of
from digest.store.parts import Part
from digest.store.planning import PollPlan

_EVERY = 5  # seconds between two plans
_TENDED = timedelta(minutes=5)  # between two looks at the state of the feeds
_UNCONFIRMED = timedelta(days=7)  # after which who never confirmed is forgotten

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The tasks of one process; `network` is open where it collects, `planner` where it plans."""

    flows: Application
    shards: tuple[tuple[Feed, ...], ...]
    network: tuple[HttpClient, WorkerPool, StoreThread] | None = None
    collector: Collector | None = None  # over that network; polls of all jobs share its commits
    planner: Planner | None = None
    stop: Event = field(default_factory=Event)  # when set, mail ends after the messages in hand

    def register(self, app: App) -> None:
        """Make the tasks known to the queue's library."""
        tasks: tuple[tuple[str, str, Callable[..., Awaitable[None]]], ...] = (
            (COLLECT, "collect", self.collect),
            (COLLECT, "pages", self.pages),
            (BUILD, "build", self.build),
            (SEND, "freeze", self.freeze),
            (SEND, "send", self.send),
            (SEND, "confirm", self.confirm),
        )
        for queue, name, function in tasks:
            app.task(name=name, queue=queue)(_reported(name, function))
        if self.planner is not None:
            # Keys that only keep a second one from waiting: a plan must not wait for a dead one.
            plan = app.task(name="plan", queue=PLAN, queueing_lock="plan")
            app.periodic(cron=f"* * * * * */{_EVERY}")(plan(_reported("plan", self.plan)))
            tend = app.task(name="tend", queue=PLAN, queueing_lock="tend")
            app.periodic(cron=f"*/{_TENDED // timedelta(minutes=1)} * * * *")(
                tend(_reported("tend", self.tend))
            )

    # --- in the queues of the roles -------------------------------------------------------------

    async def collect(self, shard: int, of: int) -> None:
        """Poll those feeds of a shard that are due."""
        if self.network is None or self.collector is None or of != len(self.shards):
            return  # planned by another configuration
        store = self.collector.store
        now, plan = self.flows.clock(), PollPlan(self.flows.store.engine)
        states = await store(lambda _: plan.times([feed.url for feed in self.shards[shard]]))
        mine = tuple(
            feed
            for feed in self.shards[shard]
            if feed.url not in states or is_due(states[feed.url], now, patient=True)
        )
        if not mine:
            return
        settings = self.flows.settings.model_copy(update={"feeds": mine})
        # What is remembered of sites is for one run, as a process alone has it.
        flow = replace(self.collector, settings=settings, pages=self.flows.pages(*self.network))
        report = await flow.collect(patient=True)
        if report.new_articles:
            _log.info("collected %d new articles", report.new_articles)

    async def pages(self, shard: int, of: int) -> None:
        """Try pages of a shard's feeds again that could not be read before."""
        if self.network is None or of != len(self.shards):
            return
        reader = self.flows.pages(*self.network)
        await reader.retry_pending(self.network[2], self.shards[shard], only=True)
        await reader.robots.save()

    async def build(self, edition: str) -> None:
        """Build and publish the edition of a date."""

        def build() -> int:
            # Held as long as the process lives: one that was suspended may go on at any time.
            with lock(self.flows.settings.place, "build"):
                return self.flows.build(edition).edition.counts.stories

        _log.info("published edition %s with %d stories", edition, await unattended(build))

    async def freeze(self) -> None:
        """Give everybody their mail of the editions published since."""
        mail = self._mail()
        await unattended(lambda: mail.flow(mail.outbox, mail.smtp).freeze())

    async def send(self, part: int) -> None:
        """Send what is due in a part of the subscribers."""
        mail = self._mail()
        mine = mail.outbox.of(Part(part, PARTS))

        def deliver() -> DeliverReport:
            mail.outbox.sign_with(mail.keys.ids[0])
            return mail.flow(mine, _share(mail.smtp)).deliver()

        _log_delivered(await unattended(deliver))

    async def confirm(self) -> None:
        """Send the confirmation mails that wait."""
        from digest.services.web import confirmations_of  # noqa: PLC0415 -- loads the pages

        settings = self.flows.settings
        await unattended(lambda: self._mail().send_confirmations(confirmations_of(settings)))

    def _mail(self) -> MailService:
        return mail_service(
            self.flows.settings,
            self.flows.store,
            self.flows.clock,
            stop=self.stop,
            renderer=self.flows.renderers,
            alone=False,
        )

    # --- of the scheduler -----------------------------------------------------------------------

    async def plan(self, timestamp: int) -> None:  # noqa: ARG002 -- when it was due
        """Defer what is due."""
        if self.planner is not None:
            await asyncio.to_thread(self.planner.plan)

    async def tend(self, timestamp: int) -> None:  # noqa: ARG002
        """Log and report what is the matter with feeds and mail; read what came back."""
        # Some looks overlap: what is logged and reported is noted, and happens once.
        since = self.flows.clock() - 2 * _TENDED
        plan = PollPlan(self.flows.store.engine)
        polled = await asyncio.to_thread(plan.polled_since, since)
        await asyncio.to_thread(self.flows.watch, polled)
        people = SubscriberStore(self.flows.store.engine)
        await asyncio.to_thread(people.forget_unconfirmed, self.flows.clock() - _UNCONFIRMED)
        smtp = self.flows.settings.smtp
        if smtp is not None and smtp.bounces is not None:
            await asyncio.to_thread(self._mail().watch_bounces)


def _reported(
    name: str, function: Callable[..., Awaitable[None]]
) -> Callable[..., Awaitable[None]]:
    """A task that logs what goes wrong as one line: what it left undone is planned again."""

    async def run(**arguments: object) -> None:
        try:
            await function(**arguments)
        except DigestError as error:
            _log.error("%s: %s", name, error)
        except DBAPIError as error:
            _log.warning("%s: the database: %s", name, reason_of(error))
        except Exception:
            _log.exception("%s: a fault of the program; please report it", name)
            raise

    return run


def _share(smtp: SmtpSettings) -> SmtpSettings:
    """What one of PARTS has of the limits that hold for all together."""
    return smtp.model_copy(
        update={
            "rate": smtp.rate / PARTS,
            "domain_rate": smtp.domain_rate and smtp.domain_rate / PARTS,
            "connections": -(-smtp.connections // PARTS),
        }
    )


def _log_delivered(report: DeliverReport) -> None:
    if sent := report.counts[DeliveryState.SENT]:
        _log.info("sent %d mails", sent)
    if report.held:
        _log.warning("held %d mails: see digest status --held", report.held)
    if report.error:
        _log.warning("mail waits: %s", report.error)
