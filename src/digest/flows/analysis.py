"""The first half of build: new articles judged together with stored ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from digest.config.values import LEDGER_DAYS
from digest.edition.compose import is_fresh
from digest.memory import return_rest
from digest.model import Article, Constraint, Doubt, DuplicateGroup, Similar, Story
from digest.model.records import Pin, StoryRecord, Verdict
from digest.stories.cluster import Background, Clusters, TermIndex, index, judge
from digest.stories.dedup import deduplicate
from digest.stories.ledger import FollowedStory, follow
from digest.stories.minhash import Signature, signature

if TYPE_CHECKING:
    from digest.store import Store

_WINDOW_DAYS = 7  # of articles that today's are compared with
_BACKGROUND_EDITIONS = 30  # a month of document frequencies
_OPENING = 500  # characters of an earlier text that are kept when all have been read


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The stories of an edition's articles and of those of the days before, with all evidence.

    `considered` are the articles that the edition takes in, `fresh` the ids of those that were
    news when they came; `past` is the ledger, oldest first; `terms` and `signatures` are to be
    stored with the edition. Of earlier texts only the openings are kept, but for those in a story
    with a fresh article: `stored` reads these again, by their ids.
    """

    considered: tuple[Article, ...]
    fresh: frozenset[str]
    past: tuple[StoryRecord, ...]
    pins: tuple[Pin, ...]
    constraints: tuple[Constraint, ...]
    background: Background
    terms: bytes
    signatures: tuple[tuple[str, bytes], ...]
    stored: Callable[[Collection[str]], Iterable[Article]]
    clusters: Clusters
    stories: tuple[Story, ...] = ()
    similar: tuple[Similar, ...] = ()  # a fresh report and one in `past`, unless kept apart
    doubts: tuple[Doubt, ...] = ()  # the most doubtful joins, the most doubtful first

    @property
    def index(self) -> TermIndex:
        """All reports, with the counts of their words."""
        return self.clusters.index

    @property
    def followed(self) -> tuple[FollowedStory, ...]:
        """The stories with a fresh article, each under the id of its past."""
        return follow(self.stories, self.past, self.fresh, self.similar)

    def under(self, constraints: tuple[Constraint, ...]) -> Analysis:
        """The same articles, their stories judged under these constraints."""
        judged = judge(self.index, self.background, constraints)
        return replace(
            self,
            constraints=constraints,
            clusters=judged,
            stories=self._whole(judged.stories),
            similar=_similar(judged, self.fresh, self.past, constraints),
            doubts=tuple(judged.doubts()),
        )

    def _whole(self, stories: Sequence[Story]) -> tuple[Story, ...]:
        """The stories; those with a fresh article with their whole texts."""
        held = [{article.id for article in story.articles} for story in stories]
        going_on = [ids for ids in held if not ids.isdisjoint(self.fresh)]
        read = self.stored(frozenset().union(*going_on) - self.fresh)
        texts = {article.id: article.text for article in read}
        return tuple(
            story
            if ids.isdisjoint(self.fresh)
            else replace(
                story,
                medoid=_with_texts(story.medoid, texts),
                others=tuple(_with_texts(report, texts) for report in story.others),
            )
            for story, ids in zip(stories, held, strict=True)
        )


