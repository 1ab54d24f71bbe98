"""RSS, RDF and Atom -> entries, by feedparser."""

from __future__ import annotations

import codecs
import io
import re
from itertools import islice
from typing import Any

import feedparser
from feedparser.api import StrictFeedParser

from digest.feeds.parse.bounds import DEPTH_LIMIT, first_entries, too_deep, too_wide
from digest.feeds.parse.dates import parse_date
from digest.feeds.parse.fields import ENTRY_LIMIT, identifier, primary_language, web_url
from digest.feeds.parse.markup import body_text, one_line
from digest.model import Document, Entry, Failure, ParsedFeed, Rhythm

# feedparser resolves a relative atom:id or guid against xml:base. An id is an opaque string
# (RFC 4287, section 4.2.6.1) that must not change with the base, and this set, which its two
# parsers share, is the only switch.
StrictFeedParser.can_be_relative_uri.discard("id")

_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_SIGNATURES = (  # byte order marks, and the first "<" of UTF-16 without one
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_REFERENCE = re.compile(r"&#(x[0-9a-f]{1,4000}|\d{1,4000});?", re.IGNORECASE)
_ROOT = re.compile(
    r"""(?>[^<]+ | <\?.*?\?> | <!--.*?--> | <![^>]*>)*+
        <([a-z][\w:.-]*)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_HTML_ROOTS = {"html", "head", "body", "title", "meta"}
_FEED_ROOTS = {"rss", "feed", "rdf:rdf"}
_FEED_IN_PAGE = re.compile(rb"<(?:rss|feed|channel)[\s>]")  # a proxy or a CMS wrapped it
_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_CATEGORIES = 50  # of an entry that are read
_CHANNEL = 65_536  # bytes at the start of a feed in which its own statements are looked for
_SKIP_HOURS = re.compile(rb"<skipHours>([^!]{0,2000}?)</skipHours>", re.IGNORECASE)
_SKIP_DAYS = re.compile(rb"<skipDays>([^!]{0,2000}?)</skipDays>", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(2[0-4]|1\d|0?\d)\s*</hour>", re.IGNORECASE)
_WEEKDAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_DAY = re.compile(rb"<day>\s*(" + b"|".join(_WEEKDAYS) + rb")\s*</day>", re.IGNORECASE)
_PERIODS = {
    "hourly": 3600,
    "daily": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}


def parse_xml(document: Document) -> ParsedFeed | Failure:
    """Read an RSS, RDF or Atom document; may raise whatever feedparser raises."""
    head = document.body[:4096].replace(b"\0", b"").decode("latin-1")
    root = _ROOT.match(head)
    if root and root[1].lower() in _HTML_ROOTS and not _FEED_IN_PAGE.search(document.body):
        return Failure(reason="an HTML page, not a feed")
    body, content_type = _encoding(document)
    body = first_entries(body, root[1].lower().encode() if root else b"")
    if too_wide(body):
        return Failure(reason="cannot be parsed: a tag with more than 10,000 attributes")
    if too_deep(body):
        return Failure(reason=f"cannot be parsed: nested deeper than {DEPTH_LIMIT} elements")
    # A stream, never bytes or str: those feedparser would try to open as a path or a URL.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type, "content-location": document.url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.version:
        return Failure(reason=_no_feed(root[1].lower() if root else ""))
    feed = parsed.feed
    language = primary_language(_string(feed, "language"))
    # In Atom the feed's author wrote what names no other (RFC 4287, section 4.1.2).
    author = _author(feed) if parsed.version.startswith("atom") else None
    return ParsedFeed(
        title=_title(feed) or None,
        entries=tuple(
            _entry(item, document.url, language, author) for item in parsed.entries[:ENTRY_LIMIT]
        ),
        language=language,
        rhythm=_rhythm(feed, body),
    )


def _no_feed(root: str) -> str:
    if root in _HTML_ROOTS:
        return "an HTML page, not a feed"
    if root in _FEED_ROOTS:
        return f"cannot be parsed: nothing can be read in its <{root}>"
    return f"not a feed: its root element is <{root}>" if root else "not a feed: no XML element"


# --- which characters the bytes are -----------------------------------------------------------


def _encoding(document: Document) -> tuple[bytes, str]:
    """The body and the Content-Type to give feedparser, which believes the charset in it.

    UTF-8 that decodes is UTF-8 unless the document itself names another encoding; else the
    document's own word counts over the HTTP header, which is often a server's default.
    application/xml: for any other type feedparser would presume US-ASCII or Latin-1.
    """
    body = document.body
    signed = next((name for start, name in _SIGNATURES if body.startswith(start)), None)
    stated = _ENCODING.search(body[:200])
    text = body.decode(signed, "replace") if signed else None
    if text is None and (stated is None or _names_utf8(stated[1])):
        text = _utf8(body)
    named = stated[1].decode("ascii", "replace") if stated else document.charset
    if text is None and named:
        text = _decoded(body, named)
    if text is None:
        return body, "application/xml"  # feedparser guesses
    # A declaration after blank lines would be ill-formed.
    return _repaired(text.lstrip()).encode(), "application/xml; charset=utf-8"


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (LookupError, ValueError):
        return None


def _utf8(body: bytes) -> str | None:
    """The body if it is UTF-8, a few broken bytes aside; None if it is something else.

    ISO-2022 would decode as UTF-8 too; its escape sequences give it away.
    """
    if b"\x1b$" in body or b"\x1b(" in body:
        return None
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return None if broken and broken * 10 > len(text.encode()) - len(text) else text


def _repaired(text: str) -> str:
    """The text without character references that name no character of XML.

    They would end the strict parser's work and raise in the loose one. Two that are the
    halves of one character, as emoji are often written, become that character.
    """
    text = _REFERENCE.sub(_checked_reference, text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _checked_reference(reference: re.Match[str]) -> str:
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    if 0xD800 <= number <= 0xDFFF:
        return chr(number)
    valid = number in {9, 10, 13} or 0x20 <= number <= 0x10FFFF
    return reference[0] if valid else ""


def _names_utf8(name: bytes) -> bool:
    try:
        return codecs.lookup(name.decode("ascii", "replace")).name in {"utf-8", "ascii"}
    except LookupError:
        return True  # no encoding at all contradicts nothing


# --- feedparser's dictionaries -> our types ---------------------------------------------------


def _entry(item: Any, feed_url: str, feed_language: str | None, feed_author: str | None) -> Entry:
    summary, content = _texts(item)
    language = primary_language(_string(item, "language") or _stated_language(item))
    return Entry(
        raw_id=identifier(_string(item, "id")),
        url=_url(item, feed_url),
        title=_title(item),
        summary=summary,
        content=content,
        published_at=parse_date(_string(item, "published") or _string(item, "created")),
        # Without this test feedparser would answer with the date of publication.
        updated_at=parse_date(_string(item, "updated")) if "updated" in item else None,
        author=_author(item) or feed_author,
        language=language or feed_language,
        categories=_categories(item),
    )


def _categories(item: Any) -> tuple[str, ...]:
    """The labels of an entry's categories, their terms where they have none."""
    tags = (one_line(_string(tag, "label") or _string(tag, "term")) for tag in item.get("tags", ()))
    return tuple(islice(dict.fromkeys(tag for tag in tags if tag), _CATEGORIES))


def _string(item: Any, key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _title(item: Any) -> str:
    kind = (item.get("title_detail") or {}).get("type")
    return one_line(_string(item, "title"), is_html=kind in _HTML_TYPES)


def _texts(item: Any) -> tuple[str, str]:
    """Summary and content. feedparser repeats a lone content as the summary; we do not."""
    bodies = [
        part
        for part in item.get("content") or ()
        if part.get("type", "text/html") in {"text/plain", *_HTML_TYPES}
    ]
    longest = max(bodies, key=lambda part: len(part["value"]), default={"value": ""})
    summary = _string(item, "summary")
    if any(summary == part["value"] for part in bodies):
        summary = ""
    kind = (item.get("summary_detail") or {}).get("type", "text/html")
    return (
        body_text(summary, is_html=kind in _HTML_TYPES),
        body_text(longest["value"], is_html=longest.get("type") in _HTML_TYPES),
    )


def _url(item: Any, feed_url: str) -> str | None:
    """The first alternate link, HTML before other types, else what feedparser takes for one.

    That may be a guid. Links come resolved from feedparser, guids do not: a guid that is a
    path is a link all the same, one that is a mere word is none.
    """
    links = [link for link in item.get("links") or () if link.get("href")]
    alternates = [link for link in links if link.get("rel") == "alternate"]
    alternates.sort(key=lambda link: link.get("type") not in _HTML_TYPES)
    # An enclosure is a sound or a film, and an empty href resolves to the feed itself.
    unfit = {web_url(link["href"]) for link in links if link.get("rel") == "enclosure"}
    unfit |= {None, feed_url}
    for href in (*(link["href"] for link in alternates), _string(item, "link")):
        url = web_url(href, feed_url if href.startswith("/") else "")
        if url not in unfit:
            return url
    return None


def _author(item: Any) -> str | None:
    """The names of the authors; an address alone is no name, and is nobody's to publish."""
    people = [*(item.get("authors") or ()), item.get("author_detail") or {}]
    names = (one_line(_string(person, "name")) for person in people)
    return ", ".join(name for name in dict.fromkeys(names) if name) or None


def _stated_language(item: Any) -> str:
    """xml:lang, which feedparser notes at each text."""
    for key in ("title_detail", "summary_detail"):
        language = _string(item.get(key) or {}, "language")
        if language:
            return language
    return ""


def _rhythm(feed: Any, body: bytes) -> Rhythm:
    """What the feed asks of pollers. Of several skipped hours or days feedparser keeps one."""
    channel = body[:_CHANNEL]
    hours = {int(hour) % 24 for hour in _skipped(_SKIP_HOURS, _HOUR, channel)}
    days = {_WEEKDAYS.index(day) for day in _skipped(_SKIP_DAYS, _DAY, channel)}
    return Rhythm(ttl=_ttl(feed), skip_hours=tuple(sorted(hours)), skip_days=tuple(sorted(days)))


def _skipped(block: re.Pattern[bytes], one: re.Pattern[bytes], channel: bytes) -> list[bytes]:
    found = block.search(channel)
    return [value.lower() for value in one.findall(found[1])] if found else []


def _ttl(feed: Any) -> int | None:
    """RSS <ttl> in minutes, or the Syndication module's updates a period; in seconds."""
    if minutes := re.fullmatch(r"\d{1,9}", _string(feed, "ttl")):
        return int(minutes[0]) * 60 or None
    period = _PERIODS.get(_string(feed, "sy_updateperiod").lower())
    if period is None:
        return None
    frequency = re.fullmatch(r"\d{1,6}", _string(feed, "sy_updatefrequency"))
    return period // max(1, int(frequency[0])) if frequency else period
