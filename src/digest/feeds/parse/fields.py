"""What the fields of an entry must look like, whichever format states them."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from digest.feeds.parse.markup import SHORT_LIMIT, printable

ENTRY_LIMIT = 1000  # entries read from one feed, in the order they stand
_URL_LIMIT = 4096  # characters; a longer URL is no link to a page


def identifier(text: str) -> str | None:
    """An id as it is written, without what no store can hold; None when nothing is left."""
    return printable(text[:SHORT_LIMIT]).strip() or None


def web_url(link: str, base: str = "") -> str | None:
    """The absolute http(s) URL a link means on a page at `base`, or None if it means none."""
    link = printable(link.strip()[:SHORT_LIMIT]).translate({9: None, 10: None, 13: None})
    try:
        url = urljoin(base, link.replace(" ", "%20")) if link else ""
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and len(url) <= _URL_LIMIT
    except ValueError:
        return None
    return url if usable else None


def primary_language(tag: str) -> str | None:
    """The primary subtag of a language tag (RFC 5646) in lower case: "en" of "en_GB"."""
    match = re.match(r"\s*([a-z]{2,3})(?![a-z0-9])", tag.lower())
    return match[1] if match else None
