"""email.html, kept below the size at which mail programs cut a message off."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import css_inline

_LINK = 150  # characters of a subscriber's link
LIMIT = 100_000  # bytes; large mail services clip a little above this

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Room(NamedTuple):
    """How many stories, from the first on, are shown, and with what."""

    stories: int
    summaries: int
    coverage: int


class Personal(NamedTuple):
    """What delivery replaces for each subscriber."""

    unsubscribe: str = "%%UNSUBSCRIBE%%"
    preferences: str = "%%PREFERENCES%%"


def fit(stories: int, render: Callable[[Room], str]) -> bytes:
    """The richest message of at most `LIMIT` bytes, styles inlined.

    What matters least gives way first: the coverage of the last stories, then of all; their
    summaries; at last the stories themselves.
    """
    rooms = [Room(shown, 0, 0) for shown in range(stories)]
    rooms += [Room(stories, summaries, 0) for summaries in range(stories)]
    rooms += [Room(stories, stories, coverage) for coverage in range(stories + 1)]
    body = _inlined(render(rooms[-1]))
    if _size(body) <= LIMIT:
        return body
    low, high = 0, len(rooms) - 1
    body = _inlined(render(rooms[low]))
    while high - low > 1:
        middle = (low + high) // 2
        attempt = _inlined(render(rooms[middle]))
        if _size(attempt) <= LIMIT:
            low, body = middle, attempt
        else:
            high = middle
    return body


def _size(body: bytes) -> int:
    """In bytes, with links in the places of the tokens."""
    return len(body) + _LINK * sum(body.count(token.encode()) for token in Personal())


def _inlined(html: str) -> bytes:
    return _INLINER.inline(html).encode()
