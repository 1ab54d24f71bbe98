"""Queries on feeds, articles and editions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter, itemgetter

from sqlalchemy import Engine, and_, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from digest.model import Article, FeedState, Hold
from digest.model.errors import Overtaken
from digest.model.records import (
    KnownArticle,
    NewArticle,
    PageRetry,
    PendingPage,
    PollResult,
)
from digest.store.edition_store import EditionQueries
from digest.store.planning import may_be_due
from digest.store.poll_step import log_polls, save_keys, write_feeds
from digest.store.rows import (
    article_of,
    article_query,
    article_row,
    edited,
    feed_row,
    feed_state,
)
from digest.store.schema import articles, entry_keys, feeds, robots, signatures
from digest.store.statements import chunks, reason_of, rows_in, upsert

_KNOWN = select(
    entry_keys.c.key,
    articles.c.id,
    articles.c.feed_url,
    articles.c.raw_id,
    articles.c.url,
    articles.c.title,
    articles.c.published_at,
    articles.c.dated,
    articles.c.content_hash,
).join(articles)


class Store(EditionQueries):
    """The store of collect and build; each method is one transaction."""

    @property
    def engine(self) -> Engine:
        """For the other classes on this database, such as `Outbox`."""
        return self._engine

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # --- collect ------------------------------------------------------------------------------

    def feed_states(self, urls: Collection[str]) -> dict[str, FeedState]:
        """The state of each feed; blank for one that was never polled."""
        states = {url: FeedState(url=url) for url in urls}
        with self._reader.begin() as connection:
            for row in rows_in(connection, select(feeds), feeds.c.url, sorted(states)):
                states[row.url] = feed_state(row)
        return states

    def due_states(self, urls: Collection[str], now: datetime) -> dict[str, FeedState]:
        """The states of those feeds that may be due; blank for one that was never polled.

        `is_due` decides. A feed that is gone is among them, and all that were polled later than
        `now`, where the clock has gone back.
        """
        query = select(feeds).where(or_(may_be_due(now), feeds.c.hold == Hold.GONE.value))
        wanted = set(urls)
        with self._reader.begin() as connection:
            states = {
                row.url: feed_state(row) for row in connection.execute(query) if row.url in wanted
            }
            known = connection.scalars(select(feeds.c.url))
            return states | {url: FeedState(url=url) for url in wanted.difference(known)}

    def last_read(self) -> dict[str, FeedState]:
        """The feed that was read last, by its URL; empty where none was."""
        query = select(feeds).where(feeds.c.read_at.is_not(None)).order_by(feeds.c.read_at.desc())
        with self._reader.begin() as connection:
            return {row.url: feed_state(row) for row in connection.execute(query.limit(1))}

    def poll_by(self, urls: Collection[str], at: datetime) -> None:
        """Let feeds be due at a time at the latest."""
        with self._engine.begin() as connection:
            for chunk in chunks(sorted(urls)):
                connection.execute(
                    update(feeds)
                    .where(feeds.c.url.in_(chunk), feeds.c.due_at > at)
                    .values(due_at=at)
                )

    def known(self, keys: Collection[bytes]) -> dict[bytes, KnownArticle]:
        """The articles of those key digests that are stored."""
        if not keys:
            return {}
        with self._reader.begin() as connection:
            return {
                row.key: KnownArticle(
                    article=row.id,
                    feed_url=row.feed_url,
                    raw_id=row.raw_id,
                    url=row.url,
                    title=row.title,
                    published_at=row.published_at if row.dated else None,
                    content_hash=row.content_hash,
                )
                for row in rows_in(connection, _KNOWN, entry_keys.c.key, sorted(keys))
            }

    def taken(self, ids: Collection[str]) -> set[str]:
        """Those of the article ids that are in use."""
        with self._reader.begin() as connection:
            query = select(articles.c.id)
            return {row.id for row in rows_in(connection, query, articles.c.id, sorted(ids))}

    def taken_since(self, feed_url: str, since: datetime) -> int:
        """How many articles of a feed were taken since a time."""
        query = select(func.count()).where(
            articles.c.feed_url == feed_url,
            articles.c.first_seen_at >= since,
            articles.c.offered,
        )
        with self._reader.begin() as connection:
            return connection.scalar(query) or 0

    def save_poll(self, *polls: PollResult) -> tuple[PollResult, ...]:
        """Store everything that each poll brought, or nothing of it; returns those stored.

        Nothing is stored of a poll whose feed was polled by another process since it began.
        Raises Overtaken where another process has stored, since they were judged, what they call
        new. Processes may store polls at the same time: all touch rows in the same order, so that
        none waits for another that waits for it.
        """
        polls = tuple(sorted(polls, key=lambda poll: poll.feed.url))
        if self._saved(polls):
            return polls
        if len(polls) == 1:
            return ()
        return tuple(poll for poll in polls if self._saved((poll,)))

    def _saved(self, polls: tuple[PollResult, ...]) -> bool:
        """Store all of the polls; False, with nothing stored, where one came too late."""
        new = [article_row(article) for poll in polls for article in poll.new]
        edits = [edit for poll in polls for edit in poll.edits]
        keys = [pair for poll in polls for pair in poll.keys]
        with self._together.connect() as connection, connection.begin() as transaction:
            if not write_feeds(connection, polls):
                transaction.rollback()
                return False
            log_polls(connection, polls)
            if new:
                new.sort(key=itemgetter("id"))
                try:
                    connection.execute(insert(articles), new)
                except IntegrityError as error:
                    raise Overtaken(f"an article that was new: {reason_of(error)}") from error
            for edit in sorted(edits, key=attrgetter("article")):
                connection.execute(edited(edit))
            if keys:
                save_keys(connection, keys, {key for poll in polls for key in poll.fresh})
        return True

    def robots(self, origins: Collection[str], now: datetime) -> dict[str, str | None]:
        """The robots.txt of those origins that are still valid; None for one not available."""
        query = select(robots.c.origin, robots.c.rules).where(robots.c.good_until > now)
        with self._reader.begin() as connection:
            rows = rows_in(connection, query, robots.c.origin, sorted(origins))
            return {row.origin: row.rules for row in rows}

    def save_robots(self, found: Mapping[str, tuple[str | None, datetime]]) -> None:
        """Store robots.txt files: by origin, their rules and until when they are valid."""
        rows = [
            {"origin": origin, "rules": rules, "good_until": until}
            for origin, (rules, until) in found.items()
        ]
        rows.sort(key=itemgetter("origin"))
        with self._together.begin() as connection:
            upsert(connection, robots, rows)

    def resume(self, url: str) -> bool:
        """Poll a stopped or held feed again, as if it were new; False if this URL is none."""
        fresh = FeedState(url=url)
        with self._engine.begin() as connection:
            found = connection.execute(
                update(feeds)
                .where(feeds.c.url == url, feeds.c.hold.is_not(None))
                .values({k: v for k, v in feed_row(fresh).items() if k != "url"})
            )
            return found.rowcount == 1

    def drop_texts(self, before: datetime) -> int:
        """Drop the texts of articles first seen before a time that no edition will use any more.

        Returns how many. Their keys stay, so that a feed which still lists them adds nothing.
        """
        unused = or_(articles.c.edition.is_not(None), articles.c.offered.is_(False))
        with self._engine.begin() as connection:
            # Written as in the index of articles with a text, or SQLite does not use it.
            has_text = articles.c.text != literal_column("''")
            old = and_(articles.c.first_seen_at < before, has_text, unused)
            return connection.execute(update(articles).where(old).values(text="")).rowcount

    def pending_pages(
        self, now: datetime, of: Collection[str] | None = None
    ) -> tuple[PendingPage, ...]:
        """Articles (`of` these feeds) whose page is to be tried again by now, longest due first."""
        query = (
            article_query(articles.c.page_tries)
            .where(articles.c.page_retry_at <= now)
            .order_by(articles.c.page_retry_at, articles.c.id)  # by id alone all would be scanned
        )
        if of is not None:
            query = query.where(articles.c.feed_url.in_(sorted(of)))
        with self._reader.begin() as connection:
            return tuple(
                PendingPage(article=article_of(row), tries=row.page_tries)
                for row in connection.execute(query)
            )

    def save_page(self, article: Article, retry: PageRetry | None) -> None:
        """Store another try at the page of an article that no edition has taken in."""
        row = article_row(NewArticle(article=article, raw_id=None, content_hash="", page=retry))
        for column in (
            "id",
            "raw_id",
            "content_hash",
            "feed_url",
            "first_seen_at",
            "offered",
            "dropped",
        ):
            del row[column]
        with self._together.begin() as connection:
            connection.execute(
                update(articles)
                .where(articles.c.id == article.id, articles.c.edition.is_(None))
                .values(row)
            )

    # --- build --------------------------------------------------------------------------------

    def articles_for(self, edition: str) -> tuple[Article, ...]:
        """Articles that no other edition has taken in, by the time they were first seen."""
        query = (
            article_query()
            .where(
                articles.c.offered,
                or_(articles.c.edition.is_(None), articles.c.edition == edition),
            )
            .order_by(articles.c.first_seen_at, articles.c.id)
        )
        with self._reader.begin() as connection:
            return tuple(article_of(row) for row in connection.execute(query))

    def articles_between(self, first: str, before: str) -> tuple[Article, ...]:
        """Articles that editions in [first, before) have taken in, first seen first."""
        query = (
            article_query()
            .where(articles.c.edition >= first, articles.c.edition < before)
            .order_by(articles.c.first_seen_at, articles.c.id)
        )
        with self._reader.begin() as connection:
            return tuple(article_of(row) for row in connection.execute(query))

    def articles(self, ids: Collection[str]) -> tuple[Article, ...]:
        """Those of the articles that are stored, in order of their ids."""
        with self._reader.begin() as connection:
            rows = rows_in(connection, article_query(), articles.c.id, sorted(ids))
            return tuple(article_of(row) for row in rows)

    def signatures(self, ids: Collection[str]) -> dict[str, bytes]:
        """The signatures of those articles that have one stored."""
        with self._reader.begin() as connection:
            return {
                row.article_id: row.signature
                for row in rows_in(
                    connection, select(signatures), signatures.c.article_id, sorted(ids)
                )
            }
