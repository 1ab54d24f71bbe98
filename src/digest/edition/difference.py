"""What differs between two editions of one day, story by story (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.model import Edition, EditionStory


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """One difference.

    `kind`: joined (of several stories), split (into several), new, gone, moved (to another
    section) or reworded. `before` and `after` are headlines.
    """

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs in an edition; stories are matched by their articles."""

    edition: str
    stories_before: int
    stories_after: int
    changes: tuple[StoryChange, ...] = ()


def difference(before: Edition, after: Edition) -> Difference:
    """Compare two editions.

    A story is gone where none of its articles is in the other edition's stories, and new the
    other way round: what only lost or gained articles is the same story.
    """
    old, new = _stories_by_article(before), _stories_by_article(after)
    changes: list[StoryChange] = []
    for story in after.stories:
        parts = _matches(story, old)
        if len(parts) != 1:
            kind = "joined" if parts else "new"
            changes.append(_change(kind, before=parts, after=[story]))
    for story in before.stories:
        parts = _matches(story, new)
        if len(parts) != 1:
            kind = "split" if parts else "gone"
            changes.append(_change(kind, before=[story], after=parts))
        elif len(_matches(parts[0], old)) == 1:
            changes += _same_story(story, parts[0], _sections(before), _sections(after))
    return Difference(
        edition=after.id,
        stories_before=len(before.stories),
        stories_after=len(after.stories),
        changes=tuple(changes),
    )


def _change(
    kind: str, *, before: Sequence[EditionStory], after: Sequence[EditionStory], detail: str = ""
) -> StoryChange:
    return StoryChange(
        kind=kind,
        before=tuple(story.headline for story in before),
        after=tuple(story.headline for story in after),
        detail=detail,
    )


def _same_story(
    old: EditionStory, new: EditionStory, before: Mapping[str, str], after: Mapping[str, str]
) -> list[StoryChange]:
    changes = []
    if before[old.id] != after[new.id]:
        detail = f"{before[old.id]} to {after[new.id]}"
        changes.append(_change("moved", before=[old], after=[new], detail=detail))
    said = [tuple(sentence.text for sentence in story.summary) for story in (old, new)]
    if said[0] != said[1] or old.headline != new.headline:
        gone, come = set(said[0]) - set(said[1]), set(said[1]) - set(said[0])
        detail = f"{len(gone)} sentences less, {len(come)} more"
        changes.append(_change("reworded", before=[old], after=[new], detail=detail))
    return changes


def _stories_by_article(edition: Edition) -> dict[str, EditionStory]:
    return {article.id: story for story in edition.stories for article in story.articles}


def _matches(story: EditionStory, others: Mapping[str, EditionStory]) -> list[EditionStory]:
    """The other edition's stories that share an article with one."""
    found = {
        others[article.id].id: others[article.id]
        for article in story.articles
        if article.id in others
    }
    return list(found.values())


def _sections(edition: Edition) -> dict[str, str]:
    return {story.id: section.title for section in edition.sections for story in section.stories}
