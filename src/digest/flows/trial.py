"""What a feed would yield: fetched once, judged beside what is stored, and nothing stored."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from digest.config import Settings
from digest.feeds.article import PageResult, assemble, is_full, wants_page
from digest.feeds.filters import FilterTask, filtered
from digest.feeds.identity import article_id, url_key
from digest.feeds.parse import parse
from digest.feeds.parse.discovery import feeds_in
from digest.feeds.request import request_headers
from digest.flows.pages import PageReader
from digest.flows.protocols import Http, Workers
from digest.model import Article, Document, Entry, Failure, Feed, FeedState, ParsedFeed
from digest.model.errors import WorkerError
from digest.stories.cluster import Background, cluster, index
from digest.stories.dedup import deduplicate
from digest.stories.minhash import signature

NEWEST = 40  # entries that are looked at
_DAY = timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one fetch of a feed showed; `failure` says why there is nothing to show.

    `full` of the `articles` have a text to summarize; `problems` says how many have not, and
    why. `overlap` is the share of the articles that other feeds cover (None where there is
    nothing to compare with), `covered_by` the share that each of them covers.
    """

    feed: Feed
    failure: str | None = None
    found: tuple[str, ...] = ()  # the feeds of a page that is no feed itself
    title: str | None = None
    format: str = ""
    language: str | None = None
    seconds: float = 0.0
    entries: int = 0
    dated: int = 0
    a_day: float | None = None
    dropped: tuple[tuple[str, int], ...] = ()
    articles: tuple[Article, ...] = ()
    full: int = 0
    problems: tuple[tuple[str, int], ...] = ()
    robots: str | None = None
    overlap: float | None = None
    covered_by: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTrial:
    """Tries feeds; `stored` are the articles of the last days, `terms` stored word counts."""

    settings: Settings
    http: Http
    workers: Workers
    pages: PageReader
    clock: Callable[[], datetime]
    stored: Sequence[Article] = ()
    terms: Sequence[bytes] = ()
    most_pages: int = 20
    monotonic: Callable[[], float] = field(default=time.monotonic)

    async def run(self, feeds: Sequence[Feed]) -> tuple[Trial, ...]:
        """Try the feeds, each beside what is stored and beside the others."""
        tried = await asyncio.gather(*(self._try(feed) for feed in feeds))
        return _with_overlap(tried, self.stored, self.terms)

    async def _try(self, feed: Feed) -> Trial:
        headers_of = request_headers(feed, os.environ)
        if isinstance(headers_of, Failure):
            return Trial(feed=feed, failure=headers_of.reason)
        started = self.monotonic()
        answer = await self.http.get(
            feed.url,
            accept="feed",
            max_bytes=int(self.settings.fetch.max_feed_mb * 1_000_000),
            headers_of=headers_of,
        )
        trial = Trial(feed=feed, seconds=self.monotonic() - started)
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, Failure) else "304 to a first request"
            return replace(trial, failure=reason)
        try:
            parsed = await self.workers.run(parse, answer)
        except WorkerError as error:
            return replace(trial, failure=f"cannot be parsed: {error}")
        if isinstance(parsed, Failure):
            return replace(trial, failure=parsed.reason, found=await self._feeds_of(answer))
        if answer.moved_to:
            trial = replace(trial, feed=replace(feed, url=answer.moved_to))
        return await self._read(trial, answer, parsed)

    async def _feeds_of(self, page: Document) -> tuple[str, ...]:
        try:
            return await self.workers.run(feeds_in, page)
        except WorkerError:
            return ()

    async def _read(self, trial: Trial, document: Document, parsed: ParsedFeed) -> Trial:
        feed = trial.feed
        newest = _newest(parsed.entries)
        judged = await self.workers.run(filtered, FilterTask.of(feed, newest))
        taken = [entry for entry, why in zip(newest, judged.dropped, strict=True) if why is None]
        reasons = [why for why in judged.dropped if why]
        reasons += [f"took too long: {rule}" for rule in judged.slow]
        wanted = {
            id(entry) for entry in taken if wants_page(feed, entry, feed_is_full=is_full(parsed))
        }
        read = [entry for entry in taken if id(entry) in wanted][: self.most_pages]
        results = await asyncio.gather(*(self.pages.read(entry.url or "", feed) for entry in read))
        pages = {id(entry): reading.result for entry, reading in zip(read, results, strict=True)}
        looked = [entry for entry in taken if id(entry) in pages or id(entry) not in wanted]
        articles = [
            self._article(feed, parsed, entry, pages.get(id(entry), PageResult()))
            for entry in taken
        ]
        shown = {id(entry) for entry in looked}
        checked = [
            article for article, entry in zip(articles, taken, strict=True) if id(entry) in shown
        ]
        problems = Counter(
            article.text_note or "no text"
            for article in checked
            if article.text_note or not article.text
        )
        refusal = await self.pages.robots.refusal(feed.url)
        return replace(
            trial,
            title=parsed.title,
            format=_format(document),
            language=parsed.language,
            entries=len(parsed.entries),
            dated=sum(entry.published_at is not None for entry in parsed.entries),
            a_day=_a_day(parsed.entries),
            dropped=tuple(Counter(reasons).most_common()),
            articles=tuple(articles),
            full=len(checked) - problems.total(),
            problems=tuple(problems.most_common()),
            robots=refusal.reason if refusal else None,
        )

    def _article(self, feed: Feed, parsed: ParsedFeed, entry: Entry, result: PageResult) -> Article:
        state = FeedState(url=feed.url, title=parsed.title)
        return assemble(
            feed,
            feed.title or state.title or feed.url,
            entry,
            result,
            article_id=article_id(feed.url, entry, lambda _: False),
            seen_at=self.clock(),
        )


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    """The newest entries, those without a date where the feed has them."""
    ordered = list(entries)
    if all(entry.published_at for entry in ordered):
        ordered.sort(key=lambda entry: entry.published_at or _NEVER, reverse=True)
    return ordered[:NEWEST]


