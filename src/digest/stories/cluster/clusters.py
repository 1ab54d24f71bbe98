"""Reports -> clusters: the stories of a batch, with all that they were made from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from digest.model import Constraint, Doubt, Similar, Story
from digest.stories.cluster.background import Background
from digest.stories.cluster.constraints import PinnedPairs, pinned_pairs
from digest.stories.cluster.evidence import stories
from digest.stories.cluster.indexing import TermIndex
from digest.stories.cluster.linkage import Events, events
from digest.stories.cluster.matrices import Labels
from digest.stories.cluster.similarity import Similarities, similarities
from digest.stories.cluster.vectors import Vectors, vectors

_COUNTED = 8  # reports of one event, at most, by which a term's frequency grows
_DOUBTFUL = 0.06  # mean link above its bar: a quarter of the joins in streams, most wrong ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the stories of a batch were made from, step by step."""

    vectors: Vectors
    alike: Similarities
    held: PinnedPairs
    events: Events


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """The stories of a batch, ordered by their earliest article, and what they were made from."""

    index: TermIndex
    basis: Basis | None = None  # None for an empty batch
    stories: tuple[Story, ...] = ()

    def similar(self, first: Collection[str], second: Collection[str]) -> Iterator[Similar]:
        """All pairs of reports with an article (id) of `first` and one of `second`.

        Only pairs that are similar at all; a report is named by its canonical article.
        """
        if self.basis is None:
            return
        found = self.basis.alike.related.tocoo()
        ids = [report.canonical.id for report in self.index.reports]
        kept = self.index.holding(first)[found.row] & self.index.holding(second)[found.col]
        pairs = zip(found.row[kept].tolist(), found.col[kept].tolist(), strict=True)
        for (row, column), value in zip(pairs, found.data[kept].tolist(), strict=True):
            yield Similar(a=ids[row], b=ids[column], value=value)

    def doubts(self) -> Iterator[Doubt]:
        """The joins whose mean link is little above its bar, the most doubtful first."""
        if self.basis is None:
            return
        made = self.basis.events
        nodes, a, b = made.closest()
        margins = made.mean[nodes] - made.bar[nodes]
        for at in np.argsort(margins, kind="stable").tolist():
            if margins[at] >= _DOUBTFUL:
                return
            one, other = self.index.reports[a[at]], self.index.reports[b[at]]
            yield Doubt(
                a=one.canonical.id, b=other.canonical.id, margin=round(float(margins[at]), 4)
            )


def cluster(
    index: TermIndex, background: Background, constraints: Iterable[Constraint] = ()
) -> tuple[Story, ...]:
    """Join reports of one event into stories; each report is in exactly one story.

    `background` may count these reports or not. Reports under a must-link are in one story,
    reports under a cannot-link never, and a cannot-link wins (a model's takes stories apart, never
    changes another, and wins over no must-link); articles of a constraint that are
    not in the batch are ignored. A story's id follows from its earliest article, so that it stays
    while reports are added. Stories are ordered by their earliest article.
    """
    return judge(index, background, constraints).stories


def judge(
    index: TermIndex, background: Background, constraints: Iterable[Constraint] = ()
) -> Clusters:
    """The stories that `cluster` finds, with what is needed to explain them."""
    if not index.reports:
        return Clusters(index=index)
    held = pinned_pairs(index, constraints)
    basis = _basis(index, background, held)
    surplus = _surplus(index, basis.events.last.labels)
    if surplus.any():
        basis = _basis(index, background, held, surplus)
    return Clusters(index=index, basis=basis, stories=stories(index, basis.vectors, basis.events))


def _basis(
    index: TermIndex, background: Background, held: PinnedPairs, surplus: Labels | None = None
) -> Basis:
    """The events that the reports tell, if each term is in `surplus` fewer of them."""
    weighed = vectors(index, background, surplus)
    alike = similarities(index, weighed)
    return Basis(vectors=weighed, alike=alike, held=held, events=events(alike.smoothed, held))


def _surplus(index: TermIndex, labels: Labels) -> Labels:
    """For each term, how many reports of large events have it beyond what is counted of each.

    What most of the day's reports tell is one event, not a common word: its own terms must stay
    rare, or the largest event of all would fall apart.
    """
    beyond = np.zeros(len(index.terms), np.int64)
    for event in np.flatnonzero(np.bincount(labels) > _COUNTED):
        often = index.frequencies(np.flatnonzero(labels == event))
        beyond += np.maximum(0, often - _COUNTED)
    return beyond
