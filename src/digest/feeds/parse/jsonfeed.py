"""JSON Feed 1.0 and 1.1 (jsonfeed.org) -> entries.

Read with a forgiving eye: a field of the wrong type counts as missing, and no field of an
item is required.
"""

from __future__ import annotations

import json
import re
from typing import Any

from digest.feeds.parse.boilerplate import without_boilerplate
from digest.feeds.parse.dates import parse_date
from digest.feeds.parse.fields import (
    ENTRY_LIMIT,
    categories,
    identifier,
    primary_language,
    web_url,
)
from digest.feeds.parse.markup import body_text, html_to_text, one_line, plain_text
from digest.model import Document, Entry, Failure, ParsedFeed

_VERSION = re.compile(r"(?:https?://(?:www\.)?jsonfeed\.org/version/)?1(?:\.\d+)?/?", re.IGNORECASE)
# Plain text may speak of tags; what begins and ends with one is HTML in the wrong field.
_HTML = re.compile(r"\s*<(?:p|div|h[1-6]|ul|ol|table|article)\b[^<>]*>.*</\w+>\s*\Z", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


def parse_json(document: Document) -> ParsedFeed | Failure:
    """Read a JSON Feed; raises RecursionError on JSON nested too deep."""
    try:
        feed = _load(document.body)
    except ValueError as error:
        return Failure(reason=f"cannot be parsed: {error}"[:300])
    items = feed.get("items") if isinstance(feed, dict) else None
    listed = isinstance(items, list) and any(map(_is_item, items))
    if not listed and not (isinstance(feed, dict) and _VERSION.fullmatch(_stated(feed, "version"))):
        return Failure(reason="not a feed: JSON without the version of a JSON Feed")
    if not isinstance(items, list):
        return Failure(reason="not a feed: a JSON Feed without a list of items")
    language = primary_language(_string(feed, "language"))
    author = _author(feed)
    title = one_line(_string(feed, "title"))
    entries = [
        _entry(item, document.url, language, author)
        for item in _newest(items)
        if isinstance(item, dict)
    ]
    return ParsedFeed(
        title=title or None, entries=without_boilerplate(entries, title), language=language
    )


def _newest(items: list[Any]) -> list[Any]:
    """At most 1,000 items: the first, unless the last is dated after them."""
    if len(items) <= ENTRY_LIMIT:
        return items
    first, last = (
        parse_date(_stated(item, "date_published")) if isinstance(item, dict) else None
        for item in (items[0], items[-1])
    )
    ascending = first is not None and last is not None and last > first
    return items[-ENTRY_LIMIT:] if ascending else items[:ENTRY_LIMIT]


class _Number(str):
    """A number as it is written: 1.10 and 1e400 stay themselves as an id."""

    __slots__ = ()


def _load(body: bytes) -> Any:
    try:
        text = body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")
    try:
        return _read(text)
    except ValueError:
        without = _TRAILING_COMMA.sub("", text)
        if without == text:
            raise
        return _read(without)


def _read(text: str) -> Any:
    return json.loads(
        text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False
    )


def _is_item(item: Any) -> bool:
    """Does this look like an item of a JSON Feed, though the feed names no version?"""
    fields = ("url", "external_url", "content_html", "content_text")
    return isinstance(item, dict) and any(_string(item, name) for name in fields)


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
        content=html_to_text(html or text) if html or _HTML.match(text) else plain_text(text),
        published_at=parse_date(_stated(item, "date_published")),
        updated_at=parse_date(_stated(item, "date_modified")),
        author=_author(item) or feed_author,
        language=primary_language(_string(item, "language")) or feed_language,
        categories=categories(tags if isinstance(tags := item.get("tags"), list) else ()),
    )


def _string(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) and not isinstance(value, _Number) else ""


def _stated(item: dict[str, Any], key: str) -> str:
    """A string, or a number as it is written."""
    value = item.get(key)
    return value.strip() if isinstance(value, str) else ""


def _author(item: dict[str, Any]) -> str | None:
    """The names in `authors` (1.1), or that in `author` (1.0); some write a name for a person."""
    authors = item.get("authors")
    people = authors if isinstance(authors, list) and authors else [item.get("author")]
    stated = (person if isinstance(person, dict) else {"name": person} for person in people)
    names = (one_line(_string(person, "name")) for person in stated)
    return ", ".join(name for name in dict.fromkeys(names) if name) or None
