"""Where in an edition a story belongs: its section, and how far forward its language lets it go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from digest.model import Story

Reach = Literal["front", "section", "title"]  # how far forward a story may be shown
REACHES: tuple[Reach, ...] = get_args(Reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The section of a story; `language` where the section is in one that the edition is not."""

    section: str
    language: str | None = None
    reach: Reach = "front"


def section_of(story: Story) -> str:
    """Where most of the independent reports are; the canonical article's section on a tie."""
    votes = Counter(report.canonical.section for report in story.reports)
    own = story.medoid.canonical.section
    return max(votes, key=lambda section: (votes[section], section == own, section))


def places(stories: Iterable[Story], languages: Collection[str]) -> dict[str, Place]:
    """Where each story (by id) belongs, in an edition written in `languages` (primary subtags).

    A section most of whose stories are in another language is a section of that language: its
    stories stay in it and off the front. Stray stories in another language are titles at most. On
    a day without any story in the edition's languages there is no difference.
    """
    members: defaultdict[str, list[Story]] = defaultdict(list)
    for story in stories:
        members[section_of(story)].append(story)
    spoken = {_language(story) for inside in members.values() for story in inside}
    home = {*languages, "und"}
    if home.isdisjoint(spoken):
        home |= spoken
    found = {}
    for section, inside in members.items():
        usual = Counter(map(_language, inside)).most_common(1)[0][0]
        foreign = None if usual in home else usual
        for story in inside:
            reach: Reach = "front" if _language(story) in home else "title"
            if _language(story) == foreign:
                reach = "section"
            found[story.id] = Place(section=section, language=foreign, reach=reach)
    return found


def _language(story: Story) -> str:
    return story.medoid.canonical.language
