"""Addresses: one spelling for each page, and whether two are of one host or publisher.

Nothing here raises on odd input.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit, urlunsplit

_ARCHIVE = re.compile(
    r"https?://(?:archive\.(?:is|ph|today|fo|li|md|vn)/(?:newest|oldest|\d{4,14})"
    r"|web\.archive\.org/web/\d{1,14}\w*)/(?=https?://)",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid"
    r"|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_ga|_gl|_hsenc|_hsmi|hsctatracking"
    r"|mkt_tok|oly_(?:anon|enc)_id|vero_id|ref_src|ref_url|cmpid|cmp|ocid|ncid|icid|smid|smtyp"
    r"|s_cid|sr_share|xtor|wt_mc|at_(?:medium|campaign|custom\d|link_\w+)|ns_(?:mchannel|source"
    r"|campaign|linkname|fee)|ftag|guccounter|guce_referrer(?:_sig)?|__twitter_impression|amp",
    re.IGNORECASE,
)
_VARIANTS = re.compile(r"\A(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.)")
_DEFAULT_PORT = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@lru_cache(maxsize=8192)  # each is asked for three times while its feed is read
def canonical_url(url: str) -> str:
    """One spelling for the addresses of one page, which still opens that page.

    Normalises case, default port and percent-encoding (RFC 3986, section 6.2), drops fragment,
    tracking parameters and a trailing slash, and unwraps the address an archive was asked for.
    Scheme, `www.` and mobile hosts stay: some servers answer under one of their names only, and
    what that keeps apart is folded by its text. Anything but a sound http(s) URL comes back as
    it is, stripped. Applying it twice changes nothing.
    """
    url = url.strip()
    while wrapped := _ARCHIVE.match(url):
        url = url[wrapped.end() :]
    try:
        parts = urlsplit(url)
        netloc = _netloc(parts)
    except ValueError:
        return url
    if parts.scheme not in _DEFAULT_PORT or not parts.hostname:
        return url
    path = _normal_escapes(parts.path).rstrip("/") or "/"
    query = "&".join(
        field
        for field in _normal_escapes(parts.query).split("&")
        if field and not _TRACKING.fullmatch(field.partition("=")[0])
    )
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def same_host(one: str, other: str) -> bool:
    """Are two addresses at one host, but for the labels of its variants (www, m, mobile, amp)?

    No more can be told from names: alice.github.io and mallory.github.io are strangers, and so
    are the neighbours of substack.com, wordpress.com or edu.au.
    """
    try:
        hosts = [urlsplit(url).hostname for url in (one, other)]
    except ValueError:
        return False
    plain = [_VARIANTS.sub("", (host or "").rstrip(".")) for host in hosts]
    return plain[0] == plain[1] != ""


def spelling(url: str) -> str:
    """The same for two addresses that differ only in spelling: http or https, port, last slash."""
    plain = canonical_url(url).partition("#")[0]
    return re.sub(r"^https?://(?:www\.)?", "//", plain).rstrip("/?")


def same_site(one: str, other: str) -> bool:
    """Do two addresses belong to one publisher, as far as the names of their hosts can tell?

    A guess that serves as a preference, never as a proof: see `same_host`.
    """
    try:
        hosts = [(urlsplit(url).hostname or "").rstrip(".").split(".") for url in (one, other)]
    except ValueError:
        return False
    return hosts[0] == hosts[1] or (_site(hosts[0]) == _site(hosts[1]) != [])


def _site(labels: list[str]) -> list[str]:
    """The last two labels of a host, three below such as "co.uk"; none for an IP address."""
    if labels[-1].isdigit() or len(labels) < 2:
        return []
    short = len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return labels[-3:] if short else labels[-2:]


def _netloc(parts: SplitResult) -> str:
    user, at, host = parts.netloc.rpartition("@")
    if parts.port is None or parts.port == _DEFAULT_PORT.get(parts.scheme):
        host = re.sub(r":\d*$", "", host)
    return user + at + host.lower().rstrip(".")


def _normal_escapes(text: str) -> str:
    def normal(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if _UNRESERVED.fullmatch(char) else match[0].upper()

    return _ESCAPE.sub(normal, text)
