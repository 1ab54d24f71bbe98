"""Measure how well events are found: B-cubed precision, recall and F1 on labelled sets.

Usage: python -m bench.stories CORPUS [SEEDS]

For each set, with one setting for all: ours with the shipped table of document frequencies, ours
with a table that was made without this set, a single pass to the nearest centroid with one
threshold for all sets, and average linkage with the best threshold for each set (an oracle).
With SEEDS also the stream of all sets mixed, and 20 random arrival orders.
"""

from __future__ import annotations

import gzip
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

import numpy as np
from tests.factories import article, labelled

from bench.background import SETS, counted, frequent
from bench.baselines import STREAM, oracle, plain_cosines, score, single_pass
from digest.model import Article, Story
from digest.stories.cluster import Background, cluster, index
from digest.stories.dedup import deduplicate
from digest.tools import jsonl
from digest.tools.evaluate import PAIR_LABELS, PairCounts, Score, b_cubed, pair_counts

_ORDERS = 20


def stories(articles: Sequence[Article], table: Background) -> tuple[Story, ...]:
    """The stories of texts, as `digest cluster` finds them."""
    indexed = index(deduplicate(articles))
    return cluster(indexed, Background.of(indexed).plus([table]))


def measure(path: Path, table: Background | None = None) -> tuple[int, Score, float]:
    """Number of texts, B-cubed score, and seconds taken."""
    read = labelled(path)
    started = time.perf_counter()
    found_stories = stories([article for article, _ in read], table or Background.shipped())
    seconds = time.perf_counter() - started
    found = {article.id: story.id for story in found_stories for article in story.articles}
    return len(read), b_cubed(found, {article.id: event for article, event in read}), seconds


# --- methods to compare with ------------------------------------------------------------------


def compared(path: Path) -> tuple[list[float], float]:
    """F1 of the single pass in order of arrival at each threshold, and of the oracle."""
    read = labelled(path)
    events = {article.id: event for article, event in read}
    cosines, ordered = plain_cosines(article for article, _ in read)
    true = [events[article.id] for article in ordered]
    streams = [score(single_pass(cosines, threshold), true) for threshold in STREAM]
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
    found_stories = stories(articles, Background.shipped())
    origins = [Counter(origin[made.id] for made in story.articles) for story in found_stories]
    impure = sum(len(origin) > 1 for origin in origins)
    holding = [origin_ for origin_ in origins if "seeds" in origin_]
    alone = "alone" if all(len(earlier_story) == 1 for earlier_story in holding) else "with others"
    seeded = f"the seeds in {len(holding)}, {alone}"
    return f"{len(found_stories)} stories, {impure / len(found_stories):.2%} of two sets; {seeded}"


# --- real streams, in which most items are alone ----------------------------------------------


def streams(corpus: Path) -> PairCounts:
    """The pairs joined in all labelled windows, each in one batch."""
    clusters: list[list[str]] = []
    labels: list[tuple[frozenset[str], str]] = []
    for path in sorted((corpus / "stream").glob("*_pairs.jsonl.gz")):
        with gzip.open(path) as lines:
            labels += jsonl.pairs(cast("IO[bytes]", lines), PAIR_LABELS)[0]
        window = path.with_name(path.name.replace("_pairs", ""))
        found = stories([item for item, _ in labelled(window)], Background.shipped())
        clusters += [[item.id for item in story.articles] for story in found]
    return pair_counts(clusters, labels)


def orders(path: Path) -> str:
    """Whether the order of arrival changes anything."""
    articles = [made for made, _ in labelled(path)]
    chance, results = random.Random(1), []
    for _ in range(_ORDERS):
        chance.shuffle(articles)
        results.append(stories(articles, Background.shipped()))
    return f"{_ORDERS} orders: {sum(result == results[0] for result in results)} equal to the first"


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
    print(f"single pass at {STREAM[at]:.3f}: {single}")
    for label, part in (("mean of three", rows[:3]), ("mean of all", rows)):
        print(label, *(f"{value:.3f}" for value in np.mean(part, axis=0)))
    if seeds:
        print("mixed:", mixed_stream(corpus, seeds))
        print("ecbplus:", orders(corpus / "stories/ecbplus.jsonl.gz"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
