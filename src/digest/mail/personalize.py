"""What is in a subscriber's mail: an edition cut to their choice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from digest.model import Choice, Edition, EditionStory, Section

FEWER = 3  # stories of a section of which someone wants fewer


def personal(edition: Edition, choice: Choice) -> Edition:
    """The part of an edition that a subscriber chose; the edition itself where that is all."""
    muted = _muting(choice.words)
    sections = tuple(
        replace(section, stories=stories)
        for section in edition.sections
        if (stories := _chosen(section, choice, muted))
    )
    rest = tuple(
        replace(brief, also=False) if brief.also and brief.section in choice.fewer else brief
        for brief in edition.rest
        if _wanted(brief.section, choice) and not muted(brief.headline)
    )
    if sections == edition.sections and rest == edition.rest:
        return edition
    kept = {story.id for section in sections for story in section.stories}
    # What somebody does not want is not what there was no room for.
    unwanted = len(edition.stories) - len(kept) + len(edition.rest) - len(rest)
    return replace(
        edition,
        sections=sections,
        front=tuple(story_id for story_id in edition.front if story_id in kept),
        rest=rest,
        counts=replace(edition.counts, stories=max(edition.counts.stories - unwanted, 0)),
    )


def _wanted(section: str, choice: Choice) -> bool:
    return not choice.sections or section in choice.sections


def _chosen(
    section: Section, choice: Choice, muted: Callable[[str], object]
) -> tuple[EditionStory, ...]:
    if not _wanted(section.title, choice):
        return ()
    stories = tuple(
        story
        for story in section.stories
        if story.id not in choice.muted
        and not muted(" ".join((story.headline, *(sentence.text for sentence in story.summary))))
    )
    return stories[:FEWER] if section.title in choice.fewer else stories


def _muting(words: Sequence[str]) -> Callable[[str], object]:
    """Does a text have one of the words? Whole words count, where a script sets spaces between."""
    if not words:
        return lambda _text: None
    return re.compile("|".join(map(_pattern, words)), re.IGNORECASE).search


def _pattern(word: str) -> str:
    before, after = (
        "" if unicodedata.east_asian_width(sign) in "WF" else r"\b" if sign.isalnum() else ""
        for sign in (word[0], word[-1])
    )
    return f"{before}{re.escape(word)}{after}"
