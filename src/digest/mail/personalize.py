"""What is in a subscriber's mail: an edition cut to their choice."""

from __future__ import annotations

from dataclasses import replace

from digest.model import Choice, Edition

FEWER = 3  # stories of a section of which someone wants fewer


def personal(edition: Edition, choice: Choice) -> Edition:
    """The part of an edition that a subscriber chose; the edition itself where that is all."""
    sections = []
    for section in edition.sections:
        if choice.sections and section.title not in choice.sections:
            continue
        stories = tuple(story for story in section.stories if story.id not in choice.muted)
        if section.title in choice.fewer:
            stories = stories[:FEWER]
        if stories:
            sections.append(replace(section, stories=stories))
    if tuple(sections) == edition.sections:
        return edition
    kept = {story.id for section in sections for story in section.stories}
    chosen = replace(
        edition,
        sections=tuple(sections),
        front=tuple(story_id for story_id in edition.front if story_id in kept),
        rest=tuple(
            brief
            for brief in edition.rest
            if not choice.sections or brief.section in choice.sections
        ),
    )
    # What somebody does not want is not what there was no room for.
    unwanted = len(edition.stories) - len(chosen.stories)
    counts = replace(edition.counts, stories=max(edition.counts.stories - unwanted, 0))
    return replace(chosen, counts=counts)
