"""Which unseen entries are news, and which are a feed's past that shows up late (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

FIRST_ENTRIES = 10  # entries of a new feed that an edition may show beside those of its last day

_GRACE = timedelta(days=1)  # one item in sixteen is dated before one that was seen earlier
_FLOOD_SHARE = 0.8  # of what a feed shows
_FLOOD_SIZE = 10  # entries; a small feed may well change as a whole


def admit_entries(
    dates: Sequence[datetime | None], *, known: int, read_at: datetime | None, now: datetime
) -> tuple[bool, ...]:
    """For each unseen entry of a poll, by its date: may it appear in an edition?

    `known` entries appeared beside them; the feed was last read at `read_at`. As a rule all may.
    But a new feed shows its past, and one that replaces most of what it showed has been rebuilt,
    or was not read for long. Of those, what is dated since the last reading is news (for a new
    feed: within a day), with a day of grace. Beside it, up to 10 in all, are let through: of a
    new feed the newest, of a flood those without a date, of which nobody can tell.
    """
    unseen = len(dates)
    if read_at is not None and (unseen < _FLOOD_SIZE or unseen < _FLOOD_SHARE * (unseen + known)):
        return (True,) * unseen
    since = (read_at or now) - _GRACE
    dated = [(date, number) for number, date in enumerate(dates) if date is not None]
    undated = [number for number, date in enumerate(dates) if date is None]
    chosen = {number for date, number in dated if date >= since}
    others = undated
    if read_at is None:
        older = sorted((date, -number) for date, number in dated if date < since)
        others = [-number for _, number in reversed(older)] + undated
    chosen.update(others[: max(0, FIRST_ENTRIES - len(chosen))])
    return tuple(number in chosen for number in range(unseen))
