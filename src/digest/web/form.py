"""The preferences form: what it shows, and what a filled one says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from digest.mail.subscriber_rows import Fields, parse_fields
from digest.model import Edition, Frequency, Subscriber, SubscriberState

_STORY = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_MUTED = 200  # stories; who mutes more has the oldest back

ZONES = tuple(
    sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
)


class WrongForm(ValueError):
    """A form that says nothing we can do; the message is a phrase's key in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionField:
    """A section with how much of it is wanted: all, fewer, none."""

    title: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MutedField:
    """A story that is muted, or would be: by its headline, where that is known."""

    id: str
    headline: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form shows before anything is changed in it."""

    frequency: str
    hour: int | None
    timezone: str
    language: str
    paused: bool
    sections: tuple[SectionField, ...]
    muted: tuple[MutedField, ...]
    zones: tuple[str, ...] = ZONES


def shown(subscriber: Subscriber, recent: Sequence[Edition], asked: Mapping[str, str]) -> Form:
    """The form for a subscriber; what a link in a mail asks for is filled in, and not yet done."""
    choice, rhythm = subscriber.choice, subscriber.rhythm
    fewer = {*choice.fewer, asked.get("fewer", "")}
    muted = list(choice.muted)
    mute = asked.get("mute", "")
    if _STORY.fullmatch(mute) and mute not in muted:
        muted.append(mute)
    headlines = {story.id: story.headline for edition in recent for story in edition.stories}
    frequency = asked.get("frequency", rhythm.frequency)
    return Form(
        frequency=frequency if frequency in set(Frequency) else rhythm.frequency,
        hour=rhythm.hour,
        timezone=rhythm.timezone or "",
        language=subscriber.language or "",
        paused=subscriber.state is SubscriberState.PAUSED,
        sections=tuple(
            SectionField(title=title, wanted=_wanted(title, choice.sections, fewer))
            for title in _titles(subscriber, recent)
        ),
        muted=tuple(MutedField(id=story, headline=headlines.get(story)) for story in muted),
    )


def preferences(
    subscriber: Subscriber, recent: Sequence[Edition], form: Mapping[str, object]
) -> tuple[SubscriberState, Fields]:
    """What a filled form says: the state and every field it holds. Raises WrongForm."""
    titles = _titles(subscriber, recent)
    wanted = {title: str(form.get(f"section:{title}", "all")) for title in titles}
    kept = tuple(title for title in titles if wanted[title] != "none")
    if titles and not kept:
        raise WrongForm("no_section")
    stories = getattr(form, "getlist", lambda _name: ())("muted")
    fields = _plain(form) | {
        "sections": () if len(kept) == len(titles) else kept,
        "fewer": tuple(title for title in kept if wanted[title] == "fewer"),
        "muted": tuple(
            dict.fromkeys(story for story in map(str, stories) if _STORY.fullmatch(story))
        )[-_MUTED:],
    }
    paused = form.get("paused") == "yes"
    return SubscriberState.PAUSED if paused else SubscriberState.ACTIVE, fields


def _plain(form: Mapping[str, object]) -> dict[str, object]:
    """The fields of one word each; only a timezone is typed in, what else is wrong was made up."""
    fields: dict[str, object] = {}
    for name in ("frequency", "hour", "timezone", "language"):
        try:
            fields |= parse_fields({name: str(form.get(name, ""))})
        except ValueError:
            raise WrongForm("no_timezone" if name == "timezone" else "wrong_form") from None
    return fields


def _titles(subscriber: Subscriber, recent: Sequence[Edition]) -> tuple[str, ...]:
    """The sections of late, and those a subscriber spoke of."""
    of_late = (section.title for edition in recent for section in edition.sections)
    return tuple(dict.fromkeys((*of_late, *subscriber.choice.sections, *subscriber.choice.fewer)))


def _wanted(title: str, sections: tuple[str, ...], fewer: set[str]) -> str:
    if title in fewer:
        return "fewer"
    return "all" if not sections or title in sections else "none"
