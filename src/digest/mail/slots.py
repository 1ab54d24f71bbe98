"""When is a subscriber's next mail due?

A slot is a local date at the subscriber's own hour. Every edition belongs to the first slot at or
after its publication; editions that share one (a week's for a weekly reader, Saturday's to
Monday's for one on weekdays, two where the clocks change between them) go out as one mail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from digest.config import DigestSettings
from digest.model import Frequency, Slot, Timing


def next_slot(
    rhythm: Timing, after: datetime, *, timezone: str, publish_at: time, weekly_day: int = 5
) -> Slot:
    """The first slot at or after an instant; `timezone` and `publish_at` apply where unset.

    Weekly mails leave on `weekly_day`, 0 for Monday.

    An hour that the clocks skip stands for the instant the skip leads to; of one that comes
    twice the first counts (PEP 495, fold=0). A date that a zone leaves out has no slot.
    """
    zone = ZoneInfo(rhythm.timezone or timezone)
    at = publish_at if rhythm.hour is None else time(rhythm.hour)
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        instant = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        on_that_day = instant.astimezone(zone).date() == day
        if (
            instant >= after
            and on_that_day
            and _wanted(rhythm.frequency, day.weekday(), weekly_day)
        ):
            return Slot(day=day, at=instant)
        day += timedelta(days=1)


def slots(digest: DigestSettings) -> Callable[[Timing, datetime], Slot]:
    """`next_slot` under a configuration."""
    return partial(
        next_slot,
        timezone=digest.timezone,
        publish_at=digest.publish_at,
        weekly_day=digest.weekly_day,
    )


def _wanted(frequency: Frequency, weekday: int, weekly_day: int) -> bool:
    if frequency is Frequency.WEEKLY:
        return weekday == weekly_day
    return frequency is Frequency.DAILY or weekday < 5
