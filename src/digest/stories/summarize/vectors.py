"""Sentences as vectors of their terms, and what the reports of a story say together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SHORTEST_TERM = 3  # letters
_HALF_PLACE = 8  # the sentence whose place counts half of the first one's
_AGREEMENT = 0.7  # power of the share of reports that use a term


def is_term(stem: str, shortest: int = _SHORTEST_TERM) -> bool:
    """Does it carry meaning? Short Latin words seldom do; numbers and Chinese pairs may."""
    return len(stem) >= shortest or not (stem.isascii() and stem.isalpha())


class Space:
    """The sentences of a story, each term weighted by the root of its rarity among them.

    The root, for two vectors that are compared both hold it. `vectors` has a row a sentence.
    """

    def __init__(self, rows: Sequence[Counter[str]]) -> None:
        often = Counter(term for terms in rows for term in terms)
        columns = {
            term: (at, math.sqrt(math.log((len(rows) + 1) / often[term])))
            for at, term in enumerate(sorted(often))
        }
        self.vectors: Matrix = np.zeros((len(rows), len(columns)))
        for vector, terms in zip(self.vectors, rows, strict=True):
            for term, times in terms.items():
                at, weight = columns[term]
                vector[at] = weight * (1 + math.log(times))

    def centroid(self, articles: Sequence[str], places: Matrix) -> Matrix:
        """What the story says: the mean of its reports, raised where several agree.

        `articles` and `places` say where each sentence is from. Every report counts the same, its
        opening more than the rest.
        """
        rows: dict[str, list[int]] = {}
        for at, article in enumerate(articles):
            rows.setdefault(article, []).append(at)
        weighted = _unit(self.vectors) / self.distance(places)[:, None]
        reports = _unit(np.array([weighted[members].sum(axis=0) for members in rows.values()]))
        agreement: Matrix = (reports > 0).mean(axis=0) ** _AGREEMENT
        centroid: Matrix = reports.mean(axis=0) * agreement
        return centroid

    @staticmethod
    def nearness(vectors: Matrix, centroid: Matrix) -> Matrix:
        """The cosine of each vector with the centroid, up to the length of that."""
        near: Matrix = _unit(vectors) @ centroid
        return near

    @staticmethod
    def distance(places: Matrix) -> Matrix:
        """By how much less a sentence counts than the first one of its article."""
        distance: Matrix = 1 + places / _HALF_PLACE
        return distance


def _unit(vectors: Matrix) -> Matrix:
    """The rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Matrix = vectors / np.where(lengths > 0, lengths, 1)
    return unit
