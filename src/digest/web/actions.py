"""What a link in a mail asks for: one change, named, with what takes it back.

Pure: a query or a form -> an action -> the fields that it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from digest.mail.subscriber_rows import Fields
from digest.model import Frequency, Subscriber, SubscriberState
from digest.web.form import MAX_MUTED, STORY

Kind = Literal["mute", "unmute", "less", "more", "frequency", "pause", "resume", "unsubscribe"]

# What takes back what; a frequency is taken back by the one before.
_UNDO: Mapping[str, Kind] = {
    "mute": "unmute",
    "unmute": "mute",
    "less": "more",
    "more": "less",
    "pause": "resume",
    "resume": "pause",
}
# A link to leave may do less than leave, and take that back.
OF_LEAVING = frozenset({"unsubscribe", "frequency", "pause", "resume"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change: of a story (by id), a section (by title), the frequency or the state."""

    kind: Kind
    value: str = ""

    def undo(self, subscriber: Subscriber) -> Action:
        """What brings back what `subscriber` had before this."""
        if self.kind == "frequency":
            before = subscriber.rhythm.frequency
            daily = Frequency.DAILY if before == self.value else before
            return Action(kind="frequency", value=daily.value)
        return Action(kind=_UNDO[self.kind], value=self.value)

    def is_done(self, subscriber: Subscriber) -> bool:
        """Is it so already?"""
        choice = subscriber.choice
        return {
            "mute": self.value in choice.muted,
            "unmute": self.value not in choice.muted,
            "less": self.value in choice.fewer,
            "more": self.value not in choice.fewer,
            "frequency": subscriber.rhythm.frequency == self.value,
            "pause": subscriber.state is SubscriberState.PAUSED,
            "resume": subscriber.state is SubscriberState.ACTIVE,
            "unsubscribe": subscriber.state is SubscriberState.UNSUBSCRIBED,
        }[self.kind]

    def fields(self, subscriber: Subscriber) -> Fields:
        """The fields of a subscriber that it changes, with their new values."""
        muted = tuple(story for story in subscriber.choice.muted if story != self.value)
        fewer = tuple(title for title in subscriber.choice.fewer if title != self.value)
        changes: dict[str, Fields] = {
            "mute": {"muted": (*muted, self.value)[-MAX_MUTED:]},
            "unmute": {"muted": muted},
            "less": {"fewer": (*fewer, self.value)},
            "more": {"fewer": fewer},
            "frequency": {"frequency": self.value},
        }
        return changes.get(self.kind, {})

    @property
    def state(self) -> SubscriberState | None:
        """The state that it brings about, if any."""
        return {
            "pause": SubscriberState.PAUSED,
            "resume": SubscriberState.ACTIVE,
            "unsubscribe": SubscriberState.UNSUBSCRIBED,
        }.get(self.kind)


def asked(query: Mapping[str, str], sections: Sequence[str]) -> Action | None:
    """What the address of a page asks for, by a key of its query; None where it is nothing."""
    for key, kind in (("mute", "mute"), ("fewer", "less"), ("frequency", "frequency")):
        if key in query:
            return _action(kind, query[key], sections)
    return None


def ordered(form: Mapping[str, object], sections: Sequence[str]) -> Action | None:
    """What a filled form orders; None where it is no form of one action."""
    return _action(str(form.get("act", "")), str(form.get("value", "")), sections)


def _action(kind: str, value: str, sections: Sequence[str]) -> Action | None:
    match kind:
        case "mute" | "unmute" if STORY.fullmatch(value):
            return Action(kind=kind, value=value)
        case "less" | "more" if value in sections:
            return Action(kind=kind, value=value)
        case "frequency" if value in set(Frequency):
            return Action(kind="frequency", value=value)
        case "pause" | "resume" | "unsubscribe":
            return Action(kind=kind)
    return None
