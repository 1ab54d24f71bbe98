"""Which unseen entries of a feed are taken: its rules, and its limit for a day."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from digest.feeds.filters import FilterTask, filtered, over_limit
from digest.flows.fetched import FetchedEntry
from digest.flows.protocols import Workers
from digest.flows.store_thread import StoreThread
from digest.model import Entry, Feed
from digest.model.errors import WorkerError

_log = logging.getLogger(__name__)


async def dropped_by_rules(
    workers: Workers, feed: Feed, entries: Sequence[Entry], texts: Sequence[str] = ()
) -> tuple[str | None, ...]:
    """For each entry the rule of its feed that drops it, or None; `texts` are of their pages."""
    if not entries or not (feed.include or feed.exclude):
        return (None,) * len(entries)
    try:
        result = await workers.run(filtered, FilterTask.of(feed, entries, texts))
    except WorkerError as error:
        _log.warning("filters were left out of this poll: %s: %s", feed.url, error)
        return (None,) * len(entries)
    for rule in result.slow:
        _log.warning("a filter took too long and was left out of this poll: %s: %s", feed.url, rule)
    return result.dropped


async def dropped_by_limit(
    store: StoreThread,
    feed: Feed,
    entries: Sequence[Entry],
    dropped: Sequence[str | None],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[str | None, ...]:
    """`dropped` with the reason for those, too, that are beyond what the feed may have a day."""
    if feed.limit is None:
        return tuple(dropped)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight.astimezone(UTC)
    taken = await store(lambda store: store.taken_since(feed.url, since))
    beyond = over_limit(entries, dropped, feed.limit - taken)
    why = f"limit: {feed.limit} a day"
    return tuple(why if number in beyond else reason for number, reason in enumerate(dropped))


async def without_dropped_pages(
    workers: Workers, feed: Feed, fetched: Sequence[FetchedEntry]
) -> list[FetchedEntry]:
    """The entries, those dropped, too, that rules mean by the text of their page."""
    read = [
        (item, item.reading.result.page.text)
        for item in fetched
        if item.reading.result.page and item.dropped is None
    ]
    entries, texts = [item.entry for item, _ in read], [text for _, text in read]
    dropped = await dropped_by_rules(workers, feed, entries, texts)
    reasons = {id(item): why for (item, _), why in zip(read, dropped, strict=True) if why}
    return [
        replace(item, dropped=reasons[id(item)]) if id(item) in reasons else item
        for item in fetched
    ]
