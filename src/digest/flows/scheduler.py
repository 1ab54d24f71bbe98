"""`digest serve`: runs the flows when they are due.

Due times and published editions are read from the store at every tick, so that a restart changes
nothing; APScheduler only calls the ticks. There is one scheduler per database, since it holds the
writer's lock.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any, Protocol, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.config import Settings
from digest.edition.schedule import Published, due_edition
from digest.flows import BuildReport, CollectReport, DeliverReport
from digest.model import DeliveryState
from digest.model.errors import DigestError

T = TypeVar("T")

TICK = 30  # seconds; short, since clocks jump and machines sleep
PATIENCE = 60  # seconds that a due edition waits for feeds which are being read

_log = logging.getLogger(__name__)


class Flows(Protocol):
    """The flows that a tick may start."""

    @property
    def settings(self) -> Settings:
        """The configuration they run on."""

    @property
    def stop(self) -> Event:
        """When set, a delivery ends after the mails that are being sent."""

    async def collect(self, *, patient: bool) -> CollectReport:
        """Poll the feeds that are due."""

    def build(self, edition: str) -> BuildReport:
        """Build and publish an edition."""

    def deliver(self) -> DeliverReport:
        """Send what is due to subscribers."""

    def last_published(self) -> Published | None:
        """The newest published edition of today or before."""

    def is_ready(self, edition: str) -> bool:
        """Was anything read for an edition that is due, or would it be an outage's?"""

    def warnings(self) -> Sequence[str]:
        """What an operator should know of dates and clocks."""


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """Decides at every tick what is due, and does it.

    `flows` gives the flows of the current configuration.
    """

    flows: Callable[[], Flows]
    clock: Callable[[], datetime]
    since: datetime  # when serving began
    said: set[str] = field(default_factory=set)  # what need not be logged at every tick
    # The polls under way.
    _round: asyncio.Task[CollectReport] | None = field(default=None, init=False)

    async def tick(self) -> BuildReport | None:
        """Poll the feeds that are due, then publish the edition that is due, if any."""
        flows = await asyncio.to_thread(self.flows)
        digest = flows.settings.digest
        await self._collect(flows)
        last = await asyncio.to_thread(flows.last_published)
        due = due_edition(self.clock(), digest.publish_at, digest.zone, last=last, since=self.since)
        if due is None:
            return None
        if not await asyncio.to_thread(flows.is_ready, due):
            self._say_once(f"no feed could be read: edition {due} waits")
            return None
        # In a thread, so that pages are served and mails sent meanwhile.
        built = await unattended(lambda: flows.build(due))
        _log.info("published edition %s with %d stories", due, built.edition.counts.stories)
        return built

    def _say_once(self, *warnings: str) -> None:
        for warning in warnings:
            if warning not in self.said:
                self.said.add(warning)
                _log.warning("%s", warning)

    async def _collect(self, flows: Flows) -> None:
        """Poll the feeds that are due; after `PATIENCE` the polls go on in the background."""
        polls = self._round or asyncio.create_task(flows.collect(patient=True))
        self._round = polls
        done, _ = await asyncio.wait([polls], timeout=PATIENCE)
        if not done:
            _log.info(
                "feeds are still being polled; a due edition does not wait for them any longer"
            )
            return
        self._round = None
        if new := polls.result().new_articles:
            _log.info("collected %d new articles", new)

    async def deliver(self) -> None:
        """Send the mail that is due, if [smtp] is configured; problems are logged."""
        flows = await asyncio.to_thread(self.flows)
        if flows.settings.smtp is None:
            return
        report = await asyncio.to_thread(flows.deliver)
        if sent := report.counts[DeliveryState.SENT]:
            _log.info("sent %d mails", sent)
        if report.held:
            _log.warning("held %d mails: see digest status --held", report.held)
        if report.error:
            until = f", until {report.backoff.until:%H:%M} UTC" if report.backoff else ""
            _log.warning("mail waits%s: %s", until, report.error)

    async def serve(self, beside: Callable[[asyncio.Event], Awaitable[None]] | None = None) -> None:
        """Tick until SIGINT or SIGTERM. A tick that fails is logged; the next one tries again.

        `beside` runs at the same time, as the pages do; it ends when its event is set.
        """

        async def tick() -> None:
            try:
                await self.tick()
            except DigestError:
                _log.exception("tick failed; trying again in %d s", TICK)
            except asyncio.CancelledError:
                _log.info("interrupted; the next start continues from here")

        async def deliver() -> None:
            try:
                await self.deliver()
            except DigestError as error:
                self._say_once(f"{error}; trying again every {TICK} s")
            except asyncio.CancelledError:
                _log.debug("interrupted; the delivery finishes the mails that are being sent")

        self._say_once(*await asyncio.to_thread(lambda: self.flows().warnings()))
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job in (tick, deliver):
            scheduler.add_job(
                job,
                "interval",
                seconds=TICK,
                next_run_time=datetime.now(tz=self.clock().tzinfo),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        if beside is not None:
            await beside(stop)
        await stop.wait()
        self.flows().stop.set()
        scheduler.shutdown(wait=False)


async def unattended(function: Callable[[], T]) -> T:
    """Run a function in a thread that does not delay the end of the process.

    A build may take minutes, and can be killed at any moment without harm.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[Any], None], value: object) -> None:
        if not done.cancelled():
            set_(value)

    def run() -> None:
        try:
            how, value = done.set_result, function()
        except Exception as error:  # noqa: BLE001 -- it is raised where the result is awaited
            how, value = done.set_exception, error  # type: ignore[assignment]
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, how, value)

    Thread(target=run, daemon=True).start()
    return await done
