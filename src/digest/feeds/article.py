"""Entry and page -> article: which text, which time, which title, and why.

The feed is believed for time and title, since its publisher wrote it for readers like us; the
page is believed for text, since most feeds carry a teaser only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from urllib.parse import urlsplit

from digest.feeds.relevance import tells
from digest.languages import LANGUAGE_SAMPLE, may_be_english
from digest.model import (
    Article,
    Entry,
    Feed,
    FeedState,
    FullText,
    PageProblem,
    PageText,
    ParsedFeed,
    TextSource,
)
from digest.text import fold
from digest.urls import same_host

FULL_TEXT_LENGTH = 1500  # characters; half of all feed entries are teasers under 200
_PAGE_TOO_THIN = 0.6  # a page with less than this share of the feed's own text is a stub
_TITLE_LENGTH = 120
_SPOKEN_OF = frozenset(
    {PageProblem.CONSENT, PageProblem.BOT_CHECK, PageProblem.REGION, PageProblem.APP}
)
_ABOUT = 0.5  # of an entry's words in a text that reads like a wall
_TRUNCATED = re.compile(
    r"(?:\u2026|\.\.\.|\[(?:\u2026|\.\.\.|&hellip;)\]|(?:read|continue|weiter|lire|leer)[^\n.]{0,40})"
    r"\W{0,3}\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """What came of reading an entry's page: its text, or the reason why there is none.

    `url` is where the page was found, after all redirects.
    """

    page: PageText | None = None
    reason: str | None = None
    url: str | None = None


def outlet_of(feed: Feed, state: FeedState) -> str:
    """The name readers see: as configured, as the feed states it, or its host."""
    return feed.title or state.title or urlsplit(feed.url).hostname or feed.url


def wants_page(feed: Feed, entry: Entry, *, feed_is_full: bool) -> bool:
    """Must the page be fetched, or does the feed carry the whole article?"""
    if entry.url is None or feed.full_text is FullText.ALWAYS:
        return False
    if feed.full_text is FullText.NEVER:
        return True
    return not (feed_is_full and _is_whole(entry.content))


def is_full(parsed: ParsedFeed) -> bool:
    """Does a feed as a whole carry full texts? Long excerpts of a few items do not count."""
    lengths = [len(entry.content) for entry in parsed.entries]
    return bool(lengths) and median(lengths) >= FULL_TEXT_LENGTH


def _is_whole(text: str) -> bool:
    return len(text) >= FULL_TEXT_LENGTH and not _TRUNCATED.search(text[-80:])


def language_sample(entry: Entry, result: PageResult) -> str | None:
    """What an article's language is to be detected in; None where feed or page state it.

    "en" is the preset of many publishing systems, so it is believed of English texts only.
    """
    stated = _stated_language(entry, result)
    if stated and stated != "en":
        return None
    either = (feed_text(entry), *([result.page.text] if result.page else []))
    if stated and all(may_be_english(_sample(entry, text)) for text in either):
        return None  # without choosing between the two, which compares them whole
    if result.page is None:
        return _sample(entry, feed_text(entry))
    text, _, _ = _text(entry, result, "")
    sample = _sample(entry, text)
    return None if stated and may_be_english(sample) else sample


def _sample(entry: Entry, text: str) -> str:
    return f"{entry.title}\n{text[:LANGUAGE_SAMPLE]}"


def _stated_language(entry: Entry, result: PageResult) -> str | None:
    return (result.page.language if result.page else None) or entry.language


def _language(stated: str | None, detected: str) -> str:
    """Something is detected only where what is stated is doubtful."""
    return stated if stated and detected == "und" else detected


def assemble(
    feed: Feed,
    outlet: str,
    entry: Entry,
    result: PageResult,
    *,
    article_id: str,
    seen_at: datetime,
    detected: str = "und",
) -> Article:
    """The article of an entry, first seen at `seen_at`.

    `detected` is its language where neither feed nor page states one, or states a wrong one.
    """
    page = result.page
    text, source, note = _text(entry, result, outlet)
    title = _title(entry, page, text)
    published = _published_at(entry, page)
    return Article(
        id=article_id,
        feed_url=feed.url,
        outlet=outlet,
        section=feed.section,
        url=_url(entry.url, source, result),
        title=title,
        text=_without_headline(text, title),
        # A date in the future is a mistake of the feed; it must not pin an article on top.
        published_at=min(published, seen_at) if published else seen_at,
        first_seen_at=seen_at,
        dated=published is not None,
        author=entry.author or (page.author if page else None),
        language=feed.language or _language(_stated_language(entry, result), detected),
        image=page.image if page else None,
        paywalled=page.paywalled if page else False,
        text_source=source,
        text_note=note,
        labels=tuple(dict.fromkeys((*entry.categories, *(page.labels if page else ())))),
    )


def with_page(article: Article, result: PageResult) -> Article:
    """A stored article after another try at its page; the feed's text is kept if that failed."""
    entry = Entry(raw_id=None, url=article.url, title=article.title, content=article.text)
    text, source, note = _text(entry, result, article.outlet)
    page = result.page
    return replace(
        article,
        url=_url(article.url, source, result),
        text=text,
        text_source=source,
        text_note=note,
        labels=tuple(dict.fromkeys((*article.labels, *(page.labels if page else ())))),
        author=article.author or (page.author if page else None),
        image=article.image or (page.image if page else None),
        paywalled=page.paywalled if page else article.paywalled,
    )


