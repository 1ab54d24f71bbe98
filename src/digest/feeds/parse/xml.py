"""RSS, RDF and Atom -> entries, by feedparser."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from digest.feeds import characters
from digest.feeds.parse.adapted import feedparser
from digest.feeds.parse.boilerplate import without_boilerplate, without_source
from digest.feeds.parse.bounds import DEPTH_LIMIT, newest_entries, too_deep, too_wide
from digest.feeds.parse.dates import DateReader
from digest.feeds.parse.discovery import feeds_in
from digest.feeds.parse.fields import (
    ENTRY_LIMIT,
    categories,
    identifier,
    primary_language,
    unwrapped,
    web_url,
)
from digest.feeds.parse.markup import body_text, one_line
from digest.feeds.parse.rhythm import rhythm_in
from digest.model import Document, Entry, Failure, ParsedFeed

_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
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


def parse_xml(document: Document) -> ParsedFeed | Failure:
    """Read an RSS, RDF or Atom document; may raise whatever feedparser raises."""
    head = document.body[:4096].replace(b"\0", b"").decode("latin-1")
    root = _ROOT.match(head)
    if root and root[1].lower() in _HTML_ROOTS and not _FEED_IN_PAGE.search(document.body):
        return _a_page(document)
    body = newest_entries(_as_utf8(document), root[1].lower().encode() if root else b"")
    if too_wide(body):
        return Failure(reason="cannot be parsed: a tag with more than 10,000 attributes")
    if too_deep(body):
        return Failure(reason=f"cannot be parsed: nested deeper than {DEPTH_LIMIT} elements")
    # A stream, never bytes or str: those feedparser would try to open as a path or a URL.
    parsed = feedparser.parse(
        io.BytesIO(body),
        # Without a base the links stay as they are written, but for xml:base.
        # For any other type feedparser would presume US-ASCII or Latin-1.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.version:
        return _no_feed(document, root[1].lower() if root else "")
    feed, is_atom = parsed.feed, parsed.version.startswith("atom")
    title = _title(feed)
    context = _Context(
        base=document.url if is_atom else _site(feed, document.url),
        feed_url=document.url,
        language=primary_language(_string(feed, "language")),
        # In Atom the feed's author wrote what names no other (RFC 4287, section 4.1.2).
        author=_author(feed) if is_atom else None,
        dates=DateReader(
            # Without the test feedparser would answer for "updated" with another date.
            (
                _string(item, key)
                for item in parsed.entries
                for key in ("published", "updated")
                if key in item
            ),
            _string(feed, "language"),
        ),
        is_atom=is_atom,
    )
    entries = [_entry(item, context) for item in parsed.entries[:ENTRY_LIMIT]]
    return ParsedFeed(
        title=title or None,
        entries=without_boilerplate(entries, title),
        language=context.language,
        rhythm=rhythm_in(feed, body),
    )


def _site(feed: Any, feed_url: str) -> str:
    """What relative links of RSS are relative to: the channel's own link, or else the feed."""
    return web_url(_string(feed, "link"), feed_url) or feed_url


def _a_page(document: Document) -> Failure:
    named = " or ".join(feeds_in(document))
    advice = f"; the page names {named}: put that into feeds.toml" if named else ""
    return Failure(reason=f"an HTML page, not a feed{advice}", is_page=not named)


def _no_feed(document: Document, root: str) -> Failure:
    if root in _HTML_ROOTS:
        return _a_page(document)
    if root in _FEED_ROOTS:
        return Failure(reason=f"cannot be parsed: nothing can be read in its <{root}>")
    what = f"its root element is <{root}>" if root else "no XML element"
    return Failure(reason=f"not a feed: {what}")


# --- which characters the bytes are -----------------------------------------------------------


