"""JSON Feed 1.0 and 1.1 (jsonfeed.org) -> entries.

Read with a forgiving eye: a field of the wrong type counts as missing, and no field of an
item is required.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from digest.feeds.parse.dates import parse_date
from digest.feeds.parse.fields import ENTRY_LIMIT, identifier, primary_language, web_url
from digest.feeds.parse.markup import body_text, html_to_text, one_line
from digest.model import Document, Entry, Failure, ParsedFeed

_CATEGORIES = 50  # of an entry that are read
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d+)?/?", re.IGNORECASE)


def parse_json(document: Document) -> ParsedFeed | Failure:
    """Read a JSON Feed; raises RecursionError on JSON nested too deep."""
    try:
        feed = _load(document.body)
    except ValueError as error:
        return Failure(reason=f"cannot be parsed: {error}"[:300])
    if not isinstance(feed, dict) or not _VERSION.fullmatch(_string(feed, "version").strip()):
        return Failure(reason="not a feed: JSON without the version of a JSON Feed")
    items = feed.get("items")
    if not isinstance(items, list):
        return Failure(reason="not a feed: a JSON Feed without a list of items")
    language = primary_language(_string(feed, "language"))
    author = _author(feed)
    return ParsedFeed(
        title=one_line(_string(feed, "title")) or None,
        entries=tuple(
            _entry(item, document.url, language, author)
            for item in items[:ENTRY_LIMIT]
            if isinstance(item, dict)
        ),
        language=language,
    )


class _Number(str):
    """A number as it is written: 1.10 and 1e400 stay themselves as an id."""

    __slots__ = ()


def _load(body: bytes) -> Any:
    try:
        text = body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    return json.loads(
        text.removeprefix("\ufeff"),
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
        strict=False,
    )


def _entry(
    item: dict[str, Any], feed_url: str, feed_language: str | None, feed_author: str | None
) -> Entry:
    raw_id = item.get("id")
    html, text = _string(item, "content_html"), _string(item, "content_text")
    return Entry(
        raw_id=identifier(raw_id) if isinstance(raw_id, str) else None,
        url=web_url(_string(item, "url"), feed_url)
        or web_url(_string(item, "external_url"), feed_url),
        title=one_line(_string(item, "title")),
        summary=body_text(_string(item, "summary"), is_html=False),
        content=html_to_text(html) if html else body_text(text, is_html=False),
        published_at=parse_date(_string(item, "date_published")),
        updated_at=parse_date(_string(item, "date_modified")),
        author=_author(item) or feed_author,
        language=primary_language(_string(item, "language")) or feed_language,
        categories=_categories(item),
    )


def _categories(item: dict[str, Any]) -> tuple[str, ...]:
    tags = item.get("tags")
    words = (
        (one_line(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    )
    return tuple(islice(dict.fromkeys(word for word in words if word), _CATEGORIES))


def _string(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) and not isinstance(value, _Number) else ""


def _author(item: dict[str, Any]) -> str | None:
    """The names in `authors` (1.1), or that in `author` (1.0)."""
    authors = item.get("authors")
    people = authors if isinstance(authors, list) and authors else [item.get("author")]
    names = (one_line(_string(person, "name")) for person in people if isinstance(person, dict))
    return ", ".join(name for name in dict.fromkeys(names) if name) or None
