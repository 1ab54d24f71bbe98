"""The preferences form: what it shows, and what a filled one says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from zoneinfo import available_timezones

from digest.mail.subscriber_rows import Fields, parse_fields
from digest.model import Choice, Edition, Subscriber, SubscriberState

STORY = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
MAX_MUTED = 200  # stories; who mutes more has the oldest back

_WORD = re.compile(r"[^\x00-\x1f\x7f~;,]{2,60}")
_MAX_WORDS = 50

_NAMES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")
)
ZONES: Mapping[str, tuple[str, ...]] = {
    region: tuple(zones) for region, zones in groupby(_NAMES, lambda zone: zone.partition("/")[0])
}


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
    language: str = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form shows before anything is changed in it; `zones` by region."""

    frequency: str
    hour: int | None
    timezone: str
    language: str
    paused: bool
    sections: tuple[SectionField, ...]
    muted: tuple[MutedField, ...]
    words: str
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: ZONES)


def shown(
    subscriber: Subscriber, recent: Sequence[Edition], configured: Sequence[str] = ()
) -> Form:
    """The form for a subscriber; `configured` are the sections of feeds."""
    choice, rhythm = subscriber.choice, subscriber.rhythm
    return Form(
        frequency=rhythm.frequency,
        hour=rhythm.hour,
        timezone=rhythm.timezone or "",
        language=subscriber.language or "",
        paused=subscriber.state is SubscriberState.PAUSED,
        sections=tuple(
            SectionField(title=title, wanted=_wanted(title, choice.sections, choice.fewer))
            for title in titles(subscriber, recent, configured)
        ),
        muted=tuple(muted_field(story, recent) for story in choice.stories),
        words=", ".join(choice.words),
    )


def muted_field(story: str, editions: Sequence[Edition]) -> MutedField:
    """A story by the headline that the first of some editions gives it."""
    for edition in editions:
        for shown_story in edition.stories:
            if shown_story.id == story:
                return MutedField(
                    id=story, headline=shown_story.headline, language=shown_story.language
                )
    return MutedField(id=story, headline=None)


def preferences(
    subscriber: Subscriber,
    recent: Sequence[Edition],
    form: Mapping[str, object],
    configured: Sequence[str] = (),
) -> tuple[SubscriberState, Fields]:
    """What a filled form says: the state and every field it holds. Raises WrongForm.

    A section that the form does not hold stays chosen or excluded, as it was.
    """
    known = titles(subscriber, recent, configured)
    choice = subscriber.choice
    before = {title: _wanted(title, choice.sections, choice.fewer) for title in known}
    wanted = {title: str(form.get(f"section:{title}", before[title])) for title in known}
    kept = tuple(title for title in known if wanted[title] != "none")
    if known and not kept:
        raise WrongForm("no_section")
    # Who chose some sections goes on with those, unless another one is chosen now: sections may
    # be excluded that are not in this list.
    gained = any(before[title] == "none" for title in kept)
    everything = len(kept) == len(known) and (gained or not choice.sections)
    stories = getattr(form, "getlist", lambda _name: ())("muted")
    fields = _plain(form) | {
        "sections": () if everything else kept,
        "fewer": tuple(title for title in kept if wanted[title] == "fewer"),
        "muted": (*dict.fromkeys(story for story in map(str, stories) if STORY.fullmatch(story)),)[
            -MAX_MUTED:
        ]
        + Choice.muting(_words(str(form.get("words", "")))),
    }
    paused = form.get("paused") == "yes"
    return SubscriberState.PAUSED if paused else SubscriberState.ACTIVE, fields


def _plain(form: Mapping[str, object]) -> dict[str, object]:
    """The fields that are chosen from lists: a value that is in none was made up."""
    fields: dict[str, object] = {}
    for name in ("frequency", "hour", "timezone", "language"):
        if name not in form:
            continue
        try:
            fields |= parse_fields({name: str(form.get(name, ""))})
        except ValueError:
            raise WrongForm("wrong_form") from None
    return fields


def titles(
    subscriber: Subscriber, recent: Sequence[Edition], configured: Sequence[str] = ()
) -> tuple[str, ...]:
    """The sections of feeds, those of late editions, and those a subscriber spoke of."""
    of_late = (section.title for edition in recent for section in edition.sections)
    chosen = (*subscriber.choice.sections, *subscriber.choice.fewer)
    return tuple(dict.fromkeys((*configured, *of_late, *chosen)))


def _words(text: str) -> tuple[str, ...]:
    """The words of a field, each once, whatever is between them but spaces."""
    found = (word.strip() for word in re.split(r"[,;\n]+", text))
    return tuple(dict.fromkeys(word for word in found if _WORD.fullmatch(word)))[:_MAX_WORDS]


def _wanted(title: str, sections: tuple[str, ...], fewer: tuple[str, ...]) -> str:
    if title in fewer:
        return "fewer"
    return "all" if not sections or title in sections else "none"
