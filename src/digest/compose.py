"""Choose, order and section: summarized stories -> one Edition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.model import (
    Article,
    Brief,
    Counts,
    Coverage,
    DuplicateGroup,
    Edition,
    EditionStory,
    FeedReport,
    Role,
    Section,
    Story,
    SummarizedStory,
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


def choose(stories: Sequence[Story], limit: int) -> tuple[Story, ...]:
    """The first `limit` stories of an edition, in its order.

    What most newsrooms reported independently comes first, then what most outlets carry, then
    the newest.
    """
    return _ranked(stories)[:limit]


def compose(
    masthead: Masthead,
    stories: Sequence[Story],
    chosen: Sequence[SummarizedStory],
    feeds: Sequence[FeedReport],
) -> Edition:
    """The edition that shows the chosen ones of all `stories`, in sections, and names the rest.

    Sections stand in the masthead's order, others after them; stories keep the order given.
    """
    shown = {each.story.id for each in chosen}
    rest = [story for story in _ranked(stories) if story.id not in shown]
    by_section: dict[str, list[EditionStory]] = {title: [] for title in masthead.sections}
    for story in chosen:
        by_section.setdefault(_section_of(story.story), []).append(_edition_story(story))
    return Edition(
        id=masthead.id,
        title=masthead.title,
        language=masthead.language,
        timezone=masthead.timezone,
        since=masthead.since,
        until=masthead.until,
        counts=Counts(
            feeds=len(feeds),
            feeds_failed=sum(feed.status == "failed" for feed in feeds),
            articles=sum(len(story.articles) for story in stories),
            copies=sum(len(report.copies) for story in stories for report in story.reports),
            stories=len(stories),
        ),
        feeds=tuple(feeds),
        sections=tuple(
            Section(title=title, stories=tuple(members))
            for title, members in by_section.items()
            if members
        ),
        rest=tuple(_brief(story) for story in rest[:_REST]),
    )


def heard(feeds: Iterable[FeedReport], before: Edition | None, until: datetime) -> list[FeedReport]:
    """The reports with `heard_at`, taken over from the edition before for feeds without news."""
    known = {feed.url: feed.heard_at for feed in before.feeds} if before else {}
    return [
        replace(feed, heard_at=until if feed.entries else known.get(feed.url) or until)
        for feed in feeds
    ]


def _ranked(stories: Iterable[Story]) -> tuple[Story, ...]:
    return tuple(sorted(stories, key=_rank))


def _rank(story: Story) -> tuple[int, int, float, str]:
    newest = max(article.published_at for article in story.articles)
    return (-len(story.reports), -len(story.outlets), -newest.timestamp(), story.id)


def _section_of(story: Story) -> str:
    """Where most of the independent reports stand; the canonical article's section on a tie."""
    votes = Counter(report.canonical.section for report in story.reports)
    own = story.medoid.canonical.section
    return max(votes, key=lambda section: (votes[section], section == own, section))


def _edition_story(summarized: SummarizedStory) -> EditionStory:
    story = summarized.story
    return EditionStory(
        id=story.id,
        headline=summarized.headline,
        language=story.medoid.canonical.language,
        outlets=len(story.outlets),
        independent_reports=len(story.reports),
        summary=summarized.summary.sentences,
        articles=tuple(_coverage(story.medoid, story.others)),
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
        copies = [copy.article for copy in report.copies]
        for copy in sorted(copies, key=lambda article: (article.published_at, article.id)):
            yield _covered(copy, "copy", report.canonical.id)


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
