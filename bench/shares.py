"""What judging an article costs beside extracting it: processor time, in one run.

Usage: python -m bench.shares CORPUS

Extracting real pages is what an article costs anyway. Their texts and the labelled sets together
are then a busy day's batch: given signatures, folded, read and clustered.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.factories import article, labelled

from bench.background import SETS
from digest.feeds.extract import extract
from digest.model import Article, Document
from digest.stories.cluster import Background, cluster, index
from digest.stories.dedup import deduplicate
from digest.stories.minhash import signature

ROUNDS = 3  # the fastest counts: what else the machine does only slows things down


def pages(corpus: Path) -> list[Document]:
    """Real publishers' pages."""
    found = []
    for path in sorted((corpus / "articles").rglob("*.html.gz")):
        with gzip.open(path) as file:
            found.append(Document(url=f"https://{path.stem}.example/", body=file.read()))
    return found


def milliseconds(task: Callable[[], object], articles: int) -> float:
    """Processor time of a task for each article."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        task()
        best = min(best, time.process_time() - started)
    return 1000 * best / articles


def main(corpus: Path) -> None:
    """Print each step's cost for an article, and its share of extraction's."""
    read = pages(corpus)
    batch = [article(extract(page).text) for page in read]
    batch += [made for name in SETS for made, _ in labelled(corpus / f"stories/{name}.jsonl.gz")]
    once = {item.id: item for item in batch if item.text}
    articles: list[Article] = list(once.values())
    signatures = {value.id: signature(value.text) for value in articles}
    groups = deduplicate(articles, signatures)
    indexed = index(groups)
    background = Background.of(indexed).plus([Background.shipped()])
    steps: dict[str, Callable[[], object]] = {
        "signatures": lambda: [signature(article.text) for article in articles],
        "folding": lambda: deduplicate(articles, signatures),
        "reading": lambda: index(groups),
        "clustering": lambda: cluster(indexed, background),
    }
    whole = milliseconds(lambda: [extract(page) for page in read], len(read))
    print(f"extraction {whole:.2f} ms a page ({len(read)} pages)")
    for name, step in steps.items():
        each = milliseconds(step, len(articles))
        print(f"{name} {each:.2f} ms an article ({len(articles):,}): {each / whole:.1%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
