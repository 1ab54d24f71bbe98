"""Duplicate groups -> stories: which different texts tell one event.

Texts are compared as sparse TF-IDF vectors of stems, names and numbers (Salton and Buckley 1988:
logarithmic counts, unit length), in which the title and the lead count more than the rest, and
joined by average linkage (Sokal and Michener 1958). Document frequencies come from what was
published before; where little was, from this batch and from a prior.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from digest.model import Article, DuplicateGroup, Join, Story
from digest.text import stems, words

_Matrix = NDArray[np.float64]

_THRESHOLD = 0.18  # mean similarity from which two sets of reports are one story
_TITLE_WEIGHT, _LEAD_WEIGHT = 3, 2  # how often a word there counts
_LEAD = 150  # words
_COMMON = 0.1  # share of documents from which a term says nothing about the event
_PRIOR = 300  # documents of an invented past, so that a first small batch can be judged
_DAY_PENALTY, _MAX_PENALTY = 0.03, 0.06  # similarity lost per log(1 + days) apart, and at most
_SHARED_TERMS = 6
_BLOCK = 512  # rows compared at once, to bound memory
_LARGEST = 8000  # reports that average linkage takes at once: 64 million similarities
_STEP = 0.05  # by how much the threshold rises to split what is larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """How many documents were seen, and in how many of them each stem occurred."""

    documents: int = 0
    frequencies: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Sequence[DuplicateGroup]) -> Self:
        """Count the reports that each stem occurs in; copies count once."""
        counts = Counter(term for group in groups for term in _bag(group.canonical)[0])
        return cls(documents=len(groups), frequencies=counts)

    def plus(self, others: Iterable[Background]) -> Background:
        """All of these counts added up."""
        summed, documents = Counter(self.frequencies), self.documents
        for other in others:
            summed.update(other.frequencies)
            documents += other.documents
        return Background(documents=documents, frequencies=summed)

    def to_bytes(self) -> bytes:
        """The form that is stored; equal counts give equal bytes."""
        table = json.dumps([self.documents, dict(self.frequencies)], sort_keys=True)
        return zlib.compress(table.encode("ascii"))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError on anything else."""
        try:
            documents, frequencies = json.loads(zlib.decompress(stored))
        except (zlib.error, ValueError, TypeError) as error:
            raise ValueError(f"not a table of document frequencies: {error}") from None
        return cls(documents=documents, frequencies=frequencies)


def cluster(groups: Sequence[DuplicateGroup], background: Background) -> tuple[Story, ...]:
    """Join reports of one event into stories; each group is in exactly one story.

    `background` may count these groups or not. A story's id follows from its earliest article,
    so that it stays while reports are added. The result does not depend on the order of
    `groups`; stories are ordered by their earliest article.
    """
    reports = sorted(groups, key=lambda group: _earliest(group.articles))
    if not reports:
        return ()
    vectors, vocabulary = _vectors([report.canonical for report in reports], background)
    stories = (
        _story([reports[at] for at in members], vectors[members], vocabulary)
        for members in _events(vectors, _times(reports), _THRESHOLD)
    )
    return tuple(sorted(stories, key=lambda story: _earliest(story.articles)))


def _earliest(articles: Iterable[Article]) -> tuple[datetime, str]:
    return min((article.published_at, article.id) for article in articles)


def _times(reports: Iterable[DuplicateGroup]) -> _Matrix:
    """Days since the epoch at which each report was published; nan where nobody stated it."""
    canonicals = (report.canonical for report in reports)
    return np.array(
        [each.published_at.timestamp() / 86_400 if each.dated else np.nan for each in canonicals]
    )


# --- vectors ----------------------------------------------------------------------------------


def _bag(article: Article) -> tuple[Counter[str], Counter[str]]:
    """Weighted counts of the article's terms, and those of them that were capitalised."""
    body = words(article.text)
    weights = Counter(body[_LEAD:])
    for part, weight in ((body[:_LEAD], _LEAD_WEIGHT), (words(article.title), _TITLE_WEIGHT)):
        for word in part:
            weights[word] += weight
    counts: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    for word, weight in weights.items():
        term = _term(word, article.language)
        counts[term] += weight
        if word[0].isupper():
            capitals[term] += weight
    del counts[""]
    return counts, capitals


@lru_cache(maxsize=1 << 17)
def _term(word: str, language: str) -> str:
    """The stem of a word, a number without separators, "" for a single letter or digit."""
    (stem,) = stems((word,), language)
    if len(stem) < 2:
        return ""
    return stem.replace(",", "") if stem[0].isdigit() else stem


def _vectors(
    articles: Sequence[Article], background: Background
) -> tuple[csr_array, tuple[str, ...]]:
    """One row of unit length for each article, and the terms of the columns."""
    bags = [_bag(article) for article in articles]
    counts = [count for count, _ in bags]
    seen, capitals = Counter[str](), Counter[str]()
    for count, capital in bags:
        seen.update(count)
        capitals.update(capital)
    rarity = _rarity(
        Counter(term for count in counts for term in count),
        {term for term, often in seen.items() if 2 * capitals[term] > often},
        max(len(articles), background.documents),
        background.frequencies,
    )
    vocabulary = tuple(sorted(rarity))
    column = {term: at for at, term in enumerate(vocabulary)}
    entries = [
        (row, column[term], (1 + math.log(often)) * rarity[term])
        for row, count in enumerate(counts)
        for term, often in count.items()
        if term in rarity
    ]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    lengths = np.sqrt(np.bincount(rows, np.square(values), minlength=len(counts)))
    unit = np.array(values) / lengths[list(rows)]
    shape = (len(counts), len(vocabulary))
    return coo_array((unit, (rows, columns)), shape=shape).tocsr(), vocabulary


