"""Subscribers, what they chose, and what is to be sent to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class SubscriberState(StrEnum):
    """Only who is active gets editions."""

    PENDING = "pending"  # asked for it, and has not confirmed yet
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class Frequency(StrEnum):
    """How often a subscriber gets a mail; each mail covers what was published since the last."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a subscriber's mails leave: at an hour of their own clock, None where the edition's."""

    timezone: str | None = None
    hour: int | None = None  # 0..23
    frequency: Frequency = Frequency.DAILY


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of an edition a subscriber gets; no `sections` means all of them."""

    sections: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()  # sections cut to their first stories
    muted: tuple[str, ...] = ()  # story ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person who asked for the digest.

    `generation` rises whenever they subscribe again: links of before then lose their force.
    `revision` rises with every change.
    """

    id: str  # 16 hexadecimal digits, drawn by lot
    address: str
    state: SubscriberState
    language: str | None = None
    rhythm: Timing = Timing()
    choice: Choice = Choice()
    generation: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a subscriber's history: what became of them, when and why."""

    at: datetime
    cause: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The day, by a subscriber's own calendar, for which a mail leaves, and the instant."""

    day: date
    at: datetime


SlotOf = Callable[[Timing, datetime], Slot]  # the first slot at or after an instant


class DeliveryState(StrEnum):
    """pending > sending > sent | failed | held | bounced; skipped where nothing was to be sent."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    BOUNCED = "bounced"
    SKIPPED = "skipped"


class Personal(NamedTuple):
    """What stands in a mail for many readers in the place of each one's own addresses.

    A query may follow the second. No address is longer than 200 characters.
    """

    unsubscribe: str = "%%UNSUBSCRIBE%%"
    preferences: str = "%%PREFERENCES%%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message for many readers: the tokens of `Personal` stand for what is theirs alone."""

    subject: str
    html: str
    text: str
