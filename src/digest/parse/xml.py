"""RSS, RDF and Atom -> entries, by feedparser."""

from __future__ import annotations

import codecs
import io
import re
from typing import Any
from xml.sax import SAXException

import feedparser
from feedparser.api import StrictFeedParser

from digest.model import Document, Entry, Failure, ParsedFeed
from digest.parse.dates import parse_date
from digest.parse.fields import ENTRY_LIMIT, identifier, primary_language, web_url
from digest.parse.markup import body_text, one_line

# feedparser resolves a relative atom:id or guid against xml:base. An id is an opaque string
# (RFC 4287, section 4.2.6.1) that must not change with the base, and this set, which its two
# parsers share, is the only switch.
StrictFeedParser.can_be_relative_uri.discard("id")

_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_ROOT = re.compile(
    r"""(?>[^<]+ | <\?.*?\?> | <!--.*?--> | <![^>]*>)*+
        <([a-z][\w:.-]*)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_HTML_ROOTS = {"html", "head", "body", "title", "meta"}
_FEED_IN_PAGE = re.compile(rb"<(?:rss|feed|channel)[\s>]")  # a proxy or a CMS wrapped it
_HTML_TYPES = {"text/html", "application/xhtml+xml"}
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
    is_html = root is not None and root[1].lower() in _HTML_ROOTS
    if is_html and not _FEED_IN_PAGE.search(document.body):
        return Failure(reason="an HTML page, not a feed")
    body, content_type = _encoding(document)
    # A stream, never bytes or str: those feedparser would try to open as a path or a URL.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type, "content-location": document.url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries:
        if not parsed.version:
            what = f"its root element is <{root[1]}>" if root else "it holds no XML element"
            return Failure(reason=f"not a feed: {what}")
        problem = parsed.get("bozo_exception")
        if isinstance(problem, SAXException):
            return Failure(reason=f"cannot be parsed: {problem.getMessage()}"[:300])
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
        ttl=_ttl(feed),
    )


# --- which characters the bytes are -----------------------------------------------------------


def _encoding(document: Document) -> tuple[bytes, str]:
    """The body and the Content-Type to give feedparser, which believes the charset in it.

    UTF-8 that decodes is UTF-8 unless the document itself names another encoding; else the
    document's own word counts over the HTTP header, which is often a server's default.
    application/xml: for any other type feedparser would presume US-ASCII or Latin-1.
    """
    stated = _ENCODING.search(document.body[:200])
    utf8 = _utf8(document.body)
    if utf8 is not None and (stated is None or _names_utf8(stated[1])):
        return utf8, "application/xml; charset=utf-8"
    if stated is None and document.charset:
        return document.body, f"application/xml; charset={document.charset}"
    return document.body, "application/xml"


def _utf8(body: bytes) -> bytes | None:
    """The body if it is UTF-8, a few broken bytes aside; None if it is something else.

    UTF-16 and ISO-2022 decode as UTF-8 too; zeros and escape sequences give them away.
    """
    if b"\0" in body[:64] or b"\x1b$" in body or b"\x1b(" in body:
        return None
    text = body.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    if broken and broken * 10 > len(text.encode()) - len(text):
        return None
    return text.lstrip().encode()  # a declaration after blank lines would be ill-formed


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
    )


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


def _ttl(feed: Any) -> int | None:
    """RSS <ttl> in minutes, or the Syndication module's updates a period; in seconds."""
    if minutes := re.fullmatch(r"\d{1,9}", _string(feed, "ttl")):
        return int(minutes[0]) * 60 or None
    period = _PERIODS.get(_string(feed, "sy_updateperiod").lower())
    if period is None:
        return None
    frequency = re.fullmatch(r"\d{1,6}", _string(feed, "sy_updatefrequency"))
    return period // max(1, int(frequency[0])) if frequency else period
