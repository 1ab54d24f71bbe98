"""The pages of entries: fetched, extracted in a worker, tried again or given up."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.feeds.article import PageResult, with_page
from digest.feeds.request import request_headers
from digest.flows.protocols import Http, Workers
from digest.flows.robots import Robots
from digest.flows.store_thread import StoreThread
from digest.model import Document, Failure, Feed, NotModified, PageText
from digest.model.errors import TaskFailed, WorkerError
from digest.model.records import PageRetry, PendingPage
from digest.urls import same_host

TRIES = 3  # then the page is given up, and the feed's own text is used
_RETRY_AFTER = timedelta(hours=1)
_KILLS = 3  # pages of one site that end their worker in a run; others likely would too, 10 s each


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """The result of a page, the addresses it is known by, and when to try it again."""

    result: PageResult = PageResult()
    addresses: tuple[str, ...] = ()
    retry: PageRetry | None = None

    @property
    def site(self) -> str:
        """The host that the page was found at."""
        return urlsplit(self.addresses[0]).netloc if self.addresses else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Reads pages; each failure is a reason in the result, none an exception."""

    http: Http
    workers: Workers
    robots: Robots
    clock: Callable[[], datetime]
    max_bytes: int
    _killers: Counter[str] = field(default_factory=Counter)

    async def read(self, url: str, feed: Feed, *, tries: int = 0) -> PageReading:
        """Read a page of a feed that was tried `tries` times before."""
        reading = await self._read_once(url, feed, tries)
        page = reading.result.page
        if page is not None and page.refresh_url is not None:
            # A stub that sends readers on by <meta http-equiv=refresh>: follow it, once.
            return await self._read_once(page.refresh_url, feed, tries)
        return reading

    async def _read_once(self, url: str, feed: Feed, tries: int) -> PageReading:
        headers_of = request_headers(feed, os.environ)
        if isinstance(headers_of, Failure):
            return self._failed(headers_of.reason, tries)
        answer = await self.http.get(
            url,
            accept="page",
            max_bytes=self.max_bytes,
            permit=self.robots.refusal,
            headers_of=headers_of,
        )
        if isinstance(answer, NotModified):
            return self._failed("304 for a page never read", tries, final=True)
        if isinstance(answer, Failure):
            return self._failed(answer.reason, tries, final=answer.permanent)
        site = urlsplit(answer.url).netloc
        if self._killers[site] >= _KILLS:
            return self._failed("pages of its site keep a parser busy for too long", tries)
        try:
            page = await self._extract(answer, feed)
        except WorkerError as error:
            self._killers[site] += not isinstance(error, TaskFailed)
            return self._failed(str(error), tries)
        addresses = [answer.url]
        # A page can name any address as its own, also that of another site's article.
        if page.canonical_url and same_host(page.canonical_url, answer.url):
            addresses.append(page.canonical_url)
        return PageReading(result=PageResult(page=page, url=answer.url), addresses=tuple(addresses))

    async def _extract(self, document: Document, feed: Feed) -> PageText:
        # Imported here: a round of polls without news needs neither lxml nor trafilatura.
        from digest.feeds.extract import extract  # noqa: PLC0415
        from digest.feeds.extract.selected import PageTask, extract_selected  # noqa: PLC0415

        if not (feed.selector or feed.remove):
            return await self.workers.run(extract, document)
        task = PageTask(document=document, selector=feed.selector, remove=feed.remove)
        return await self.workers.run(extract_selected, task)

    async def retry_pending(
        self, store: StoreThread, feeds: Iterable[Feed], *, only: bool = False
    ) -> None:
        """Try pages again that could not be read when their articles were new.

        Of all feeds, also of those that are not configured any more, or `only` of these.
        """
        known = {feed.url: feed for feed in feeds}

        async def retry(pending: PendingPage) -> None:
            article = pending.article
            feed = known.get(article.feed_url, Feed(url=article.feed_url))
            reading = await self.read(article.url or "", feed, tries=pending.tries)
            retry = reading.retry or PageRetry(tries=pending.tries + 1, at=None)
            better = with_page(article, reading.result)
            await store(lambda store: store.save_page(better, retry))

        now = self.clock()
        of = list(known) if only else None
        pending = await store(lambda store: store.pending_pages(now, of))
        await asyncio.gather(*map(retry, pending))

    def _failed(self, reason: str, tries: int, *, final: bool = False) -> PageReading:
        tried = tries + 1
        set_aside = final or tried >= TRIES
        at = None if set_aside else self.clock() + _RETRY_AFTER * 2**tries
        return PageReading(
            result=PageResult(reason=f"page: {reason}"), retry=PageRetry(tries=tried, at=at)
        )
