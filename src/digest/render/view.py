"""What the templates see: an edition with everything looked up, sorted and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, groupby
from typing import NamedTuple

from digest.model import (
    Brief,
    Conflict,
    Coverage,
    Earlier,
    Edition,
    EditionStory,
    FeedReport,
    Picture,
    Section,
    StoryStatus,
)
from digest.render.localization import Catalogues, Wording, direction
from digest.render.paths import MAIL_URL_LENGTH, section_slug, story_slug
from digest.text import reading_minutes

SILENT_AFTER = timedelta(days=30)


class Citation(NamedTuple):
    """A sentence and the article it stands in, where the story shows that article."""

    text: str
    source: Coverage | None


class Stated(NamedTuple):
    """One of several numbers for one thing: the sentence split around it, and whose it is."""

    before: str
    number: str
    after: str
    source: Coverage | None


class Report(NamedTuple):
    """An independent report and the copies of it, in time order."""

    article: Coverage
    copies: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story ready to be shown; `lang` and `dir` are None where they are the page's own."""

    id: str
    position: int  # in the whole edition, from 0
    anchor: str
    slug: str  # of its own page, stories/SLUG/
    headline: str
    label: StoryStatus | None
    day: int
    lang: str | None
    dir: str | None
    canonical: Coverage
    first: Coverage
    articles: int
    written_by: str | None  # the model that worded the summary
    outlets: int
    independent_reports: int
    sentences: tuple[Citation, ...]
    differ: tuple[tuple[Stated, ...], ...]
    coverage: tuple[Report, ...]
    earlier: tuple[Earlier, ...]
    picture: Picture | None

    @property
    def brief(self) -> bool:
        """Told by one article alone."""
        return self.articles == 1

    def within(self, room: int) -> tuple[Report, ...]:
        """The coverage cut to so many articles."""
        cut: list[Report] = []
        for report in self.coverage:
            if room <= 0:
                break
            cut.append(Report(report.article, report.copies[: room - 1]))
            room -= 1 + len(report.copies)
        return tuple(cut)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section: the stories that several articles tell, then those of one article."""

    title: str
    anchor: str
    slug: str  # of its own page, sections/SLUG/
    told: tuple[StoryView, ...]
    briefs: tuple[StoryView, ...]

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """All of them in reading order."""
        return self.told + self.briefs

    @property
    def links(self) -> tuple[str, ...]:
        """Every URL of the section once, in reading order; none that is too long for mail."""
        urls = (
            url
            for story in self.stories
            for url in (
                story.canonical.url,
                *(source.url for _, source in story.sentences if source),
                *(said.source.url for said in sum(story.differ, ()) if said.source),
                *(article.url for article in flat(story.coverage)),
            )
        )
        return tuple(dict.fromkeys(url for url in urls if url and len(url) <= MAIL_URL_LENGTH))


class RestView(NamedTuple):
    """What there was no room for, of one section."""

    title: str
    briefs: tuple[Brief, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """A whole edition ready to be shown."""

    edition: Edition
    say: Wording
    heading: str  # the title with the day, as feeds and mailboxes list it
    lang: str
    dir: str
    minutes: int  # to read the headlines and sentences
    sections: tuple[SectionView, ...]
    rest: tuple[RestView, ...]
    failed: tuple[FeedReport, ...]
    silent: tuple[FeedReport, ...]

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """All stories in reading order."""
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def headlines(self) -> str:
        """The first three headlines, as a teaser; in their place, that there are none."""
        return teaser(self.edition, self.say)

    def numbered_links(self) -> tuple[dict[str, int], ...]:
        """The URLs of each section with numbers that run through the whole edition."""
        numbers = count(1)
        return tuple({url: next(numbers) for url in section.links} for section in self.sections)


def view(edition: Edition, catalogues: Catalogues) -> EditionView:
    """Look up, sort and count what an edition (clean already) has to show."""
    say = Wording.of(edition, catalogues)
    positions = count()
    # Where everything is new the word says nothing.
    labelled = any(story.status == "update" for story in edition.stories)
    # A page is in the language of its furniture; stories in another say so.
    language = say.strings.language or edition.language
    sections = tuple(
        _section(section, number, language, positions, labelled=labelled)
        for number, section in enumerate(edition.sections, start=1)
    )
    return EditionView(
        edition=edition,
        say=say,
        heading=f"{edition.title}, {say.short_date()}",
        lang=language,
        dir=direction(language),
        minutes=reading_minutes(_read(story for section in sections for story in section.stories)),
        sections=sections,
        rest=_rest(edition),
        failed=tuple(feed for feed in edition.feeds if feed.status == "failed"),
        silent=tuple(feed for feed in edition.feeds if _silent(feed, edition)),
    )


def teaser(edition: Edition, say: Wording) -> str:
    """The first three headlines of an edition; in their place, that there are none."""
    first = " · ".join(story.headline for story in edition.stories[:3])
    return first or say.text("nothing_new")


def flat(coverage: Iterable[Report]) -> tuple[Coverage, ...]:
    """All articles of the coverage, copies after what they copy."""
    return tuple(duplicate for report in coverage for duplicate in (report.article, *report.copies))


def _section(
    section: Section, number: int, language: str, positions: count[int], *, labelled: bool
) -> SectionView:
    stories = [
        _story(story, language, next(positions), labelled=labelled) for story in section.stories
    ]
    return SectionView(
        title=section.title,
        anchor=f"section-{number}",
        slug=section_slug(section.title),
        told=tuple(story for story in stories if not story.brief),
        briefs=tuple(story for story in stories if story.brief),
    )


def _story(story: EditionStory, language: str, position: int, *, labelled: bool) -> StoryView:
    by_id = {article.id: article for article in story.articles}
    foreign = story.language != language
    update = story.status == "update"
    new = labelled and len(story.articles) > 1
    return StoryView(
        id=story.id,
        position=position,
        anchor=f"story-{story_slug(story.id)}",
        slug=story_slug(story.id),
        headline=story.headline,
        label=story.status if update or new else None,
        day=story.day,
        lang=story.language if foreign and story.language != "und" else None,
        dir=direction(story.language) if foreign else None,
        canonical=story.articles[0],
        # A time that nobody stated proves nothing about who was first.
        first=min(story.articles, key=lambda article: (not article.dated, *_when(article))),
        articles=len(story.articles),
        written_by=story.written_by,
        outlets=story.outlets,
        independent_reports=story.independent_reports,
        sentences=tuple(
            Citation(sentence.text, by_id.get(sentence.article)) for sentence in story.summary
        ),
        differ=tuple(_differ(conflict, by_id) for conflict in story.conflicts),
        coverage=_coverage(story.articles),
        earlier=story.earlier,
        picture=story.picture,
    )


def _differ(conflict: Conflict, by_id: dict[str, Coverage]) -> tuple[Stated, ...]:
    stated = []
    for statement in conflict.statements:
        before, number, after = statement.sentence.text.partition(statement.number)
        source = by_id.get(statement.sentence.article)
        stated.append(Stated(before, number, after, source))
    return tuple(stated)


def _coverage(articles: tuple[Coverage, ...]) -> tuple[Report, ...]:
    originals = {article.id for article in articles if article.role != "copy"}
    copies: dict[str | None, list[Coverage]] = {}
    ordered = sorted(articles, key=_when)
    for article in ordered:
        copies.setdefault(article.copy_of, []).append(article)
    return tuple(
        Report(article, tuple(copies.get(article.id, ())))
        for article in ordered
        # A copy of something that is not shown stands for itself.
        if article.copy_of not in originals
    )


def _when(article: Coverage) -> tuple[float, str]:
    return article.published_at.timestamp(), article.id


def _rest(edition: Edition) -> tuple[RestView, ...]:
    order = list(dict.fromkeys(brief.section for brief in edition.rest))
    ordered = sorted(edition.rest, key=lambda brief: order.index(brief.section))
    return tuple(
        RestView(title, tuple(briefs))
        for title, briefs in groupby(ordered, key=lambda brief: brief.section)
    )


def _silent(feed: FeedReport, edition: Edition) -> bool:
    if feed.status == "failed" or feed.heard_at is None:
        return False
    return edition.until - feed.heard_at >= SILENT_AFTER


def _read(stories: Iterable[StoryView]) -> Iterator[str]:
    for story in stories:
        yield story.headline
        yield from (sentence.text for sentence in story.sentences[: 1 if story.brief else None])