def _as_utf8(document: Document) -> bytes:
    """The body in UTF-8.

    UTF-8 that decodes is UTF-8 unless the document itself names another encoding; else the
    document's own word counts over the HTTP header, which is often a server's default. Where
    neither says anything, the encoding is guessed.
    """
    body = document.body
    own = _ENCODING.search(body[:200])
    label = own[1].decode("ascii", "replace") if own else None
    text = characters.signed(body)
    if text is None and (label is None or characters.codec_of(label) in {None, "utf-8"}):
        text = characters.utf8(body)
    if text is None:
        text = characters.stated(body, (label, document.charset))
    if text is None:
        text = characters.guessed(body)
    # A declaration after blank lines would be ill-formed.
    return _repaired(text.lstrip()).encode()


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


# --- feedparser's dictionaries -> our types ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What a feed says for all of its entries."""

    base: str
    feed_url: str
    language: str | None
    author: str | None
    dates: DateReader
    is_atom: bool


def _entry(item: Any, context: _Context) -> Entry:
    summary, content = _texts(item)
    language = primary_language(_string(item, "language") or _stated_language(item))
    # Without this test feedparser would answer with the date of publication.
    read = context.dates.read
    updated = read(_string(item, "updated")) if "updated" in item else None
    published = read(_string(item, "published") or _string(item, "created"))
    if published is None and not context.is_atom:
        published = updated  # dc:date, which feedparser files under "updated"
    entry = Entry(
        raw_id=identifier(_string(item, "id")),
        url=_url(item, context),
        title=_title(item),
        summary=summary,
        content=content,
        published_at=published,
        updated_at=updated,
        author=_author(item) or context.author,
        language=language or context.language,
        categories=categories(tag.get("term") for tag in item.get("tags") or ()),
    )
    source = one_line(_string(item.get("source") or {}, "title"))
    return without_source(entry, source) if source else entry


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
        if part.get("type", "text/html").startswith("text/") or part.get("type") in _HTML_TYPES
    ]
    longest = max(bodies, key=lambda part: len(part["value"]), default={"value": ""})
    summary = _string(item, "summary")
    if any(summary == part["value"] for part in bodies):
        summary = ""
    if not summary and not longest["value"]:
        return body_text(_described(item), is_html=True), ""
    kind = (item.get("summary_detail") or {}).get("type", "text/html")
    return (
        body_text(summary, is_html=kind in _HTML_TYPES),
        body_text(longest["value"], is_html=longest.get("type") in _HTML_TYPES),
    )


def _described(item: Any) -> str:
    """What describes an entry's sound or film, where it says nothing else; never a caption."""
    media = [*(item.get("media_content") or ()), *(item.get("links") or ())]
    kinds = [f"{part.get('medium', '')} {part.get('type', '')}" for part in media]
    if any("image" in kind for kind in kinds) and not any("video" in kind for kind in kinds):
        return _string(item, "itunes_summary")
    return _string(item, "itunes_summary") or _string(item, "media_description")


def _url(item: Any, context: _Context) -> str | None:
    """The first alternate link, HTML before other types, else what feedparser takes for one.

    That may be a guid: one that is a path is a link all the same, one that is a mere word is
    none. A redirector that states where it leads is passed by.
    """
    links = [link for link in item.get("links") or () if link.get("href")]
    alternates = [link for link in links if link.get("rel") == "alternate"]
    alternates.sort(key=lambda link: link.get("type") not in _HTML_TYPES)
    # An enclosure is a sound or a film, and an empty href resolves to the feed itself.
    unfit = {web_url(link["href"]) for link in links if link.get("rel") == "enclosure"}
    unfit |= {None, context.feed_url}
    original = _string(item, "feedburner_origlink")
    stated = [original, *(link["href"] for link in alternates)]
    link = _string(item, "link")
    if link.startswith("/") or "://" in link or link != _string(item, "id"):
        stated.append(link)
    for href in filter(None, stated):
        url = web_url(href, context.base)
        if url not in unfit:
            return unwrapped(url) if url else None
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
