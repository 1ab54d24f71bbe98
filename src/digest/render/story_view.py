"""What the templates see of a story: its sentences with their sources, its coverage in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from digest.model import (
    Conflict,
    Coverage,
    Earlier,
    EditionStory,
    Kind,
    Picture,
    StoryStatus,
)
from digest.render.localization import direction
from digest.render.paths import story_slug


class Citation(NamedTuple):
    """A sentence, the article it is taken from, where the story shows that, and its number.

    The number is None where one source alone is quoted: it is named below the text anyway.
    """

    text: str
    source: Coverage | None
    number: int | None = None


class Cited(NamedTuple):
    """An article with the number by which the sentences refer to it, if they do."""

    number: int | None
    article: Coverage


class Source(NamedTuple):
    """An outlet that a story quotes, once, with its articles."""

    outlet: str
    cited: tuple[Cited, ...]


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
    line: bool  # shown as a headline alone
    kind: Kind
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
    sources: tuple[Source, ...]  # the outlet of the headline among them
    differ: tuple[tuple[Stated, ...], ...]
    coverage: tuple[Report, ...]
    earlier: tuple[Earlier, ...]
    picture: Picture | None

    def within(self, room: int) -> tuple[Report, ...]:
        """The coverage cut to so many articles."""
        cut: list[Report] = []
        for report in self.coverage:
            if room <= 0:
                break
            cut.append(Report(report.article, report.copies[: room - 1]))
            room -= 1 + len(report.copies)
        return tuple(cut)


def flat(coverage: Iterable[Report]) -> tuple[Coverage, ...]:
    """All articles of the coverage, copies after what they copy."""
    return tuple(duplicate for report in coverage for duplicate in (report.article, *report.copies))


def is_line(story: EditionStory) -> bool:
    """A headline without a summary is never shown in full size."""
    return story.display == "line" or not story.summary


def story_view(
    story: EditionStory, *, language: str, positions: count[int], labelled: bool
) -> StoryView:
    by_id = {article.id: article for article in story.articles}
    foreign = story.language != language
    sentences, sources = _quoted(story, by_id)
    return StoryView(
        id=story.id,
        position=next(positions),
        anchor=f"story-{story_slug(story.id)}",
        slug=story_slug(story.id),
        headline=story.headline,
        line=is_line(story),
        kind=story.kind,
        label=story.status if story.status == "update" or labelled else None,
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
        sentences=sentences,
        sources=sources,
        differ=tuple(_differ(conflict, by_id) for conflict in story.conflicts),
        coverage=_coverage(story.articles),
        earlier=story.earlier,
        picture=story.picture,
    )


def _quoted(
    story: EditionStory, by_id: dict[str, Coverage]
) -> tuple[tuple[Citation, ...], tuple[Source, ...]]:
    """The sentences with the numbers of their sources, and each quoted outlet once."""
    headline = story.articles[0]  # the outlet whose headline it is
    quoted = dict.fromkeys(sentence.article for sentence in story.summary)
    known = [by_id[article] for article in quoted if article in by_id]
    named = known if headline in known else [headline, *known]
    numbers = {article.id: place for place, article in enumerate(known, start=1)}
    if len(named) == 1:
        numbers.clear()
    sentences = tuple(
        Citation(sentence.text, by_id.get(sentence.article), numbers.get(sentence.article))
        for sentence in story.summary
    )
    by_outlet: dict[str, list[Cited]] = {}
    for article in named:
        cited = Cited(numbers.get(article.id), article)
        by_outlet.setdefault(article.outlet, []).append(cited)
    return sentences, tuple(Source(outlet, tuple(cited)) for outlet, cited in by_outlet.items())


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
