from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.parse import parse
from digest.model import Document, Entry, Failure, ParsedFeed

URL = "https://news.test/feeds/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def _parse(body: bytes) -> ParsedFeed | Failure:
    return parse(Document(url=URL, body=body, content_type="text/html"))


def _feed(feed: dict[str, Any]) -> ParsedFeed:
    parsed = _parse(json.dumps({"version": VERSION, "items": []} | feed).encode())
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def _item(**fields: Any) -> Entry:
    (entry,) = _feed({"items": [fields]}).entries
    return entry


def test_an_item_is_read_whole() -> None:
    """Every field of an item arrives as plain text, with its link absolute."""
    item = {
        "id": "https://news.test/1#x",
        "url": "/2026/ferry",
        "title": "Ferry &amp; train",
        "content_html": "<p>One</p><p>Two</p>",
        "content_text": "unused",
        "summary": "Short.",
        "date_published": "2026-11-20T08:30:00+01:00",
        "date_modified": "2026-11-20T10:00:00Z",
        "authors": [{"name": "Ada"}, {"name": "Ben"}, {"url": "https://c.test"}],
        "language": "pt-BR",
    }
    expected = Entry(
        raw_id="https://news.test/1#x",
        url="https://news.test/2026/ferry",
        title="Ferry & train",
        summary="Short.",
        content="One\nTwo",
        published_at=datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
        updated_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        author="Ada, Ben",
        language="pt",
    )
    feed = {"title": "Harbour", "language": "en-GB", "items": [item]}
    assert ParsedFeed(title="Harbour", language="en", entries=(expected,)) == _feed(feed)


@pytest.mark.parametrize(
    "version",
    [
        "https://jsonfeed.org/version/1",
        "http://jsonfeed.org/version/1.0",
        "https://jsonfeed.org/version/1.1/",
        "https://www.jsonfeed.org/version/1.1",
        " https://jsonfeed.org/version/1 ",
    ],
)
def test_versions_are_read_as_they_are_written(version: str) -> None:
    """Version 1 in each of its spellings is a feed, with or without entries."""
    assert ParsedFeed(title=None, entries=()) == _feed({"version": version})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "not a feed: JSON without the version of a JSON Feed"),
        (b"[1, 2]", "not a feed: JSON without the version of a JSON Feed"),
        (b'{"version": 2, "items": []}', "not a feed: JSON without the version of a JSON Feed"),
        (
            b'{"version": "https://jsonfeed.org/version/1"}',
            "not a feed: a JSON Feed without a list of items",
        ),
        (
            b'{"version": "https',
            "cannot be parsed: Unterminated string starting at: line 1 column 13 (char 12)",
        ),
    ],
)
def test_json_that_is_no_feed_is_named(body: bytes, reason: str) -> None:
    """A Failure says what is missing."""
    assert Failure(reason=reason) == _parse(body)


@pytest.mark.parametrize(
    ("literal", "raw_id"),
    [
        ('"a b"', "a b"),
        ("17", "17"),
        ("1.10", "1.10"),
        ("1e400", "1e400"),
        ("9" * 5000, "9" * 5000),
        ("NaN", "NaN"),
        ("null", None),
        ("true", None),
        ('""', None),
        ('"\\ud800"', None),
        ('"x\\u0000y\\udfff"', "xy"),
        ("{}", None),
    ],
)
def test_an_id_is_kept_as_it_is_written(literal: str, raw_id: str | None) -> None:
    """A number is its digits; what is no string or number, or nothing printable, is no id."""
    feed = _parse(f'{{"version": "{VERSION}", "items": [{{"id": {literal}}}]}}'.encode())
    assert isinstance(feed, ParsedFeed)
    assert [raw_id] == [entry.raw_id for entry in feed.entries]


def test_the_external_url_stands_in_for_a_missing_one() -> None:
    """A link blog may name only the page it speaks of."""
    assert "https://other.test/" == _item(external_url="https://other.test/").url
    assert "https://a.test/" == _item(url="https://a.test/", external_url="https://b.test/").url
    assert None is _item(url="mailto:a@b.test", external_url=["https://b.test/"]).url


def test_the_author_of_version_1_and_the_feeds_author_count() -> None:
    """authors come before author, and an item without either is by the feed's author."""
    assert "Ada" == _item(author={"name": "Ada"}).author
    assert "Ben" == _item(author={"name": "Ada"}, authors=[{"name": "Ben"}]).author
    assert None is _item(authors="Ada", author=["Ada"]).author
    assert "Cy" == _feed({"authors": [{"name": "Cy"}], "items": [{}]}).entries[0].author


def test_plain_content_keeps_its_lines() -> None:
    """content_text is no HTML, unless it plainly is."""
    assert "a < b\nc" == _item(content_text="a < b\r\n\r\n  c ").content
    assert "a\nb" == _item(content_text="<p>a</p><p>b</p>").content


def test_items_of_the_wrong_shape_are_passed_over() -> None:
    """What is no object is no entry; fields of a wrong type are missing ones."""
    odd = {"title": ["x"], "url": 1, "date_published": {}, "content_html": None, "summary": []}
    entries = _feed({"items": [None, "x", 3, [], odd, {}]}).entries
    assert (Entry(raw_id=None, url=None, title=""),) * 2 == entries


def test_a_thousand_items_are_read() -> None:
    """The rest of a longer feed is cut."""
    assert 1000 == len(_feed({"items": [{}] * 1001}).entries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_comes_in_any_unicode(encoding: str) -> None:
    """With and without a byte order mark, after blank lines, and with raw line ends in strings."""
    body = f'\n {{"version": "{VERSION}", "title": "Čaj\n日本", "items": []}}'
    assert ParsedFeed(title="Čaj 日本", entries=()) == _parse(body.encode(encoding))


def test_a_broken_byte_spoils_one_character() -> None:
    """JSON that is not quite UTF-8 is read all the same."""
    body = f'{{"version": "{VERSION}", "title": "a?b", "items": []}}'.encode().replace(
        b"?", b"\xff"
    )
    assert ParsedFeed(title="a\ufffdb", entries=()) == _parse(body)


_KEYS = st.sampled_from(
    [
        "id",
        "url",
        "title",
        "author",
        "authors",
        "name",
        "content_html",
        "content_text",
        "summary",
        "language",
        "date_published",
        "date_modified",
        "external_url",
        "items",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_gives_entries_that_can_be_stored(items: Any) -> None:
    """Whatever the items hold, the result is a feed or a Failure, and encodes as UTF-8."""
    body = json.dumps({"version": VERSION, "items": items}).encode()
    repr(_parse(body)).encode()
    assert isinstance(_parse(body), ParsedFeed if isinstance(items, list) else Failure)


def test_tags_are_categories() -> None:
    """Those that are text, each once."""
    assert ("Opinion", "Ships") == _item(
        id="1", tags=["Opinion", "Ships", None, "Opinion"]
    ).categories
    assert () == _item(id="1", tags="Opinion").categories
