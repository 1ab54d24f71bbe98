"""Vectors -> links: how similar two reports are, and how much that is worth.

Most reports of a day belong to no other, so a similarity counts by the evidence for it:

1. *bounded*: the cosine, but names tell events apart, common words only their kind. Two match
   reports share a vocabulary: so common words count only so far beyond names. Reports full of
   numbers (markets, results, weather) are no more alike than their numbers, or those of two days
   would be one story.
2. *evident*: in proportion to the evidence for it. What two reports share is weighed against
   what two unrelated ones may share by chance: more, the more days and so candidates lie between
   them, and less where a third and a fourth surely belong to both, as the prior of a Chinese
   restaurant process grows with the table (Aldous 1985). Two teasers need more in common than two
   articles. One term is no event, however rare it is: what it adds beyond 1.2 times all else
   does not count, unless the two have company that is sure.
3. *smoothed*: a short text says little of its event, and says it in its own words: it is partly
   represented by its nearest neighbours, as language models smooth a document by its cluster (Liu
   and Croft 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

from digest.stories.cluster.indexing import TermIndex
from digest.stories.cluster.matrices import (
    Labels,
    Values,
    heaviest,
    products,
    ranks,
    unit_rows,
)
from digest.stories.cluster.outlets import own_words
from digest.stories.cluster.vectors import Vectors

_LITTLE = 1e-9  # evidence that is none
_LINKS = 150  # most similar reports that are kept of each: bounds memory
_FLOOR = 0.05  # similarity below which two reports are taken to have nothing in common
_BEYOND_NAMES = 0.1  # similarity in common words, less than any join asks, that counts beyond ...
_PER_NAMES = 3.5  # ... so much for each that is in names, ...
_FEW_NAMES = 5  # ... where both texts have so many, ...
_NAMED = 0.08  # ... and so large a share of their terms (some scripts lack capitals)
_NUMERIC, _FEW_NUMBERS = 0.15, 5  # least part and count of numbers in a text full of them
_BLOCK, _PAIRS = 500, 2_000_000  # reports, and pairs, compared at once: bounds memory
_CHANCE = 215.0  # evidence that two unrelated reports of one hour may share by chance ...
_EVENT, _LINE = 3, 2  # powers of chance by evidence: one event asks more strictly than one line
_DAYS = 0.7  # ... and what it grows with: 1 + days to this power, ...
_FARTHEST_DAYS = 14  # ... up to so many
OWN = 2  # times the words of their outlet are taken off what two reports share of an event
_BURST, _HOURS = 0.45, 4.0  # an event is reported at once: so much less chance, for so many hours
_COMPANY = 0.31  # cosine from which two reports are sure to belong together
_FEW = 4.0  # such neighbours of both, from which a further one is as likely as not
_ONE = 2.2  # a similarity is at most so many times what it has without its heaviest term, ...
_VOUCHED = 2.0  # ... and half of what is beyond counts with so many sure neighbours of both
_SHORT = 100  # words (a word of title or lead as often as it counts) below which a text is short
_NEIGHBOURS, _NEAR = 15, 0.2  # at most so many, at least so similar


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities:
    """Each step's similarities, reports x reports, empty where there is next to none."""

    bounded: csr_array
    evident: csr_array
    smoothed: csr_array
    related: csr_array  # evident, but with less evidence: for what goes on from day to day


def similarities(index: TermIndex, vectors: Vectors) -> Similarities:
    """All steps; each matrix is symmetric and has no diagonal."""
    bounded = _bounded(index, vectors.unit)
    evident, related = _evident(index, vectors, bounded)
    return Similarities(
        bounded=bounded, evident=evident, smoothed=_smoothed(index, evident), related=related
    )


def days_between(index: TermIndex, a: Labels, b: Labels) -> Values:
    """Days from each report of `a` to that of `b`; nan where one of them is undated."""
    times = _times(index)
    return np.abs(times[a] - times[b])


