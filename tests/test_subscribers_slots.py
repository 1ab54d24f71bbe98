"""Every edition reaches every reader in exactly one mail, on the right local day and hour."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from digest.config import DigestSettings
from digest.mail.slots import next_slot, slots
from digest.model import Frequency, Timing
from digest.store import Why
from digest.store.schema_mail import outbox

from .mail_setup import MailSetup, edition

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos",
    "America/Adak", "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Asuncion",
    "America/Bogota", "America/Caracas", "America/Chicago", "America/Denver", "America/Halifax",
    "America/Havana", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
    "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Asia/Beirut",
    "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai",
    "Asia/Tehran", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe",
    "Australia/Sydney", "Europe/Berlin", "Europe/Dublin", "Europe/London", "Pacific/Apia",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati",
)  # fmt: skip
DAYS = int(os.environ.get("DIGEST_SLOT_DAYS", "60"))  # three years in `make soak`
START = date(2026, 2, 1)
CLOCK: Any = {"timezone": "Europe/Berlin", "publish_at": time(7)}


@settings(max_examples=300)
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    hour=st.none() | st.integers(0, 23),
    frequency=st.sampled_from(Frequency),
    after=st.datetimes(datetime(2010, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
)
def test_a_slot_is_the_first_of_its_kind(
    zone: str, hour: int | None, frequency: Frequency, after: datetime
) -> None:
    """At or after the instant, at the hour or where the clocks skip to, on a day that is wanted."""
    rhythm = Timing(timezone=zone, hour=hour, frequency=frequency)
    slot = next_slot(rhythm, after, **CLOCK)
    local = slot.at.astimezone(ZoneInfo(zone))
    assert after <= slot.at <= after + timedelta(days=9)
    assert slot.day == local.date()
    wanted = time(7) if hour is None else time(hour)
    if local.time() != wanted:  # skipped in spring
        assert local.replace(tzinfo=None) - datetime.combine(slot.day, wanted) <= timedelta(hours=2)
    if frequency is not Frequency.DAILY:
        assert (local.weekday() == 5) == (frequency is Frequency.WEEKLY)
        assert local.weekday() != 6
    assert slot == next_slot(rhythm, slot.at, **CLOCK)
    assert slot.day < next_slot(rhythm, slot.at + timedelta(seconds=1), **CLOCK).day


@pytest.mark.parametrize("day", ["monday", "thursday", "sunday"])
def test_weekly_mails_leave_on_the_configured_day(day: str) -> None:
    """Saturday where nothing else is said."""
    slot_of = slots(DigestSettings.model_validate({"weekly_on": day}))
    weekly = Timing(frequency=Frequency.WEEKLY)
    start = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert day == slot_of(weekly, start).day.strftime("%A").lower()
    assert "Saturday" == slots(DigestSettings())(weekly, start).day.strftime("%A")


def test_a_date_that_a_zone_leaves_out_has_no_slot() -> None:
    """Samoa went from Thursday to Saturday; an hour that is skipped, to the one after it."""
    samoa = Timing(timezone="Pacific/Apia", hour=7)
    before = datetime(2011, 12, 29, 20, tzinfo=UTC)  # Thursday, ten in the morning
    assert date(2011, 12, 31) == next_slot(samoa, before, **CLOCK).day
    berlin = Timing(timezone="Europe/Berlin", hour=2)
    skipped = next_slot(berlin, datetime(2026, 3, 28, 12, tzinfo=UTC), **CLOCK)
    assert (date(2026, 3, 29), datetime(2026, 3, 29, 1, tzinfo=UTC)) == (skipped.day, skipped.at)


class Year:
    """A mail setup over simulated time; what is due is taken as sent at once."""

    def __init__(self, folder: Path) -> None:
        self.room = MailSetup(folder)
        digest = self.room.settings.digest.model_copy(update={"timezone": "Europe/Berlin"})
        self.room.settings = self.room.settings.model_copy(update={"digest": digest})
        self.room.slot_of = slots(self.room.settings.digest)
        self.rhythms: dict[str, Timing] = {}
        self.mails: dict[str, list[tuple[str, str, date, datetime, Timing]]] = {}

    def remember(self) -> None:
        self.rhythms = {subscriber.id: subscriber.rhythm for subscriber in self.room.people.all()}

    def send(self, now: datetime) -> None:
        for delivery in self.room.outbox.due(now, doubtful=False, limit=1000):
            contents = (
                delivery.since,
                delivery.edition,
                delivery.slot,
                delivery.due_at,
                self.rhythms[delivery.subscriber],
            )
            self.mails.setdefault(delivery.subscriber, []).append(contents)
        sent = update(outbox).where(outbox.c.state == "pending", outbox.c.retry_at <= now)
        with self.room.store.engine.begin() as connection:
            connection.execute(sent.values(state="sent", tried_at=now))


@pytest.mark.parametrize("moving", [False, True], ids=["settled", "moving"])
def test_forty_zones_over_the_years(tmp_path: Path, moving: bool) -> None:
    """Each edition in exactly one mail a reader; a mail a local date; the hour is theirs.

    Daily, on weekdays and weekly, over every change of the clocks, with people who change zone,
    hour and frequency in between.
    """
    chance = random.Random(40)
    year = Year(tmp_path)
    room = year.room
    for zone in ZONES:
        for frequency in Frequency:
            hour = str(chance.randrange(24))
            room.now = datetime(2026, 1, 31, tzinfo=UTC)
            room.add(f"{zone}.{frequency}@mail.example".replace("/", "."), timezone=zone, hour=hour,
                     frequency=frequency.value)  # fmt: skip
    year.remember()
    people = room.people.all()
    published = room.now
    for number in range(DAYS):
        day = START + timedelta(days=number)
        published = datetime.combine(day, time(7), tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
        year.send(published - timedelta(seconds=1))
        room.publish(edition(day), published)
        if moving and number % 3 == 0:
            moment = published + timedelta(minutes=chance.randrange(1430))
            year.send(moment)
            for person in chance.sample(people, 6):
                fields = {"timezone": chance.choice(ZONES), "hour": chance.randrange(24)}
                if chance.random() < 0.3:
                    fields |= {"frequency": chance.choice(list(Frequency))}
                why = Why(moment, "on the web")
                room.people.change(person.id, fields, why=why, slot_of=room.slot_of)
            year.remember()
    year.send(published + timedelta(days=9))
    assert len(ZONES) * 3 == len(year.mails)
    for mails in year.mails.values():
        check_mails(mails)


def check_mails(mails: list[tuple[str, str, date, datetime, Timing]]) -> None:
    expected = START
    for since, until, slot, due, rhythm in mails:
        local = due.astimezone(ZoneInfo(rhythm.timezone or ""))
        assert expected == date.fromisoformat(since)  # nothing twice, nothing left out
        expected = date.fromisoformat(until) + timedelta(days=1)
        assert slot == local.date()
        assert (
            local.hour == rhythm.hour
            or local.utcoffset()
            != (local - timedelta(hours=3)).astimezone(UTC).astimezone(local.tzinfo).utcoffset()
        )
        assert rhythm.frequency is not Frequency.WEEKLY or slot.weekday() == 5
        assert rhythm.frequency is not Frequency.WEEKDAYS or slot.weekday() < 5
    slots = [slot for _, _, slot, _, _ in mails]
    assert len(slots) == len(set(slots))
    assert START + timedelta(days=DAYS) == expected


def test_naming_mails_by_edition_alone_doubles_a_day() -> None:
    """The control: where the hour of publication moves over theirs, two editions share a date.

    Each edition sent at the first such hour after it, without a look at what waits already.
    """
    tokyo = Timing(timezone="Asia/Tokyo", hour=14)
    naive = []
    for number in range(90):
        day = START + timedelta(days=number)
        published = datetime.combine(day, time(7), tzinfo=ZoneInfo("Europe/Berlin"))
        naive.append(next_slot(tokyo, published.astimezone(UTC), **CLOCK).day)
    assert len(set(naive)) < len(naive)
