"""What is cut or refused before a parser sees it: its work would grow with the square of it."""

from __future__ import annotations

import re
from datetime import datetime

from digest.feeds.parse.dates import parse_date
from digest.feeds.parse.fields import ENTRY_LIMIT

DEPTH_LIMIT = 500  # elements within each other; feeds have about ten
_SMALL = 10_000  # tags; nothing in a smaller document takes long

_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{40000,}")
_TAG = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<end>/?)[A-Za-z_][^<>]*?(?P<empty>/?)>",
    re.DOTALL,
)
_DATE = re.compile(
    rb"<(?:pubDate|dc:date|published|updated|issued)\b[^>]*>(?:<!\[CDATA\[)?([^<\]]{1,100})",
    re.IGNORECASE,
)
_END = {b"rss": b"</channel></rss>", b"feed": b"</feed>", b"rdf:rdf": b"</rdf:RDF>"}


def newest_entries(body: bytes, root: bytes) -> bytes:
    """The document without the entries that are not read: all but the 1,000 newest.

    Feeds list the newest first, or else say so by the dates of their first and last entries.
    `root` is the name of the outermost element in lower case. Documents of an unknown kind come
    back as they are.
    """
    name, end = b"entry" if root == b"feed" else b"item", _END.get(root)
    closing = b"</" + name + b">"
    if end is None or body.count(closing) <= ENTRY_LIMIT:
        return body
    starts = [match.start() for match in re.finditer(rb"<" + name + rb"[\s>]", body)]
    if len(starts) > ENTRY_LIMIT and _ends_newer(body, starts):
        return body[: starts[0]] + body[starts[-ENTRY_LIMIT] :]
    position = 0
    for _ in range(ENTRY_LIMIT):
        position = body.index(closing, position) + len(closing)
    return body[:position] + end


def _ends_newer(body: bytes, starts: list[int]) -> bool:
    """Is the last entry dated after the first?"""
    first = _dated(body[starts[0] : starts[1]])
    last = _dated(body[starts[-1] :])
    return first is not None and last is not None and last > first


def _dated(entry: bytes) -> datetime | None:
    stated = _DATE.search(entry)
    return parse_date(stated[1].decode("utf-8", "replace")) if stated else None


def too_wide(body: bytes) -> bool:
    """Does a tag hold more than 10,000 attributes?"""
    if body.count(b"=") <= _ATTRIBUTES:
        return False
    return any(tag[0].count(b"=") > _ATTRIBUTES for tag in _LONG_TAG.finditer(body))


def too_deep(body: bytes) -> bool:
    """Are more than 500 elements open at once somewhere?"""
    if body.count(b"<") < _SMALL:
        return False
    depth = 0
    for tag in _TAG.finditer(body):
        if tag["end"] is None or tag["empty"]:
            continue
        depth += -1 if tag["end"] else 1
        if depth > DEPTH_LIMIT:
            return True
    return False
