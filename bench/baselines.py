"""What others do, written from their descriptions: for comparing with, never for use.

Methods that join a story at a time see the articles in one random order, as a stream would bring
them. Where a set has no titles the first line of a text stands in, as feed readers show it; where
it has no texts, the title does.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import xxhash
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from digest.model import Article, DuplicateGroup
from digest.stories.cluster import index
from digest.stories.cluster.matrices import unit_rows
from digest.tools.evaluate import b_cubed

Matrix = NDArray[np.float64]
Labels = Sequence[int]  # the number of each item's story
Links = list[tuple[int, int]]

ORACLE = np.arange(0.04, 0.5, 0.01)  # thresholds of which the best for a set is taken
STREAM = np.arange(0.1, 0.5, 0.025)  # thresholds of which the best for all sets is taken
SINGLE_PASS = 0.75  # the threshold that is usual for texts
OVERLAP, SHARED = 0.6, 3  # of the shorter title's words, and how many at least
JACCARD = 0.55
HAMMING, BITS = 10, 64
RESEMBLANCE, SHINGLE = 0.5, 3
_TITLE = 120  # characters of a line that stands in for a title
_WORD = 3  # letters of a word that counts in a title
_BLOCK = 512


def score(labels: Labels, events: Sequence[str]) -> float:
    """B-cubed F1 of stories against events."""
    found = {at: str(label) for at, label in enumerate(labels)}
    return b_cubed(found, dict(enumerate(events))).f1


def shuffled(count: int) -> list[int]:
    """The order in which a stream brings so many articles."""
    return random.Random(1).sample(range(count), count)


# --- titles -----------------------------------------------------------------------------------


def by_overlap(articles: Sequence[Article]) -> Labels:
    """Titles share three words and six tenths of the shorter one's."""

    def alike(shared: int, one: int, other: int) -> float:
        share = shared / min(one, other)
        return share if shared >= SHARED and share >= OVERLAP else 0

    return _by_titles(articles, alike)


def by_jaccard(articles: Sequence[Article]) -> Labels:
    """Titles share .55 of the words of both."""

    def alike(shared: int, one: int, other: int) -> float:
        share = shared / (one + other - shared)
        return share if share >= JACCARD else 0

    return _by_titles(articles, alike)


def _by_titles(articles: Sequence[Article], alike: Callable[[int, int, int], float]) -> Labels:
    """Each article joins the story of the most alike title before it, if one is alike enough."""
    bags = [_title_words(article) for article in articles]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    labels = [0] * len(bags)
    for at in shuffled(len(bags)):
        shared = Counter(other for word in bags[at] for other in holders[word])
        near = {other: alike(n, len(bags[at]), len(bags[other])) for other, n in shared.items()}
        best = max(near, key=lambda other: (near[other], -other), default=at)
        labels[at] = labels[best] if near.get(best) else at
        for word in bags[at]:
            holders[word].append(at)
    return labels


def _title_words(article: Article) -> set[str]:
    title = article.title or article.text.strip().partition("\n")[0][:_TITLE]
    return {word for word in re.findall(r"\w+", title.lower()) if len(word) >= _WORD}


# --- sketches ---------------------------------------------------------------------------------


def simhash_links(texts: Sequence[str]) -> Links:
    """Texts whose 64 bits differ in ten at most (Charikar 2002), a vote for each shingle."""
    shingles = [_shingles(text) for text in texts]
    sketches = np.array([_simhash(shingle) for shingle in shingles], dtype=np.uint64)
    kept = np.array([bool(shingle) for shingle in shingles])
    links: Links = []
    for start in range(0, len(sketches), _BLOCK):
        apart = np.bitwise_count(sketches[start : start + _BLOCK, None] ^ sketches)
        near = (apart <= HAMMING) & kept & kept[start : start + _BLOCK, None]
        links += [(int(a) + start, int(b)) for a, b in np.argwhere(near) if a + start < b]
    return links


