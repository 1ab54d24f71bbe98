"""Health and metrics of a running digest: from the store, and from what happens in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DatabaseError

from digest.config import Settings
from digest.feeds.health import Condition, FeedRow
from digest.flows import FeedOutcome, Observer
from digest.services.feeds import checked_rows
from digest.store import Outbox, Store, reason_of
from digest.store.queue_state import QueueState, queue_state

_LATE = timedelta(hours=1)  # after which a poll that is due is overdue
_LAG_EVERY = 1.0  # seconds between two looks at the event loop
_NEVER_POLLED = (Condition.PAUSED, Condition.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a digest is; `ready` unless its database fails or most feeds wait for their poll."""

    ready: bool
    problem: str | None = None
    last_poll: datetime | None = None
    feeds: int = 0
    feeds_in_trouble: int = 0
    overdue_feeds: int = 0
    last_edition: str | None = None
    published_at: datetime | None = None
    queue: dict[str, int] | None = None

    def document(self) -> dict[str, Any]:
        """For JSON; times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Looks into the store; `settings` gives those in use."""

    settings: Callable[[], Settings]
    store: Store
    clock: Callable[[], datetime]

    def health(self) -> Health:
        """The health now; never raises for a database that fails."""
        try:
            rows = self.rows()
            last = self.store.last_published()
            queue = self.deliveries()
        except DatabaseError as error:
            return Health(ready=False, problem=f"the database fails: {reason_of(error)}")
        overdue = self.overdue(rows)
        polled = [row.state.polled_at for row in rows if row.state.polled_at]
        stuck = 2 * overdue > len(rows)
        return Health(
            ready=not stuck,
            problem="most feeds are overdue: is the poller running?" if stuck else None,
            last_poll=max(polled, default=None),
            feeds=len(rows),
            feeds_in_trouble=sum(row.health.trouble for row in rows),
            overdue_feeds=overdue,
            last_edition=last[0] if last else None,
            published_at=last[1] if last else None,
            queue=queue,
        )

    def rows(self) -> tuple[FeedRow, ...]:
        """All feeds with their health, but without what the articles of most of them show."""
        return checked_rows(self.settings().feeds, self.store, self.clock())

    def overdue(self, rows: Iterable[FeedRow]) -> int:
        """How many feeds should have been polled more than an hour ago."""
        before = self.clock() - _LATE
        return sum(
            row.state.due_at is not None
            and row.state.due_at < before
            and row.health.condition not in _NEVER_POLLED
            for row in rows
        )

    def deliveries(self) -> dict[str, int]:
        """Deliveries by state, over all editions that are kept."""
        counts: dict[str, int] = {}
        for count in Outbox(self.store.engine).delivery_counts():
            counts[count.state.value] = counts.get(count.state.value, 0) + count.number
        return counts

    def workers(self) -> QueueState | None:
        """The queue of workers; None where there are none."""
        return queue_state(self.store.engine)


class Metrics:
    """Counts what happens in this process, and what the store holds when asked.

    An `Observer` of the collect flow; what it learns goes on to another one.
    """

    def __init__(self, monitor: Monitor, observer: Observer) -> None:
        self._observer = observer
        self.registry = CollectorRegistry()
        self._polls = Counter(
            "digest_polls", "Polls of feeds by outcome.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "digest_poll_seconds",
            "Time from the request for a feed until everything of it is stored.",
            buckets=(0.1, 0.3, 1, 3, 10, 30, 60, 120),
            registry=self.registry,
        )
        self._articles = Counter(
            "digest_articles", "Articles stored, and kept out by filters.", ["kind"],
            registry=self.registry,
        )  # fmt: skip
        self._lag = Gauge(
            "digest_loop_lag_seconds",
            "How late the event loop came back from its last short sleep.",
            registry=self.registry,
        )
        self.registry.register(_Stored(monitor))

    def started(self, feeds: int) -> None:
        """A round of polls begins."""
        self._observer.started(feeds)

    def polled(self, outcome: FeedOutcome) -> None:
        """One feed is done."""
        self._polls.labels(outcome.outcome).inc()
        self._seconds.observe(outcome.seconds)
        self._articles.labels("new").inc(outcome.new)
        self._articles.labels("dropped").inc(outcome.dropped)
        self._observer.polled(outcome)

    async def measure_lag(self) -> None:
        """Measure the event loop until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            expected = loop.time() + _LAG_EVERY
            await asyncio.sleep(_LAG_EVERY)
            self._lag.set(max(0.0, loop.time() - expected))

    def text(self) -> bytes:
        """The metrics in Prometheus's text format."""
        text: bytes = generate_latest(self.registry)
        return text


class _Stored(Collector):
    """What the store holds, read at each scrape."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing is read when the collector is registered."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Feeds by condition, overdue feeds, deliveries, the last edition."""
        monitor = self._monitor
        rows = monitor.rows()
        feeds = GaugeMetricFamily("digest_feeds", "Feeds by condition.", labels=["condition"])
        for condition in Condition:
            feeds.add_metric([condition], sum(row.health.condition is condition for row in rows))
        yield feeds
        yield GaugeMetricFamily(
            "digest_feeds_overdue",
            "Feeds whose poll is overdue by more than an hour.",
            value=monitor.overdue(rows),
        )
        outbox = GaugeMetricFamily("digest_outbox", "Deliveries by state.", labels=["state"])
        for state, number in sorted(monitor.deliveries().items()):
            outbox.add_metric([state], number)
        yield outbox
        yield from _of_workers(monitor.workers())
        last = monitor.store.last_published()
        if last is not None:
            edition = monitor.store.editions_of([last[0]])[0]
            at, stories = last[1].timestamp(), len(edition.stories)
            yield GaugeMetricFamily(
                "digest_last_edition_timestamp_seconds", "When an edition appeared.", value=at
            )
            yield GaugeMetricFamily(
                "digest_last_edition_stories", "Stories that it shows.", value=stories
            )


def _of_workers(state: QueueState | None) -> Iterable[GaugeMetricFamily]:
    if state is None:
        return
    oldest = GaugeMetricFamily(
        "digest_queue_oldest_seconds",
        "For how long the oldest job has waited for a worker.",
        labels=["queue"],
    )
    for queue in ("plan", "collect", "build", "send"):
        oldest.add_metric([queue], state.waiting.get(queue, 0.0))
    yield oldest
    yield GaugeMetricFamily(
        "digest_workers", "Roles of processes that gave a sign of life.", value=state.alive
    )
    yield GaugeMetricFamily(
        "digest_jobs_failed", "Jobs that a fault of the program ended.", value=state.failed
    )