def _bounded(index: TermIndex, vectors: csr_array) -> csr_array:
    """Cosines of all pairs that reach the floor, bounded by what they have in names and numbers."""
    names = csr_array(vectors @ diags_array(np.tile(index.names, 2).astype(np.float32)))
    names.eliminate_zeros()
    named = np.diff(names.indptr)
    telling = (named >= _FEW_NAMES) & (named >= _NAMED * np.diff(vectors.indptr))
    numbers = csr_array(vectors @ diags_array(np.tile(index.numbers, 2).astype(np.float32)))
    numbers.eliminate_zeros()
    every = np.arange(numbers.shape[0])
    part = products(numbers, every, every)
    full = (part >= _NUMERIC) & (np.diff(numbers.indptr) >= _FEW_NUMBERS)
    numbers = unit_rows(numbers)
    count = vectors.shape[0]
    blocks = []
    step = max(1, min(_BLOCK, _PAIRS // count))
    following = _Following(vectors)
    for start in range(0, count, step):
        block = slice(start, start + step)
        following.move_to(start)
        row, column, value = _later(following.products(vectors[block]), start, following.first)
        in_names = following.products(names[block]).toarray()
        bound = _PER_NAMES * in_names[row - start, column - following.first] + _BEYOND_NAMES
        value = np.where(telling[row] & telling[column], np.minimum(value, bound), value)
        both = full[row] & full[column]
        value[both] = np.minimum(value[both], products(numbers, row[both], column[both]))
        first = ranks(row, value) < _LINKS
        blocks.append((row[first], column[first], value[first]))
    row, column, value = map(np.concatenate, zip(*blocks, strict=True))
    above = csr_array((value, (row, column)), shape=(count, count))
    return csr_array(above + above.T)


def _evident(index: TermIndex, vectors: Vectors, similar: csr_array) -> tuple[csr_array, csr_array]:
    """Similarities in proportion to the evidence for them: for one event, and for one line.

    A pair's evidence is the scalar product of the two reports' weights: squared rarities (in
    nats) of what they share. A similarity is halved where its evidence is no more than what
    chance may bring. For one event, the own words of an outlet are no evidence, nor is a single
    term.
    """
    found = similar.tocoo()
    row, column, value = found.row, found.col, found.data
    sure = csr_array(similar >= _COMPANY, dtype=np.float32)
    company = products(sure, row, column)
    days = np.minimum(np.nan_to_num(days_between(index, row, column)), _FARTHEST_DAYS)
    chance = _CHANCE * (1 + days) ** _DAYS / (1 + (company / _FEW) ** 2)
    # Equal times are mostly those of days without a time.
    burst = np.where(days > 0, 1 - _BURST * np.exp(-24 * days / _HOURS), 1)
    own = own_words(index, vectors.unit, row, column)
    said = vectors.said[row] * vectors.said[column]
    telling = np.maximum(value - OWN * own, 0)
    event = _worth(telling, said, chance * burst, _EVENT)
    line = _worth(np.maximum(value - own, 0), said, chance, _LINE)
    near = np.flatnonzero(event >= _FLOOR)  # of the others nothing is left that could be taken off
    rest = value[near] - heaviest(vectors.unit, row[near], column[near])
    single = np.maximum(0, value[near] - _ONE * rest) / (1 + (company[near] / _VOUCHED) ** 2)
    several = np.maximum(telling[near] - single, 0)
    event[near] = _worth(several, said[near], (chance * burst)[near], _EVENT)
    found = []
    for values in (event, line):
        kept = values >= _FLOOR
        where = row[kept], column[kept]
        found.append(csr_array((values[kept], where), shape=similar.shape))
    return found[0], found[1]


def _worth(value: Values, said: Values, chance: Values, power: int) -> Values:
    """What similarities are worth: half where chance may bring as much evidence."""
    return value / (1 + (chance / np.maximum(value * said, _LITTLE)) ** power)


class _Following:
    """All rows from one on, transposed, to multiply blocks of rows by.

    They are transposed anew only where a quarter of them are no longer needed.
    """

    def __init__(self, rows: csr_array) -> None:
        self._rows = rows
        self.first = 0
        self._transposed = csr_array(rows.T)

    def move_to(self, start: int) -> None:
        """From now on, rows before this one are not needed."""
        if 4 * (start - self.first) > self._rows.shape[0] - self.first:
            del self._transposed  # before there is a second one
            self.first, self._transposed = start, csr_array(self._rows[start:].T)

    def products(self, block: csr_array) -> csr_array:
        """Scalar products of each row of a block with each from `first` on."""
        return csr_array(block @ self._transposed)


def _later(products: csr_array, start: int, first: int) -> tuple[Labels, Labels, Values]:
    """The pairs of reports from `start` on and later ones whose product reaches the floor."""
    found = np.flatnonzero(products.data >= _FLOOR)
    row = np.repeat(np.arange(products.shape[0]), np.diff(products.indptr))[found] + start
    column = products.indices[found].astype(np.int64) + first
    later = column > row
    return row[later], column[later], products.data[found[later]]


def _smoothed(index: TermIndex, similar: csr_array) -> csr_array:
    """Similarities in which short texts are partly represented by their neighbours.

    What a text's neighbours have in common with another text counts for a share of its own
    similarity to it, first for the one text of a pair, then for the other. Where the other is
    itself a neighbour, it does not speak for both.
    """
    lengths = np.asarray(index.uses.sum(axis=1), float)
    weights = _nearest(similar)
    totals = np.asarray(weights.sum(axis=1), float)
    share = np.where(totals > 0, np.maximum(0, 1 - lengths / _SHORT), 0)
    short = np.flatnonzero(share)
    weights = csr_array(diags_array(share[short] / totals[short]) @ weights[short])
    order = np.argsort(np.concatenate([np.flatnonzero(share == 0), short]))
    for _ in range(2):
        own = similar[short]
        spoken_for = weights @ similar + weights.multiply(own) + diags_array(1 - share[short]) @ own
        similar = csr_array(vstack([similar[share == 0], _without(spoken_for, short)])[order].T)
    return csr_array((similar + similar.T) / 2)


def _without(matrix: csr_array, columns: Labels) -> csr_array:
    """The matrix without, in each row, the given column, and without what is next to nothing."""
    found = matrix.tocoo()
    kept = (found.col != columns[found.row]) & (found.data >= _FLOOR / 2)
    return csr_array((found.data[kept], (found.row[kept], found.col[kept])), shape=matrix.shape)


def _nearest(similar: csr_array) -> csr_array:
    """Squared similarities of each row's nearest neighbours."""
    found = similar.tocoo()
    near = found.data >= _NEAR
    row, column, value = found.row[near], found.col[near], found.data[near]
    first = ranks(row, value) < _NEIGHBOURS
    return csr_array((value[first] ** 2, (row[first], column[first])), shape=found.shape)


def _times(index: TermIndex) -> Values:
    """Days since the epoch at which each report was published; nan where nobody stated it."""
    canonicals = (report.canonical for report in index.reports)
    return np.array(
        [
            canonical.published_at.timestamp() / 86_400 if canonical.dated else np.nan
            for canonical in canonicals
        ]
    )
