"""The feeds that a web page names (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import lxml.html
from lxml.etree import ParserError

from digest.feeds.parse.fields import web_url
from digest.feeds.parse.markup import one_line
from digest.model import Document

_TYPES = re.compile(
    r"\s*(?:application/(?:rss|atom|rdf|feed)\+(?:xml|json)|text/xml|application/json)\b",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"(?:/(?:feed|rss|atom)/?|\.(?:rss|atom)|(?:rss|atom|feed|index)\.(?:xml|json))$",
    re.IGNORECASE,
)
_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that a page names."""

    url: str
    title: str = ""


def feeds_of(page: Document) -> tuple[FoundFeed, ...]:
    """The feeds of a page, those it declares first, then links that look like one.

    Pages are hostile input: run this in a worker.
    """
    try:
        parser = lxml.html.HTMLParser(encoding=page.charset) if page.charset else None
        tree = lxml.html.document_fromstring(page.body, parser=parser)
    except (ParserError, ValueError, LookupError):
        return ()
    base = urljoin(page.url, next(iter(tree.xpath("//base/@href")), ""))
    declared: dict[str, FoundFeed] = {}
    linked: dict[str, FoundFeed] = {}
    for link in tree.iter("link", "a"):
        url = web_url(link.get("href") or "", base)
        if url is None:
            continue
        if link.tag == "a":
            if _LOOKS.search(url):
                linked.setdefault(url, _named(url, link.text_content()))
        elif "alternate" in (link.get("rel") or "").lower().split() and _TYPES.match(
            link.get("type") or ""
        ):
            declared.setdefault(url, _named(url, link.get("title") or ""))
    return tuple({**linked, **declared}[url] for url in {**declared, **linked})[:_MOST]


def _named(url: str, title: str) -> FoundFeed:
    return FoundFeed(url=url, title=one_line(title)[:200])
