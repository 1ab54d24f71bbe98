"""Index -> links: how alike two reports are.

Terms weigh by their logarithmic count and inverse document frequency (Salton and Buckley 1988)
in vectors of unit length. Names and numbers tell events apart, common words only their kind: two
match reports share a vocabulary, and so what two texts have in common words counts only so far
beyond what they have in names. A short text says little of its event, and says it in its own
words: it is partly stood for by its neighbours, as language models smooth a document by its
cluster (Liu and Croft 2004).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, vstack

from digest.cluster.background import Background
from digest.cluster.indexing import Index, unit_rows
from digest.cluster.linkage import ranks

Values = NDArray[np.float64]

_COMMON = 0.1  # share of documents from which a term says nothing about the event
_PRIOR = 300  # documents of an invented past, so that a first small batch can be judged
_HEAVIEST = 300  # terms of a report that it is compared by
_FREQUENT = 500  # reports of a batch from which a term is not compared by: bounds time
_LINKS = 150  # most similar reports that are kept of each: bounds memory
_FLOOR = 0.05  # similarity below which two reports are taken to have nothing in common
_BEYOND_NAMES = 0.1  # similarity in common words that counts beyond as much as that in names ...
_FEW_NAMES = 5  # ... where both texts have at least so many (some scripts have no capitals)
_BLOCK = 4_000_000  # pairs compared at once, to bound memory
_SHORT = 100  # words (a word of title or lead as often as it counts) below which a text is short
_NEIGHBOURS, _NEAR = 15, 0.08  # at most so many, at least so similar
_DAY_PENALTY, _MAX_PENALTY = 0.02, 0.06  # similarity lost per log(1 + days) apart, and at most


def vectors(index: Index, background: Background) -> csr_array:
    """One row of unit length for each report, one column for each term."""
    weights = index.counts.copy()
    weights.data = 1 + np.log(weights.data)
    weighted = csr_array(weights @ diags_array(_rarity(index, background).astype(np.float32)))
    weighted.data[index.document_frequencies[weighted.indices] > _FREQUENT] = 0
    weighted.eliminate_zeros()
    rows = np.repeat(np.arange(len(index.reports)), np.diff(weighted.indptr))
    weighted.data[ranks(rows, weighted.data) >= _HEAVIEST] = 0
    weighted.eliminate_zeros()
    return unit_rows(weighted)


def _rarity(index: Index, background: Background) -> Values:
    """Inverse document frequency of each term; 0 where it is too common to tell events apart.

    In the invented past that is added, a word of n letters stood in a share of 2 ** (1 - n) of
    the documents (frequent words are short in every language, Zipf 1935), a name in one of them.
    """
    each = zip(index.terms, index.languages, strict=True)
    none: dict[str, int] = {}
    before = [background.frequencies.get(language, none).get(term, 0) for term, language in each]
    known = np.maximum(index.document_frequencies, before)
    invented = _PRIOR * np.exp2(1 - np.array([len(term) for term in index.terms], float))
    invented[_names(index)] = 1
    batch = [report.canonical.language for report in index.reports]
    documents = {
        language: max(batch.count(language), background.documents.get(language, 0))
        for language in set(batch)
    }
    seen = np.array([documents[language] for language in index.languages], float)
    share = (known + np.maximum(1, invented)) / (seen + _PRIOR)
    return np.where(share < _COMMON, -np.log(share), 0)


def _names(index: Index) -> NDArray[np.bool_]:
    """Which terms are numbers, or written with a capital more often than not."""
    often = np.asarray(index.uses.sum(axis=0), float)
    capital = np.array([word[0].isupper() for word in index.words], bool)
    kept = index.term_of >= 0
    size = len(index.terms)
    uses = np.bincount(index.term_of[kept], often[kept], minlength=size)
    capitals = np.bincount(index.term_of[kept & capital], often[kept & capital], minlength=size)
    numbers = np.array([term[0].isdigit() for term in index.terms], bool)
    names: NDArray[np.bool_] = numbers | (2 * capitals > uses)
    return names


# --- links ------------------------------------------------------------------------------------


def links(index: Index, vectors: csr_array) -> csr_array:
    """Similarity of reports, reports x reports, empty where there is next to none.

    Days between two reports count against them; undated reports pay nothing.
    """
    names = csr_array(vectors @ diags_array(_names(index).astype(np.float32)))
    names.eliminate_zeros()
    lengths = np.asarray(index.uses.sum(axis=1), float)
    smoothed = _smoothed(_similarities(vectors, names), lengths).tocoo()
    times = _times(index)
    days = np.nan_to_num(np.abs(times[smoothed.row] - times[smoothed.col]))
    values = smoothed.data - np.minimum(_MAX_PENALTY, _DAY_PENALTY * np.log1p(days))
    kept = values >= _FLOOR
    where = smoothed.row[kept], smoothed.col[kept]
    return csr_array((values[kept], where), shape=smoothed.shape)


def _times(index: Index) -> Values:
    """Days since the epoch at which each report was published; nan where nobody stated it."""
    canonicals = (report.canonical for report in index.reports)
    return np.array(
        [each.published_at.timestamp() / 86_400 if each.dated else np.nan for each in canonicals]
    )


def _similarities(vectors: csr_array, names: csr_array) -> csr_array:
    """Cosines of all pairs that reach the floor, with a bound on the part of common words."""
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


def _smoothed(similar: csr_array, lengths: Values) -> csr_array:
    """Similarities in which short texts are partly stood for by their neighbours.

    What a text's neighbours have in common with another text counts for a share of its own
    similarity to it, first for the one text of a pair, then for the other. Where the other is
    itself a neighbour, it does not speak for both.
    """
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
