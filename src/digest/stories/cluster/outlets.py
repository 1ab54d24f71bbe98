"""What an outlet always says is evidence of the outlet, not of an event.

Two posts of a forum on servers, two episodes of a podcast or two notes on one program's releases
share the words of their subject, which are rare everywhere else. A term counts the less between
two reports of one outlet, the more of that outlet's other reports have it. Where it has few others,
as a company has of its press releases, a part of what the two share is expected to be its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from digest.stories.cluster.indexing import TermIndex
from digest.stories.cluster.matrices import Labels, Values, products

_OTHERS = 15  # further reports of an outlet, from which its own words are half known
_EXPECTED = 0.1  # share of what two of its reports have in common that is its own, without others


def own_words(index: TermIndex, vectors: csr_array, a: Labels, b: Labels) -> Values:
    """For each pair of reports the part of their product that is in the words of their outlet.

    0 for reports of two outlets, or of one that nobody named.
    """
    size = len(index.terms)
    part = np.zeros(len(a))
    row_of = np.empty(vectors.shape[0], np.int64)
    for reports, pairs in _outlets(index, a, b):
        found = vectors[reports]
        row_of[reports] = np.arange(len(reports))
        terms, term = np.unique(found.indices % size, return_inverse=True)
        whole = found.indices < size  # the terms of a lead are in the whole text as well
        uses = np.bincount(term[whole], minlength=len(terms))
        others, with_it = len(reports) - 2, np.maximum(0, uses - 2)  # but for the pair itself
        share = (with_it + _EXPECTED * _OTHERS) / (others + _OTHERS)
        found.data *= np.sqrt(share)[term].astype(np.float32)
        part[pairs] = products(found, row_of[a[pairs]], row_of[b[pairs]])
    return part


def _outlets(index: TermIndex, a: Labels, b: Labels) -> Iterator[tuple[Labels, Labels]]:
    """For each outlet with pairs its reports, and its pairs by their place."""
    names, outlet = np.unique(
        [report.canonical.outlet for report in index.reports], return_inverse=True
    )
    pairs = np.flatnonzero((outlet[a] == outlet[b]) & (names != "")[outlet[a]])
    pairs = pairs[np.argsort(outlet[a[pairs]], kind="stable")]
    found, first = np.unique(outlet[a[pairs]], return_index=True)
    reports = np.argsort(outlet, kind="stable")
    starts = np.searchsorted(outlet[reports], found)
    ends = np.searchsorted(outlet[reports], found, side="right")
    own = np.split(pairs, first[1:]) if len(pairs) else []
    for start, end, within in zip(starts.tolist(), ends.tolist(), own, strict=True):
        yield reports[start:end], within
