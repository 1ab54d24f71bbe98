"""All pairs of texts that resemble or contain each other, none missed.

Prefix filtering: Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins" (2006);
Bayardo, Ma and Srikant, "Scaling up all pairs similarity search" (2007). Two sets that share at
least a share t of the smaller share one of its rarest (1 - t) shingles and one more; only what
shares one of these is counted out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from digest.model import Article
from digest.stories.dedup.compare import CONTAINMENT, RESEMBLANCE, Text, is_template
from digest.stories.minhash import Hashes, shingles

Rows = NDArray[np.int64]

_BLOCK, _BATCH = 256, 4096  # articles probed and pairs counted at once, to bound memory
_ROUNDING = 1e-9  # so that .4 of 15 is 6, not the next number above


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two articles with much text in common, measured on their exact shingle sets.

    `resemblance` is the Jaccard coefficient, `containment` the share of the smaller set that the
    larger holds (Broder 1997). Both in 0..1. `template`: one form filled in twice, such as market
    reports of two days, which `deduplicate` does not take for copies.
    """

    a: str  # article ids, a < b
    b: str
    resemblance: float
    containment: float
    template: bool = False


def near_duplicates(articles: Sequence[Article]) -> tuple[Pair, ...]:
    """Every pair of resemblance >= .4 or containment >= .75, ordered by their ids.

    Exactly those that comparing all texts with one another finds: nothing is left to chance. A
    text without words is in no pair. Unlike `deduplicate` it judges by shared shingles alone,
    boilerplate included, and only marks templates.
    """
    ordered = sorted(articles, key=lambda article: article.id)
    sets = [shingles(article.text) for article in ordered]
    sizes = np.array([len(words) for words in sets], dtype=np.int64)
    found = []

    @lru_cache(maxsize=_BATCH)
    def texts(row: int) -> Text:
        return Text(article=ordered[row], shingles=sets[row], evidence=sets[row])

    for a, b, shared in _overlaps(sets, sizes):
        union, smaller = sizes[a] + sizes[b] - shared, np.minimum(sizes[a], sizes[b])
        resemblance, containment = shared / union, shared / smaller
        near = np.flatnonzero((resemblance >= RESEMBLANCE) | (containment >= CONTAINMENT))
        found += [
            Pair(
                a=ordered[a[at]].id,
                b=ordered[b[at]].id,
                resemblance=float(resemblance[at]),
                containment=float(containment[at]),
                template=is_template(texts(int(a[at])), texts(int(b[at]))),
            )
            for at in near
        ]
    return tuple(sorted(found, key=lambda pair: (pair.a, pair.b)))


def _overlaps(sets: Sequence[Hashes], sizes: Rows) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Rows a < b of all pairs that may be near, and how many shingles each pair shares."""
    whole = _rarest_first(sets)
    prefixes = _prefixes(whole, sizes)
    transposed = whole.T.tocsr()
    for start in range(0, len(sets), _BLOCK):
        met = (prefixes[start : start + _BLOCK] @ transposed).tocoo()
        small, large = met.row.astype(np.int64) + start, met.col.astype(np.int64)
        # The smaller set finds the larger; of two equal ones, the first finds the second.
        ahead = (sizes[small] < sizes[large]) | ((sizes[small] == sizes[large]) & (small < large))
        small, large = small[ahead], large[ahead]
        for at in range(0, len(small), _BATCH):
            one, other = small[at : at + _BATCH], large[at : at + _BATCH]
            shared = whole[one].multiply(whole[other]).sum(axis=1)
            yield np.minimum(one, other), np.maximum(one, other), shared.astype(np.int64)


def _rarest_first(sets: Sequence[Hashes]) -> csr_array:
    """Which set (row) holds which shingle (column), of those that two or more sets hold.

    Columns go from the rarest to the most frequent.
    """
    flat = np.concatenate([np.empty(0, dtype=np.uint64), *sets])
    order = np.argsort(flat, kind="stable")
    new = np.ones(len(flat), dtype=np.bool_)
    new[1:] = flat[order][1:] != flat[order][:-1]
    number = np.cumsum(new) - 1
    counts = np.bincount(number)
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    alone = int(np.count_nonzero(counts == 1))
    columns = np.empty(len(flat), dtype=np.int64)
    columns[order] = rank[number] - alone
    rows = np.repeat(np.arange(len(sets)), [len(words) for words in sets])
    shared = columns >= 0
    return csr_array(
        (np.ones(np.count_nonzero(shared), dtype=np.int32), (rows[shared], columns[shared])),
        shape=(len(sets), len(counts) - alone),
    )


def _prefixes(whole: csr_array, sizes: Rows) -> csr_array:
    """The rarest shingles of every set, one of which any larger near set must hold.

    Shingles that no other set holds are the rarest of all, and so come first.
    """
    least = np.ceil(min(RESEMBLANCE, CONTAINMENT) * sizes - _ROUNDING)
    held = np.diff(whole.indptr)
    wanted = np.clip(held - least + 1, 0, held)
    place = np.arange(whole.nnz) - np.repeat(whole.indptr[:-1], held)
    kept = place < np.repeat(wanted, held)
    ends = np.concatenate(([0], np.cumsum(kept)))[whole.indptr]
    return csr_array((whole.data[kept], whole.indices[kept], ends), shape=whole.shape)
