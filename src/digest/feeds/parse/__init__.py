"""bytes -> entries: RSS, RDF and Atom by feedparser, JSON Feed by a reader of our own.

What a feed is shows in its first byte; the Content-Type is wrong too often to be asked.
"""

from __future__ import annotations

from digest.feeds.parse.jsonfeed import parse_json
from digest.feeds.parse.markup import html_to_text
from digest.feeds.parse.xml import parse_xml
from digest.model import Document, Failure, ParsedFeed

__all__ = ["html_to_text", "parse"]

_BEFORE_TEXT = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"  # byte order marks, UTF-16's zeros, spaces


def parse(document: Document) -> ParsedFeed | Failure:
    """Read a feed document; anything that is none gives a Failure that says what it is.

    Never raises. A feed without entries is a ParsedFeed without entries; of a longer feed the
    first 1,000 are read. Large or hostile input takes seconds to minutes: use a worker process.
    """
    start = document.body.lstrip(_BEFORE_TEXT)[:1]
    if not start:
        return Failure(reason="empty body")
    try:
        return parse_json(document) if start in {b"{", b"["} else parse_xml(document)
    except Exception as error:  # noqa: BLE001 - feedparser raises whatever comes on mutated feeds
        return Failure(reason=f"cannot be parsed: {type(error).__name__}: {error}"[:300])
