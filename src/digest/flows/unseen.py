"""unseen? > fetch page > extract: what the unseen entries of a feed bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.config import Settings
from digest.feeds.admission import admit_entries
from digest.flows.choice import dropped_by_limit, dropped_by_rules, without_dropped_pages
from digest.flows.fetched import (
    FetchedEntry,
    KeyedEntry,
    pages_wanted,
    with_languages,
    with_pages,
    without_repeated,
)
from digest.flows.pages import PageReader
from digest.flows.protocols import Workers
from digest.flows.store_thread import StoreThread
from digest.model import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenReader:
    """Decides which unseen entries are news, and reads the pages of those."""

    settings: Settings
    store: StoreThread
    workers: Workers
    pages: PageReader
    clock: Callable[[], datetime]

    async def read(
        self,
        feed: Feed,
        unseen: Sequence[KeyedEntry],
        *,
        known: int,
        read_at: datetime | None,
        feed_is_full: bool,
    ) -> Sequence[FetchedEntry]:
        """The unseen entries of a feed with their pages and languages, in the feed's order.

        `known` is how many others it shows, and `read_at` when it was read before.
        """
        offered = admit_entries(
            [entry.published_at or entry.updated_at for entry, _ in unseen],
            known=known,
            read_at=read_at,
            now=self.clock(),
        )
        dropped = await self._dropped(feed, unseen, offered)
        news = [is_news and why is None for is_news, why in zip(offered, dropped, strict=True)]
        oldest = self.clock() - timedelta(days=self.settings.digest.max_age_days)
        candidates = zip((entry for entry, _ in unseen), news, strict=True)
        wanted = pages_wanted(feed, candidates, feed_is_full=feed_is_full, oldest=oldest)
        pages = await with_pages(self.pages, feed, unseen, offered, wanted)
        pages = [
            item if why is None else replace(item, dropped=why)
            for item, why in zip(pages, dropped, strict=True)
        ]
        fetched = pages = await without_dropped_pages(self.workers, feed, pages)
        if any(item.text_key for item in pages):
            fetched = await self.store(lambda store: without_repeated(pages, store))
        return await with_languages(self.workers, feed, fetched)

    async def _dropped(
        self, feed: Feed, unseen: Sequence[KeyedEntry], offered: Sequence[bool]
    ) -> list[str | None]:
        """For each unseen entry why the feed's filters or limit drop it, or None."""
        news = [entry for (entry, _), is_news in zip(unseen, offered, strict=True) if is_news]
        by_rules = await dropped_by_rules(self.workers, feed, news)
        reasons = iter(
            await dropped_by_limit(
                self.store, feed, news, by_rules, now=self.clock(), zone=self.settings.digest.zone
            )
        )
        return [next(reasons) if is_news else None for is_news in offered]
