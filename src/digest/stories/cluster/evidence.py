"""Events -> stories: the medoid of each, and why each other report belongs to it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from digest.model import Join, Shared, Story
from digest.stories.cluster.indexing import TermIndex, earliest
from digest.stories.cluster.linkage import Events
from digest.stories.cluster.matrices import Labels, Values, ranks, sums
from digest.stories.cluster.similarity import days_between
from digest.stories.cluster.vectors import Vectors

Kind = Literal["term", "name", "number"]
_KINDS: tuple[Kind, ...] = ("term", "name", "number")
_SHARED = 6  # of each kind
_BLOCK = 500  # joins explained at once: bounds memory


def stories(index: TermIndex, vectors: Vectors, events: Events) -> tuple[Story, ...]:
    """One story for each event, ordered by time."""
    labels = events.last.labels
    inside = events.links.tocoo()
    same = labels[inside.row] == labels[inside.col]
    row, column, value = inside.row[same], inside.col[same], inside.data[same]
    closeness = sums(row, value, len(labels))
    medoids = _medoids(index, labels, closeness)
    nearest = medoids[labels]  # kept where an operator's word is the only link
    best = ranks(row, value) == 0
    nearest[row[best]] = column[best]
    joining = np.flatnonzero(medoids[labels] != np.arange(len(labels)))
    joins: defaultdict[int, list[Join]] = defaultdict(list)
    for label, join in zip(
        labels[joining].tolist(),
        _joins(index, vectors, events, joining, nearest[joining]),
        strict=True,
    ):
        joins[label].append(join)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    made = (
        _story(index, medoid, rows.tolist(), joins[label])
        for label, (medoid, rows) in enumerate(zip(medoids.tolist(), members, strict=True))
    )
    return tuple(sorted(made, key=lambda story: earliest(story.articles)))


def _medoids(index: TermIndex, labels: Labels, closeness: Values) -> Labels:
    """Of each event's texts that readers can read, the one nearest to all; of equals the first."""
    canonicals = [report.canonical for report in index.reports]
    readable = np.array(
        [bool(canonical.text) and not canonical.paywalled for canonical in canonicals]
    )
    order = np.lexsort((-closeness.round(9), ~readable, labels))
    return order[np.searchsorted(labels[order], np.arange(int(labels.max()) + 1))]


def _story(index: TermIndex, medoid: int, rows: Sequence[int], joins: Iterable[Join]) -> Story:
    others = tuple(index.reports[row] for row in rows if row != medoid)
    articles = (article for row in rows for article in index.reports[row].articles)
    _, first = earliest(articles)
    return Story(
        id="s" + hashlib.sha256(first.encode("utf-8", "replace")).hexdigest()[:15],
        medoid=index.reports[medoid],
        others=others,
        evidence=tuple(joins),
    )


def _joins(
    index: TermIndex, vectors: Vectors, events: Events, a: Labels, b: Labels
) -> Iterable[Join]:
    """The evidence of each report of `a` for its place beside that of `b`."""
    for start in range(0, len(a), _BLOCK):
        block = slice(start, start + _BLOCK)
        yield from _block_of_joins(index, vectors, events, a[block], b[block])


def _block_of_joins(
    index: TermIndex, vectors: Vectors, events: Events, a: Labels, b: Labels
) -> Iterable[Join]:
    met = events.meeting(a, b)
    facts = zip(
        a.tolist(),
        b.tolist(),
        np.asarray(events.links[a, b]).ravel().tolist(),
        days_between(index, a, b).tolist(),
        events.mean[met].tolist(),
        events.bar[met].tolist(),
        common(index, vectors, a, b),
        strict=True,
    )
    for one, other, score, days, mean, bar, shared in facts:
        yield Join(
            a=index.reports[one].canonical.id,
            b=index.reports[other].canonical.id,
            score=round(min(1.0, score), 4),
            shared=shared.words[:_SHARED],
            names=tuple(item.word for item in shared.of("name")),
            numbers=tuple(value.word for value in shared.of("number")),
            days=stated(days),
            mean=round(mean, 4),
            bar=round(bar, 4),
        )


def stated(days: float) -> float | None:
    """Days to a hundredth; None for those between undated reports."""
    return None if np.isnan(days) else round(days, 2)


# --- what two reports share -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Common:
    """The heaviest words of each kind that two reports share, all together heaviest first."""

    found: tuple[tuple[Shared, Kind], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(shared.word for shared, _ in self.found)

    def of(self, kind: Kind) -> tuple[Shared, ...]:
        """Those of one kind."""
        return tuple(shared for shared, found in self.found if found == kind)


def common(index: TermIndex, vectors: Vectors, a: Labels, b: Labels) -> list[Common]:
    """What each report of `a` has in common with that of `b`, in words of the first."""
    products = csr_array(vectors.unit[a].multiply(vectors.unit[b]))
    terms = products.indices % len(index.terms)  # one counts in the whole text and in the lead
    products = csr_array((products.data, terms, products.indptr), shape=(len(a), len(index.terms)))
    products.sum_duplicates()
    products = products.tocoo()
    kinds = index.names.astype(int) + index.numbers
    order = np.lexsort((products.col, -products.data, kinds[products.col], products.row))
    pair, term, weight = products.row[order], products.col[order], products.data[order]
    place = np.arange(len(pair)) - _starts(pair * len(_KINDS) + kinds[term])
    kept = (place < _SHARED) & (weight > 0)
    pair, term, weight = pair[kept], term[kept], weight[kept]
    order = np.lexsort((term, -weight, pair))
    pair, term, weight = pair[order], term[order], weight[order]
    words = forms(index, a, pair, term)
    found: list[list[tuple[Shared, Kind]]] = [[] for _ in a]
    for at, word, part, kind in zip(
        pair.tolist(), words, weight.tolist(), kinds[term].tolist(), strict=True
    ):
        found[at].append((Shared(word=word, weight=round(part, 4)), _KINDS[kind]))
    return [Common(tuple(match)) for match in found]


def forms(index: TermIndex, reports: Labels, at: Labels, terms: Labels) -> list[str]:
    """The word that most often stands for each term in the report at that place of `reports`."""
    size = len(index.terms)  # times a place, more than 32 bits hold
    at = at.astype(np.int64)
    uses = index.uses[reports].tocoo()
    wanted, where = np.unique(at * size + terms, return_inverse=True)
    keys = uses.row.astype(np.int64) * size + index.term_of[uses.col]
    # A word without a term has the number -1: its key is that of another report's last term.
    hits = np.isin(keys, wanted) & (index.term_of[uses.col] >= 0)
    keys, often, words = keys[hits], uses.data[hits], uses.col[hits]
    order = np.lexsort((words, -often, keys))
    first = order[np.searchsorted(keys[order], wanted)]
    return [index.words[word] for word in words[first][where].tolist()]


def _starts(values: Labels) -> Labels:
    """For each of the ascending values the place of the first that equals it."""
    return np.searchsorted(values, values)
