"""What is remembered of feeds for their operator: articles in numbers, last polls, conditions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from digest.feeds.health import FeedStatistics
from digest.feeds.identity import keys_of
from digest.model import Entry, Feed
from digest.model.records import PollLog, StoredEntry
from digest.store.schema import articles, conditions, entry_keys, feeds, polls
from digest.store.statements import chunks, reader, rows_in

_RECENT = timedelta(days=30)
_SEEN = articles.c.first_seen_at


class FeedStore:
    """Queries on feeds; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)

    def statistics(self, urls: Collection[str], now: datetime) -> dict[str, FeedStatistics]:
        """What the stored articles of feeds show, by URL; nothing for a feed without news."""
        last = (
            select(_SEEN)
            .where(articles.c.feed_url == feeds.c.url, articles.c.offered)
            .order_by(_SEEN.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(feeds.c.url, last.label("newest"))
        with self._reader.begin() as connection:
            newest = list(rows_in(connection, query, feeds.c.url, sorted(urls)))
            return {
                row.url: _statistics(connection, row.url, row.newest, now)
                for row in newest
                if row.newest is not None
            }

    def without_news(self, urls: Collection[str], since: datetime) -> set[str]:
        """Those of the feeds that have brought no news since a time."""
        news = exists().where(articles.c.feed_url == feeds.c.url, _SEEN > since, articles.c.offered)
        query = select(feeds.c.url).where(~news)
        with self._reader.begin() as connection:
            return {row.url for row in rows_in(connection, query, feeds.c.url, sorted(urls))}

    def per_day(
        self, urls: Sequence[str], now: datetime, days: int = 30
    ) -> dict[str, tuple[int, ...]]:
        """How many entries each feed published on each of the last days (UTC), today's last.

        An entry without a date counts for the day on which it was seen.
        """
        first = (now - timedelta(days=days - 1)).date()
        day = func.date(case((articles.c.dated, articles.c.published_at), else_=_SEEN))
        query = (
            select(articles.c.feed_url, day.label("day"), func.count().label("number"))
            .where(_SEEN >= datetime.combine(first, time(), UTC))
            .group_by(articles.c.feed_url, day)
        )
        counts = {url: [0] * days for url in urls}
        with self._reader.begin() as connection:
            for row in rows_in(connection, query, articles.c.feed_url, list(urls)):
                place = (date.fromisoformat(str(row.day)) - first).days
                if 0 <= place < days:
                    counts[row.feed_url][place] += row.number
        return {url: tuple(numbers) for url, numbers in counts.items()}

    def polls(self, url: str, limit: int) -> tuple[PollLog, ...]:
        """The last polls of a feed, the newest first."""
        query = select(polls).where(polls.c.feed_url == url).order_by(polls.c.at.desc())
        with self._reader.begin() as connection:
            return tuple(
                PollLog(
                    at=row.at,
                    outcome=row.outcome,
                    new=row.new,
                    edited=row.edited,
                    dropped=row.dropped,
                    reason=row.reason,
                )
                for row in connection.execute(query.limit(limit))
            )

    def entries(
        self, url: str | None, limit: int, *, dropped: bool = False
    ) -> tuple[StoredEntry, ...]:
        """The last entries of a feed (or of all), the newest first; only `dropped` ones or all."""
        query = select(articles, func.length(articles.c.text).label("characters")).order_by(
            articles.c.first_seen_at.desc(), articles.c.published_at.desc(), articles.c.id
        )
        if url is not None:
            query = query.where(articles.c.feed_url == url)
        if dropped:
            query = query.where(articles.c.dropped.is_not(None))
        with self._reader.begin() as connection:
            return tuple(
                StoredEntry(
                    id=row.id,
                    url=row.url,
                    title=row.title,
                    published_at=row.published_at,
                    first_seen_at=row.first_seen_at,
                    text_length=row.characters,
                    text_note=row.text_note,
                    dropped=row.dropped,
                    offered=row.offered,
                    edition=row.edition,
                )
                for row in connection.execute(query.limit(limit))
            )

    def dropped(self, name: str) -> tuple[str, str] | None:
        """The feed of a dropped article (by id or address), and what dropped it."""
        query = select(articles.c.feed_url, articles.c.dropped).where(
            (articles.c.id == name) | (articles.c.url == name), articles.c.dropped.is_not(None)
        )
        with self._reader.begin() as connection:
            row = connection.execute(query.limit(1)).first()
        return (row.feed_url, row.dropped) if row else None

    def move(self, old: str, new: str) -> int:
        """Give a feed another URL, its articles with it; how many they are.

        What the feed shows under the new URL is known by the same ids as before. ValueError
        where the new URL has articles of its own.
        """
        with self._engine.begin() as connection:
            row = connection.execute(select(feeds).where(feeds.c.url == old)).mappings().first()
            if row is None:
                return 0
            if connection.scalar(select(func.count()).where(articles.c.feed_url == new)):
                raise ValueError("has articles of its own already; remove one of the two instead")
            # What a server said of the old address says nothing about the new one.
            fresh = dict(row) | dict.fromkeys(
                ("etag", "last_modified", "not_before", "address", "hold", "error", "due_at",
                 "move_url", "move_since", "move_times", "failing_since", "full_at")
            ) | {"url": new, "failures": 0}  # fmt: skip
            connection.execute(delete(feeds).where(feeds.c.url == new))
            connection.execute(insert(feeds).values(fresh))
            _rekey(connection, old, new)
            moved = connection.execute(
                update(articles).where(articles.c.feed_url == old).values(feed_url=new)
            ).rowcount
            for table in (polls, conditions):
                connection.execute(delete(table).where(table.c.feed_url == new))
                connection.execute(
                    update(table).where(table.c.feed_url == old).values(feed_url=new)
                )
            connection.execute(delete(feeds).where(feeds.c.url == old))
            return moved

    # --- in a copy of the database, for editions that are built again ----------------------------

    def rename(self, named: Sequence[tuple[Feed, str]]) -> None:
        """Give known feeds the outlet, section and newsroom of a configuration."""
        with self._engine.begin() as connection:
            for feed, outlet in named:
                values = {"outlet": outlet, "section": feed.section, "newsroom": feed.group}
                connection.execute(update(feeds).where(feeds.c.url == feed.url).values(values))

    def leave_out_others(self, urls: Collection[str]) -> None:
        """Leave out the articles of all other feeds, and those that no edition has yet."""
        others = or_(articles.c.feed_url.not_in(list(urls)), articles.c.edition.is_(None))
        with self._engine.begin() as connection:
            connection.execute(update(articles).where(others).values(edition=None, offered=False))

    def leave_out(self, ids: Sequence[str]) -> None:
        """Leave out articles."""
        with self._engine.begin() as connection:
            for chunk in chunks(ids):
                connection.execute(
                    update(articles)
                    .where(articles.c.id.in_(chunk))
                    .values(edition=None, offered=False)
                )


def _statistics(connection: Connection, url: str, last: datetime, now: datetime) -> FeedStatistics:
    since = last - _RECENT
    window = and_(articles.c.feed_url == url, articles.c.first_seen_at > since)
    taken = and_(window, articles.c.offered)
    full = and_(articles.c.text_note.is_(None), articles.c.text != "")
    row = connection.execute(
        select(
            func.count().label("recent"),
            func.sum(case((full, 1), else_=0)).label("full"),
            func.min(articles.c.published_at).label("oldest"),
            func.max(articles.c.published_at).label("newest"),
        ).where(taken)
    ).one()
    notes = connection.execute(
        select(articles.c.text_note, func.count().label("number"))
        .where(taken, articles.c.text_note.is_not(None))
        .group_by(articles.c.text_note)
        .order_by(func.count().desc(), articles.c.text_note)
        .limit(5)
    )
    dropped = connection.scalar(
        select(func.count()).where(
            articles.c.feed_url == url,
            articles.c.first_seen_at > now - _RECENT,
            articles.c.dropped.is_not(None),
        )
    )
    # What a feed showed at its first poll reaches back further than the window.
    oldest = max(row.oldest, since) if row.oldest else last
    return FeedStatistics(
        last_new=last,
        recent=row.recent,
        full=row.full or 0,
        span=max((row.newest or last) - oldest, timedelta()),
        dropped=dropped or 0,
        notes=tuple((note.text_note, note.number) for note in notes),
    )


def _rekey(connection: Connection, old: str, new: str) -> None:
    """Know the articles of a feed by the keys that its new URL gives them, too."""
    rows = connection.execute(select(articles).where(articles.c.feed_url == old))
    learnt: dict[bytes, str] = {}
    for row in rows:
        entry = Entry(
            raw_id=row.raw_id,
            url=row.url,
            title=row.title,
            published_at=row.published_at if row.dated else None,
        )
        for key in keys_of(new, entry):
            if key.kind != "content":  # what the entry said is not kept word for word
                learnt.setdefault(key.digest, row.id)
    if learnt:
        connection.execute(
            insert(entry_keys).on_conflict_do_nothing(),
            [{"key": key, "article_id": article} for key, article in learnt.items()],
        )
