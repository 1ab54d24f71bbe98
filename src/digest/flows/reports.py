"""Reports of collect and build, and the progress of collect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, Protocol

from digest.feeds.article import outlet_of
from digest.model import Edition, Feed, FeedState, Hold

Outcome = Literal["read", "unchanged", "waiting", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutcome:
    """The result of one feed in one collect run; its filters kept `dropped` entries out.

    `waiting`: its server asked not to be polled yet, or it is not due. `notes` name pages whose
    text could not be used, with the reason; `page_problems` are the reasons alone, one for each
    page.
    """

    url: str
    title: str
    outcome: Outcome
    reason: str | None = None
    new: int = 0
    edited: int = 0
    dropped: int = 0
    seconds: float = 0.0  # from the request until everything is stored
    notes: tuple[str, ...] = ()
    unreachable: bool = False  # no server answered at all
    page_problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """All feeds of a collect run, in the order of the configuration."""

    feeds: tuple[FeedOutcome, ...]

    def count(self, outcome: Outcome) -> int:
        """The number of feeds with this outcome."""
        return sum(feed.outcome == outcome for feed in self.feeds)

    @property
    def page_problems(self) -> Counter[str]:
        """Why pages of new articles gave no text, and how many for each reason."""
        return Counter(problem for feed in self.feeds for problem in feed.page_problems)

    @property
    def new_articles(self) -> int:
        """The number of new articles."""
        return sum(feed.new for feed in self.feeds)


class Observer(Protocol):
    """Follows the progress of a collect run."""

    def started(self, feeds: int) -> None:
        """Called before the first poll, with the number of feeds."""

    def polled(self, outcome: FeedOutcome) -> None:
        """Called after each poll."""


def waiting(feed: Feed, state: FeedState | None) -> FeedOutcome:
    """The outcome of a feed that is not polled now; without a state: one that is not due."""
    if state is None:
        return FeedOutcome(url=feed.url, title=feed.title or feed.url, outcome="waiting")
    title = outlet_of(feed, state)
    if state.hold is Hold.GONE:
        reason = f"stopped: {state.error}; remove it, or try `digest resume`"
        return FeedOutcome(url=feed.url, title=title, outcome="failed", reason=reason)
    again = state.not_before or state.due_at
    return FeedOutcome(
        url=feed.url,
        title=title,
        outcome="waiting",
        reason=f"may be polled again at {again:%Y-%m-%d %H:%M} UTC",
    )


def moved(before: FeedState, after: FeedState) -> tuple[str, ...]:
    """A note on a permanent redirect that is followed from this poll on."""
    if after.address is None or after.address == before.address:
        return ()
    return (f"{after.url} has moved permanently and is polled at {after.address} from now on",)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What was published, and how many articles were read for it but too old to show.

    `unused` holds, for every summary for which a model's words were not used, the reason.
    `bounded` articles resemble more texts than are compared with one when copies are looked for.
    `closed`: mail of it had left, so its files were written again, and what came in since then,
    so many articles, waits for the next edition.
    """

    edition: Edition
    stale: int = 0
    unused: tuple[str, ...] = ()
    bounded: int = 0
    closed: bool = False
    waiting: int = 0
