"""Chosen and summarized stories -> one Edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from digest.edition.ranking import story_kind
from digest.edition.sections import REACHES, Place
from digest.edition.select import Selection
from digest.model import (
    Article,
    Brief,
    Chapter,
    Copy,
    Counts,
    Coverage,
    DuplicateGroup,
    Edition,
    EditionStory,
    FeedReport,
    Role,
    Section,
    Story,
)
from digest.stories.kinds import article_kind
from digest.stories.summarize import headline_of, listed_title

_REST = 1000  # stories named after the cut: a page that one can still read


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What an edition is, before anything is in it."""

    id: str  # the local date
    title: str
    language: str
    timezone: str
    since: datetime
    until: datetime
    sections: tuple[str, ...]  # reading order


def is_fresh(article: Article, max_age: timedelta) -> bool:
    """Was an article news when it was first seen?

    Compared with the time of first sight, not with a clock: building again later gives the same
    answer. A date after first sight is wrong, and no reason to leave an article out.
    """
    return article.published_at >= article.first_seen_at - max_age


def count(
    stories: Sequence[Story], fresh: Collection[str], feeds: Sequence[FeedReport], *, repeats: int
) -> Counts:
    """What went into an edition: of the stories' articles those that are `fresh` (ids)."""
    reports = [report for story in stories for report in story.reports]
    copies = [copy.article.id for report in reports for copy in report.copies]
    articles = [report.canonical.id for report in reports] + copies
    return Counts(
        feeds=len(feeds),
        feeds_failed=sum(feed.status == "failed" for feed in feeds),
        articles=sum(article in fresh for article in articles),
        copies=sum(article in fresh for article in copies),
        stories=len(stories),
        repeats=repeats,
    )


def compose(
    masthead: Masthead,
    counts: Counts,
    chapters: Iterable[Chapter],
    feeds: Iterable[FeedReport],
    rest: Iterable[Story] = (),
    *,
    selection: Selection,
    places: Mapping[str, Place],
) -> Edition:
    """The edition that shows these chapters, and names the `rest` of the stories, given best first.

    Sections are in the masthead's order, others after them. In a section stories keep the order
    given, those shown as a line after the others; in the rest those in another language come last.
    """
    by_reach = sorted(rest, key=lambda story: REACHES.index(places[story.id].reach))
    by_section: dict[str, list[EditionStory]] = {title: [] for title in masthead.sections}
    for chapter in chapters:
        shown = _edition_story(chapter, full=chapter.summarized.story.id in selection.full)
        by_section.setdefault(places[shown.id].section, []).append(shown)
    return Edition(
        id=masthead.id,
        title=masthead.title,
        language=masthead.language,
        timezone=masthead.timezone,
        since=masthead.since,
        until=masthead.until,
        counts=counts,
        feeds=tuple(feeds),
        sections=tuple(
            Section(
                title=title,
                stories=tuple(sorted(members, key=lambda story: story.display == "line")),
                language=places[members[0].id].language,
            )
            for title, members in by_section.items()
            if members
        ),
        rest=tuple(
            _brief(story, places[story.id], also=story.id in selection.also)
            for story in islice(by_reach, _REST)
        ),
        front=selection.front,
    )


def with_last_heard(
    feeds: Iterable[FeedReport], before: Edition | None, until: datetime
) -> list[FeedReport]:
    """The reports with `heard_at`, taken over from the edition before for feeds without news."""
    known = {feed.url: feed.heard_at for feed in before.feeds} if before else {}
    return [
        replace(feed, heard_at=until if feed.entries else known.get(feed.url) or until)
        for feed in feeds
    ]


def _edition_story(chapter: Chapter, *, full: bool) -> EditionStory:
    summarized = chapter.summarized
    story = summarized.story
    return EditionStory(
        id=story.id,
        headline=summarized.headline,
        language=story.medoid.canonical.language,
        outlets=len(story.outlets),
        independent_reports=story.independent_reports,
        summary=summarized.summary.sentences,
        written_by=summarized.summary.written_by,
        articles=tuple(_coverage(story.medoid, story.others)),
        status=chapter.status,
        day=chapter.day,
        earlier=chapter.earlier,
        conflicts=summarized.conflicts,
        image=story.medoid.canonical.image,
        kind=story_kind(story),
        display="full" if full else "line",
    )


def _brief(story: Story, place: Place, *, also: bool) -> Brief:
    canonical = story.medoid.canonical
    return Brief(
        headline=(headline_of([report.canonical for report in story.reports]) if also else "")
        or listed_title(canonical),
        url=canonical.url,
        outlet=canonical.outlet,
        articles=len(story.articles),
        section=place.section,
        language=canonical.language,
        kind=story_kind(story),
        paywalled=canonical.paywalled,
        also=also,
    )


def _coverage(medoid: DuplicateGroup, others: Iterable[DuplicateGroup]) -> Iterable[Coverage]:
    later = sorted(others, key=lambda report: (report.canonical.published_at, report.canonical.id))
    for report in (medoid, *later):
        role: Role = "canonical" if report is medoid else "report"
        yield _covered(report.canonical, role, None)
        for copy in sorted(report.copies, key=_copied_at):
            covered = _covered(copy.article, "copy", report.canonical.id)
            yield replace(covered, excerpt=copy.excerpt)


def _copied_at(copy: Copy) -> tuple[datetime, str]:
    return copy.article.published_at, copy.article.id


def _covered(article: Article, role: Role, copy_of: str | None) -> Coverage:
    return Coverage(
        id=article.id,
        url=article.url,
        title=listed_title(article),
        outlet=article.outlet,
        published_at=article.published_at,
        role=role,
        copy_of=copy_of,
        dated=article.dated,
        paywalled=article.paywalled,
        language=article.language,
        kind=article_kind(article),
    )
