"""How a feed is: from what is remembered of it to one word, a date and a reason (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.model import Feed, FeedState, Hold

_DAY = timedelta(days=1)
SILENT_AT_LEAST = timedelta(days=3)  # a long weekend without news is none
_SILENT_GAPS = 8  # times the usual wait for an entry
_ENOUGH = 5  # entries that make a habit


class Condition(StrEnum):
    """What is the matter with a feed, the worst first."""

    GONE = "gone"  # 410: its publisher has removed it
    HELD = "held"  # it became another feed
    FAILING = "failing"
    SILENT = "silent"
    MOVED = "moved"  # it is read at another address than the configuration names
    NEW = "new"  # never polled
    OK = "ok"
    PAUSED = "paused"  # enabled = false


TROUBLE = (
    Condition.GONE,
    Condition.HELD,
    Condition.FAILING,
    Condition.SILENT,
    Condition.MOVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatistics:
    """What the stored articles of a feed show.

    `recent` counts the articles of the 30 days before the newest, `full` those of them that have
    a text to summarize, `span` is the time they cover; `dropped` counts what rules kept out in
    the same days.
    """

    last_new: datetime | None = None
    recent: int = 0
    full: int = 0
    span: timedelta = timedelta()
    dropped: int = 0
    notes: tuple[tuple[str, int], ...] = ()  # why texts are missing, the most frequent first

    @property
    def a_day(self) -> float | None:
        """Entries a day; None where there are too few to say."""
        if self.recent < _ENOUGH:
            return None
        return self.recent / max(self.span / _DAY, 1)

    @property
    def text_share(self) -> float | None:
        """The share of recent articles with a text to summarize."""
        return self.full / self.recent if self.recent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """The condition of a feed, since when it has been so, and why."""

    condition: Condition
    since: datetime | None = None
    reason: str = ""

    @property
    def trouble(self) -> bool:
        """Does it need somebody to look at it, now or if it lasts?"""
        return self.condition in TROUBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed with everything that is known of it."""

    feed: Feed
    name: str
    state: FeedState
    seen: FeedStatistics
    health: FeedHealth

    @property
    def next_poll(self) -> datetime | None:
        """When it is polled next; None for a feed that is paused or gone."""
        polled = self.feed.enabled and self.health.condition is not Condition.GONE
        return self.state.due_at if polled else None


def by_trouble(rows: Iterable[FeedRow]) -> list[FeedRow]:
    """The worst first; of two alike the one that has been so for longer."""
    order = list(Condition)
    return sorted(
        rows,
        key=lambda row: (
            order.index(row.health.condition),
            row.health.since.timestamp() if row.health.trouble and row.health.since else 0.0,
            row.name,
        ),
    )


def health(feed: Feed, state: FeedState, seen: FeedStatistics, now: datetime) -> FeedHealth:
    """The health of a feed at a time."""
    if not feed.enabled:
        return FeedHealth(condition=Condition.PAUSED)
    if state.polled_at is None:
        return FeedHealth(condition=Condition.NEW)
    failed = _failure(state)
    if failed is not None:
        return FeedHealth(condition=failed, since=state.failing_since, reason=state.error or "")
    silent = _silence(seen, now)
    if silent:
        return FeedHealth(condition=Condition.SILENT, since=seen.last_new, reason=silent)
    if state.address is not None:
        reason = f"is at {state.address} now; `digest feeds move {feed.url} {state.address}`"
        return FeedHealth(condition=Condition.MOVED, since=state.polled_at, reason=reason)
    return FeedHealth(condition=Condition.OK, since=state.read_at)


def needs_attention(found: FeedHealth, now: datetime) -> bool:
    """Is it worth an alert? A feed that fails is given a day to recover."""
    if found.condition is Condition.FAILING:
        return found.since is not None and now - found.since >= _DAY
    return found.trouble


def span(time: timedelta) -> str:
    """A time in the largest unit that says enough: minutes, hours or days."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def _failure(state: FeedState) -> Condition | None:
    if state.hold is not None:
        return Condition.GONE if state.hold is Hold.GONE else Condition.HELD
    return Condition.FAILING if state.failures else None


def _silence(seen: FeedStatistics, now: datetime) -> str:
    """What is said of a feed that has had nothing new for much longer than is usual for it."""
    if seen.last_new is None or seen.a_day is None:
        return ""
    quiet = now - seen.last_new
    if quiet < max(SILENT_AT_LEAST, _SILENT_GAPS * _DAY / seen.a_day):
        return ""
    usual = f"{seen.a_day:.0f} a day" if seen.a_day >= 1 else f"{7 * seen.a_day:.0f} a week"
    return f"nothing new for {quiet.days} days, usually {usual}"
