"""Links -> events: average linkage that asks how closely each side hangs together itself.

Average linkage (Sokal and Michener 1958) by reciprocal nearest neighbours (Murtagh 1983), all
such pairs of a round at once, on the links alone: pairs without one count as 0. Two sets are
joined where the mean link between them reaches a share of the mean link within them, as in
CHAMELEON (Karypis, Han and Kumar 1999): two look-alike events are each closer knit than they are
to one another, whatever their vocabulary. In a crowded subject many reports are somewhat alike
that tell of different events: so a share of what a report has in common with its surroundings is
taken off its links (local scaling, as in CSLS: Conneau et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Values = NDArray[np.float64]
Labels = NDArray[np.int64]

_LEAST, _ENOUGH = 0.12, 0.3  # no mean link below is a join, none above is refused
_SHARE = 0.65  # of the mean link within two sets that the mean link between them must reach
_EXPECTED = 0.18  # mean link within an event, as far as nothing is known of it ...
_CLOSEST = 0.25  # ... but for this share, which its members' closest links have
_NEAREST, _FARTHEST = 20, 50  # ranks of the links to a report's surroundings
_CROWDING = 0.5  # of their mean is taken off
_PAIRS = 6  # pairs of reports after which what is known weighs as much as what is expected


@dataclass(slots=True)
class _Sets:
    """What is known of each set of reports while they grow."""

    sizes: Values
    inner: Values  # sum of the links within
    expected: Values  # mean link within that its members let expect

    def cohesion(self) -> Values:
        """Mean link within each set, drawn towards what is expected where there are few pairs."""
        pairs = self.sizes * (self.sizes - 1) / 2
        return (self.inner + _PAIRS * self.expected) / (pairs + _PAIRS)


def events(links: csr_array) -> Labels:
    """For each report the number of its event. `links` is symmetric, without a diagonal."""
    crowding = _crowding(links, _joined(links))
    found = links.tocoo()
    values = found.data - (crowding[found.row] + crowding[found.col]) / 2
    kept = values > 0
    where = found.row[kept], found.col[kept]
    return _joined(csr_array((values[kept], where), shape=links.shape))


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


def sums(at: Labels, values: Values, count: int) -> Values:
    """For each of `count` numbers the sum of the values at it."""
    return np.asarray(np.bincount(at, values, minlength=count), float)


def ranks(rows: Labels, values: Values) -> Labels:
    """For each value how many of its row are greater; of equal ones the first ranks first.

    `rows` ascends.
    """
    order = np.lexsort((-values, rows))
    result = np.empty(len(rows), np.int64)
    result[order] = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return result


def _joined(links: csr_array) -> Labels:
    """For each report the number of the set that average linkage puts it in."""
    count = links.shape[0]
    upper = links.tocoo()
    above = upper.row < upper.col
    a, b, total = upper.row[above], upper.col[above], upper.data[above].astype(float)
    closest = np.asarray(links.max(axis=1).todense(), float).ravel()
    sets = _Sets(np.ones(count), np.zeros(count), _CLOSEST * closest + (1 - _CLOSEST) * _EXPECTED)
    labels = np.arange(count)
    while True:
        mean = total / (sets.sizes[a] * sets.sizes[b])
        cohesion = sets.cohesion()
        bar = np.clip(_SHARE * np.sqrt(cohesion[a] * cohesion[b]), _LEAST, _ENOUGH)
        joined = _reciprocal(a, b, mean, mean >= bar, len(sets.sizes))
        if not len(joined):
            return labels
        to = np.arange(len(sets.sizes))
        to[b[joined]] = a[joined]
        _, to = np.unique(to, return_inverse=True)
        labels = to[labels]
        a, b, total, sets = _contract(to, a, b, total, sets)


def _reciprocal(
    a: Labels, b: Labels, mean: Values, allowed: NDArray[np.bool_], count: int
) -> Labels:
    """The allowed links that are both ends' best; of equal ones those of the first reports."""
    at = np.flatnonzero(allowed)
    best = np.zeros(count)
    np.maximum.at(best, a[at], mean[at])
    np.maximum.at(best, b[at], mean[at])
    at = at[(mean[at] == best[a[at]]) & (mean[at] == best[b[at]])]
    partner = np.full(count, count)
    np.minimum.at(partner, a[at], b[at])
    np.minimum.at(partner, b[at], a[at])
    chosen: Labels = at[(partner[a[at]] == b[at]) & (partner[b[at]] == a[at])]
    return chosen


def _contract(
    to: Labels, a: Labels, b: Labels, total: Values, sets: _Sets
) -> tuple[Labels, Labels, Values, _Sets]:
    """The links between, and what is known of, the sets that the old sets became part of."""
    count = int(to.max()) + 1
    sizes = sums(to, sets.sizes, count)
    inner = sums(to, sets.inner, count)
    expected = sums(to, sets.expected * sets.sizes, count) / sizes
    a, b = np.minimum(to[a], to[b]), np.maximum(to[a], to[b])
    within = a == b
    inner += sums(a[within], total[within], count)
    pair, where = np.unique(a[~within] * count + b[~within], return_inverse=True)
    between = sums(where, total[~within], len(pair))
    return pair // count, pair % count, between, _Sets(sizes, inner, expected)