def _shingles(text: str) -> set[bytes]:
    """Three words in a row; a shorter text is one shingle, one without words has none."""
    words = re.findall(r"\w+", text.lower())
    rows = range(max(1, len(words) - SHINGLE + 1)) if words else ()
    return {" ".join(words[row : row + SHINGLE]).encode() for row in rows}


def _simhash(shingles: Iterable[bytes]) -> int:
    hashes = np.array([xxhash.xxh3_64_intdigest(shingle) for shingle in shingles], dtype=np.uint64)
    bits = (hashes[:, None] >> np.arange(BITS, dtype=np.uint64)) & np.uint64(1)
    votes = 2 * bits.sum(axis=0, dtype=np.int64) - len(hashes)
    return sum(1 << at for at, vote in enumerate(votes.tolist()) if vote > 0)


def minhash_links(texts: Sequence[str]) -> Links:
    """Texts whose three-word shingles have an estimated Jaccard coefficient of .5 (Broder 1997)."""
    lsh = MinHashLSH(threshold=RESEMBLANCE, num_perm=128)
    made: list[MinHash] = []
    links: Links = []
    for at, text in enumerate(texts):
        shingles = _shingles(text)
        sketch = MinHash(num_perm=128)
        sketch.update_batch(shingles)
        made.append(sketch)
        if not shingles:
            continue
        near = [int(other) for other in lsh.query(sketch)]
        links += [(other, at) for other in near if sketch.jaccard(made[other]) >= RESEMBLANCE]
        lsh.insert(at, sketch)
    return links


def connected(articles: Sequence[Article], linked: Callable[[Sequence[str]], Links]) -> Labels:
    """Stories as whatever is linked, directly or through others."""
    links = linked([article.text or article.title for article in articles])
    rows, columns = np.array(links, dtype=np.int64).reshape(-1, 2).T
    size = len(articles)
    graph = coo_array((np.ones(len(links), np.int8), (rows, columns)), shape=(size, size))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist()
    return labels


# --- TF-IDF -----------------------------------------------------------------------------------


def plain_cosines(articles: Iterable[Article]) -> tuple[Matrix, list[Article]]:
    """Cosines of plain TF-IDF and the articles in their order.

    Stems, logarithmic counts, frequencies of the batch alone. Counted as for our own stories:
    title and lead weigh more, boilerplate is left out.
    """
    indexed = index(DuplicateGroup(canonical=article) for article in articles)
    shares = indexed.document_frequencies / len(indexed.reports)
    weights = indexed.counts(slice(None))
    weights.data = 1 + np.log(weights.data)
    rare = np.where(shares < 0.3, 1 - np.log(shares), 0).astype(np.float32)
    vectors = unit_rows(csr_array(weights @ diags_array(rare)))
    cosines = np.asarray((vectors @ vectors.T).toarray(), float)
    return cosines, [report.canonical for report in indexed.reports]


def single_pass(cosines: Matrix, threshold: float) -> Labels:
    """Each report joins the nearest centroid, or founds a cluster below the threshold."""
    count = len(cosines)
    labels = np.zeros(count, np.int64)
    # A row for each report: the sum of its cosines to each cluster's members.
    sums, lengths = np.zeros((count, count)), np.zeros(count)  # lengths squared
    made = 0
    for at in shuffled(count):
        near = sums[at, :made] / np.sqrt(np.maximum(lengths[:made], 1e-9))
        best = int(near.argmax()) if made else 0
        if not made or near[best] < threshold:
            best, made = made, made + 1
        lengths[best] += 2 * sums[at, best] + cosines[at, at]
        sums[:, best] += cosines[at]
        labels[at] = best
    found: list[int] = labels.tolist()
    return found


def oracle(cosines: Matrix, events: Sequence[str]) -> float:
    """B-cubed F1 of average linkage at the threshold that is best for these events."""
    distances = np.clip(1 - (cosines + cosines.T) / 2, 0, None)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    cuts = (fcluster(tree, 1 - threshold, criterion="distance") for threshold in ORACLE)
    return max(score(cut.tolist(), events) for cut in cuts)
