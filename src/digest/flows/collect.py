"""collect: feeds.toml > due? > fetch > parse > unseen? > fetch page > extract > STORE."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.config import Settings
from digest.feeds.admission import admit_entries
from digest.feeds.article import assemble, feed_text, is_full, outlet_of, wants_page
from digest.feeds.identity import (
    EntryMatcher,
    Key,
    article_id,
    content_hash,
    is_edit,
    keys_of,
    url_key,
)
from digest.feeds.parse import parse
from digest.feeds.polling import (
    after_change,
    after_failure,
    after_success,
    fails_for_a_week,
    is_another,
    is_due,
    validators_for,
)
from digest.feeds.request import request_headers
from digest.fetch.concurrency import ConcurrencyLimit
from digest.flows.choice import EntryChoice
from digest.flows.pages import PageReader, PageReading
from digest.flows.protocols import ArticleStore, Http, Workers
from digest.flows.reports import CollectReport, FeedOutcome, Observer, moved, waiting
from digest.model import Document, Entry, Failure, Feed, FeedState, NotModified, ParsedFeed
from digest.model.errors import WorkerError
from digest.model.records import Edit, NewArticle, PollResult

_log = logging.getLogger(__name__)
_PAGES_PER_POLL = 100  # a feed that shows more at once gives its own texts for the rest

_Keyed = tuple[Entry, tuple[Key, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FetchedEntry:
    """An unseen entry with what its page gave, and every key it is known by."""

    entry: Entry
    keys: tuple[Key, ...]
    reading: PageReading
    offered: bool = True
    dropped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """The collect flow with everything it needs."""

    settings: Settings
    store: ArticleStore
    http: Http
    workers: Workers
    pages: PageReader
    clock: Callable[[], datetime]
    observer: Observer

    async def collect(self, *, patient: bool) -> CollectReport:
        """Poll every feed that may be polled now, and store what is new.

        `patient`: keep to each feed's own rhythm, as the scheduler does; otherwise look now, as
        a person asks, but still not before a time that a server has named.
        """
        feeds = [feed for feed in self.settings.feeds if feed.enabled]
        states = self.store.feed_states([feed.url for feed in feeds])
        now = self.clock()
        due = {feed.url for feed in feeds if is_due(states[feed.url], now, patient=patient)}
        self.observer.started(len(due))
        self.pages.robots.recall()
        reading = ConcurrencyLimit(self.settings.fetch.concurrency)

        async def outcome(feed: Feed) -> FeedOutcome:
            state = states[feed.url]
            if feed.url not in due:
                return waiting(feed, state, outlet_of(feed, state))
            done = await self._poll(feed, state, reading)
            self.observer.polled(done)
            return done

        # Those that failed last go last: a host that stalls must not keep its other feeds waiting.
        order = sorted(feeds, key=lambda feed: states[feed.url].failures > 0)
        told = {
            other_outcome.url: other_outcome
            for other_outcome in await asyncio.gather(*map(outcome, order))
        }
        await self.pages.retry_pending(self.store, feeds)
        self.pages.robots.remember()
        return CollectReport(feeds=tuple(told[feed.url] for feed in feeds))

    # --- one feed -----------------------------------------------------------------------------

    async def _poll(self, feed: Feed, state: FeedState, reading: ConcurrencyLimit) -> FeedOutcome:
        headers_of = request_headers(feed, os.environ)
        if isinstance(headers_of, Failure):
            return self._failed(feed, state, headers_of)
        async with reading.place():
            answer = await self.http.get(
                state.polled_url,
                validators=validators_for(state, self.clock()),
                accept="feed",
                max_bytes=int(self.settings.fetch.max_feed_mb * 1_000_000),
                headers_of=headers_of,
            )
            parsed = await self._parse(answer) if isinstance(answer, Document) else None
        if isinstance(answer, Failure):
            return self._failed(feed, state, answer)
        if isinstance(parsed, Failure):
            return self._failed(feed, state, parsed)
        if isinstance(answer, NotModified) or parsed is None:
            return self._unchanged(feed, state, answer)
        return await self._take_in(feed, state, answer, parsed)

    async def _parse(self, document: Document) -> ParsedFeed | Failure:
        try:
            return await self.workers.run(parse, document)
        except WorkerError as error:
            return Failure(reason=f"cannot be parsed: {error}")

    def _after(
        self,
        feed: Feed,
        state: FeedState,
        answer: Document | NotModified,
        *,
        parsed: ParsedFeed | None = None,
        same_feed: bool = True,
    ) -> FeedState:
        return after_success(
            state,
            answer,
            now=self.clock(),
            interval=feed.interval or self.settings.fetch.interval,
            exact=feed.interval is not None,
            parsed=parsed,
            same_feed=same_feed,
        )

    def _unchanged(
        self, feed: Feed, state: FeedState, answer: Document | NotModified
    ) -> FeedOutcome:
        after = self._after(feed, state, answer)
        self.store.save_poll(PollResult(feed=feed, outlet=outlet_of(feed, after), state=after))
        return FeedOutcome(
            url=feed.url,
            title=outlet_of(feed, after),
            outcome="unchanged",
            notes=moved(state, after),
        )

    def _failed(self, feed: Feed, state: FeedState, failure: Failure) -> FeedOutcome:
        after = after_failure(
            state,
            failure,
            now=self.clock(),
            interval=feed.interval or self.settings.fetch.interval,
        )
        if fails_for_a_week(state, after):
            _log.warning("failing for a week: %s: %s", feed.url, failure.reason)
        return self._not_read(feed, after)

    def _not_read(self, feed: Feed, after: FeedState) -> FeedOutcome:
        title = outlet_of(feed, after)
        self.store.save_poll(PollResult(feed=feed, outlet=title, state=after))
        return FeedOutcome(url=feed.url, title=title, outcome="failed", reason=after.error)

    async def _take_in(
        self, feed: Feed, before: FeedState, answer: Document, parsed: ParsedFeed
    ) -> FeedOutcome:
        entries = tuple((entry, keys_of(feed.url, entry)) for entry in parsed.entries)
        memory = self._recall(entries)
        unseen, known = [], 0
        for entry, keys in entries:
            match = memory.match(entry, keys)
            if match is None:
                memory.learn(feed.url, entry, keys, article="")
                unseen.append((entry, keys))
            else:
                known += bool(match.article)
        if is_another(before, parsed, known=known):
            return self._not_read(feed, after_change(before, now=self.clock()))
        state = self._after(
            feed, before, answer, parsed=parsed, same_feed=bool(known) or before.read_at is None
        )
        offered = admit_entries(
            [entry.published_at or entry.updated_at for entry, _ in unseen],
            known=known,
            read_at=before.read_at,
            now=self.clock(),
        )
        sightings = await self._sightings(feed, unseen, offered, is_full(parsed))
        # From here on nothing is awaited: another feed cannot store the same article in between.
        poll = self._poll_of(
            feed, state, entries, {id(sighting.entry): sighting for sighting in sightings}
        )
        self.store.save_poll(poll)
        notes = (f"{new.article.url}: {new.article.text_note}" for new in poll.new if new.page)
        return FeedOutcome(
            url=feed.url,
            title=poll.outlet,
            outcome="read" if poll.new or poll.edits else "unchanged",
            new=sum(new.dropped is None for new in poll.new),
            dropped=sum(new.dropped is not None for new in poll.new),
            edited=len(poll.edits),
            notes=(*moved(before, state), *notes),
        )

    async def _sightings(
        self, feed: Feed, unseen: Sequence[_Keyed], offered: Sequence[bool], feed_is_full: bool
    ) -> Sequence[_FetchedEntry]:
        """The unseen entries with their pages; those that rules or the limit drop, without."""
        news = [entry for (entry, _), is_news in zip(unseen, offered, strict=True) if is_news]
        choice = EntryChoice(
            workers=self.workers,
            store=self.store,
            clock=self.clock,
            zone=self.settings.digest.zone,
        )
        dropped = choice.by_limit(feed, news, await choice.by_rules(feed, news))
        why = {id(entry): reason for entry, reason in zip(news, dropped, strict=True)}
        sightings = await asyncio.gather(
            *(
                self._sight(
                    feed,
                    entry,
                    keys,
                    offered=is_news,
                    dropped=why.get(id(entry)),
                    wanted=is_news
                    and why[id(entry)] is None
                    and self._wants(feed, entry, number, feed_is_full),
                )
                for number, ((entry, keys), is_news) in enumerate(zip(unseen, offered, strict=True))
            )
        )
        # Some rules are about the text, which only the page has.
        read = [one for one in sightings if one.reading.result.page and one.dropped is None]
        texts = [one.reading.result.page.text for one in read if one.reading.result.page]
        judged = await choice.by_rules(feed, [one.entry for one in read], texts)
        late = {id(one): reason for one, reason in zip(read, judged, strict=True) if reason}
        return [replace(one, dropped=late.get(id(one), one.dropped)) for one in sightings]

    def _poll_of(
        self,
        feed: Feed,
        state: FeedState,
        entries: tuple[_Keyed, ...],
        sightings: Mapping[int, _FetchedEntry],
    ) -> PollResult:
        """What this poll changes, judged on the store as it is now."""
        outlet = outlet_of(feed, state)
        seen = [(sighting.entry, sighting.keys) for sighting in sightings.values()]
        memory = self._recall((*entries, *seen))
        plain = {article_id(feed.url, item.entry, lambda _: False) for item in sightings.values()}
        taken = self.store.taken(plain)  # asked at once; a second choice of id is rare
        new: dict[str, NewArticle] = {}

        def is_taken(candidate: str) -> bool:
            if candidate in plain:
                return candidate in taken or candidate in new
            return candidate in new or bool(self.store.taken([candidate]))

        edits: dict[str, Edit] = {}
        learnt: list[tuple[bytes, str]] = []
        for entry, own_keys in entries:
            sighting = sightings.get(id(entry))
            keys = sighting.keys if sighting else own_keys
            match = memory.match(entry, keys)
            if match is None:
                sighting = sighting or _FetchedEntry(entry=entry, keys=keys, reading=PageReading())
                made = self._new_article(feed, outlet, sighting, is_taken)
                new[made.article.id] = made
                match = memory.learn(feed.url, entry, keys, article=made.article.id)
            elif match.article not in new and is_edit(feed.url, entry, match):
                edits[match.article] = Edit(
                    article=match.article,
                    title=entry.title or match.title,
                    text=feed_text(entry),
                    content_hash=content_hash(entry),
                )
            learnt += [(key.digest, match.article) for key in keys]
        return PollResult(
            feed=feed,
            outlet=outlet,
            state=state,
            new=tuple(new.values()),
            edits=tuple(edits.values()),
            keys=tuple(learnt),
        )

    def _recall(self, entries: Iterable[_Keyed]) -> EntryMatcher:
        shown = tuple(entries)
        known = self.store.known({key.digest for _, keys in shown for key in keys})
        return EntryMatcher(known, shown)

    def _new_article(
        self, feed: Feed, outlet: str, sighting: _FetchedEntry, is_taken: Callable[[str], bool]
    ) -> NewArticle:
        entry = sighting.entry

        article = assemble(
            feed,
            outlet,
            entry,
            sighting.reading.result,
            article_id=article_id(feed.url, entry, is_taken),
            seen_at=self.clock(),
        )
        return NewArticle(
            article=article,
            raw_id=entry.raw_id,
            content_hash=content_hash(entry),
            page=sighting.reading.retry,
            offered=sighting.offered and sighting.dropped is None,
            dropped=sighting.dropped,
        )

    def _wants(self, feed: Feed, entry: Entry, number: int, feed_is_full: bool) -> bool:
        oldest = self.clock() - timedelta(days=self.settings.digest.max_age_days)
        if entry.published_at and entry.published_at < oldest:
            return False  # no edition will take it
        return number < _PAGES_PER_POLL and wants_page(feed, entry, feed_is_full=feed_is_full)

    async def _sight(
        self,
        feed: Feed,
        entry: Entry,
        keys: tuple[Key, ...],
        *,
        offered: bool,
        dropped: str | None,
        wanted: bool,
    ) -> _FetchedEntry:
        reading = PageReading()
        if wanted and entry.url is not None:
            reading = await self.pages.read(entry.url, feed)
        more = (url_key(address) for address in reading.addresses)
        every = tuple(dict.fromkeys((*keys, *more)))
        return _FetchedEntry(
            entry=entry, keys=every, reading=reading, offered=offered, dropped=dropped
        )
