"""Measure summaries against references by ROUGE, beside what others do, at equal length.

Usage: python -m bench.summaries CORPUS [WORDS] [--show]

The baselines are written from their papers: the medoid's first sentences; LexRank (Erkan and
Radev 2004); centroid (Radev et al. 2004) with maximal marginal relevance (Carbonell and Goldstein
1998). Each runs twice: on the plain sentences of the texts, and on the statements that our own
summaries are chosen from, which are free of boilerplate. All fill the same length by the same rule.
`--show` prints every sentence of ours instead, to be read by a person.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.factories import labelled

from digest.model import Article, DuplicateGroup, Story
from digest.stories.summarize import summarize
from digest.stories.summarize.boilerplate import statements
from digest.text import sentences, stems, words
from digest.tools.evaluate import rouge

Matrix = NDArray[np.float64]

SHORTEST = 5  # words of a sentence that a baseline takes
THRESHOLD, DAMPING, STEPS = 0.1, 0.85, 50  # LexRank
RELEVANCE = 0.7  # lambda of maximal marginal relevance
TOLERANCE = 0.1  # by how much a summary may miss its length


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """The sentences of a story's reports, the medoid's first, with their unit vectors."""

    texts: tuple[str, ...]
    medoid: int  # how many are the medoid's
    vectors: Matrix

    @property
    def lengths(self) -> list[int]:
        """Words of each."""
        return [len(words(text)) for text in self.texts]


# --- the data ---------------------------------------------------------------------------------


def stories(corpus: Path, name: str) -> list[Story]:
    """One story for each labelled event, seen from the medoid of its texts."""
    events: defaultdict[str, list[Article]] = defaultdict(list)
    for article, event in labelled(corpus / f"stories/{name}.jsonl.gz"):
        events[event].append(article)
    return [_story(event, articles) for event, articles in events.items()]


def _story(event: str, articles: Sequence[Article]) -> Story:
    vectors = _vectors([article.text for article in articles])
    medoid = int((vectors @ vectors.T).sum(axis=1).argmax())
    groups = [DuplicateGroup(canonical=article) for article in articles]
    return Story(id=event, medoid=groups.pop(medoid), others=tuple(groups))


def references(corpus: Path) -> dict[str, str]:
    """Event -> the summary that an editor wrote of it."""
    path = corpus / "stories/multinews_summaries.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {row["event"]: row["summary"] for row in map(json.loads, lines)}


def _vectors(texts: Sequence[str]) -> Matrix:
    """Unit TF-IDF vectors, the texts themselves being the collection."""
    bags = [Counter(stems(words(text), "en")) for text in texts]
    often = Counter(term for bag in bags for term in bag)
    column = {term: at for at, term in enumerate(sorted(often))}
    vectors = np.zeros((len(bags), len(column)))
    for vector, bag in zip(vectors, bags, strict=True):
        for term, count in bag.items():
            vector[column[term]] = (1 + math.log(count)) * math.log((len(bags) + 1) / often[term])
    return _unit(vectors)


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Matrix = vectors / np.where(lengths > 0, lengths, 1)
    return unit


# --- baselines: sentences -> those of the summary ---------------------------------------------


def plain(article: Article) -> Iterable[str]:
    """Every sentence of an article."""
    return (text for text in sentences(article.text) if len(words(text)) >= SHORTEST)


def read(story: Story, split: Callable[[Article], Iterable[str]]) -> Sentences:
    """The story's sentences as `split` finds them, each once."""
    parts = [list(split(report.canonical)) for report in story.reports]
    texts = tuple(dict.fromkeys(text for part in parts for text in part))
    return Sentences(texts=texts, medoid=len(dict.fromkeys(parts[0])), vectors=_vectors(texts))


def lead(story: Sentences, length: int) -> list[int]:
    """The medoid's first sentences."""
    return _ranked(range(story.medoid), story, length)


def lexrank(story: Sentences, length: int) -> list[int]:
    """The sentences that a walk along similarities visits most."""
    near = (story.vectors @ story.vectors.T >= THRESHOLD).astype(np.float64)
    steps = near / near.sum(axis=1, keepdims=True).clip(1)
    count = len(story.texts)
    visits = np.full(count, 1 / max(1, count))
    for _ in range(STEPS):
        visits = (1 - DAMPING) / max(1, count) + DAMPING * (visits @ steps)
    return _ranked(np.argsort(-visits, kind="stable").tolist(), story, length)


