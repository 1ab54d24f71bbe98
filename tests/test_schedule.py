"""One edition a local date, across clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.edition.schedule import Published, due_edition, edition_id, slot

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Africa/Casablanca",  # suspended during Ramadan
    "Pacific/Auckland",
    "America/Santiago",  # changes at midnight: the day begins at 01:00
    "Asia/Kathmandu",  # no change, odd offset
)


def test_an_edition_is_named_by_the_local_date() -> None:
    """The same instant belongs to different dates in different zones."""
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert "2026-03-01" == edition_id(now, ZoneInfo("UTC"))
    assert "2026-03-02" == edition_id(now, ZoneInfo("Europe/Berlin"))
    assert "2026-03-01" == edition_id(now, ZoneInfo("America/New_York"))


def test_a_time_that_does_not_exist_stands_for_the_end_of_the_gap() -> None:
    """02:30 on the night clocks go forward is the instant that is then called 03:30."""
    at = slot(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin"))
    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == at


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    """02:30 on the night clocks go back happens at 00:30 and at 01:30 UTC."""
    at = slot(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin"))
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == at


UTC_ZONE = ZoneInfo("UTC")
SEVEN = datetime(2026, 1, 5, 7, tzinfo=UTC)


def test_nothing_is_due_before_its_time() -> None:
    """At 06:59 there is no edition of 07:00, at 07:00 there is."""
    assert None is due_edition(
        SEVEN - timedelta(minutes=1), time(7), UTC_ZONE, last=None, since=SEVEN
    )
    assert "2026-01-05" == due_edition(SEVEN, time(7), UTC_ZONE, last=None, since=SEVEN)


def test_an_edition_made_by_hand_before_its_time_is_due_again_at_its_time() -> None:
    """What a person made at dawn does not stand in for the day's edition."""
    early = Published(id="2026-01-05", at=SEVEN - timedelta(hours=2))
    assert None is due_edition(early.at, time(7), UTC_ZONE, last=early, since=SEVEN)
    assert "2026-01-05" == due_edition(SEVEN, time(7), UTC_ZONE, last=early, since=SEVEN)
    done = Published(id="2026-01-05", at=SEVEN)
    assert None is due_edition(
        SEVEN + timedelta(hours=4), time(7), UTC_ZONE, last=done, since=SEVEN
    )


def test_downtime_is_caught_up_with_one_edition() -> None:
    """Down for three days and up again at night: yesterday's edition is due, once."""
    last = Published(id="2026-01-01", at=SEVEN - timedelta(days=4))
    night = SEVEN - timedelta(hours=5)
    assert "2026-01-04" == due_edition(night, time(7), UTC_ZONE, last=last, since=SEVEN)
    assert None is due_edition(
        night, time(7), UTC_ZONE, last=Published(id="2026-01-04", at=night), since=SEVEN
    )


def test_a_new_installation_does_not_publish_yesterday() -> None:
    """Started before its first slot, it waits for it."""
    assert None is due_edition(
        SEVEN - timedelta(hours=5), time(7), UTC_ZONE, last=None, since=SEVEN
    )


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("publish_at", [time(0, 0), time(2, 30), time(7, 0), time(23, 59)])
def test_every_local_date_of_three_years_has_exactly_one_edition(
    name: str, publish_at: time
) -> None:
    """Looking every quarter of an hour, each local date is published once, none is left out."""
    zone = ZoneInfo(name)
    last = None
    start = now = datetime(2025, 1, 1, tzinfo=UTC)
    dates = []
    while now < datetime(2028, 1, 1, tzinfo=UTC):
        if due := due_edition(now, publish_at, zone, last=last, since=start):
            dates.append(due)
            last = Published(id=due, at=now)
        now += timedelta(minutes=15)
    expected = [(date(2025, 1, 1) + timedelta(days=day)).isoformat() for day in range(3 * 365)]
    assert len(dates) == len(set(dates))
    assert expected[1:-1] == [day for day in dates if expected[1] <= day <= expected[-2]]


@given(
    start=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 1, 1)),
    steps=st.lists(st.integers(min_value=-400 * 24 * 60, max_value=400 * 24 * 60), max_size=40),
    name=st.sampled_from(ZONES),
)
def test_clock_jumps_never_publish_a_date_twice(
    start: datetime, steps: list[int], name: str
) -> None:
    """Wherever the clock jumps, a date that has its edition is not due again."""
    start = start.replace(tzinfo=UTC)
    zone, now = ZoneInfo(name), start
    dates: list[str] = []
    last = None
    for minutes in steps:
        if due := due_edition(now, time(7), zone, last=last, since=start):
            dates.append(due)
            last = Published(id=due, at=now)
        now += timedelta(minutes=minutes)
    assert sorted(set(dates)) == dates
