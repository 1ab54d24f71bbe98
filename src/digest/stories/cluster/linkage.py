"""Links -> events: average linkage that asks how closely each side hangs together itself.

Average linkage (Sokal and Michener 1958) by reciprocal nearest neighbours (Murtagh 1983), all
such pairs of a round at once, on the links alone: pairs without one count as 0. Two sets are
joined where the mean link between them reaches a share of the mean link within them, as in
CHAMELEON (Karypis, Han and Kumar 1999): two look-alike events are each closer knit than they are
to one another, whatever their vocabulary. In a crowded subject many reports are somewhat alike
that tell of different events: so a share of what a report has in common with its surroundings is
taken off its links (local scaling, as in CSLS: Conneau et al. 2018). What an operator said of two
reports is applied first (constrained clustering: Wagstaff and Cardie 2000). What a language model
keeps apart is applied last, within the events that there are without it: it cannot join anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from digest.stories.cluster.constraints import PinnedPairs
from digest.stories.cluster.matrices import Flags, Labels, Values, ranks, sums

_PAIR = 0.215  # mean link that two single reports need at least to be joined, ...
_LEAST, _ENOUGH = 0.168, 0.3  # ... and two large sets; none above is refused
_SHARE = 0.7  # of the mean link within two sets that the mean link between them must reach
_EXPECTED = 0.17  # mean link within an event, as far as nothing is known of it ...
_CLOSEST = 0.25  # ... but for this share, which its members' closest links have
_NEAREST, _FARTHEST = 20, 50  # ranks of the links to a report's surroundings
_CROWDING = 0.6  # of their mean is taken off
_PAIRS = 4  # pairs of reports after which what is known weighs as much as what is expected

_FREE = PinnedPairs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The sets that reports are in after a round of joins, and the links between them."""

    labels: Labels  # for each report the number of its set
    sizes: Values
    inner: Values  # sum of the links within each set
    expected: Values  # mean link within each set that its members let expect
    a: Labels  # for each link the two sets, the lower number first, each pair once
    b: Labels
    total: Values  # sum of the links between the two
    apart: Labels  # keys of the pairs of sets that must not be joined

    def means(self) -> Values:
        """Mean link between the sets of each link."""
        return self.total / (self.sizes[self.a] * self.sizes[self.b])

    def bars(self, a: Labels, b: Labels) -> Values:
        """What the mean link between sets must reach for a join.

        Each set's own mean link is drawn towards what is expected where there are few pairs. What
        several reports tell is sure to be an event; that two tell the same is not.
        """
        pairs = self.sizes * (self.sizes - 1) / 2
        cohesion = (self.inner + _PAIRS * self.expected) / (pairs + _PAIRS)
        least = _LEAST + (_PAIR - _LEAST) * 2 / (self.sizes[a] + self.sizes[b])
        return np.clip(_SHARE * np.sqrt(cohesion[a] * cohesion[b]), least, _ENOUGH)

    def keys(self, a: Labels, b: Labels) -> Labels:
        """One number for each pair of sets."""
        return a * len(self.sizes) + b


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What average linkage made of the links, and how.

    Every join is a node above its two sides. Nodes are numbered in the order of time, reports
    first; the joins of held reports come before all others, with a bar of 0.
    """

    links: csr_array  # less what is owed to the crowd
    last: Partition
    parent: Labels  # of each node the node that it became part of; its own number at the end
    mean: Values  # of each node the mean link between its two sides
    bar: Values  # and what it had to reach

    def meeting(self, a: Labels, b: Labels) -> Labels:
        """For each pair of reports of one event the node at which they came together."""
        a, b = a.copy(), b.copy()
        while (apart := a != b).any():
            first = a < b
            a, b = (
                np.where(apart & first, self.parent[a], a),
                np.where(apart & ~first, self.parent[b], b),
            )
        return a

    def closest(self) -> tuple[Labels, Labels, Labels]:
        """For each join of reports that were not held its node, and the closest across it."""
        found = self.links.tocoo()
        labels = self.last.labels
        inside = (found.row < found.col) & (labels[found.row] == labels[found.col])
        a, b, value = found.row[inside], found.col[inside], found.data[inside]
        node = self.meeting(a, b)
        order = np.lexsort((b, a, -value, node))
        nodes, first = np.unique(node[order], return_index=True)
        free = self.bar[nodes] > 0
        best = order[first[free]]
        return nodes[free], a[best], b[best]


def events(links: csr_array, held: PinnedPairs = _FREE) -> Events:
    """Find the events. `links` is symmetric, without a diagonal."""
    found = _joined(_scaled(links, _joined(links, held).last.labels), held)
    return _parted(found, held) if held.doubted else found


def _parted(found: Events, held: PinnedPairs) -> Events:
    """The events joined again, each by itself, without what a model keeps apart."""
    links = found.links.tocoo()
    inside = found.last.labels[links.row] == found.last.labels[links.col]
    where = links.row[inside], links.col[inside]
    within = csr_array((links.data[inside], where), shape=links.shape)
    parts = _joined(within, replace(held, apart=(*held.apart, *held.doubted)))
    last = _contract(_alone(found.links, held), parts.last.labels)
    return replace(parts, links=found.links, last=last)


def _scaled(links: csr_array, labels: Labels) -> csr_array:
    """The links without the share that is owed to the crowd that reports are in."""
    crowding = _crowding(links, labels)
    found = links.tocoo()
    values = found.data - (crowding[found.row] + crowding[found.col]) / 2
    kept = values > 0
    where = found.row[kept], found.col[kept]
    return csr_array((values[kept], where), shape=links.shape)


def _joined(links: csr_array, held: PinnedPairs) -> Events:
    """Join held reports, then, round by round, the sets that are each other's nearest."""
    sets, tree = _alone(links, held), _Tree(links.shape[0])
    if held.together:
        to = np.arange(len(sets.sizes))
        to[[report for report, _ in held.together]] = [first for _, first in held.together]
        tree.hold(to)
        sets = _contract(sets, to)
    while True:
        means, bars = sets.means(), sets.bars(sets.a, sets.b)
        allowed = means >= bars
        if len(sets.apart):
            allowed &= ~np.isin(sets.keys(sets.a, sets.b), sets.apart)
        joined = _reciprocal(sets, means, allowed)
        if not len(joined):
            return tree.grown(links, sets)
        to = np.arange(len(sets.sizes))
        to[sets.b[joined]] = sets.a[joined]
        tree.join(sets.a[joined], sets.b[joined], means[joined], bars[joined])
        sets = _contract(sets, to)


