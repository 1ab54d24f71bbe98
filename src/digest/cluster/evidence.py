"""Events -> stories: the medoid of each, and why each other report belongs to it."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Sequence

import numpy as np
from scipy.sparse import csr_array

from digest.cluster.indexing import Index, earliest
from digest.cluster.linkage import Labels, Values, ranks, sums
from digest.model import Join, Story

_SHARED_TERMS = 6


def stories(
    index: Index, vectors: csr_array, links: csr_array, labels: Labels
) -> tuple[Story, ...]:
    """One story for each event, ordered by time."""
    inside = links.tocoo()
    same = labels[inside.row] == labels[inside.col]
    row, column, value = inside.row[same], inside.col[same], inside.data[same]
    closeness = sums(row, value, len(labels))
    best = ranks(row, value) == 0
    nearest = dict(zip(row[best].tolist(), column[best].tolist(), strict=True))
    scores = dict(zip(row[best].tolist(), value[best].tolist(), strict=True))
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    made = []
    for rows in map(np.ndarray.tolist, members):
        medoid = _medoid(index, rows, closeness)
        joins = [
            _join(index, vectors, at, nearest.get(at, medoid), scores.get(at, 0.0))
            for at in rows
            if at != medoid
        ]
        made.append(_story(index, medoid, rows, joins))
    return tuple(sorted(made, key=lambda story: earliest(story.articles)))


def _medoid(index: Index, rows: Sequence[int], closeness: Values) -> int:
    """Of the texts that readers can read, the one nearest to all others; the earliest of equals."""

    def fitness(row: int) -> tuple[bool, float]:
        article = index.reports[row].canonical
        return bool(article.text) and not article.paywalled, round(float(closeness[row]), 9)

    return max(rows, key=fitness)


def _join(index: Index, vectors: csr_array, a: int, b: int, score: float) -> Join:
    """The evidence of the link between two reports, in words of the first."""
    weights = dict(zip(*_row(vectors, b), strict=True))
    products = [
        (-weights.get(term, 0.0) * own, term) for term, own in zip(*_row(vectors, a), strict=True)
    ]
    heaviest = heapq.nsmallest(_SHARED_TERMS, (each for each in products if each[0] < 0))
    forms = _forms(index, a, [term for _, term in heaviest])
    return Join(
        a=index.reports[a].canonical.id,
        b=index.reports[b].canonical.id,
        score=round(min(1.0, score), 4),
        shared=tuple(forms[term] for _, term in heaviest),
    )


def _forms(index: Index, row: int, terms: Collection[int]) -> dict[int, str]:
    """For each term the word that most often stands for it in a report."""
    found: dict[int, tuple[float, str]] = {}
    for column, often in zip(*_row(index.uses, row), strict=True):
        term = int(index.term_of[column])
        if term in terms:
            word = (-often, index.words[column])
            found[term] = min(word, found.get(term, word))
    return {term: word for term, (_, word) in found.items()}


def _row(matrix: csr_array, row: int) -> tuple[list[int], list[float]]:
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    return matrix.indices[start:end].tolist(), matrix.data[start:end].tolist()


def _story(index: Index, medoid: int, rows: Sequence[int], joins: Sequence[Join]) -> Story:
    others = tuple(index.reports[row] for row in rows if row != medoid)
    articles = (article for row in rows for article in index.reports[row].articles)
    _, first = earliest(articles)
    return Story(
        id="s" + hashlib.sha256(first.encode("utf-8", "replace")).hexdigest()[:15],
        medoid=index.reports[medoid],
        others=others,
        evidence=tuple(joins),
    )
