"""Values to rows and back."""

from __future__ import annotations

from sys import intern
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, Update, and_, case, select, update

from digest.model import Article, FeedState, Hold, Move, Rhythm, Validators
from digest.model.records import Edit, NewArticle
from digest.store.schema import articles, feeds

_RHYTHM = TypeAdapter(Rhythm)
_MAX_EDITS = 24  # more change nothing: such an entry may have a clock in its text
_SAME = (
    "url", "title", "language", "polled_at", "read_at", "full_at", "due_at", "not_before",
    "failures", "failing_since", "error", "address",
)  # fmt: skip
_ARTICLE_COLUMNS = (
    "id", "feed_url", "url", "title", "text", "author", "language", "image", "paywalled",
    "published_at", "dated", "first_seen_at", "text_source", "text_note",
)  # fmt: skip


def feed_state(row: Row[Any]) -> FeedState:
    """The state in a row of the feeds table."""
    move = None
    if row.move_url is not None:
        move = Move(url=row.move_url, since=row.move_since, times=row.move_times)
    return FeedState(
        **{name: getattr(row, name) for name in _SAME},
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        rhythm=_RHYTHM.validate_json(row.rhythm) if row.rhythm else Rhythm(),
        move=move,
        hold=Hold(row.hold) if row.hold else None,
    )


def feed_row(state: FeedState) -> dict[str, Any]:
    """The columns of a state."""
    return {name: getattr(state, name) for name in _SAME} | {
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "rhythm": _RHYTHM.dump_json(state.rhythm).decode(),
        "move_url": state.move.url if state.move else None,
        "move_since": state.move.since if state.move else None,
        "move_times": state.move.times if state.move else None,
        "hold": state.hold.value if state.hold else None,
    }


def edited(edit: Edit) -> Update:
    """Record a changed entry; its article follows until an edition has it."""
    table = articles.c
    open_to_change = and_(table.edition.is_(None), table.edits < _MAX_EDITS)
    own_text = and_(open_to_change, table.text_source == "feed")
    return (
        update(articles)
        .where(table.id == edit.article)
        .values(
            content_hash=edit.content_hash,
            edits=table.edits + 1,
            title=case((open_to_change, edit.title), else_=table.title),
            text=case((own_text, edit.text), else_=table.text),
        )
    )


def article_query(*more: Any) -> Select[Any]:
    """Articles with outlet, section and newsroom of their feeds, and `more` columns."""
    columns = [articles.c[name] for name in (*_ARTICLE_COLUMNS, "labels")]
    return select(*columns, feeds.c.outlet, feeds.c.section, feeds.c.newsroom, *more).join(feeds)


def article_of(row: Row[Any]) -> Article:
    """The article in a row of `article_query`."""
    fields = {name: getattr(row, name) for name in _ARTICLE_COLUMNS}
    # One string for all articles of a feed: a window has tens of thousands of articles.
    for name in ("feed_url", "language", "text_source"):
        fields[name] = intern(fields[name])
    return Article(
        **fields,
        outlet=intern(row.outlet),
        section=intern(row.section),
        newsroom=row.newsroom and intern(row.newsroom),
        labels=tuple(row.labels.splitlines()) if row.labels else (),
    )


def article_row(new: NewArticle) -> dict[str, Any]:
    """The columns of an article and of its page's next try."""
    row = {name: getattr(new.article, name) for name in _ARTICLE_COLUMNS}
    return row | {
        "labels": "\n".join(new.article.labels) or None,
        "raw_id": new.raw_id,
        "content_hash": new.content_hash,
        "page_tries": new.page.tries if new.page else 0,
        "page_retry_at": new.page.at if new.page else None,
        "offered": new.offered,
        "dropped": new.dropped,
    }
