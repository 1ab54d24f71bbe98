"""What is on the pages about many editions, and which of those a new edition changes.

A new edition touches a fixed number of old files, however many editions there are: the page
before it (its link to the next), its month, the index, the feeds, and the pages of its own
stories and sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby, islice
from typing import NamedTuple

from digest.model import Edition, EditionStory, Section
from digest.render.clean import clean_edition
from digest.render.feeds import EDITIONS, STORY_DAYS
from digest.render.localization import Wording
from digest.render.story_view import StoryView
from digest.render.view import EditionView, SectionView

_DAYS_OF_A_STORY = 30  # in full on its own page; older ones are named
_STORIES_OF_A_SECTION = 60


class Day(NamedTuple):
    """An edition in a list of editions."""

    id: str
    translate: Wording
    stories: int
    articles: int
    headlines: tuple[EditionStory, ...]  # the first three
    week: bool  # does it end a week that has a page?


class StoryDay(NamedTuple):
    """A day of a story; `story` and `translate` are None where it is named only."""

    edition: str
    headline: str
    story: StoryView | None
    translate: Wording | None


def wanted(edition: Edition, ids: Sequence[str]) -> set[str]:
    """The editions (of all, newest first) that the site's files are made from."""
    before = next((edition_id for edition_id in ids if edition_id < edition.id), edition.id)
    newest = ids[0] if ids else edition.id
    months = {edition.id[:7], newest[:7]}
    return (
        {edition.id, before, *ids[:EDITIONS]}
        | {edition_id for edition_id in ids if edition_id[:7] in months}
        | {
            earlier_edition.edition
            for story in edition.stories
            for earlier_edition in (*story.earlier[:_DAYS_OF_A_STORY], *story.earlier[-1:])
        }
    )


def week_of(edition: str, ids: Sequence[str]) -> tuple[str, ...]:
    """The editions (of all, newest first) of the seven days up to one, oldest first.

    None where there is one alone: its own page says it all.
    """
    first = (date.fromisoformat(edition) - timedelta(days=6)).isoformat()
    days = tuple(day for day in reversed(ids) if first <= day <= edition)
    return days if len(days) > 1 else ()


