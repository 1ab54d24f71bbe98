"""Unseen entries with what their pages gave, and which of those texts are no article's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.feeds.article import PageResult, wants_page
from digest.feeds.identity import Key, same_title, text_key
from digest.feeds.relevance import SiteText, lines_of, repeated
from digest.flows.pages import PageReading
from digest.flows.protocols import ArticleStore
from digest.model import Entry, Feed, PageProblem

_PAGES_PER_POLL = 100  # a feed that shows more at once gives its own texts for the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedEntry:
    """An unseen entry with what its page gave, and every key it is known by."""

    entry: Entry
    keys: tuple[Key, ...]
    reading: PageReading
    offered: bool = True

    @property
    def site_text(self) -> SiteText:
        """The text that its page holds, or none."""
        page = self.reading.result.page
        usable = page is not None and page.problem in {None, PageProblem.REPEATED}
        text = page.text if page is not None and usable else ""
        return SiteText(site=self.reading.site, title=self.entry.title, text=text)

    @property
    def text_key(self) -> Key | None:
        """What its page's text is known by."""
        printed = self.site_text
        lines = lines_of(printed.text, printed.title)
        return text_key(printed.site, lines) if lines else None

    def without_text(self) -> FetchedEntry:
        """The same, where the page's text turned out to be no article."""
        page = self.reading.result.page
        if page is None:
            return self
        result = PageResult(page=replace(page, problem=PageProblem.REPEATED))
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


def without_repeated(fetched: Sequence[FetchedEntry], store: ArticleStore) -> list[FetchedEntry]:
    """What was fetched, without texts that their site prints under other entries too.

    Compared are those of one poll, line by line, and what the store knows of earlier ones.
    """
    known = store.known({key.digest for one in fetched if (key := one.text_key)})

    def is_known(one: FetchedEntry) -> bool:
        other = known.get(one.text_key.digest) if one.text_key else None
        return other is not None and not same_title(other.title, one.entry.title)

    again = repeated([one.site_text for one in fetched])
    return [
        one.without_text() if is_repeated or is_known(one) else one
        for one, is_repeated in zip(fetched, again, strict=True)
    ]
