"""Which edition is due: one a local date, named by that date, in the edition's own zone (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WAIT_FOR_FEEDS = timedelta(hours=2)  # after the slot, for a network that is down


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


def may_publish_unread(now: datetime, due_at: datetime, *, waiting: int) -> bool:
    """Is it time to publish though no feed could be read since the newest edition?

    What waits from before is published two hours after the slot; without any there is no edition.
    """
    return waiting > 0 and now >= due_at + WAIT_FOR_FEEDS


def date_warnings(
    now: datetime, zone: ZoneInfo, *, newest: Published | None, last: Published | None
) -> tuple[str, ...]:
    """What is odd about the newest edition of all, and the newest up to today."""
    found = []
    if newest is not None and newest.id > edition_id(now, zone):
        found.append(
            f"the newest edition is dated {newest.id}, which is not yet: is the clock right?"
            " Editions of dates before it are published all the same"
        )
    if last is not None and last.at > now:
        found.append(
            f"the clock is behind the last publication ({last.at:%Y-%m-%d %H:%M} UTC): what is"
            " due waits until it has caught up"
        )
    return tuple(found)


def due_edition(
    now: datetime, publish_at: time, zone: ZoneInfo, *, last: Published | None, since: datetime
) -> str | None:
    """The id of the edition to publish now, or None.

    It is the one whose slot passed last. After downtime only that one is due: it takes in
    everything that earlier ones would have held. An edition made by hand before its slot is due
    again at its slot. Who has never published has nothing of yesterday to catch up, unless its
    slot passed after `since`, when the scheduler began. `last` is of today or before: an edition
    of a later date, by a clock that was wrong or a given time, keeps no other from appearing.
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
