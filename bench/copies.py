"""Measure how well copies are found, and what a signature costs beside datasketch's own loops.

Usage: python -m bench.copies CORPUS
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from datasketch import MinHash
from tests.factories import labelled
from tests.forms import edited, filled_in

from digest.model import Article, DuplicateGroup
from digest.stories.dedup import deduplicate, near_duplicates
from digest.stories.dedup.candidates import Candidates, Marks
from digest.stories.minhash import SHINGLE_SIZE, signature

ROUNDS = 5  # the fastest counts: what else the machine does only slows things down
Pairs = set[frozenset[str]]


def _shingles(text: str) -> set[bytes]:
    words = re.findall(r"\w+", text.lower())
    rows = range(len(words) - SHINGLE_SIZE + 1)
    return {" ".join(words[at : at + SHINGLE_SIZE]).encode() for at in rows}


def one_by_one(text: str) -> MinHash:
    """The loop of datasketch's documentation."""
    made = MinHash()
    for shingle in _shingles(text):
        made.update(shingle)
    return made


def in_one_batch(text: str) -> MinHash:
    """The faster way that its documentation names."""
    made = MinHash()
    made.update_batch(_shingles(text))
    return made


def costs(steps: Sequence[Callable[[str], object]], texts: Sequence[str]) -> list[float]:
    """Microseconds of processor time that each step takes for a text, measured in turn."""
    best = [float("inf")] * len(steps)
    for _ in range(ROUNDS):
        for at, step in enumerate(steps):
            started = time.process_time()
            for text in texts:
                step(text)
            best[at] = min(best[at], time.process_time() - started)
    return [seconds / len(texts) * 1e6 for seconds in best]


def pairs_in(groups: Iterable[DuplicateGroup]) -> Pairs:
    """All pairs of articles in one group."""
    return {frozenset((a.id, b.id)) for group in groups for a, b in combinations(group.articles, 2)}


def _score(name: str, found: Pairs, true: Pairs) -> None:
    right = len(found & true)
    print(f"{name:28} P {right / len(found):.3f}  R {right / len(true):.3f}  {len(found)} pairs")


def wire_labels(corpus: Path) -> dict[str, Pairs]:
    """The pairs of wire stories that are copies, and those that are in between."""
    labels: dict[str, Pairs] = {"copy": set(), "grey": set()}
    with gzip.open(corpus / "copies/wire_pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            labels[row["label"]].add(frozenset((row["a"], row["b"])))
    return labels


def quality(corpus: Path, wire: Sequence[Article]) -> None:
    """Precision and recall of the pairs that groups make."""
    labels = wire_labels(corpus)
    print()
    _score("wire, grey ignored", pairs_in(deduplicate(wire)) - labels["grey"], labels["copy"])
    for seed in range(3):
        chance = random.Random(seed)
        pairs = list(edited(chance, 100))
        forms = [replace(each, outlet=str(at)) for at, each in enumerate(filled_in(chance, 40))]
        found = pairs_in(deduplicate([*forms, *(side for pair in pairs for side in pair)]))
        _score(f"forms and edits, seed {seed}", found, {frozenset((a.id, b.id)) for a, b in pairs})


def signing(articles: Sequence[Article]) -> None:
    """What a text's signature costs, here and by datasketch's own loops."""
    texts = [article.text for article in articles]
    length = sum(len(text.split()) for text in texts) / len(texts)
    ours, loop, batch = costs((signature, one_by_one, in_one_batch), texts)
    print(f"{len(texts)} texts of {length:.0f} words on average")
    print(f"text to signature            {ours:6.0f} us")
    print(f"datasketch, update           {loop:6.0f} us  {loop / ours:5.1f} times as long")
    print(f"datasketch, update_batch     {batch:6.0f} us  {batch / ours:5.1f} times as long")


def judging(articles: Sequence[Article]) -> None:
    """What the index, the groups and the pairs cost for each article."""
    signatures = {article.id: signature(article.text) for article in articles}
    made = list(signatures.values())
    outlets, keys = [article.outlet for article in articles], [()] * len(articles)
    marks = Marks.of(made, outlets, keys)
    candidates = Candidates(marks)

    def timed(step: Callable[[], object]) -> float:
        started = time.process_time()
        step()
        return (time.process_time() - started) / len(articles) * 1e6

    def find() -> None:
        for at in np.unique(marks.texts).tolist():
            deque(candidates.near(at), maxlen=0)

    print(f"\n{len(articles)} articles, each")
    print(f"marks of all                 {timed(lambda: Marks.of(made, outlets, keys)):6.0f} us")
    print(f"candidates of all            {timed(find):6.0f} us")
    print(
        f"groups, signatures stored    {timed(lambda: deduplicate(articles, signatures)):6.0f} us"
    )
    print(f"all near pairs               {timed(lambda: near_duplicates(articles)):6.0f} us")


def main(corpus: Path) -> None:
    """Print the cost of signatures, precision and recall, and the cost of judging."""
    wire = [article for article, _ in labelled(corpus / "copies/wire.jsonl.gz")]
    signing(wire[::4])
    quality(corpus, wire)
    names = ("ecbplus", "wikinews", "multinews", "neus")
    stories = [each for name in names for each, _ in labelled(corpus / f"stories/{name}.jsonl.gz")]
    judging([*wire, *stories])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
