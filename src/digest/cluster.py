"""Duplicate groups -> stories: which different texts tell one event.

Texts are compared as sparse TF-IDF vectors of stems, names and numbers (Salton and Buckley 1988:
logarithmic counts, unit length), in which the title and the lead count more than the rest, and
joined by average linkage (Sokal and Michener 1958). Document frequencies come from what was
published before; where little was, from this batch and from a prior.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from digest.model import Article, DuplicateGroup, Join, Story
from digest.text import stems, words

_Matrix = NDArray[np.float64]

_THRESHOLD = 0.2  # mean similarity from which two sets of reports are one story
_TITLE_WEIGHT, _LEAD_WEIGHT = 3, 2  # how often a word there counts
_LEAD = 150  # words
_COMMON = 0.1  # share of documents from which a term says nothing about the event
_PRIOR = 300  # documents of invented past, so that a first batch can be judged
_DAY_PENALTY, _MAX_PENALTY = 0.03, 0.06  # similarity lost per log(1 + days) apart, and at most
_SHARED_TERMS = 6
_BLOCK = 512  # rows compared at once, to bound memory
_LARGEST = 8000  # reports that average linkage takes at once: 64 million similarities


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """How many documents were seen before, and in how many of them each stem occurred."""

    documents: int = 0
    frequencies: Mapping[str, int] = field(default_factory=dict)


def background(articles: Iterable[Article]) -> Background:
    """Count the documents that each stem occurs in. Counts of two batches can be added up."""
    counts: Counter[str] = Counter()
    documents = 0
    for article in articles:
        documents += 1
        counts.update(_stem_weights(article))
    return Background(documents=documents, frequencies=counts)


def cluster(groups: Sequence[DuplicateGroup], background: Background) -> tuple[Story, ...]:
    """Join reports of one event into stories; each group is in exactly one story.

    A story's id follows from its earliest article, so that it stays while reports are added. The
    result does not depend on the order of `groups`; stories are ordered by their earliest
    article.
    """
    reports = sorted(groups, key=lambda group: _earliest(group.articles))
    if not reports:
        return ()
    vectors, vocabulary = _vectors([report.canonical for report in reports], background)
    stories = []
    for members in _events(reports, vectors):
        chosen = [reports[at] for at in members]
        stories.append(_story(chosen, vectors[members], vocabulary))
    return tuple(sorted(stories, key=lambda story: _earliest(story.articles)))


def _earliest(articles: Iterable[Article]) -> tuple[datetime, str]:
    return min((article.published_at, article.id) for article in articles)


# --- vectors ----------------------------------------------------------------------------------


def _word_weights(article: Article) -> Counter[str]:
    """How often each word occurs, those of the title and the lead counted more."""
    body = words(article.text)
    weights = Counter(body[_LEAD:])
    for part, weight in ((body[:_LEAD], _LEAD_WEIGHT), (words(article.title), _TITLE_WEIGHT)):
        for word in part:
            weights[word] += weight
    return weights


def _stem_weights(article: Article) -> Counter[str]:
    weights = _word_weights(article)
    summed: Counter[str] = Counter()
    for term, count in zip(_terms(weights, article.language), weights.values(), strict=True):
        summed[term] += count
    del summed[""]
    return summed


def _terms(tokens: Iterable[str], language: str) -> list[str]:
    """The term of each word: its stem, a number without separators, "" for a single letter."""
    return [
        "" if len(stem) < 2 else stem.replace(",", "") if stem[0].isdigit() else stem
        for stem in stems(tokens, language)
    ]


def _vectors(
    articles: Sequence[Article], background: Background
) -> tuple[csr_array, tuple[str, ...]]:
    """One row of unit length for each article, and the terms of the columns."""
    counts = [_stem_weights(article) for article in articles]
    batch = Counter(term for count in counts for term in count)
    vocabulary = tuple(sorted(batch))
    weight = _rarity(articles, batch, background)
    column = {term: at for at, term in enumerate(vocabulary)}
    rows = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
    columns = np.array([column[term] for count in counts for term in count], dtype=np.int64)
    values = np.array(
        [(1 + math.log(n)) * weight[term] for count in counts for term, n in count.items()]
    )
    matrix = coo_array((values, (rows, columns)), shape=(len(counts), len(vocabulary))).tocsr()
    matrix.eliminate_zeros()
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = 1 / np.where(lengths > 0, lengths, 1)
    return csr_array(matrix.multiply(scale[:, None])), vocabulary


def _rarity(
    articles: Iterable[Article], batch: Counter[str], background: Background
) -> dict[str, float]:
    """Inverse document frequency of each term; 0 for terms too common to tell events apart."""
    names = _names(articles)
    documents = background.documents + batch.total() * 0 + _PRIOR
    return {
        term: _idf(
            count + background.frequencies.get(term, 0) + _prior(term, term in names), documents
        )
        for term, count in batch.items()
    }
