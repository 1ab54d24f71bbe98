"""What is cut or refused before a parser sees it: its work would grow with the square of it."""

from __future__ import annotations

import re

from digest.feeds.parse.fields import ENTRY_LIMIT

DEPTH_LIMIT = 500  # elements within each other; feeds have about ten
_SMALL = 10_000  # tags; nothing in a smaller document takes long

_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{40000,}")
_TAG = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<end>/?)[A-Za-z_][^<>]*?(?P<empty>/?)>",
    re.DOTALL,
)
_END = {b"rss": b"</channel></rss>", b"feed": b"</feed>", b"rdf:rdf": b"</rdf:RDF>"}


def first_entries(body: bytes, root: bytes) -> bytes:
    """The document without the entries that are not read: all behind the first 1,000.

    `root` is the name of its outermost element in lower case. Documents of an unknown kind
    come back as they are.
    """
    closing, end = b"</entry>" if root == b"feed" else b"</item>", _END.get(root)
    if end is None or body.count(closing) <= ENTRY_LIMIT:
        return body
    position = 0
    for _ in range(ENTRY_LIMIT):
        position = body.index(closing, position) + len(closing)
    return body[:position] + end


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