class _Tree:
    """The joins so far, and for each set its node."""

    def __init__(self, count: int) -> None:
        self._parent = np.arange(2 * count)
        self._mean, self._bar = np.zeros(2 * count), np.zeros(2 * count)
        self._node = np.arange(count)
        self._next = count

    def hold(self, to: Labels) -> None:
        """Join reports for whom there is no bar; `to` is the first report of each one's set."""
        firsts, sizes = np.unique(to, return_counts=True)
        made = firsts[sizes > 1]
        nodes = np.arange(len(to))
        nodes[made] = self._numbers(len(made))
        inside = np.isin(to, made)
        self._parent[: len(to)][inside] = nodes[to[inside]]
        self._node = nodes[firsts]

    def join(self, a: Labels, b: Labels, mean: Values, bar: Values) -> None:
        """Join sets `b` to sets `a`, and number those that are left anew."""
        made = self._numbers(len(a))
        self._parent[self._node[a]] = made
        self._parent[self._node[b]] = made
        self._mean[made], self._bar[made] = mean, bar
        self._node[a] = made
        self._node = np.delete(self._node, b)

    def _numbers(self, count: int) -> Labels:
        self._next += count
        return np.arange(self._next - count, self._next)

    def grown(self, links: csr_array, last: Partition) -> Events:
        """What the tree has become."""
        return Events(links=links, last=last, parent=self._parent, mean=self._mean, bar=self._bar)


def _crowding(links: csr_array, labels: Labels) -> Values:
    """What is to be taken off the links of each report.

    A share of the mean of those links, ranked 20 to 50, that lead out of its provisional event:
    a large event is no crowd. Missing links count as 0.
    """
    found = links.tocoo()
    outside = labels[found.row] != labels[found.col]
    row, value = found.row[outside], found.data[outside]
    rank = ranks(row, value)
    far = (rank >= _NEAREST) & (rank < _FARTHEST)
    total = sums(row[far], value[far], len(labels))
    return _CROWDING * total / (_FARTHEST - _NEAREST)


def _alone(links: csr_array, held: PinnedPairs) -> Partition:
    """Every report in a set of its own."""
    count = links.shape[0]
    upper = links.tocoo()
    above = upper.row < upper.col
    closest = np.asarray(links.max(axis=1).todense(), float).ravel()
    apart = np.array(held.apart, np.int64).reshape(-1, 2)
    return Partition(
        labels=np.arange(count),
        sizes=np.ones(count),
        inner=np.zeros(count),
        expected=_CLOSEST * closest + (1 - _CLOSEST) * _EXPECTED,
        a=upper.row[above].astype(np.int64),
        b=upper.col[above].astype(np.int64),
        total=upper.data[above].astype(float),
        apart=apart[:, 0] * count + apart[:, 1],
    )


def _reciprocal(sets: Partition, means: Values, allowed: Flags) -> Labels:
    """The allowed links that are both ends' best; of equal ones those of the first reports."""
    count, at = len(sets.sizes), np.flatnonzero(allowed)
    a, b, mean = sets.a[at], sets.b[at], means[at]
    best = np.zeros(count)
    np.maximum.at(best, a, mean)
    np.maximum.at(best, b, mean)
    mutual = (mean == best[a]) & (mean == best[b])
    at, a, b = at[mutual], a[mutual], b[mutual]
    partner = np.full(count, count)
    np.minimum.at(partner, a, b)
    np.minimum.at(partner, b, a)
    chosen: Labels = at[(partner[a] == b) & (partner[b] == a)]
    return chosen


def _contract(sets: Partition, to: Labels) -> Partition:
    """What is known of the sets that the old ones became part of, `to` by old number."""
    _, to = np.unique(to, return_inverse=True)
    count = int(to.max()) + 1
    sizes = sums(to, sets.sizes, count)
    inner = sums(to, sets.inner, count)
    a, b = np.minimum(to[sets.a], to[sets.b]), np.maximum(to[sets.a], to[sets.b])
    within = a == b
    inner += sums(a[within], sets.total[within], count)
    pair, where = np.unique(a[~within] * count + b[~within], return_inverse=True)
    one, other = to[sets.apart // len(to)], to[sets.apart % len(to)]
    return Partition(
        labels=to[sets.labels],
        sizes=sizes,
        inner=inner,
        expected=sums(to, sets.expected * sets.sizes, count) / sizes,
        a=pair // count,
        b=pair % count,
        total=sums(where, sets.total[~within], len(pair)),
        apart=np.unique(np.minimum(one, other) * count + np.maximum(one, other)),
    )
