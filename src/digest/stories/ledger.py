"""Today's stories against earlier editions: which go on, and what is new of them.

A story is followed by the articles it shares with what earlier editions had under an id, never
by its headline. Where it shares none, it goes on with the published story that one of its reports
is most similar to, if that is similar enough: it is another event of one line, as events are
threaded into topics (Nallapati et al. 2004).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from digest.model import Chapter, DuplicateGroup, Earlier, Similar, Story, SummarizedStory
from digest.model.records import StoryRecord

LINE = 0.135  # similarity from which a report continues what an earlier edition published


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedStory:
    """A story under the id it has had, with what editions did with it or with parts of it.

    `past` is newest first. `news` is what no edition has published yet: all of it, its new
    reports, or nothing. `line` are the two reports by which it continues a story that it shares no
    article with, the new one first.
    """

    story: Story
    news: Story | None
    past: tuple[StoryRecord, ...] = ()
    line: Similar | None = None

    @property
    def published(self) -> tuple[StoryRecord, ...]:
        """The editions that carried it, newest first."""
        return tuple(
            earlier_story for earlier_story in self.past if earlier_story.status != "repeat"
        )

    @property
    def known(self) -> tuple[str, ...]:
        """The texts that readers of earlier editions were given."""
        if not self.published:
            return ()
        carried = _articles(self.past)
        texts = [article.text for article in self.story.articles if article.id in carried]
        return (*texts, *(sentence for record in self.published for sentence in record.sentences))

    def day(self, edition: str) -> int:
        """Days since an edition first carried it, that one being day 1."""
        if not self.published:
            return 1
        first = self.published[-1].edition
        return (date.fromisoformat(edition) - date.fromisoformat(first)).days + 1

    def chapter(self, summarized: SummarizedStory, edition: str) -> Chapter:
        """Its part of an edition (a local date)."""
        published = self.published
        if not published:
            return Chapter(summarized=summarized)
        return Chapter(
            summarized=summarized,
            status="update",
            day=self.day(edition),
            earlier=tuple(
                Earlier(edition=record.edition, headline=record.headline) for record in published
            ),
        )

    def carried_by(self, edition: str, summarized: SummarizedStory) -> StoryRecord:
        """The ledger's row of an edition that carries it."""
        return StoryRecord(
            edition=edition,
            story=self.story.id,
            status="update" if self.published else "new",
            headline=summarized.headline,
            articles=tuple(article.id for article in self.story.articles),
            sentences=tuple(sentence.text for sentence in summarized.summary.sentences),
        )

    def held_back_by(self, edition: str) -> StoryRecord:
        """The ledger's row of an edition that has nothing new to tell of it."""
        published = self.published
        return StoryRecord(
            edition=edition,
            story=self.story.id,
            status="repeat",
            headline=published[0].headline if published else self.story.medoid.canonical.title,
            articles=tuple(article.id for article in self.story.articles),
        )


def follow(
    stories: Sequence[Story],
    past: Iterable[StoryRecord],
    fresh: Set[str],
    similar: Iterable[Similar] = (),
) -> tuple[FollowedStory, ...]:
    """Those of the stories that hold a `fresh` article (id), each under the id of its past.

    A story goes on with the earlier one that it shares most articles with; where two claim one,
    the one that shares more goes on with it and the other, though told before, is another story. A
    story that shares none goes on with the published one that it is most similar to: `similar` are
    pairs of a fresh report and an earlier one. A story without a past keeps its own id.
    """
    rows = sorted(past, key=lambda row: (row.edition, row.story), reverse=True)
    holding, by_id = _holding(rows), _by_id(rows)
    matched = _matched(stories, rows, holding)
    going_on = {at for at, story in enumerate(stories) if _holds(story, fresh)}
    lines = _lines(
        {at: stories[at] for at in going_on - matched.keys()},
        {matched[at] for at in going_on & matched.keys()},
        rows,
        holding,
        similar,
    )
    matched |= {at: story for at, (story, _) in lines.items()}
    used = set(by_id)
    followed = []
    for at, story in enumerate(stories):
        id_ = matched.get(at) or _unused(story.id, used)
        used.add(id_)
        if at not in going_on:
            continue
        own = by_id[id_] if at in matched else ()
        shared = (number for article in story.articles for number in holding.get(article.id, ()))
        before = tuple(rows[number] for number in sorted({*own, *shared}))
        named = replace(story, id=id_)
        line = lines[at][1] if at in lines else None
        news = _news(named, before, fresh)
        followed.append(FollowedStory(story=named, news=news, past=before, line=line))
    return tuple(followed)


