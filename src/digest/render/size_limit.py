"""The most that fits into a limit of size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def _octets(text: str) -> int:
    return len(text.encode())


def fit(
    rooms: Sequence[T],
    render: Callable[[T], str],
    limit: int,
    size: Callable[[str], int] = _octets,
) -> str:
    """What the last of the rooms gives that keeps within `limit` bytes; the first at worst.

    A later room never gives less than an earlier one; there is at least one.
    """
    body = render(rooms[-1])
    if size(body) <= limit:
        return body
    low, high = 0, len(rooms) - 1
    body = render(rooms[low])
    while high - low > 1:
        middle = (low + high) // 2
        attempt = render(rooms[middle])
        if size(attempt) <= limit:
            low, body = middle, attempt
        else:
            high = middle
    return body
