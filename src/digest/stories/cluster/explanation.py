"""Two articles of a batch -> how alike they are, and why they are in one story or in two."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from scipy.sparse import csr_array

from digest.model import Decision, Link
from digest.stories.cluster.clusters import Clusters
from digest.stories.cluster.constraints import PinnedPairs
from digest.stories.cluster.evidence import common, forms, stated
from digest.stories.cluster.indexing import TermIndex
from digest.stories.cluster.linkage import Events
from digest.stories.cluster.matrices import Labels, Values, ranks, sums
from digest.stories.cluster.outlets import own_words
from digest.stories.cluster.similarity import OWN, days_between
from digest.stories.cluster.vectors import Vectors

_ONLY = 8  # words


def explain(judged: Clusters, a: str, b: str) -> Link:
    """What was made of two articles of a batch, by their ids, and why.

    A copy stands for its group's report. ValueError for an article that is not in the batch.
    """
    index, basis = judged.index, judged.basis
    one, other = _row(index, a), _row(index, b)
    if basis is None:
        raise ValueError("nothing was judged")
    weighed, alike = basis.vectors, basis.alike
    together, decided_by, mean, bar = _decision(basis.events, basis.held, one, other)
    (shared,) = common(index, weighed, np.array([one]), np.array([other]))
    (days,) = days_between(index, np.array([one]), np.array([other])).tolist()
    bounded = _value(alike.bounded, one, other)
    (own,) = own_words(index, weighed.unit, np.array([one]), np.array([other])).tolist()
    return Link(
        a=index.reports[one].canonical.id,
        b=index.reports[other].canonical.id,
        together=together,
        decided_by=decided_by,
        cosine=_value(csr_array(weighed.unit @ weighed.unit[[other]].T), one, 0),
        bounded=bounded,
        telling=max(0.0, bounded - OWN * own),
        evident=_value(alike.evident, one, other),
        smoothed=_value(alike.smoothed, one, other),
        score=_value(basis.events.links, one, other),
        mean=mean,
        bar=bar,
        days=stated(days),
        names=shared.of("name"),
        terms=shared.of("term"),
        numbers=shared.of("number"),
        only_a=_only(index, weighed, one, other),
        only_b=_only(index, weighed, other, one),
    )


def nearest(judged: Clusters, inside: Collection[str]) -> tuple[str, str] | None:
    """The two reports most alike of which one holds an article of `inside` and one does not.

    Ids of their canonical articles, that one first; None where nothing is like them at all.
    """
    if judged.basis is None:
        return None
    index = judged.index
    within = index.holding(inside)
    alike = judged.basis.alike.smoothed.tocoo()
    across = np.flatnonzero(within[alike.row] & ~within[alike.col])
    if not len(across):
        return None
    best = across[np.argmax(alike.data[across])]
    one, other = int(alike.row[best]), int(alike.col[best])
    return index.reports[one].canonical.id, index.reports[other].canonical.id


def _row(index: TermIndex, article: str) -> int:
    for row, report in enumerate(index.reports):
        if any(member.id == article for member in report.articles):
            return row
    raise ValueError(f"article {article!r} is not among the {len(index.reports)} reports")


def _decision(
    judged: Events, held: PinnedPairs, one: int, other: int
) -> tuple[bool, Decision, float, float]:
    """Together or not, by what, and the mean link between the two sides and its bar."""
    if one == other:
        return True, "copy", 1.0, 0.0
    last = judged.last
    if last.labels[one] == last.labels[other]:
        (met,) = judged.meeting(np.array([one]), np.array([other])).tolist()
        bar = float(judged.bar[met])
        return True, "similarity" if bar else "must-link", float(judged.mean[met]), bar
    low, high = sorted((last.labels[one : one + 1], last.labels[other : other + 1]))
    (bar,) = last.bars(low, high).tolist()
    mean = float(last.means()[(last.a == low) & (last.b == high)].sum())
    return False, _parted_by(held, last.labels, one, other), mean, bar


def _parted_by(held: PinnedPairs, labels: Labels, one: int, other: int) -> Decision:
    """What keeps the events of two reports apart."""
    events_of = {int(labels[one]), int(labels[other])}

    def holds(pairs: Iterable[tuple[int, int]]) -> bool:
        return any({int(labels[a]), int(labels[b])} == events_of for a, b in pairs)

    return "cannot-link" if holds(held.apart) else "model" if holds(held.doubted) else "similarity"


def _value(matrix: csr_array, row: int, column: int) -> float:
    return float(matrix[row, column])


def _only(index: TermIndex, vectors: Vectors, one: int, other: int) -> tuple[str, ...]:
    """The names and numbers that weigh most of those that only the first has."""
    terms, weights = _terms(index, vectors, one)
    theirs, _ = _terms(index, vectors, other)
    found = index.names[terms] & ~np.isin(terms, theirs)
    terms, weights = terms[found], weights[found]
    first = ranks(np.zeros(len(terms), np.int64), weights)
    terms = terms[np.argsort(first)][:_ONLY]
    at: Labels = np.zeros(len(terms), np.int64)
    return tuple(forms(index, np.array([one]), at, terms))


def _terms(index: TermIndex, vectors: Vectors, row: int) -> tuple[Labels, Values]:
    """The terms of a report and what each weighs in all views together."""
    found = vectors.unit[[row]].tocoo()
    terms, where = np.unique(found.col % len(index.terms), return_inverse=True)
    return terms.astype(np.int64), sums(where, found.data, len(terms))