def is_repeat(
    followed: FollowedStory, summarized: SummarizedStory, past: Iterable[StoryRecord]
) -> bool:
    """Would readers be told nothing that earlier editions (`past`) have not told them?

    Of a story that goes on every sentence is new, and so it repeats if there is none. The same
    words can also come back in what nobody recognised as the same story.
    """
    sentences = {sentence.text for sentence in summarized.summary.sentences}
    if followed.published or not sentences:
        same_headline = any(earlier_story.headline == summarized.headline for earlier_story in past)
        return not sentences and (bool(followed.published) or same_headline)
    return sentences <= {said for earlier_story in past for said in earlier_story.sentences}


def _holds(story: Story, articles: Set[str]) -> bool:
    return any(article.id in articles for article in story.articles)


def _holding(rows: Iterable[StoryRecord]) -> dict[str, list[int]]:
    """For every article the rows, by number, that count it to their story."""
    holding: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for article in row.articles:
            holding.setdefault(article, []).append(number)
    return holding


def _by_id(rows: Iterable[StoryRecord]) -> dict[str, list[int]]:
    """For every story the rows, by number, that have its id."""
    by_id: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        by_id.setdefault(row.story, []).append(number)
    return by_id


def _matched(
    stories: Sequence[Story], rows: Sequence[StoryRecord], holding: Mapping[str, Sequence[int]]
) -> dict[int, str]:
    """For stories, by number, the earlier id that each goes on with."""
    shared: Counter[tuple[int, str]] = Counter()
    for at, story in enumerate(stories):
        for article in story.articles:
            ids = {rows[number].story for number in holding.get(article.id, ())}
            shared.update((at, id_) for id_ in ids)
    found: dict[int, str] = {}
    taken: set[str] = set()
    # Of equal claims the one of the story that would have this id by itself.
    claims = sorted(shared, key=lambda one: (-shared[one], stories[one[0]].id != one[1], one))
    for at, id_ in claims:
        if at not in found and id_ not in taken:
            found[at] = id_
            taken.add(id_)
    return found


def _lines(
    stories: Mapping[int, Story],
    taken: set[str],
    rows: Sequence[StoryRecord],
    holding: Mapping[str, Sequence[int]],
    similar: Iterable[Similar],
) -> dict[int, tuple[str, Similar]]:
    """For stories, by number, the published one that each continues, if it is not taken."""
    story_of = {article.id: at for at, story in stories.items() for article in story.articles}
    found: dict[int, tuple[str, Similar]] = {}
    for pair in sorted(similar, key=lambda pair: (-pair.value, pair.a, pair.b)):
        at = story_of.get(pair.a)
        if pair.value < LINE or at is None or at in found:
            continue
        earlier = (rows[number] for number in holding.get(pair.b, ()))
        published = (row.story for row in earlier if row.status != "repeat")
        story = next((story for story in published if story not in taken), None)
        if story is not None:
            found[at] = story, pair
            taken.add(story)
    return found


def _unused(own: str, used: Collection[str]) -> str:
    """The id, or with a number where another story has it: that one was split."""
    number, made = 1, own
    while made in used:
        number += 1
        made = f"{own}-{number}"
    return made


def _articles(rows: Iterable[StoryRecord]) -> frozenset[str]:
    return frozenset(article for row in rows for article in row.articles)


# --- what is new ------------------------------------------------------------------------------


def _news(story: Story, past: Sequence[StoryRecord], fresh: Collection[str]) -> Story | None:
    reports: Sequence[DuplicateGroup] = story.reports
    if any(earlier_story.status != "repeat" for earlier_story in past):
        carried = _articles(past)
        reports = [_without(item, carried) for item in reports if not _was_published(item, carried)]
    if not any(article.id in fresh for report in reports for article in report.articles):
        return None
    medoid = _medoid(story, reports)
    others = tuple(report for report in reports if report.canonical.id != medoid.canonical.id)
    return replace(story, medoid=medoid, others=others)


def _was_published(report: DuplicateGroup, carried: Collection[str]) -> bool:
    """Was this text carried before, and not only an excerpt of it?"""
    return report.canonical.id in carried or any(
        copy.article.id in carried and not copy.excerpt for copy in report.copies
    )


def _without(report: DuplicateGroup, carried: Collection[str]) -> DuplicateGroup:
    copies = tuple(copy for copy in report.copies if copy.article.id not in carried)
    return replace(report, copies=copies)


def _medoid(story: Story, reports: Iterable[DuplicateGroup]) -> DuplicateGroup:
    """The story's own medoid where it is among the reports, else the one linked most closely."""
    closeness = {join.a: join.score for join in story.evidence}

    def fitness(report: DuplicateGroup) -> tuple[bool, bool, float]:
        article = report.canonical
        own = article.id == story.medoid.canonical.id
        return own, bool(article.text) and not article.paywalled, closeness.get(article.id, 0.0)

    return max(reports, key=fitness)
