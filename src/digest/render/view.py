"""What the templates see: an edition with everything looked up, sorted and counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from digest.model import Coverage, Edition, EditionStory, FeedReport, Section
from digest.render.wording import Wording, direction


class Citation(NamedTuple):
    """A sentence and the article it stands in, where the story shows that article."""

    text: str
    source: Coverage | None


class Report(NamedTuple):
    """An independent report and the copies of it, in time order."""

    article: Coverage
    copies: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story ready to be shown; `lang` and `dir` are None where they are the edition's own."""

    id: str
    position: int  # in the whole edition, from 0
    anchor: str
    headline: str
    lang: str | None
    dir: str | None
    canonical: Coverage
    first: Coverage
    articles: int
    outlets: int
    independent_reports: int
    sentences: tuple[Citation, ...]
    coverage: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section: the stories that several articles tell, then those of one article."""

    title: str
    anchor: str
    told: tuple[StoryView, ...]
    briefs: tuple[StoryView, ...]

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """All of them in reading order."""
        return self.told + self.briefs

    @property
    def links(self) -> tuple[str, ...]:
        """Every URL of the section once, in reading order."""
        urls = (
            url
            for story in self.stories
            for url in (
                story.canonical.url,
                *(source.url for _, source in story.sentences if source),
                *(article.url for article in flat(story.coverage)),
            )
        )
        return tuple(dict.fromkeys(url for url in urls if url))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """A whole edition ready to be shown."""

    edition: Edition
    say: Wording
    heading: str  # the title with the day, as feeds and mailboxes list it
    lang: str
    dir: str
    sections: tuple[SectionView, ...]
    failed: tuple[FeedReport, ...]

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """All stories in reading order."""
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def headlines(self) -> str:
        """The first three headlines, as a teaser; in their place, that there are none."""
        return " · ".join(story.headline for story in self.stories[:3]) or "Nothing new today."

    def numbered_links(self) -> tuple[dict[str, int], ...]:
        """The URLs of each section with numbers that run through the whole edition."""
        numbers = count(1)
        return tuple({url: next(numbers) for url in section.links} for section in self.sections)


def view(edition: Edition) -> EditionView:
    """Look up, sort and count what an edition (clean already) has to show."""
    say = Wording.of(edition)
    positions = count()
    return EditionView(
        edition=edition,
        say=say,
        heading=f"{edition.title}, {say.short_date()}",
        lang=edition.language,
        dir=direction(edition.language),
        sections=tuple(
            _section(section, f"section-{number}", edition.language, positions)
            for number, section in enumerate(edition.sections, start=1)
        ),
        failed=tuple(feed for feed in edition.feeds if feed.status == "failed"),
    )


def flat(coverage: Iterable[Report]) -> tuple[Coverage, ...]:
    """All articles of the coverage, copies after what they copy."""
    return tuple(one for report in coverage for one in (report.article, *report.copies))


def _section(section: Section, anchor: str, language: str, positions: count[int]) -> SectionView:
    stories = [_story(story, language, next(positions)) for story in section.stories]
    return SectionView(
        title=section.title,
        anchor=anchor,
        told=tuple(story for story in stories if story.articles > 1),
        briefs=tuple(story for story in stories if story.articles == 1),
    )


def _story(story: EditionStory, language: str, position: int) -> StoryView:
    by_id = {article.id: article for article in story.articles}
    foreign = story.language != language
    return StoryView(
        id=story.id,
        position=position,
        anchor="story-" + re.sub(r"[^A-Za-z0-9_-]", "-", story.id),
        headline=story.headline,
        lang=story.language if foreign and story.language != "und" else None,
        dir=direction(story.language) if foreign else None,
        canonical=story.articles[0],
        # A time that nobody stated proves nothing about who was first.
        first=min(story.articles, key=lambda article: (not article.dated, *_when(article))),
        articles=len(story.articles),
        outlets=story.outlets,
        independent_reports=story.independent_reports,
        sentences=tuple(
            Citation(sentence.text, by_id.get(sentence.article)) for sentence in story.summary
        ),
        coverage=_coverage(story.articles),
    )


def _coverage(articles: tuple[Coverage, ...]) -> tuple[Report, ...]:
    originals = {article.id for article in articles if article.role != "copy"}
    ordered = sorted(articles, key=_when)
    return tuple(
        Report(article, tuple(copy for copy in ordered if copy.copy_of == article.id))
        for article in ordered
        # A copy of something that is not shown stands for itself.
        if article.copy_of not in originals
    )


def _when(article: Coverage) -> tuple[float, str]:
    return article.published_at.timestamp(), article.id
