"""Measure how `digest cluster` copes with many articles: processor time and peak memory.

Usage: python -m bench.volume [ARTICLES ...]

The articles are invented, word by word: a vocabulary with the frequencies of a language (Zipf
1935), events with names and rare words of their own, reports of them by several outlets over
some days, and copies.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

SIZES = (20_000, 100_000)
VOCABULARY, OWN = 60_000, 25  # words of the language, and those of an event
LENGTH = 350  # words of an article on average
REPORTS, COPIED = 6, 0.1  # articles of an event at most, share of them that are copies
ABOUT = 0.12  # share of an article's words that are its event's own
DAYS, OUTLETS = 30, 400
SENTENCE = 18  # words
START = datetime(2024, 7, 1, tzinfo=UTC)
RUN = "from digest.cli.main import main; main()"


def articles(count: int) -> Iterator[dict[str, str]]:
    """So many articles in order of time."""
    chance = np.random.default_rng(1)
    language = _words(chance, VOCABULARY)
    often = 1 / np.arange(1, VOCABULARY + 1)
    heights = np.cumsum(often / often.sum())
    made = 0
    while True:
        own = np.array([word.capitalize() for word in _words(chance, OWN)])
        day, text = chance.random() * DAYS, ""
        for _ in range(int(chance.integers(1, REPORTS + 1))):
            if not text or chance.random() > COPIED:
                text = _text(chance, language, heights, own)
            when = START + timedelta(days=day, minutes=made % 600)
            yield {
                "id": f"a{made}",
                "title": " ".join(chance.choice(own, 7, replace=False)),
                "text": text,
                "source": f"outlet {chance.integers(OUTLETS)}",
                "published": when.isoformat(),
                "language": "en",
            }
            made += 1
            if made == count:
                return


def _words(chance: np.random.Generator, count: int) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    syllables = np.array([c + v for c in "bcdfghjklmnprstvwz" for v in "aeiou"])
    parts = chance.choice(syllables, (count, 4))
    return np.array(["".join(row[: 2 + at % 3]) for at, row in enumerate(parts)])


def _text(
    chance: np.random.Generator,
    language: np.ndarray[tuple[int], np.dtype[np.str_]],
    heights: np.ndarray[tuple[int], np.dtype[np.float64]],
    own: np.ndarray[tuple[int], np.dtype[np.str_]],
) -> str:
    size = int(chance.integers(LENGTH // 2, 3 * LENGTH // 2))
    drawn = language[np.searchsorted(heights, chance.random(size)).clip(0, VOCABULARY - 1)]
    drawn = np.where(chance.random(size) < ABOUT, chance.choice(own, size), drawn).tolist()
    rows = (drawn[at : at + SENTENCE] for at in range(0, size, SENTENCE))
    return "\n".join(" ".join(row).capitalize() + "." for row in rows)


def measure(count: int, *options: str) -> str:
    """Run the command on so many articles in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "articles.jsonl.gz", Path(folder) / "out.jsonl.gz"
        with gzip.open(given, "wt", encoding="utf-8", compresslevel=1) as file:
            file.writelines(json.dumps(article) + "\n" for article in articles(count))
        arguments = ["cluster", str(given), "-o", str(made), *options]
        process = subprocess.Popen([sys.executable, "-c", RUN, *arguments])
        _, status, usage = os.wait4(process.pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        assert status == 0
        with gzip.open(made) as file:
            lines = sum(1 for _ in file)
    name = " ".join(("cluster", *options))
    return (
        f"{name:18} {count:7} articles  {lines:7} lines  {seconds:6.1f} s"
        f"  {count / seconds:5.0f} a second  {usage.ru_maxrss / 1024:6.0f} MB at most"
    )


if __name__ == "__main__":
    for size in map(int, sys.argv[1:]) if len(sys.argv) > 1 else SIZES:
        print(measure(size))
        print(measure(size, "--pairs"))
