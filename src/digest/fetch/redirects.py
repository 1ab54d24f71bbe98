"""Where a redirect may lead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yarl import URL

# The URL library lets spaces and control characters through in a host.
_HOST = re.compile(r"[!-~]+")


class LinkError(ValueError):
    """An address that is not followed; the message says why."""


def follow(base: URL | None, location: str) -> URL:
    """The address that `location` names, seen from `base`, without user name and fragment.

    Raises LinkError for what is not http or https and for a step from https down to http.
    """
    shown = repr(location[:100])
    try:
        url = URL(location) if base is None else base.join(URL(location))
    except ValueError:
        raise LinkError(f"not a usable address: {shown}") from None
    if url.scheme not in {"http", "https"}:
        raise LinkError(f"not followed, only http and https are: {shown}")
    if _HOST.fullmatch(url.raw_host or "") is None:
        raise LinkError(f"an address without a proper host: {shown}")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise LinkError(f"a redirect from https down to http is not followed: {shown}")
    return url.with_user(None).with_fragment(None)


def check_chain(chain: Sequence[URL], max_redirects: int) -> None:
    """Raises LinkError when the newest address was there before, or is one too many."""
    if chain[-1] in chain[:-1]:
        raise LinkError(f"its redirects go round in a loop, back to {str(chain[-1])[:200]}")
    if len(chain) - 1 > max_redirects:
        raise LinkError(f"more than {max_redirects} redirects")
