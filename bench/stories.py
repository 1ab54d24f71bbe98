"""Measure how well events are found: B-cubed precision, recall and F1 on labelled sets.

Usage: python -m bench.stories CORPUS [SET ...]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.factories import labelled

from digest.cluster import Background, cluster
from digest.model import DuplicateGroup

SETS = ("ecbplus", "wikinews", "multinews", "neus", "uci_headlines")


def b_cubed(found: Mapping[str, str], true: Mapping[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of a clustering, averaged over items (Bagga and Baldwin 1998)."""
    together = Counter((found[item], true[item]) for item in true)
    sizes, events = Counter(found[item] for item in true), Counter(true.values())
    precision = sum(n * n / sizes[cluster] for (cluster, _), n in together.items()) / len(true)
    recall = sum(n * n / events[event] for (_, event), n in together.items()) / len(true)
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure(path: Path) -> tuple[int, float, float, float, float]:
    """Number of texts, B-cubed precision, recall and F1, and seconds taken."""
    articles = labelled(path)
    groups = [DuplicateGroup(canonical=article) for article, _ in articles]
    started = time.perf_counter()
    stories = cluster(groups, Background.of(groups))
    seconds = time.perf_counter() - started
    found = {article.id: story.id for story in stories for article in story.articles}
    scores = b_cubed(found, {article.id: event for article, event in articles})
    return len(articles), *scores, seconds


def main(corpus: Path, names: list[str]) -> None:
    """Print one line for each set, and the mean F1."""
    total = 0.0
    for name in names:
        size, precision, recall, f1, seconds = measure(corpus / f"stories/{name}.jsonl.gz")
        total += f1
        print(
            f"{name:14} {size:6}  P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  {seconds:5.1f} s"
        )
    print(f"{'mean':14} {'':6}  {'':7}  {'':7}  F1 {total / len(names):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(SETS))
