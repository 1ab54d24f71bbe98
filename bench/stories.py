"""Measure how well events are found: B-cubed precision, recall and F1 on labelled sets.

Usage: python -m bench.stories CORPUS [SEEDS]

For each set, with one setting for all: ours with the shipped table of document frequencies, ours
with a table that was made without this set, a single pass to the nearest centroid with one
threshold for all sets, and average linkage with the best threshold for each set (an oracle).
With SEEDS also the stream of all sets mixed, and 20 random arrival orders.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array, diags_array
from scipy.spatial.distance import squareform
from tests.factories import article, labelled

from bench.background import SETS, counted, frequent
from digest.cluster import Background, Index, cluster, index
from digest.cluster.matrices import unit_rows
from digest.evaluate import Score, b_cubed
from digest.model import Article, DuplicateGroup, Story

_ORACLE = np.arange(0.04, 0.5, 0.01)
_STREAM = np.arange(0.1, 0.5, 0.025)
_ORDERS = 20


def stories(articles: Sequence[Article], table: Background) -> tuple[Story, ...]:
    """The stories of texts of which none is taken for a copy of another."""
    indexed = index(DuplicateGroup(canonical=article) for article in articles)
    return cluster(indexed, Background.of(indexed).plus([table]))


def measure(path: Path, table: Background | None = None) -> tuple[int, Score, float]:
    """Number of texts, B-cubed score, and seconds taken."""
    read = labelled(path)
    started = time.perf_counter()
    told = stories([article for article, _ in read], table or Background.shipped())
    seconds = time.perf_counter() - started
    found = {article.id: story.id for story in told for article in story.articles}
    return len(read), b_cubed(found, {article.id: event for article, event in read}), seconds


# --- methods to compare with ------------------------------------------------------------------


def plain_cosines(indexed: Index) -> NDArray[np.float64]:
    """Cosines of plain TF-IDF: stems, logarithmic counts, frequencies of the batch alone."""
    shares = indexed.document_frequencies / len(indexed.reports)
    weights = indexed.counts.copy()
    weights.data = 1 + np.log(weights.data)
    rare = np.where(shares < 0.3, 1 - np.log(shares), 0).astype(np.float32)
    vectors = unit_rows(csr_array(weights @ diags_array(rare)))
    return np.asarray((vectors @ vectors.T).toarray(), float)


def single_pass(cosines: NDArray[np.float64], threshold: float) -> list[int]:
    """Each report joins the nearest centroid, or founds a cluster below the threshold."""
    labels: list[int] = []
    sums: list[NDArray[np.float64]] = []  # of the members' cosines to every report
    lengths: list[float] = []  # squared, of the summed vectors
    for at, row in enumerate(cosines):
        near = [total[at] / length**0.5 for total, length in zip(sums, lengths, strict=True)]
        best = int(np.argmax(near)) if near else 0
        if not near or near[best] < threshold:
            best = len(sums)
            sums.append(np.zeros(len(cosines)))
            lengths.append(0.0)
        lengths[best] += 2 * sums[best][at] + row[at]
        sums[best] += row
        labels.append(best)
    return labels


def oracle(cosines: NDArray[np.float64], events: Sequence[str]) -> float:
    """B-cubed F1 of average linkage at the threshold that is best for these events."""
    distances = np.clip(1 - (cosines + cosines.T) / 2, 0, None)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    cuts = (fcluster(tree, 1 - threshold, criterion="distance") for threshold in _ORACLE)
    return max(_f1(cut.tolist(), events) for cut in cuts)


def _f1(labels: Sequence[int], events: Sequence[str]) -> float:
    found = {str(at): str(label) for at, label in enumerate(labels)}
    return b_cubed(found, {str(at): event for at, event in enumerate(events)}).f1


def compared(path: Path) -> tuple[list[float], float]:
    """F1 of the single pass in order of arrival at each threshold, and of the oracle."""
    read = labelled(path)
    events = {article.id: event for article, event in read}
    random.Random(1).shuffle(read)
    indexed = index(DuplicateGroup(canonical=article) for article, _ in read)
    cosines = plain_cosines(indexed)
    true = [events[report.canonical.id] for report in indexed.reports]
    order = random.Random(1).sample(range(len(true)), len(true))
    mixed = cosines[np.ix_(order, order)]
    shuffled = [true[at] for at in order]
    streams = [_f1(single_pass(mixed, threshold), shuffled) for threshold in _STREAM]
    return streams, oracle(cosines, true)


# --- all sets together, and in other orders ---------------------------------------------------


def seed_articles(seeds: Path) -> list[Article]:
    """The five texts on one event, undated."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(seeds.glob("*.txt"))]
    parts = [text.partition("\n\n") for text in texts]
    return [article(body, title=title, dated=False) for title, _, body in parts]


def mixed_stream(corpus: Path, seeds: Path) -> str:
    """How pure stories stay when all sets and the seeds are one stream."""
    origin = {made.id: "seeds" for made in seed_articles(seeds)}
    articles = seed_articles(seeds)
    for name in SETS:
        for made, _ in labelled(corpus / f"stories/{name}.jsonl.gz"):
            origin[made.id] = name
            articles.append(made)
    told = stories(articles, Background.shipped())
    origins = [Counter(origin[made.id] for made in story.articles) for story in told]
    impure = sum(len(each) > 1 for each in origins)
    holding = [dict(each) for each in origins if "seeds" in each]
    return f"{len(told)} stories, {impure / len(told):.2%} of two sets; seeds in {holding}"


def orders(path: Path) -> str:
    """Whether the order of arrival changes anything."""
    articles = [made for made, _ in labelled(path)]
    chance, results = random.Random(1), []
    for _ in range(_ORDERS):
        chance.shuffle(articles)
        results.append(stories(articles, Background.shipped()))
    return f"{_ORDERS} orders: {sum(each == results[0] for each in results)} equal to the first"


def main(corpus: Path, seeds: Path | None) -> None:
    """Print the table."""
    tables = {name: counted(corpus, name) for name in SETS}
    streams, rows = [], []
    for name in SETS:
        path = corpus / f"stories/{name}.jsonl.gz"
        size, score, seconds = measure(path)
        others = frequent(table for other, table in tables.items() if other != name)
        held_out = measure(path, others)[1].f1
        stream, best = compared(path)
        streams.append(stream)
        rows.append((score.f1, held_out, best))
        print(
            f"{name:14} {size:5}  P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.f1:.3f}"
            f"  held out {held_out:.3f}  oracle {best:.3f}  {seconds:.1f} s"
        )
    at = int(np.argmax(np.mean(streams, axis=0)))
    single = ", ".join(f"{name} {f1[at]:.3f}" for name, f1 in zip(SETS, streams, strict=True))
    print(f"single pass at {_STREAM[at]:.3f}: {single}")
    for label, part in (("mean of three", rows[:3]), ("mean of all", rows)):
        print(label, *(f"{value:.3f}" for value in np.mean(part, axis=0)))
    if seeds:
        print("mixed:", mixed_stream(corpus, seeds))
        print("ecbplus:", orders(corpus / "stories/ecbplus.jsonl.gz"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
