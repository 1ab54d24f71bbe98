"""Which unseen entries of a feed are taken: its rules, and its limit for a day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from digest.feeds.filters import FilterTask, filtered, limited
from digest.flows.protocols import ArticleStore, Workers
from digest.model import Entry, Feed
from digest.model.errors import WorkerError

_log = logging.getLogger(__name__)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChoice:
    """Judges entries; what it drops is stored as seen, with the reason, and shown nowhere."""

    workers: Workers
    store: ArticleStore
    clock: Callable[[], datetime]
    zone: ZoneInfo

    async def by_rules(
        self, feed: Feed, entries: Sequence[Entry], texts: Sequence[str] = ()
    ) -> tuple[str | None, ...]:
        """For each entry the rule that drops it, or None."""
        if not entries or not (feed.include or feed.exclude):
            return (None,) * len(entries)
        try:
            result = await self.workers.run(filtered, FilterTask.of(feed, entries, texts))
        except WorkerError as error:
            self._slow(feed, f"all rules: {error}")
            return (None,) * len(entries)
        for rule in result.slow:
            self._slow(feed, rule)
        return result.dropped

    def by_limit(
        self, feed: Feed, entries: Sequence[Entry], dropped: Sequence[str | None]
    ) -> tuple[str | None, ...]:
        """The same with the reason for those that are beyond the day's limit, the newest first."""
        if feed.limit is None:
            return tuple(dropped)
        today = self.clock().astimezone(self.zone).replace(hour=0, minute=0, second=0)
        taken = self.store.taken_since(feed.url, today.astimezone(UTC))
        open_ = [number for number, reason in enumerate(dropped) if reason is None]
        # Of entries without a date the feed's own order tells the newest.
        open_.sort(key=lambda number: entries[number].published_at or _NEVER, reverse=True)
        beyond = limited(open_, taken, feed.limit)
        why = f"limit: {feed.limit} a day"
        return tuple(why if number in beyond else reason for number, reason in enumerate(dropped))

    def _slow(self, feed: Feed, rule: str) -> None:
        _log.warning("a filter took too long and was left out of this poll: %s: %s", feed.url, rule)
