"""Subscribers, their choices, and what is sent to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

_WORD = "~"  # before a muted word; no id of a story begins so


class SubscriberState(StrEnum):
    """Only active subscribers receive editions."""

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
    """What of an edition a subscriber gets; no `sections` means all of them.

    `muted` holds the ids of stories, and words, each after a tilde.
    """

    sections: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()  # sections cut to their first stories
    muted: tuple[str, ...] = ()

    @property
    def stories(self) -> tuple[str, ...]:
        """The ids of the stories that are muted."""
        return tuple(item for item in self.muted if not item.startswith(_WORD))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are muted."""
        return tuple(item.removeprefix(_WORD) for item in self.muted if item.startswith(_WORD))

    @staticmethod
    def muting(words: Iterable[str]) -> tuple[str, ...]:
        """Words as `muted` holds them."""
        return tuple(f"{_WORD}{word}" for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person who receives, or received, the digest.

    `generation` rises with each new subscription, which invalidates earlier links.
    `revision` rises with every change.
    """

    id: str  # 16 random hexadecimal digits
    address: str
    state: SubscriberState
    language: str | None = None
    rhythm: Timing = Timing()
    choice: Choice = Choice()
    generation: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a subscriber's history: what changed, when and why."""

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


class Cause(StrEnum):
    """Why a delivery did not arrive: whose fault a refusal is, or what else kept it."""

    RECIPIENT = "recipient"  # there is no such mailbox
    MAILBOX = "mailbox"  # it is there and did not take the mail: full, too much at once
    SENDER = "sender"  # the sender, or the provider that relays for them
    MESSAGE = "message"  # too big, or its content
    POLICY = "policy"  # a rule that is not named: perhaps the sender's fault
    TEMPORARY = "temporary"  # network, DNS, a server that is busy
    UNCLEAR = "unclear"
    LATE = "late"
    IN_DOUBT = "in doubt"  # nobody knows whether the server has it
    NOT_MADE = "not made"  # its message could not be rendered
    EMPTY = "empty"  # nothing of the edition is in it
    INACTIVE = "inactive"  # its subscriber was not active when it was due


class Suppression(StrEnum):
    """Why no import brings an address back."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Personal(NamedTuple):
    """Placeholders for each reader's own addresses in a mail for many readers.

    A query may follow the second. No address is longer than 200 characters.
    """

    unsubscribe: str = "%%UNSUBSCRIBE%%"
    preferences: str = "%%PREFERENCES%%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message for many readers, with the placeholders of `Personal`."""

    subject: str
    html: str
    text: str