def _rarity(
    batch: Mapping[str, int], names: set[str], documents: int, frequencies: Mapping[str, int]
) -> dict[str, float]:
    """Inverse document frequency of the terms rare enough to tell events apart.

    In the invented past that is added, a word of n letters stood in a share of 2 ** (1 - n) of
    the documents (frequent words are short in every language, Zipf 1935), a name in one of them.
    """
    rarity = {}
    for term, inside in batch.items():
        known = max(inside, frequencies.get(term, 0))
        invented = 1.0 if term in names or term[0].isdigit() else _PRIOR * 2.0 ** (1 - len(term))
        share = (known + max(1.0, invented)) / (documents + _PRIOR)
        if share < _COMMON:
            rarity[term] = -math.log(share)
    return rarity


# --- linkage ----------------------------------------------------------------------------------


def _events(
    vectors: csr_array, times: _Matrix, threshold: float, reach: float = 0.0
) -> Iterator[list[int]]:
    """Row numbers of the reports of each event, by exact average linkage.

    Two sets whose mean similarity reaches the threshold hold a pair that does, so that each
    connected part of the graph of such pairs can be taken alone. A part too large for memory is
    split at a higher `reach` first.
    """
    reach = max(reach, threshold)
    for part in _parts(vectors, reach):
        if len(part) > _LARGEST:
            for members in _events(vectors[part], times[part], threshold, reach + _STEP):
                yield [int(part[at]) for at in members]
        elif len(part) == 1:
            yield [int(part[0])]
        else:
            distances = 1 - _similarities(vectors[part], times[part])
            tree = linkage(squareform(distances, checks=False), method="average")
            labels = fcluster(tree, 1 - threshold, criterion="distance")
            for label in np.unique(labels):
                yield [int(at) for at in part[labels == label]]


def _parts(vectors: csr_array, reach: float) -> list[NDArray[np.int64]]:
    """Connected parts of the graph that links reports at least this similar."""
    count = vectors.shape[0]
    transposed = vectors.T.tocsr()
    rows, columns = [], []
    for start in range(0, count, _BLOCK):
        block = (vectors[start : start + _BLOCK] @ transposed).tocoo()
        near = block.data >= reach
        rows.append(block.row[near] + start)
        columns.append(block.col[near])
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_array((np.ones(len(row)), (row, column)), shape=(count, count))
    parts, labels = connected_components(graph, directed=False)
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=parts))[:-1])


def _similarities(vectors: csr_array, times: _Matrix) -> _Matrix:
    """Cosine of every pair, less what days between them cost; undated reports pay nothing."""
    cosine: _Matrix = (vectors @ vectors.T).toarray()
    days = np.nan_to_num(np.abs(times[:, None] - times[None, :]))
    result: _Matrix = cosine - np.minimum(_MAX_PENALTY, _DAY_PENALTY * np.log1p(days))
    np.fill_diagonal(result, 1)
    return result


# --- stories ----------------------------------------------------------------------------------


def _story(
    reports: Sequence[DuplicateGroup], vectors: csr_array, vocabulary: Sequence[str]
) -> Story:
    """The story of these reports, which come ordered by time."""
    similar = _similarities(vectors, _times(reports)).clip(0, 1)
    medoid = _medoid(reports, similar)
    np.fill_diagonal(similar, -1)
    evidence = []
    for at, report in enumerate(reports):
        if at != medoid:
            nearest = int(similar[at].argmax())
            shared = (vectors[[at]].multiply(vectors[[nearest]])).tocoo()
            heaviest = np.argsort(-shared.data, kind="stable")[:_SHARED_TERMS]
            evidence.append(
                Join(
                    a=report.canonical.id,
                    b=reports[nearest].canonical.id,
                    score=round(float(similar[at, nearest]), 4),
                    shared=_readable(
                        [vocabulary[column] for column in shared.col[heaviest]], report.canonical
                    ),
                )
            )
    _, first = _earliest(article for report in reports for article in report.articles)
    return Story(
        id="s" + hashlib.sha256(first.encode("utf-8", "replace")).hexdigest()[:15],
        medoid=reports[medoid],
        others=tuple(report for at, report in enumerate(reports) if at != medoid),
        evidence=tuple(evidence),
    )


def _medoid(reports: Sequence[DuplicateGroup], similar: _Matrix) -> int:
    """Of the texts that readers can read, the one nearest to all others; the earliest of equals."""
    readable = [bool(each.canonical.text) and not each.canonical.paywalled for each in reports]
    means = similar.mean(axis=1) + 2 * np.array(readable)
    return int(means.round(9).argmax())


def _readable(terms: Sequence[str], article: Article) -> tuple[str, ...]:
    """The terms as words of the article, each in its most frequent form."""
    forms: dict[str, Counter[str]] = {term: Counter() for term in terms}
    for word in words(f"{article.text} {article.title}"):
        if (term := _term(word, article.language)) in forms:
            forms[term][word] += 1
    return tuple(
        min(forms[term].items(), key=lambda item: (-item[1], item[0]))[0] for term in terms
    )