def analyse(
    store: Store,
    edition: str,
    considered: Iterable[Article],
    max_age: timedelta,
    *,
    asking: bool = False,
) -> Analysis:
    """Find the copies and stories of the articles that an edition (a local date) takes in.

    Those older than `max_age` when they were first seen are taken in, and not judged. A model's
    verdicts count from the edition on that they were asked for; while `asking` for this one, from
    the next, so that the same doubts are found again and again.
    """
    considered = tuple(considered)
    past = tuple(store.story_records(_days_before(edition, LEDGER_DAYS), edition))
    new = [article for article in considered if is_fresh(article, max_age)]
    fresh = frozenset(article.id for article in new)
    remembered = [item for item in _remembered(store, edition, past) if is_fresh(item, max_age)]
    batch = (*remembered, *new)
    signatures, made = _signatures(store, batch)
    pins = tuple(store.pins())
    constraints = (
        *(constraint for pin in pins for constraint in pin.constraints),
        *store.constraints(),
    )
    groups = deduplicate(batch, signatures, constraints)
    openings = {article.id: article.text[:_OPENING] for article in remembered}
    del signatures, batch, remembered  # some kilobytes for each article of the window
    indexed = index(groups)
    del groups
    indexed = replace(
        indexed, reports=tuple(_with_texts(report, openings) for report in indexed.reports)
    )
    return_rest()
    terms = Background.of(indexed, fresh)
    stored = store.terms_before(edition, _BACKGROUND_EDITIONS)
    tables = chain([Background.shipped()], map(Background.from_bytes, stored))
    background = terms.plus(tables, indexed)
    found = Analysis(
        considered=considered,
        fresh=fresh,
        past=past,
        pins=pins,
        constraints=constraints,
        background=background,
        terms=terms.to_bytes(),
        signatures=made,
        stored=store.articles,
        clusters=Clusters(index=indexed),
    )
    given = (
        verdict
        for verdict in store.verdicts()
        if verdict.edition < edition or (verdict.edition == edition and not asking)
    )
    return found.under((*constraints, *taken_apart(given)))


def taken_apart(verdicts: Iterable[Verdict]) -> Iterator[Constraint]:
    """The pairs of articles that a model keeps apart."""
    for verdict in verdicts:
        if verdict.same is False:
            yield Constraint(a=verdict.a, b=verdict.b, kind="cannot-link", by="model")


def _similar(
    judged: Clusters,
    fresh: Set[str],
    past: Iterable[StoryRecord],
    constraints: Iterable[Constraint],
) -> tuple[Similar, ...]:
    """What today's reports may continue: not a story that they were taken out of."""
    published: defaultdict[str, set[str]] = defaultdict(set)
    for record in past:
        for article in record.articles:
            published[article].update(record.articles)
    apart = {frozenset((fixed.a, fixed.b)) for fixed in constraints if fixed.kind == "cannot-link"}
    return tuple(
        pair
        for pair in judged.similar(fresh, published.keys() - fresh)
        if not any(frozenset((pair.a, other)) in apart for other in published[pair.b])
    )


def _remembered(store: Store, edition: str, past: Iterable[StoryRecord]) -> Sequence[Article]:
    """The articles of the last days, and the canonical articles of older stories."""
    window = store.articles_between(_days_before(edition, _WINDOW_DAYS), edition)
    inside = {article.id for article in window}
    older = {record.articles[0] for record in past} - inside
    return (*store.articles(older), *window)


def _with_texts(report: DuplicateGroup, texts: Mapping[str, str]) -> DuplicateGroup:
    """The report, its articles with these texts by their ids, if there are any."""
    if not any(article.id in texts for article in report.articles):
        return report

    def changed(article: Article) -> Article:
        return replace(article, text=texts.get(article.id, article.text))

    return replace(
        report,
        canonical=changed(report.canonical),
        copies=tuple(replace(copy, article=changed(copy.article)) for copy in report.copies),
    )


def _signatures(
    store: Store, articles: Collection[Article]
) -> tuple[Mapping[str, Signature], tuple[tuple[str, bytes], ...]]:
    """Signatures of all articles, and those that were not stored yet."""
    stored = store.signatures([article.id for article in articles])
    found, made = dict[str, Signature](), list[tuple[str, bytes]]()
    for article in articles:
        raw = stored.pop(article.id, None)
        known = Signature.from_bytes(raw) if raw else None
        if known is None or not known.current:
            known = signature(article.text)
            made.append((article.id, known.to_bytes()))
        found[article.id] = known
    return found, tuple(made)


def _days_before(edition: str, days: int) -> str:
    return (date.fromisoformat(edition) - timedelta(days=days)).isoformat()