def feed_text(entry: Entry) -> str:
    """The fullest text the feed itself carries for an entry."""
    return max(entry.content, entry.summary, key=len)


def _url(link: str | None, source: TextSource, result: PageResult) -> str | None:
    """The entry's link; of one that leads to another host, where the page in use was found.

    Links of redirectors say nothing to readers, and end with the redirector.
    """
    found, page = result.url, result.page
    if source != "page" or not found or not link or same_host(link, found):
        return link
    own = page.canonical_url if page else None
    return own if own and same_host(own, found) else found


def _published_at(entry: Entry, page: PageText | None) -> datetime | None:
    """The feed's own time, unless it states only a change and the page dates the article."""
    stated = page.published_at if page else None
    if page is not None and page.dates_article:
        return entry.published_at or stated
    return entry.published_at or entry.updated_at or stated


def _text(entry: Entry, result: PageResult, outlet: str) -> tuple[str, TextSource, str | None]:
    """The entry's text, where it comes from, and why it is not the page's."""
    own, page = feed_text(entry), result.page
    if page is None:
        return own, "feed", result.reason
    problem = page.problem
    if problem is None or (problem in _SPOKEN_OF and _is_about(entry, own, page, outlet)):
        problem = _unfit(entry, own, page, outlet)
    if problem is None:
        return page.text, "page", None
    if problem is PageProblem.SUBSCRIPTION and len(page.text) > len(own):
        return page.text, "page", problem.value  # what the page tells before its offer
    if not own and problem is PageProblem.TOO_SHORT:
        return page.text, "page", problem.value  # better than nothing
    return own, "feed", problem.value


def _is_about(entry: Entry, own: str, page: PageText, outlet: str) -> bool:
    """Is this an article on what walls speak of, such as cookies or apps?"""
    return tells(entry.title, own, page.text, outlet=outlet, least=_ABOUT)


def _unfit(entry: Entry, own: str, page: PageText, outlet: str) -> PageProblem | None:
    """Why a text that reads like an article is not used for this entry."""
    if page.paywalled and own:
        return PageProblem.CLOSED
    if len(page.text) < _PAGE_TOO_THIN * len(own):
        return PageProblem.THINNER
    if not tells(entry.title, own, page.text, outlet=outlet):
        return PageProblem.ANOTHER
    return None


def _without_headline(text: str, title: str) -> str:
    """Pages often print their headline above the text; it is no part of it."""
    first, _, rest = text.partition("\n")
    return rest if rest and fold(first) == fold(title) else text


def _title(entry: Entry, page: PageText | None, text: str) -> str:
    title = entry.title or (page.title if page else None)
    if title:
        return title
    first = text.split("\n", 1)[0].strip()
    if len(first) > _TITLE_LENGTH:
        first = first[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "\u2026"
    return first or entry.url or "(untitled)"
