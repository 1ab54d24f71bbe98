"""Two faults of summaries that a program can count, in editions as they were published.

Usage: python -m bench.reading [-v] DIGEST.JSON ...

For the stories with a summary, per 100: those in which two sentences share at least 40 % of the
shorter one's terms, and those whose first sentence holds less than a third of the names and numbers
in the headline. Stories of one sentence are counted apart. Most are a headline and its teaser,
which are written to be read together: the teaser goes on and seldom repeats a name. So the last
column counts only sentences of another report than the one whose headline is shown, which has to
state it. `-v`
prints the stories that have a fault.

Terms are stems of words of at least four letters, words of grammar and of attribution apart, and
numbers. Names are words with a capital; in headlines that capitalize every word, all of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from digest.stories.summarize.lexicon import is_filler
from digest.stories.titles import plain_title
from digest.text import stems, words

REPEATED = 0.4  # share of the shorter sentence's terms
LEAST_SHARED = 1 / 3  # share of the headline's names and numbers
SHORTEST_TERM, SHORTEST_NAME = 4, 3  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A story as it is read: its headline and what is said of it."""

    headline: str
    language: str
    sentences: tuple[str, ...]
    follows: bool  # its first sentence is of the report whose headline it has

    @property
    def repeats(self) -> bool:
        """Do two of its sentences tell the same?"""
        terms = [_terms(sentence, self.language) for sentence in self.sentences]
        return any(
            len(one & other) >= REPEATED * max(1, min(len(one), len(other)))
            for one, other in combinations(terms, 2)
        )

    @property
    def tells(self) -> bool:
        """Does its first sentence hold enough of the headline's names and numbers?"""
        names = [
            word
            for word in words(self.headline)
            if word[0].isdigit() or (word[0].isupper() and len(word) >= SHORTEST_NAME)
        ]
        wanted = {
            stem
            for name, stem in zip(names, stems(names, self.language), strict=True)
            if not is_filler(name.lower())
        }
        said = set(stems(words(self.sentences[0]), self.language))
        return len(wanted & said) >= LEAST_SHARED * len(wanted)


def _terms(text: str, language: str) -> set[str]:
    tokens = words(text)
    return {
        stem
        for word, stem in zip(tokens, stems(tokens, language), strict=True)
        if not is_filler(word.lower())
        and (len(stem) >= SHORTEST_TERM or stem[0].isdigit() or not stem.isascii())
    }


def readings(edition: dict[str, Any]) -> list[Reading]:
    """The stories of an edition (digest.json) that have a summary."""
    return [
        Reading(
            headline=story["headline"],
            language=story["language"],
            sentences=tuple(sentence["text"] for sentence in story["summary"]),
            follows=any(
                article["id"] == story["summary"][0]["article"]
                and plain_title(article["title"], article["outlet"]) == story["headline"]
                for article in story["articles"]
            ),
        )
        for section in edition["sections"]
        for story in section["stories"]
        if story["summary"]
    ]


def line(name: str, read: Sequence[Reading]) -> str:
    """How many stories, and how many of a hundred have each fault."""
    if not read:
        return f"{name:24}{0:6}"
    repeating = sum(reading.repeats for reading in read)
    unstated = sum(not reading.tells for reading in read)
    apart = sum(not (reading.tells or reading.follows) for reading in read)
    hundredth = len(read) / 100
    return (
        f"{name:24}{len(read):6}{repeating / hundredth:10.1f}{unstated / hundredth:14.1f}"
        f"{apart / hundredth:12.1f}"
    )


def main(paths: Sequence[str], *, verbose: bool) -> None:
    """Print the table."""
    read = [
        reading for path in paths for reading in readings(json.loads(Path(path).read_text("utf-8")))
    ]
    print(f"{'per 100':24}stories repeating  headline unstated  of another")
    for name, chosen in (
        ("several sentences", [reading for reading in read if len(reading.sentences) > 1]),
        ("one sentence", [reading for reading in read if len(reading.sentences) == 1]),
    ):
        print(line(name, chosen))
        for reading in chosen if verbose else ():
            if reading.repeats or not reading.tells:
                print(f"  {'repeats' if reading.repeats else 'unstated'}: {reading.headline}")
                print(*(f"    - {sentence}" for sentence in reading.sentences), sep="\n")


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name != "-v"], verbose="-v" in sys.argv)
