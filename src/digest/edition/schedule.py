"""Which edition is due: one a local date, named by that date, in the edition's own zone (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def edition_id(now: datetime, zone: ZoneInfo) -> str:
    """The local date at an instant, as editions are named: "2026-11-21"."""
    return now.astimezone(zone).date().isoformat()


def slot(day: date, publish_at: time, zone: ZoneInfo) -> datetime:
    """The instant at which the edition of a local date is due.

    A time that the clocks skip in spring stands for the instant the skip leads to; of a time
    that comes twice in autumn, the first counts (PEP 495, fold=0). Each date has one slot.
    """
    return datetime.combine(day, publish_at, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The newest edition that was published, and when."""

    id: str
    at: datetime


def due_edition(
    now: datetime, publish_at: time, zone: ZoneInfo, *, last: Published | None, since: datetime
) -> str | None:
    """The id of the edition to publish now, or None.

    It is the one whose slot passed last. After downtime only that one is due: it takes in
    everything that earlier ones would have held. An edition made by hand before its slot is due
    again at its slot. Who has never published has nothing of yesterday to catch up, unless its
    slot passed after `since`, when the scheduler began.
    """
    today = now.astimezone(zone).date()
    day = today if now >= slot(today, publish_at, zone) else today - timedelta(days=1)
    if last is None:
        return day.isoformat() if day == today or slot(day, publish_at, zone) >= since else None
    if last.id > day.isoformat():
        return None  # the clock went back, or somebody was early
    if last.id == day.isoformat() and last.at >= slot(day, publish_at, zone):
        return None
    return day.isoformat()
