"""Vectors -> links: how alike two reports are, in three steps.

Names and numbers tell events apart, common words only their kind: two match reports share a
vocabulary, and so what two texts have in common words counts only so far beyond what they have in
names. A short text says little of its event, and says it in its own words: it is partly stood for
by its neighbours, as language models smooth a document by its cluster (Liu and Croft 2004). And
days between two reports count against them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

from digest.cluster.indexing import Index
from digest.cluster.matrices import Labels, Values, ranks

_LINKS = 150  # most similar reports that are kept of each: bounds memory
_FLOOR = 0.05  # similarity below which two reports are taken to have nothing in common
_BEYOND_NAMES = 0.1  # similarity in common words that counts beyond as much as that in names ...
_FEW_NAMES = 5  # ... where both texts have at least so many (some scripts have no capitals)
_BLOCK = 4_000_000  # pairs compared at once, to bound memory
_SHORT = 100  # words (a word of title or lead as often as it counts) below which a text is short
_NEIGHBOURS, _NEAR = 15, 0.08  # at most so many, at least so similar
_DAY_PENALTY, _MAX_PENALTY = 0.02, 0.06  # similarity lost per log(1 + days) apart, and at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities:
    """Each step's similarities, reports x reports, empty where there is next to none."""

    bounded: csr_array
    smoothed: csr_array
    dated: csr_array


def similarities(index: Index, vectors: csr_array) -> Similarities:
    """All steps; each matrix is symmetric and has no diagonal."""
    bounded = _bounded(index, vectors)
    smoothed = _smoothed(index, bounded)
    return Similarities(bounded=bounded, smoothed=smoothed, dated=_dated(index, smoothed))


def days_between(index: Index, a: Labels, b: Labels) -> Values:
    """Days from each report of `a` to that of `b`; nan where one of them is undated."""
    times = _times(index)
    return np.abs(times[a] - times[b])


def _bounded(index: Index, vectors: csr_array) -> csr_array:
    """Cosines of all pairs that reach the floor, with a bound on the part of common words."""
    names = csr_array(vectors @ diags_array(index.names.astype(np.float32)))
    names.eliminate_zeros()
    count = vectors.shape[0]
    across, names_across = csr_array(vectors.T), csr_array(names.T)
    telling = np.diff(names.indptr) >= _FEW_NAMES
    step = max(1, _BLOCK // count)
    blocks = []
    for start in range(0, count, step):
        block = (vectors[start : start + step] @ across).tocoo()
        kept = (block.data >= _FLOOR) & (block.row + start != block.col)
        row, column, value = block.row[kept], block.col[kept], block.data[kept]
        in_names = (names[start : start + step] @ names_across).toarray()[row, column]
        bounded = np.minimum(value, 2 * in_names + _BEYOND_NAMES)
        value = np.where(telling[row + start] & telling[column], bounded, value)
        first = ranks(row, value) < _LINKS
        row, column, value = row[first], column[first], value[first]
        blocks.append(csr_array((value, (row, column)), shape=block.shape))
    one_way = csr_array(vstack(blocks, format="csr"))
    return csr_array(one_way.maximum(one_way.T))


def _smoothed(index: Index, similar: csr_array) -> csr_array:
    """Similarities in which short texts are partly stood for by their neighbours.

    What a text's neighbours have in common with another text counts for a share of its own
    similarity to it, first for the one text of a pair, then for the other. Where the other is
    itself a neighbour, it does not speak for both.
    """
    lengths = np.asarray(index.uses.sum(axis=1), float)
    weights = _nearest(similar)
    totals = np.asarray(weights.sum(axis=1), float)
    share = np.where(totals > 0, np.maximum(0, 1 - lengths / _SHORT), 0)
    weights = csr_array(diags_array(share / np.maximum(totals, 1e-9)) @ weights)
    weights.eliminate_zeros()
    mixing = csr_array(weights + diags_array(1 - share))
    for _ in range(2):
        spoken_for = csr_array(mixing @ similar + weights.multiply(similar))
        similar = csr_array((spoken_for - diags_array(spoken_for.diagonal())).T)
    return csr_array((similar + similar.T) / 2)


def _nearest(similar: csr_array) -> csr_array:
    """Squared similarities of each row's nearest neighbours."""
    found = similar.tocoo()
    near = found.data >= _NEAR
    row, column, value = found.row[near], found.col[near], found.data[near]
    first = ranks(row, value) < _NEIGHBOURS
    return csr_array((value[first] ** 2, (row[first], column[first])), shape=found.shape)


def _dated(index: Index, similar: csr_array) -> csr_array:
    """Less what the days between two reports cost; undated reports pay nothing."""
    found = similar.tocoo()
    days = np.nan_to_num(days_between(index, found.row, found.col))
    values = found.data - np.minimum(_MAX_PENALTY, _DAY_PENALTY * np.log1p(days))
    kept = values >= _FLOOR
    where = found.row[kept], found.col[kept]
    return csr_array((values[kept], where), shape=found.shape)


def _times(index: Index) -> Values:
    """Days since the epoch at which each report was published; nan where nobody stated it."""
    canonicals = (report.canonical for report in index.reports)
    return np.array(
        [each.published_at.timestamp() / 86_400 if each.dated else np.nan for each in canonicals]
    )
