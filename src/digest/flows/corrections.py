"""Explanations of stories, and an operator's corrections."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from digest.flows.analysis import Analysis, analyse
from digest.model import Article, Constraint, Copy, Edition, Link, Similar, Story
from digest.model.errors import UsageError
from digest.model.records import Pin, StoryRecord
from digest.stories.cluster import explain, nearest

if TYPE_CHECKING:
    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStory:
    """The articles that a name on the command line refers to, and the edition that judged them.

    `story` is the record of a story that was named; `edition` is None for an article that no
    edition has taken in yet.
    """

    name: str
    articles: tuple[str, ...]
    edition: str | None
    story: StoryRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a story has these articles, or why two articles are one story or two.

    `link` is the one between the two articles; for a story, the one to the most similar report
    outside, None if there is none. `copy` is set if one of the two is a copy of the other's text,
    with the article that it copies. `line` are the two reports by which a story continues one that
    it shares no article with, the new one first.
    """

    edition: str
    story: Story
    link: Link | None
    asked: tuple[str, ...]  # the two articles, none for a story
    others: tuple[Article, ...] = ()  # outside the story, named in the link
    copy: tuple[Copy, Article] | None = None
    line: tuple[Similar, Link] | None = None

    def article(self, id_: str) -> Article:
        """A named article."""
        return next(
            article for article in chain(self.story.articles, self.others) if article.id == id_
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Explains stories, and stores an operator's corrections.

    A name is a story's id, or an article's id or address; a name of neither raises UsageError.
    """

    store: Store
    max_age: timedelta
    today: Callable[[], str]  # the local date
    clock: Callable[[], datetime]

    # --- show ---------------------------------------------------------------------------------

    def explain(self, name: str, other: str | None = None) -> Explanation:
        """Repeat the judgement of the edition that had these, with the reasons."""
        first = self._named(name)
        second = self._named(other) if other else None
        edition = max(item.edition or self.today() for item in (first, second) if item)
        judged = self._judged(edition)
        story = _story_of(judged.stories, first, edition)
        if second is None:
            return self._of_story(judged, edition, story)
        there = _story_of(judged.stories, second, edition)
        pair = _closest(story, there, first, second)
        return self._of_pair(judged, edition, story, there, pair)

    def _of_story(self, judged: Analysis, edition: str, story: Story) -> Explanation:
        own = {article.id for article in story.articles}
        pair = nearest(judged.clusters, own)
        line = next(
            (
                followed.line
                for followed in judged.followed
                if followed.line and followed.line.a in own
            ),
            None,
        )

        def link(a: str, b: str) -> Link:
            return explain(judged.clusters, a, b)

        named = {pair[1] if pair else None, line.b if line else None}
        return Explanation(
            edition=edition,
            story=story,
            link=link(*pair) if pair else None,
            asked=(),
            others=tuple(
                article
                for report in judged.index.reports
                for article in report.articles
                if article.id in named
            ),
            line=(line, link(line.a, line.b)) if line else None,
        )

    def _of_pair(
        self,
        judged: Analysis,
        edition: str,
        story: Story,
        there: Story,
        pair: tuple[str, str],
    ) -> Explanation:
        return Explanation(
            edition=edition,
            story=story,
            link=explain(judged.clusters, *pair),
            asked=pair,
            others=there.articles,
            copy=_copy(story, pair),
        )

    def _judged(self, edition: str) -> Analysis:
        taken = self.store.articles_between(edition, _day_after(edition))
        return analyse(self.store, edition, taken or self.store.articles_for(edition), self.max_age)

    def edition(self, edition: str | None = None) -> Edition:
        """An edition by its date; by default the newest."""
        wanted = None if edition is None else _day_after(edition)
        found = self.store.editions(before=wanted, limit=1)
        if not found or (edition and found[0].id != edition):
            raise UsageError(f"{edition or 'edition'}: not published yet")
        return found[0]

    def story(self, name: str) -> tuple[StoryRecord, tuple[Article, ...]]:
        """A story as the newest edition that had it, with its articles, the canonical first."""
        record = self.store.last_story_record(name)
        if record is None:
            raise UsageError(f"{name}: no story has this id")
        order = {id_: place for place, id_ in enumerate(record.articles)}
        found = self.store.articles(record.articles)
        return record, tuple(sorted(found, key=lambda article: order[article.id]))

    # --- correct ------------------------------------------------------------------------------

    def split(self, name: str, leaving: Sequence[str]) -> int:
        """Keep some articles of a story apart from its others; returns the number of pairs."""
        story = self._named(name)
        gone = [self._named(article).articles[0] for article in leaving]
        named = zip(leaving, gone, strict=True)
        strangers = [given for given, article in named if article not in story.articles]
        if strangers:
            raise UsageError(f"{', '.join(strangers)}: not in story {name}")
        staying = [article for article in story.articles if article not in gone]
        if not staying:
            raise UsageError(f"{name}: no article would stay; name fewer")
        return self._constrain(
            Constraint(a=a, b=b, kind="cannot-link") for a in gone for b in staying
        )

    def merge(self, names: Sequence[str]) -> int:
        """Keep stories or articles together as one story; returns the number of pairs."""
        articles = list(
            dict.fromkeys(chain.from_iterable(self._named(name).articles for name in names))
        )
        if len(articles) < 2:
            raise UsageError("name two stories or articles")
        return self._constrain(
            Constraint(a=articles[0], b=b, kind="must-link") for b in articles[1:]
        )

    def pin(self, name: str) -> Pin:
        """Keep a story's articles together, and first in every edition with news of it."""
        story = self._named(name)
        if story.story is None:
            raise UsageError(f"{name}: an article; only a story can be pinned")
        pin = Pin(story=name, articles=story.articles)
        self.store.pin(pin, self.clock())
        return pin

    def unpin(self, name: str) -> None:
        """Remove a pin."""
        if not self.store.unpin(name):
            raise UsageError(f"{name}: not pinned")

    def pairs(self) -> tuple[tuple[Article, Article, bool], ...]:
        """Every pair of articles that an operator judged, and whether they are one story."""
        pinned = (constraint for pin in self.store.pins() for constraint in pin.constraints)
        constraints = (*pinned, *self.store.constraints())
        named = {id_ for constraint in constraints for id_ in (constraint.a, constraint.b)}
        articles = {article.id: article for article in self.store.articles(named)}
        return tuple(
            (articles[item.a], articles[item.b], item.kind == "must-link")
            for item in constraints
            if item.a in articles and item.b in articles
        )

    def _constrain(self, made: Iterable[Constraint]) -> int:
        kept = tuple(made)
        self.store.constrain(kept, self.clock())
        return len(kept)

    def _named(self, name: str) -> NamedStory:
        record = self.store.last_story_record(name)
        if record:
            return NamedStory(
                name=name, articles=record.articles, edition=record.edition, story=record
            )
        found = self.store.taken_in(name)
        if found is None:
            raise UsageError(
                f"{name}: no story or article has this id or address; see `digest stories list`"
            )
        return NamedStory(name=name, articles=(found[0],), edition=found[1])


def _day_after(edition: str) -> str:
    try:
        return (date.fromisoformat(edition) + timedelta(days=1)).isoformat()
    except ValueError:
        raise UsageError(f"{edition}: an edition is named by its date, as in 2026-11-21") from None


def _story_of(stories: Iterable[Story], named: NamedStory, edition: str) -> Story:
    """The story that holds most of the named articles."""

    def held(story: Story) -> int:
        return sum(article.id in named.articles for article in story.articles)

    story = max(stories, key=held, default=None)
    if story is None or not held(story):
        raise UsageError(
            f"{named.name}: not among what edition {edition} was judged with, a week of articles"
        )
    return story


def _closest(story: Story, there: Story, first: NamedStory, second: NamedStory) -> tuple[str, str]:
    """One article on each side: the canonical one of a named story, else the named article."""

    def of(named: NamedStory, within: Story) -> str:
        return within.medoid.canonical.id if named.story else named.articles[0]

    return of(first, story), of(second, there)


def _copy(story: Story, pair: Collection[str]) -> tuple[Copy, Article] | None:
    """If both are in one duplicate group, the one that is a copy, and what it copies."""
    for report in story.reports:
        if len(set(pair) & {article.id for article in report.articles}) == 2:
            copy = next(duplicate for duplicate in report.copies if duplicate.article.id in pair)
            return copy, report.canonical
    return None
