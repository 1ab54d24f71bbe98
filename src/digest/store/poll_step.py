"""What the transaction that stores polls writes: feeds, keys of articles, the log of polls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import Insert, insert

from digest.model.errors import Overtaken
from digest.model.records import PollResult
from digest.store.rows import feed_row
from digest.store.schema import Instant, entry_keys, feeds, polls
from digest.store.statements import rows_in, upsert, upserting

_KEPT_POLLS = 100  # of one feed
_COUNTED = {"preserve_rowcount": True}  # of an INSERT it is not kept otherwise


def write_feeds(connection: Connection, polls: Sequence[PollResult]) -> bool:
    """Write what is known of the feeds; False where one was polled since its poll began."""
    if unguarded := [_feed_row(poll) for poll in polls if poll.began is None]:
        upsert(connection, feeds, unguarded)
    guarded = [_feed_row(poll) | {"began": poll.began.polled_at} for poll in polls if poll.began]
    if not guarded:
        return True
    done = connection.execute(_feeds_as_read(), guarded, execution_options=_COUNTED)
    return done.rowcount == len(guarded)


@cache
def _feeds_as_read() -> Insert:
    return upserting(
        feeds,
        tuple(feeds.c.keys()),
        where=feeds.c.polled_at.is_not_distinct_from(bindparam("began", type_=Instant)),
    )


def _feed_row(poll: PollResult) -> dict[str, object]:
    shown = {"outlet": poll.outlet, "section": poll.feed.section, "newsroom": poll.feed.group}
    return shown | feed_row(poll.state)


_ADD_KEYS = insert(entry_keys).on_conflict_do_nothing()


def save_keys(
    connection: Connection, keys: Sequence[tuple[bytes, str]], fresh: Collection[bytes]
) -> None:
    """Store keys of articles; Overtaken where a fresh one has become another article's.

    The first article known by a key keeps it: a key that is used again for another article must
    not make the old one unknown.
    """
    owners: dict[bytes, str] = {}
    for key, article in keys:
        owners.setdefault(key, article)
    rows = [{"key": key, "article_id": owners[key]} for key in sorted(owners)]
    stored = connection.execute(_ADD_KEYS, rows, execution_options=_COUNTED)
    if stored.rowcount == len(rows):
        return  # all were nobody's
    expected = sorted(owners.keys() & fresh)
    for row in rows_in(connection, select(entry_keys), entry_keys.c.key, expected):
        if row.article_id != owners[row.key]:
            raise Overtaken("a key that was nobody's")


_KEPT = polls.alias()
_OLDEST_KEPT = (
    select(_KEPT.c.at)
    .where(_KEPT.c.feed_url == bindparam("feed"))
    .order_by(_KEPT.c.at.desc())
    .limit(1)
    .offset(_KEPT_POLLS - 1)
    .scalar_subquery()
)
_DROP_OLD_POLLS = delete(polls).where(
    polls.c.feed_url == bindparam("feed"), polls.c.at < _OLDEST_KEPT
)


def log_polls(connection: Connection, results: Sequence[PollResult]) -> None:
    """Note how polls went, in the transaction that stores what they brought."""
    rows = [_poll_row(poll) for poll in results if poll.state.polled_at is not None]
    if not rows:
        return
    upsert(connection, polls, rows)
    connection.execute(_DROP_OLD_POLLS, [{"feed": row["feed_url"]} for row in rows])


def _poll_row(poll: PollResult) -> dict[str, Any]:
    new = sum(article.dropped is None for article in poll.new)
    read = "read" if poll.new or poll.edits else "unchanged"
    return {
        "feed_url": poll.feed.url,
        "at": poll.state.polled_at,
        "outcome": "failed" if poll.state.error else read,
        "new": new,
        "edited": len(poll.edits),
        "dropped": len(poll.new) - new,
        "reason": poll.state.error,
    }
