"""What is to be done now, as jobs for workers; everything is read from the tables anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.config import Settings
from digest.edition.schedule import due_edition
from digest.feeds.polling import is_due
from digest.feeds.shards import ready_shards, shards_of
from digest.model import Feed, FeedState
from digest.services.application import Application
from digest.services.roles import BUILD, COLLECT, SEND
from digest.store import ConfirmationQueue, Outbox
from digest.store.parts import parts_due
from digest.store.planning import PollPlan
from digest.store.queue import Job, JobQueue

PARTS = 4  # of the subscribers, each with a job of its own and an equal share of the limits
_AGAIN = timedelta(seconds=30)  # between two tries at an edition, or at the mail that is due


def confirmation_job() -> Job:
    """Send the confirmation mails that wait."""
    return Job(queue=SEND, task="confirm", key="confirm")


@dataclass(slots=True, kw_only=True)
class Planner:
    """Defers what is due and is not in the queue yet.

    `flows` are those of the current configuration; `since` is when planning began.
    """

    flows: Application
    queue: JobQueue
    since: datetime
    shards: tuple[tuple[Feed, ...], ...] = field(init=False)
    _new: set[str] = field(init=False)  # feeds that were never polled, as far as is known
    _lately: dict[str, datetime] = field(default_factory=dict)  # when jobs were deferred, by key

    def __post_init__(self) -> None:
        """Divide the feeds, which takes seconds for a million."""
        self.shards = shards_in(self.flows.settings)
        self._new = {feed.url for shard in self.shards for feed in shard}

    def plan(self) -> int:
        """Give the jobs of dead workers back, and defer what is due; how many jobs that were."""
        now = self.flows.clock()
        with self.queue.planning() as plan:
            if plan is None:
                return 0
            for key in plan.reap():
                self._lately.pop(key, None)
            others = [job for job in (*self._edition(now), *self._mail(now)) if self._may(job, now)]
            return plan.defer([*self._polls(now), *others])

    def _may(self, job: Job, now: datetime) -> bool:
        """What failed waits a little, as an edition or a mail server may fail for hours."""
        last = self._lately.get(job.key)
        if last is not None and last <= now < last + _AGAIN:
            return False
        self._lately[job.key] = now
        return True

    def _polls(self, now: datetime) -> Iterator[Job]:
        plan, of = PollPlan(self.flows.store.engine), len(self.shards)
        if self._new:
            self._new -= plan.times(self._new).keys()
        states = plan.due(now) | {url: FeedState(url=url) for url in self._new}
        due = {url: state for url, state in states.items() if is_due(state, now, patient=True)}
        per_job = self.flows.settings.worker.feeds_per_job
        for number in ready_shards(self.shards, due, now, per_job=per_job):
            yield _shard_job("collect", number, of)
        if pending := plan.feeds_with_pages(now):
            for number, shard in enumerate(self.shards):
                if any(feed.url in pending for feed in shard):
                    yield _shard_job("pages", number, of)

    def _edition(self, now: datetime) -> Iterator[Job]:
        digest = self.flows.settings.digest
        last = self.flows.last_published()
        due = due_edition(now, digest.publish_at, digest.zone, last=last, since=self.since)
        if due is None or not self.flows.is_ready(due):
            return
        yield Job(queue=BUILD, task="build", key="build", arguments={"edition": due})

    def _mail(self, now: datetime) -> Iterator[Job]:
        smtp = self.flows.settings.smtp
        if smtp is None:
            return
        engine = self.flows.store.engine
        outbox = Outbox(engine)
        backoff = outbox.backoff()
        if outbox.paused() or (backoff is not None and now < backoff.until):
            return
        if ConfirmationQueue(engine).waiting(now):
            yield confirmation_job()
        if outbox.unfrozen(now - timedelta(hours=smtp.max_lateness_hours)):
            yield Job(queue=SEND, task="freeze", key="freeze")
        for part in parts_due(engine, now, PARTS):
            number = part.number
            key = f"send {number}/{PARTS}"
            yield Job(queue=SEND, task="send", key=key, arguments={"part": number})


def _shard_job(task: str, number: int, of: int) -> Job:
    arguments = {"shard": number, "of": of}
    return Job(queue=COLLECT, task=task, key=f"collect {number}/{of}", arguments=arguments)


def shards_in(settings: Settings) -> tuple[tuple[Feed, ...], ...]:
    """The feeds of a configuration, by shard."""
    return shards_of(settings.feeds, settings.worker.feeds_per_job)
