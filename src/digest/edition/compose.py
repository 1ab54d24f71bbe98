"""Choose, order and section: summarized stories -> one Edition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

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


def story_rank(story: Story, pinned: Collection[str] = ()) -> tuple[object, ...]:
    """Where a story stands in an edition: the key by which stories are sorted.

    Those that are pinned (by id) come first, then what most newsrooms reported on their own,
    however many texts each has of it, then what most outlets carry, then the newest.
    """
    reports = (report.canonical for report in story.reports)
    newsrooms = {report.newsroom or report.outlet for report in reports}
    newest = max(article.published_at for article in story.articles)
    return (
        story.id not in pinned,
        -len(newsrooms),
        -len(story.outlets),
        -newest.timestamp(),
        story.id,
    )


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
) -> Edition:
    """The edition that shows these chapters, in sections, and names the `rest` of the stories.

    Sections stand in the masthead's order, others after them; stories keep the order given.
    """
    by_section: dict[str, list[EditionStory]] = {title: [] for title in masthead.sections}
    for chapter in chapters:
        section = _section_of(chapter.summarized.story)
        by_section.setdefault(section, []).append(_edition_story(chapter))
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
            Section(title=title, stories=tuple(members))
            for title, members in by_section.items()
            if members
        ),
        rest=tuple(_brief(story) for story in islice(rest, _REST)),
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


def _section_of(story: Story) -> str:
    """Where most of the independent reports stand; the canonical article's section on a tie."""
    votes = Counter(report.canonical.section for report in story.reports)
    own = story.medoid.canonical.section
    return max(votes, key=lambda section: (votes[section], section == own, section))


def _edition_story(chapter: Chapter) -> EditionStory:
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
    )


def _brief(story: Story) -> Brief:
    canonical = story.medoid.canonical
    return Brief(
        headline=canonical.title,
        url=canonical.url,
        outlet=canonical.outlet,
        articles=len(story.articles),
        section=_section_of(story),
        language=canonical.language,
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
        title=article.title,
        outlet=article.outlet,
        published_at=article.published_at,
        role=role,
        copy_of=copy_of,
        dated=article.dated,
        paywalled=article.paywalled,
        language=article.language,
    )
