"""Unseen entries with what their pages gave: which texts are no article's, and their languages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.feeds.article import language_sample, wants_page
from digest.feeds.identity import Key, same_title, text_key, url_key
from digest.feeds.relevance import SiteText, lines_of, repeated
from digest.flows.pages import PageReader, PageReading
from digest.flows.protocols import Workers
from digest.languages import detect_languages
from digest.model import Entry, Feed, PageProblem
from digest.model.errors import WorkerError

if TYPE_CHECKING:
    from digest.store import Store

KeyedEntry = tuple[Entry, tuple[Key, ...]]

_NO_PAGE = PageReading()
_TEXTS_PER_TASK = 200  # of which a worker detects the language, well within its time
_PAGES_PER_POLL = 100  # a feed that shows more at once gives its own texts for the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedEntry:
    """An unseen entry, what its page gave, and every key it is known by.

    `printed` are the lines of its page's text, and `text_key` is what that text is known by; None
    where the page has no usable text. `offered`: it is news; a feed's past is remembered, and
    never shown. `language` was detected; None where none had to be.
    """

    entry: Entry
    keys: tuple[Key, ...]
    reading: PageReading = _NO_PAGE
    printed: SiteText | None = None
    text_key: Key | None = None
    offered: bool = True
    language: str | None = None
    dropped: str | None = None  # the rule or limit of its feed that keeps it out

    @property
    def language_sample(self) -> str | None:
        """What its language is to be detected in; None where feed or page state it."""
        return language_sample(self.entry, self.reading.result)

    def without_text(self) -> FetchedEntry:
        """The same, where the page's text turned out to be no article."""
        page = self.reading.result.page
        if page is None:
            return self
        page = replace(page, problem=PageProblem.REPEATED)
        result = replace(self.reading.result, page=page)
        return replace(self, reading=replace(self.reading, result=result))


def pages_wanted(
    feed: Feed, unseen: Iterable[tuple[Entry, bool]], *, feed_is_full: bool, oldest: datetime
) -> list[bool]:
    """For each unseen entry, with whether it may be news: is its page to be read?

    What is older than `oldest` no edition will take; of the rest the first 100 are read.
    """
    left = _PAGES_PER_POLL
    wanted = []
    for entry, is_news in unseen:
        recent = entry.published_at is None or entry.published_at >= oldest
        is_wanted = is_news and recent and wants_page(feed, entry, feed_is_full=feed_is_full)
        wanted.append(is_wanted and left > 0)
        left -= is_wanted
    return wanted


async def with_pages(
    pages: PageReader,
    feed: Feed,
    unseen: Sequence[KeyedEntry],
    offered: Sequence[bool],
    wanted: Sequence[bool],
) -> list[FetchedEntry]:
    """The unseen entries, each with whether it is offered, and with its page if that is wanted."""

    async def with_page(item: FetchedEntry) -> FetchedEntry:
        reading = await pages.read(item.entry.url or "", feed)
        more = (url_key(address) for address in reading.addresses)
        keys = tuple(dict.fromkeys((*item.keys, *more)))
        printed = _printed(item.entry, reading)
        known_by = text_key(printed.site, printed.lines) if printed else None
        return replace(item, keys=keys, reading=reading, printed=printed, text_key=known_by)

    items = [
        FetchedEntry(entry=entry, keys=keys, offered=is_news)
        for (entry, keys), is_news in zip(unseen, offered, strict=True)
    ]
    at = [number for number, is_wanted in enumerate(wanted) if is_wanted]
    read = await asyncio.gather(*(with_page(items[number]) for number in at))
    for number, item in zip(at, read, strict=True):
        items[number] = item
    return items


def _printed(entry: Entry, reading: PageReading) -> SiteText | None:
    """The lines of a page's text; None where it has none that can be used."""
    page = reading.result.page
    if page is None or page.problem is not None:
        return None
    lines = lines_of(page.text, entry.title)
    return SiteText(site=reading.site, title=entry.title, lines=lines) if lines else None


def without_repeated(fetched: Sequence[FetchedEntry], store: Store) -> list[FetchedEntry]:
    """What was fetched, without texts that their site prints under other entries too.

    Compared are those of one poll, line by line, and what the store knows of earlier ones.
    """
    known = store.known({key.digest for item in fetched if (key := item.text_key)})

    def is_known(item: FetchedEntry) -> bool:
        other = known.get(item.text_key.digest) if item.text_key else None
        return other is not None and not same_title(other.title, item.entry.title)

    again = iter(repeated([item.printed for item in fetched if item.printed]))
    return [
        item.without_text() if item.printed and (next(again) or is_known(item)) else item
        for item in fetched
    ]


async def with_languages(
    workers: Workers, feed: Feed, fetched: Sequence[FetchedEntry]
) -> list[FetchedEntry]:
    """The entries, each with the language that a worker finds where nothing states it.

    It may be stated by the page, the feed, or the configuration of the feed.
    """
    samples = [None if feed.language else item.language_sample for item in fetched]
    unknown = [sample for sample in samples if sample is not None]
    starts = range(0, len(unknown), _TEXTS_PER_TASK)
    parts = (tuple(unknown[start : start + _TEXTS_PER_TASK]) for start in starts)
    detected = await asyncio.gather(*(_languages(workers, part) for part in parts))
    languages = (language for part in detected for language in part)
    return [
        item if sample is None else replace(item, language=next(languages))
        for item, sample in zip(fetched, samples, strict=True)
    ]


async def _languages(workers: Workers, samples: tuple[str, ...]) -> Sequence[str]:
    try:
        return await workers.run(detect_languages, samples)
    except WorkerError:
        return ["und"] * len(samples)
