"""Where an address and a redirect lead, byte for byte as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote_from_bytes, urljoin, urlsplit

from yarl import URL

# The URL library lets spaces and control characters through in a host.
_HOST = re.compile(r"[!-~]+")
_AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)
_UNSENDABLE = re.compile(r"[^!-~]+|[\"<>\\^`{|}]+")  # in a request line (RFC 3986, section 2)


class LinkError(ValueError):
    """An address that is not followed; the message says why."""


def follow(base: URL | None, location: str) -> URL:
    """The address that `location` names, seen from `base`, without user name and fragment.

    Escapes stay as they are written: a signed address is answered in its own spelling only. What
    no request can carry is escaped, bytes of a header that are not UTF-8 (surrogate escapes)
    among it. Raises LinkError for what is not http or https and for a step from https to http.
    """
    shown = repr(location[:100])
    try:
        written = _sendable(location.strip())
        parts = urlsplit(written if base is None else urljoin(str(base), written))
    except ValueError:
        raise LinkError(f"not a usable address: {shown}") from None
    if parts.scheme not in {"http", "https"}:
        raise LinkError(f"not followed, only http and https are: {shown}")
    try:
        host = URL.build(scheme=parts.scheme, host=parts.hostname or "", port=parts.port)
        query = f"?{parts.query}" if parts.query else ""
        address = f"{parts.scheme}://{host.raw_authority}{parts.path or '/'}{query}"
        url = URL(address, encoded=True)
    except ValueError:
        raise LinkError(f"not a usable address: {shown}") from None
    if _HOST.fullmatch(url.raw_host or "") is None:
        raise LinkError(f"an address without a proper host: {shown}")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise LinkError(f"a redirect from https down to http is not followed: {shown}")
    return url


def check_chain(chain: Sequence[URL], max_redirects: int, *, since: int = 0) -> None:
    """Raises LinkError when the newest address was there before, or is one too many.

    Hops before number `since` do not count as a loop: a cookie was set behind them, and the same
    address may be answered otherwise now.
    """
    if chain[-1] in chain[since:-1]:
        raise LinkError(f"its redirects go round in a loop, back to {str(chain[-1])[:200]}")
    if len(chain) - 1 > max_redirects:
        raise LinkError(f"more than {max_redirects} redirects")


def _sendable(address: str) -> str:
    """The address with everything but its host fit for a request line."""

    def escaped(match: re.Match[str]) -> str:
        return quote_from_bytes(match[0].encode("utf-8", "surrogateescape"), safe="")

    authority = _AUTHORITY.match(address)
    start = authority.end() if authority else 0
    return address[:start] + _UNSENDABLE.sub(escaped, address[start:])
