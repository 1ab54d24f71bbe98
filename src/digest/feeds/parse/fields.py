"""What the fields of an entry must look like, whichever format states them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from babel import localedata

from digest.feeds.parse.markup import SHORT_LIMIT, one_line, printable

ENTRY_LIMIT = 1000  # entries read from one feed, in document order
# A host without a scheme before it. A file name has a dot as well, but no path behind it.
_HOST_FIRST = re.compile(
    r"www\.[\w-]+\.[a-z]|(?!.*\.(?:html?|php\d?|aspx?|jsp|xml|cgi)/)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/",
    re.IGNORECASE,
)
_REDIRECTOR = re.compile(
    r"/(?:url|l\.php|redir(?:ect)?|out|outgoing|(?:api)?click|away|exit|go|goto|link|track|r)(?:\.\w+)?/?$",
    re.IGNORECASE,
)
_TARGETS = frozenset({"url", "u", "q", "to", "target", "dest", "destination", "redirect", "link"})
_CATEGORIES, _CATEGORY_LENGTH = 20, 100  # of an entry; characters of one
_URL_LIMIT = 4096  # characters; a longer URL is no link to a page


def identifier(text: str) -> str | None:
    """An id as it is written, without what no store can hold; None when nothing is left."""
    return printable(text[:SHORT_LIMIT]).strip() or None


def web_url(link: str, base: str = "") -> str | None:
    """The absolute http(s) URL a link means on a page at `base`, or None if it means none."""
    link = printable(link.strip()[:SHORT_LIMIT]).translate({9: None, 10: None, 13: None})
    if _HOST_FIRST.match(link):
        link = f"//{link}"
    try:
        url = urljoin(base, link.replace(" ", "%20")) if link else ""
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and len(url) <= _URL_LIMIT
    except ValueError:
        return None
    return url if usable else None


def unwrapped(url: str) -> str:
    """Where a redirector leads that states it in its own address, such as google.com/url?url=…"""
    parts = urlsplit(url)
    if not _REDIRECTOR.search(parts.path):
        return url
    for name, value in parse_qsl(parts.query):
        if name.lower() in _TARGETS and value.startswith(("http://", "https://")):
            return web_url(value) or url
    return url


def categories(stated: Iterable[Any]) -> tuple[str, ...]:
    """The first categories of an entry on one line each, without those that are no text."""
    names = (one_line(name[:_CATEGORY_LENGTH]) for name in stated if isinstance(name, str))
    return tuple(islice(dict.fromkeys(filter(None, names)), _CATEGORIES))


def primary_language(tag: str) -> str | None:
    """The primary subtag of a language tag (RFC 5646) in lower case: "en" of "en_GB".

    None for what is no language ("utf"); "no" is written "nb", which detection says of the same.
    """
    match = re.match(r"\s*([a-z]{2,3})(?![a-z0-9])", tag.lower())
    if match is None or not localedata.exists(match[1]):
        return None
    return "nb" if match[1] == "no" else match[1]