def _a_day(entries: Sequence[Entry]) -> float | None:
    dates = sorted(entry.published_at for entry in entries if entry.published_at)
    if len(dates) < 2:
        return None
    return (len(dates) - 1) / max((dates[-1] - dates[0]) / _DAY, 1 / 24)


def _format(document: Document) -> str:
    head = document.body[:1000].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"{"):
        return "JSON Feed"
    for mark, name in ((b"<rdf:", "RSS 1.0"), (b"<rss", "RSS"), (b"<feed", "Atom")):
        if mark in head.lower():
            return name
    return "XML"


# --- overlap ------------------------------------------------------------------------------------


def _with_overlap(
    trials: Sequence[Trial], stored: Sequence[Article], terms: Sequence[bytes]
) -> tuple[Trial, ...]:
    """The trials with what other feeds cover of their articles: copies, stories, one address."""
    tried = {trial.feed.url for trial in trials}
    beside = [article for article in stored if article.feed_url not in tried]
    fresh = [article for trial in trials for article in trial.articles]
    if len({article.feed_url for article in (*beside, *fresh)}) < 2:
        return tuple(trials)
    others = _covering(beside, fresh, terms)
    return tuple(_overlapping(trial, others) for trial in trials)


def _covering(
    beside: Sequence[Article], fresh: Sequence[Article], terms: Sequence[bytes]
) -> Mapping[str, set[tuple[str, str]]]:
    """For each article the feeds (URL, outlet) that cover it, its own among them."""
    batch = list({article.id: article for article in (*beside, *fresh)}.values())
    signatures = {article.id: signature(article.text) for article in batch}
    indexed = index(deduplicate(batch, signatures, ()))
    counted = Background.of(indexed, frozenset(article.id for article in fresh))
    background = counted.plus([Background.shipped(), *map(Background.from_bytes, terms)])
    by_address: dict[bytes, list[Article]] = {}
    for article in (*beside, *fresh):
        if article.url:
            by_address.setdefault(url_key(article.url).digest, []).append(article)
    covered: dict[str, set[tuple[str, str]]] = {article.id: set() for article in batch}
    stories = (story.articles for story in cluster(indexed, background, ()))
    for members in (*by_address.values(), *stories):
        feeds = {(article.feed_url, article.outlet) for article in members}
        # One address in two feeds is one article: what covers it there covers it here.
        feeds.update(*(covered[article.id] for article in members))
        for article in members:
            covered[article.id] |= feeds
    return covered


def _overlapping(trial: Trial, covered: Mapping[str, set[tuple[str, str]]]) -> Trial:
    articles = trial.articles
    if not articles:
        return trial
    others = [
        {outlet for url, outlet in covered[article.id] if url != trial.feed.url}
        for article in articles
    ]
    by_outlet = Counter(outlet for outlets in others for outlet in outlets)
    number = sum(map(bool, others))
    return replace(
        trial,
        overlap=number / len(articles),
        covered_by=tuple(
            (outlet, times / len(articles)) for outlet, times in by_outlet.most_common(5)
        ),
    )
