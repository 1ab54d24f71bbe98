"""collect: feeds.toml > due? > fetch > parse > unseen? > fetch page > extract > STORE."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.config import Settings
from digest.feeds.article import is_full, outlet_of
from digest.feeds.identity import keys_of
from digest.feeds.polling import (
    after_change,
    after_failure,
    after_success,
    again_after_outage,
    fails_for_a_week,
    is_another,
    is_due,
    validators_for,
)
from digest.feeds.request import request_headers
from digest.feeds.shards import in_one_round
from digest.fetch.concurrency import ConcurrencyLimit
from digest.flows.discovery import with_usual_feed
from digest.flows.intake import known_articles, take_in, unseen_of
from digest.flows.pages import PageReader
from digest.flows.protocols import Http, Workers
from digest.flows.reports import CollectReport, FeedOutcome, Observer, moved, waiting
from digest.flows.store_thread import StoreThread
from digest.flows.unseen import UnseenReader
from digest.model import Document, Failure, Feed, FeedState, NotModified, ParsedFeed
from digest.model.errors import WorkerError
from digest.model.records import PollResult

_log = logging.getLogger(__name__)
_COMMIT_DELAY = 0.02  # seconds in which polls without news gather for one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """The collect flow with everything it needs."""

    settings: Settings
    store: StoreThread
    http: Http
    workers: Workers
    pages: PageReader
    clock: Callable[[], datetime]
    observer: Observer
    alone: bool = True  # pages are tried again, too; otherwise that is a job of its own
    _unchanged: list[PollResult] = field(default_factory=list)
    _committing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def collect(self, *, patient: bool) -> CollectReport:
        """Poll every feed that may be polled now, and store what is new.

        `patient`: keep to each feed's own rhythm, as the scheduler does; otherwise poll now, as
        a person asks, but still not before a time that a server has named.
        """
        feeds = [feed for feed in self.settings.feeds if feed.enabled]
        urls = [feed.url for feed in feeds]
        now = self.clock()
        # Of thousands of feeds a tick finds few that are due; the others are not even read. One
        # worker of several is given those that are.
        some = patient and self.alone
        states = await self.store(
            lambda store: store.due_states(urls, now) if some else store.feed_states(urls)
        )
        due = [
            feed
            for feed in feeds
            if feed.url in states and is_due(states[feed.url], now, patient=patient)
        ]
        if patient:
            due, soon = in_one_round(due, states)
            for feed in soon:  # as if they were due at the next tick
                del states[feed.url]
        self.observer.started(len(due))
        limit = ConcurrencyLimit(self.settings.fetch.concurrency)

        async def poll(feed: Feed) -> FeedOutcome:
            started = time.monotonic()
            outcome = await self._poll(feed, states[feed.url], limit)
            outcome = replace(outcome, seconds=round(time.monotonic() - started, 3))
            self.observer.polled(outcome)
            return outcome

        # Those that failed last go last: a host that stalls must not keep its other feeds waiting.
        due.sort(key=lambda feed: states[feed.url].failures > 0)
        polled = await asyncio.gather(*map(poll, due))
        await self._look_again_soon(polled)
        outcomes = {outcome.url: outcome for outcome in polled}
        outcomes |= {
            feed.url: waiting(feed, states.get(feed.url))
            for feed in feeds
            if feed.url not in outcomes
        }
        if self.alone:
            await self.pages.retry_pending(self.store, feeds)
        await self.pages.robots.save()
        return CollectReport(feeds=tuple(outcomes[feed.url] for feed in feeds))

    async def _look_again_soon(self, polled: Sequence[FeedOutcome]) -> None:
        """Where it is our own network that is down, no feed is to wait longer for it."""
        if not polled or not all(outcome.unreachable for outcome in polled):
            return
        urls = [outcome.url for outcome in polled]
        states = await self.store(lambda store: store.feed_states(urls) | store.last_read())
        again = again_after_outage(states, urls, self.clock())
        if again is not None:
            await self.store(lambda store: store.poll_by(urls, again))

    # --- one feed -----------------------------------------------------------------------------

    async def _poll(self, feed: Feed, state: FeedState, limit: ConcurrencyLimit) -> FeedOutcome:
        headers_of = request_headers(feed, os.environ)
        if isinstance(headers_of, Failure):
            return await self._failed(feed, state, headers_of)
        most = int(self.settings.fetch.max_feed_mb * 1_000_000)
        async with limit.place():
            answer = await self.http.get(
                state.polled_url,
                validators=validators_for(state, self.clock()),
                accept="feed",
                max_bytes=most,
                headers_of=headers_of,
            )
            parsed = await self._parse(answer) if isinstance(answer, Document) else None
        if isinstance(answer, Failure):
            return await self._failed(feed, state, answer)
        if isinstance(answer, Document) and isinstance(parsed, Failure):
            if parsed.is_page and state.polled_at is None:
                parsed = await with_usual_feed(
                    parsed, answer, http=self.http, workers=self.workers, max_bytes=most
                )
            return await self._failed(feed, state, parsed)
        if isinstance(answer, NotModified) or not isinstance(parsed, ParsedFeed):
            return await self._report_unchanged(feed, state, answer)
        return await self._take_in(feed, state, answer, parsed)

    async def _parse(self, document: Document) -> ParsedFeed | Failure:
        from digest.feeds.parse import parse  # noqa: PLC0415 -- not for polls without news

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
            interval=self._interval(feed),
            exact=feed.interval is not None,
            parsed=parsed,
            same_feed=same_feed,
        )

    def _interval(self, feed: Feed) -> float:
        return feed.interval or self.settings.fetch.interval

    async def _report_unchanged(
        self, feed: Feed, state: FeedState, answer: Document | NotModified
    ) -> FeedOutcome:
        after = self._after(feed, state, answer)
        title = outlet_of(feed, after)
        await self._save_unchanged(PollResult(feed=feed, outlet=title, state=after, began=state))
        return FeedOutcome(
            url=feed.url,
            title=title,
            outcome="unchanged",
            notes=moved(state, after),
        )

    async def _save_unchanged(self, poll: PollResult) -> None:
        """Store the state; polls that end together share one commit, as commits are slow."""
        self._unchanged.append(poll)
        async with self._committing:
            if not self._unchanged:
                return  # an earlier commit took it along
            await asyncio.sleep(_COMMIT_DELAY)
            polls = tuple(self._unchanged)
            self._unchanged.clear()
            await self.store(lambda store: store.save_poll(*polls))

    async def _failed(self, feed: Feed, state: FeedState, failure: Failure) -> FeedOutcome:
        after = after_failure(state, failure, now=self.clock(), interval=self._interval(feed))
        if fails_for_a_week(state, after):
            _log.warning("failing for a week: %s: %s", feed.url, failure.reason)
        unreachable = failure.status is None and not failure.permanent
        return await self._not_read(feed, state, after, unreachable=unreachable)

    async def _not_read(
        self, feed: Feed, before: FeedState, after: FeedState, *, unreachable: bool = False
    ) -> FeedOutcome:
        title = outlet_of(feed, after)
        poll = PollResult(feed=feed, outlet=title, state=after, began=before)
        await self.store(lambda store: store.save_poll(poll))
        return FeedOutcome(
            url=feed.url,
            title=title,
            outcome="failed",
            reason=after.error,
            unreachable=unreachable,
        )

    async def _take_in(
        self, feed: Feed, before: FeedState, answer: Document, parsed: ParsedFeed
    ) -> FeedOutcome:
        entries = tuple((entry, keys_of(feed.url, entry)) for entry in parsed.entries)
        stored = await self.store(lambda store: known_articles(store, entries))
        unseen, known = unseen_of(feed, entries, stored)
        if is_another(before, parsed, known=known):
            return await self._not_read(feed, before, after_change(before, now=self.clock()))
        state = self._after(
            feed, before, answer, parsed=parsed, same_feed=bool(known) or before.read_at is None
        )
        reader = UnseenReader(
            settings=self.settings,
            store=self.store,
            workers=self.workers,
            pages=self.pages,
            clock=self.clock,
        )
        fetched = await reader.read(
            feed, unseen, known=known, read_at=before.read_at, feed_is_full=is_full(parsed)
        )
        now = self.clock()
        poll = await self.store(
            lambda store: take_in(
                store,
                feed,
                state,
                entries,
                fetched={id(item.entry): item for item in fetched},
                now=now,
                began=before,
                stored=stored,
            )
        )
        if poll is None:
            return FeedOutcome(url=feed.url, title=outlet_of(feed, state), outcome="unchanged")
        unread = [new.article for new in poll.new if new.article.text_note]
        notes = (f"{article.url}: {article.text_note}" for article in unread)
        return FeedOutcome(
            url=feed.url,
            title=poll.outlet,
            outcome="read" if poll.new or poll.edits else "unchanged",
            new=sum(article.dropped is None for article in poll.new),
            dropped=sum(article.dropped is not None for article in poll.new),
            edited=len(poll.edits),
            notes=(*moved(before, state), *notes),
            page_problems=tuple(article.text_note or "" for article in unread),
        )