def centroid(story: Sentences, length: int) -> list[int]:
    """The sentences nearest to the mean of all, each unlike those before it."""
    relevance = story.vectors @ _unit(story.vectors.sum(axis=0))
    relevance /= relevance.max(initial=1e-9)
    redundancy = np.zeros(len(story.texts))
    lengths = story.lengths
    chosen: list[int] = []
    while open_ := _fitting(range(len(lengths)), chosen, lengths, length):
        worth = RELEVANCE * relevance - (1 - RELEVANCE) * redundancy
        best = max(open_, key=lambda at: float(worth[at]))
        chosen.append(best)
        redundancy = np.maximum(redundancy, story.vectors @ story.vectors[best])
    return chosen


def _ranked(order: Iterable[int], story: Sentences, length: int) -> list[int]:
    ranked, lengths = list(order), story.lengths
    chosen: list[int] = []
    while open_ := _fitting(ranked, chosen, lengths, length):
        chosen.append(open_[0])
    return chosen


def _fitting(
    order: Iterable[int], chosen: Sequence[int], lengths: Sequence[int], length: int
) -> list[int]:
    """What may come next, in order; nothing where the summary is long enough."""
    used = sum(lengths[at] for at in chosen)
    if used >= (1 - TOLERANCE) * length:
        return []
    room = (1 + TOLERANCE) * length - used
    return [at for at in order if at not in chosen and lengths[at] <= room]


# --- the table --------------------------------------------------------------------------------

Summarizer = Callable[[Story], str]


def by(
    method: Callable[[Sentences, int], list[int]],
    split: Callable[[Article], Iterable[str]],
    length: int,
) -> Summarizer:
    """A baseline as a function of the story."""

    def summary(story: Story) -> str:
        material = read(story, split)
        return " ".join(material.texts[at] for at in method(material, length))

    return summary


def ours(length: int) -> Summarizer:
    """Our own summary of about that many words."""

    def summary(story: Story) -> str:
        summary = summarize(story, words=length).summary
        texts = {article.id: article.text for article in story.articles}
        assert all(sentence.text in texts[sentence.article] for sentence in summary.sentences)
        return " ".join(sentence.text for sentence in summary.sentences)

    return summary


def measure(
    name: str, summarizer: Summarizer, summarized_of: Sequence[Story], written: dict[str, str]
) -> str:
    """One line: ROUGE-1, ROUGE-2, ROUGE-L F1, words and milliseconds a story."""
    started = time.process_time()
    texts = [summarizer(story) for story in summarized_of]
    seconds = time.process_time() - started
    scores = [
        rouge(text, written[each.id]) for text, each in zip(texts, summarized_of, strict=True)
    ]
    figures = np.mean([(score.one.f1, score.two.f1, score.longest.f1) for score in scores], axis=0)
    length = np.mean([len(words(text)) for text in texts])
    return (
        f"{name:36}"
        + "".join(f"{figure:7.4f}" for figure in figures)
        + f"{length:7.1f}{1000 * seconds / len(texts):7.1f}"
    )


def main(corpus: Path, length: int) -> None:
    """Print the table."""
    written = references(corpus)
    summarized_of = [story for story in stories(corpus, "multinews") if story.id in written]
    print(f"{len(summarized_of)} stories{'':25}     R1     R2     RL  words     ms")
    for label, split in (("plain sentences", plain), ("statements", statements)):
        for method in (lead, lexrank, centroid):
            summarizer = by(method, split, length)
            print(measure(f"{method.__name__}, {label}", summarizer, summarized_of, written))
    print(measure("ours", ours(length), summarized_of, written))


def show(corpus: Path) -> None:
    """Print every sentence of the editions' summaries, one on a line, with its set and article."""
    for name in ("multinews", "wikinews", "ecbplus"):
        for story in stories(corpus, name):
            for sentence in summarize(story).summary.sentences:
                print(f"{name}\t{sentence.article}\t{sentence.text}")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--show"]
    if "--show" in sys.argv:
        show(Path(arguments[0]))
    else:
        main(Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 100)