@dataclass(frozen=True, kw_only=True)
class Site:
    """All editions by id, newest first, and those of them that are at hand."""

    ids: Sequence[str]
    editions: dict[str, Edition]
    show: Callable[[Edition], EditionView]
    wording: Callable[[Edition], Wording]
    new: str  # the edition that is added now
    week: bool  # does it come with a page of its week?

    @cached_property
    def newest(self) -> tuple[EditionView, ...]:
        """The newest editions, as many as the feed shows."""
        return tuple(
            self.view(edition_id)
            for edition_id in self.ids[:EDITIONS]
            if edition_id in self.editions
        )

    @cached_property
    def _views(self) -> dict[str, EditionView]:
        return {}

    def view(self, edition: str) -> EditionView:
        """An edition ready to be shown."""
        if edition not in self._views:
            self._views[edition] = self.show(self.editions[edition])
        return self._views[edition]

    def neighbours(self, edition: str) -> tuple[str | None, str | None]:
        """The editions before and after one."""
        before = next((edition_id for edition_id in self.ids if edition_id < edition), None)
        after = next(
            (edition_id for edition_id in reversed(self.ids) if edition_id > edition),
            None,
        )
        return before, after

    def has_week(self, edition: str) -> bool:
        """Is there a page of the week up to an edition? Older ones than fronts have none."""
        if edition == self.new:
            return self.week
        return bool(self.editions[edition].front and week_of(edition, self.ids))

    def days(self, month: str) -> tuple[Day, ...]:
        """The editions of a month such as "2026-11", newest first."""
        return tuple(
            self._day(self.editions[edition_id])
            for edition_id in self.ids
            if edition_id.startswith(month) and edition_id in self.editions
        )

    def stories(self, edition: EditionView) -> Iterator[tuple[EditionView, StoryView]]:
        """The stories of an edition, each as the newest edition at hand tells it."""
        latest = {story.id: (view, story) for view, story in reversed([*self._published()])}
        for story in edition.stories:
            yield latest.get(story.id, (edition, story))

    def timeline(self, edition: EditionView, story: StoryView) -> tuple[StoryDay, ...]:
        """A story day by day, newest first, by the editions that carried it."""
        days = [StoryDay(edition.edition.id, story.headline, story, edition.translate)]
        for place, earlier in enumerate(story.earlier):
            found = translate = None
            if place < _DAYS_OF_A_STORY and earlier.edition in self.editions:
                then = self.view(earlier.edition)
                found = next(
                    (other_story for other_story in then.stories if other_story.id == story.id),
                    None,
                )
                translate = then.translate if found else None
            days.append(StoryDay(earlier.edition, earlier.headline, found, translate))
        return tuple(days)

    def recent(self, days: int = STORY_DAYS) -> list[tuple[EditionView, StoryView]]:
        """The stories of the newest editions, each once, as it was published last."""
        seen: set[str] = set()
        return [
            (view, story)
            for view, story in self._published(days)
            if story.id not in seen and not seen.add(story.id)  # type: ignore[func-returns-value]
        ]

    def section(self, slug: str) -> list[tuple[EditionView, tuple[StoryView, ...]]]:
        """The newest stories of a section, by edition."""
        mine = (
            (view, story)
            for view, story in self.recent(EDITIONS)
            if section_of(view, story).slug == slug
        )
        found = islice(mine, _STORIES_OF_A_SECTION)
        return [
            (self.view(edition), tuple(story for _, story in group))
            for edition, group in groupby(found, key=lambda each: each[0].edition.id)
        ]

    def sections(self) -> tuple[SectionView, ...]:
        """The sections of the newest editions, each once."""
        by_slug = {
            section.slug: section for view in reversed(self.newest) for section in view.sections
        }
        order = dict.fromkeys(section.slug for view in self.newest for section in view.sections)
        return tuple(by_slug[slug] for slug in order)

    def years(self) -> list[tuple[str, tuple[str, ...]]]:
        """The months before the newest, by year, newest first."""
        months = list(dict.fromkeys(edition_id[:7] for edition_id in self.ids))
        return [(year, tuple(group)) for year, group in groupby(months[1:], lambda one: one[:4])]

    def _published(self, days: int = EDITIONS) -> Iterator[tuple[EditionView, StoryView]]:
        return ((view, story) for view in self.newest[:days] for story in view.stories)

    def _day(self, edition: Edition) -> Day:
        return Day(
            id=edition.id,
            translate=self.wording(edition),
            stories=len(edition.stories),
            articles=edition.counts.articles,
            headlines=_first_stories(edition),
            week=self._ends_week(edition.id) and self.has_week(edition.id),
        )

    def _ends_week(self, edition: str) -> bool:
        """Is it the newest of its calendar week (ISO 8601)?"""
        _, after = self.neighbours(edition)
        weeks = [
            date.fromisoformat(day).isocalendar()[:2] for day in (edition, after or "0001-01-01")
        ]
        return weeks[0] != weeks[1]


def section_of(view: EditionView, story: StoryView) -> SectionView:
    """The section in which an edition tells a story."""
    return next(section for section in view.sections if story in section.stories)


def _first_stories(edition: Edition) -> tuple[EditionStory, ...]:
    """The first three stories as a list needs them; to clean whole editions would be dear."""
    ordered = edition.front_stories or edition.stories
    first = tuple(
        replace(story, articles=story.articles[:1], summary=(), conflicts=(), earlier=())
        for story in ordered[:3]
    )
    return clean_edition(
        replace(edition, feeds=(), rest=(), sections=(Section(title="", stories=first),))
    ).stories
