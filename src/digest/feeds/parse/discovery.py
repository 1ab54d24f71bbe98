"""The feeds that a web page names, for an operator who gave the page's address."""

from __future__ import annotations

import re

from lxml import html

from digest.feeds.parse.fields import web_url
from digest.model import Document

_FEED_TYPES = re.compile(r"application/(?:rss|atom|rdf)\+xml|application/(?:feed\+)?json|text/xml")
_FEED_LINK = re.compile(
    r"(?:^|[/.=_-])(?:rss2?|atom|feeds?|rdf|index)(?:\.(?:xml|json|rss|atom|rdf|php))?/?$"
    r"|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_MOST = 3  # that a message names
_READ = 1_000_000  # bytes of a page


def feeds_in(document: Document) -> tuple[str, ...]:
    """The addresses of up to three feeds: those stated for readers, or else what links look so."""
    try:
        tree = html.document_fromstring(document.body[:_READ])
    except (ValueError, html.etree.LxmlError):
        return ()
    stated = [
        link.get("href", "")
        for link in tree.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and _FEED_TYPES.match((link.get("type") or "").lower())
    ]
    linked = [
        anchor.get("href", "")
        for anchor in tree.iter("a")
        if _FEED_LINK.search((anchor.get("href") or "").partition("?")[0])
    ]
    found = (web_url(href, document.url) for href in stated or linked)
    return tuple(dict.fromkeys(url for url in found if url))[:_MOST]
