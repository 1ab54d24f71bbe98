"""What an operator asks about feeds, put together: their health, a trial."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest import fetch, flows
from digest.config import Settings
from digest.feeds.article import outlet_of
from digest.feeds.health import SILENT_AT_LEAST, FeedRow, FeedStatistics, health
from digest.fetch import Allowance, Guard
from digest.flows.protocols import Http
from digest.flows.store_thread import StoreThread
from digest.flows.workers import WorkerPool
from digest.model import Article, Feed, FeedState
from digest.model.errors import DigestError
from digest.services.database import Database, open_database
from digest.store import FeedStore, Store, database_exists, lock, open_store

if TYPE_CHECKING:
    from digest.flows.trial import Trial

_COMPARED = timedelta(days=7)  # of stored articles
_BACKGROUND_EDITIONS = 30


@contextmanager
def existing_database(settings: Settings) -> Iterator[Database | None]:
    """The database, or None before the first run: looking at feeds creates nothing."""
    if not database_exists(settings.place):
        yield None
        return
    with open_database(settings) as database:
        yield database


def move_feed(settings: Settings, url: str, new_url: str) -> int:
    """Give a feed another URL in the database; how many articles went with it.

    DigestError where the new URL has articles of its own, or another digest is at work.
    """
    if not database_exists(settings.place):
        return 0
    with lock(settings.place), open_database(settings) as database:
        try:
            return database.feeds.move(url, new_url)
        except ValueError as error:
            raise DigestError(f"{new_url}: {error}") from None


def feed_rows(settings: Settings, store: Store | None, now: datetime) -> tuple[FeedRow, ...]:
    """The feeds of a configuration as they are now, in its order."""
    urls = [feed.url for feed in settings.feeds]
    seen = FeedStore(store.engine).statistics(urls, now) if store else {}
    return _rows(settings.feeds, store, seen, now)


def checked_rows(feeds: Iterable[Feed], store: Store, now: datetime) -> tuple[FeedRow, ...]:
    """Feeds with their health, but without what their articles show.

    That takes three queries a feed, and says something of health only where a feed has had nothing
    new for days: a feed without that has blank statistics.
    """
    feeds = tuple(feeds)
    stored = FeedStore(store.engine)
    quiet = stored.without_news([feed.url for feed in feeds], now - SILENT_AT_LEAST)
    return _rows(feeds, store, stored.statistics(quiet, now), now)


def _rows(
    feeds: Sequence[Feed], store: Store | None, seen: Mapping[str, FeedStatistics], now: datetime
) -> tuple[FeedRow, ...]:
    states = store.feed_states([feed.url for feed in feeds]) if store else {}
    rows = []
    for feed in feeds:
        state = states.get(feed.url, FeedState(url=feed.url))
        statistics = seen.get(feed.url, FeedStatistics())
        rows.append(
            FeedRow(
                feed=feed,
                name=outlet_of(feed, state),
                state=state,
                seen=statistics,
                health=health(feed, state, statistics, now),
            )
        )
    return tuple(rows)


async def try_feeds(
    settings: Settings,
    store: Store | None,
    feeds: Sequence[Feed],
    *,
    clock: Callable[[], datetime],
    allowed: Sequence[Allowance] = (),
    most_pages: int = 20,
    through: Callable[[Http], Http] = lambda http: http,
) -> tuple[Trial, ...]:
    """Fetch feeds once and say what they would yield; nothing is stored.

    `through` is given the HTTP client and returns what is asked in its place.
    """
    from digest.flows.trial import FeedTrial  # noqa: PLC0415 -- the analysis: half a second

    stored: Sequence[Article] = ()
    terms: Sequence[bytes] = ()
    if store is not None:
        now = clock()
        first = (now - _COMPARED).date().isoformat()
        after = (now + timedelta(days=2)).date().isoformat()
        urls = {feed.url for feed in settings.feeds if feed.enabled}
        recent = (*store.articles_between(first, after), *store.articles_for(after))
        stored = [article for article in recent if article.feed_url in urls]
        terms = store.terms_before(after, _BACKGROUND_EDITIONS)
    async with _network(settings, store, clock, allowed, through) as (http, workers, pages):
        trial = FeedTrial(
            settings=settings,
            http=http,
            workers=workers,
            pages=pages,
            clock=clock,
            stored=stored,
            terms=terms,
            most_pages=most_pages,
        )
        return await trial.run(feeds)


@asynccontextmanager
async def _network(
    settings: Settings,
    store: Store | None,
    clock: Callable[[], datetime],
    allowed: Sequence[Allowance],
    through: Callable[[Http], Http],
) -> AsyncIterator[tuple[Http, WorkerPool, flows.PageReader]]:
    limits = settings.fetch
    pool = WorkerPool(
        limits.workers, timeout=limits.worker_timeout, memory_mb=limits.worker_memory_mb
    )
    with ExitStack() as stack:
        if store is None:  # before the first run: one that is gone afterwards
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="digest-"))
            store = stack.enter_context(closing(open_store(Path(folder) / "digest.db")))
        thread = stack.enter_context(StoreThread(store))
        client = fetch.HttpClient(limits, Guard(tuple(allowed)), clock=clock)
        async with client, pool as workers:
            http = through(client)
            robots = flows.Robots(
                http=http, workers=workers, store=thread, clock=clock, user_agent=limits.agent
            )
            pages = flows.PageReader(
                http=http,
                workers=workers,
                robots=robots,
                clock=clock,
                max_bytes=int(limits.max_page_mb * 1_000_000),
            )
            yield http, workers, pages
