"""Texts -> bags of words: how often each word occurs in each, by the words' numbers.

Numbers take four bytes where a string takes sixty and its place in a dictionary forty, and arrays
that grow leave no gaps: a hundred thousand small ones would leave the memory in pieces.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from digest.model import Article
from digest.stories.cluster.matrices import Values
from digest.text import root, words

Numbers = NDArray[np.int32]

_TITLE_WEIGHT, _LEAD_WEIGHT = 3, 2  # how often a word there counts
_LEAD = 150  # words
_FIRST = 60  # words that, with the title, say what a report is about
_TITLE_CASE = 0.7  # share of a title's longer words that begin with a capital in title case
_LONG, _ENOUGH_LONG = 4, 3  # letters of such a word, and how many of them can tell
_BUFFER = 1 << 20  # counts that are added up at once
# The first word of a line, of a sentence and of a quotation.
_FIRST_WORD = re.compile(
    r"""(?:^|(?<=[.!?:…]\s)|(?<=[.!?]["”’)]\s)|(?<=["“«‘(]))\s*["“«‘(\[¿¡]*(\w+)""", re.MULTILINE
)


def lines(article: Article) -> list[str]:
    """The lines of a text, without the space around them."""
    return [line.strip() for line in article.text.splitlines()]


class Vocabulary:
    """Numbers for the words of each language, and for their terms, in order of first occurrence."""

    def __init__(self) -> None:
        following = count().__next__
        self._words: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(following))
        self._terms: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._term_of = array("i")
        self._spelled: list[str] = []  # terms
        self._languages: list[str] = []  # of the terms

    def numbers(self, language: str) -> Mapping[str, int]:
        """A number for any word of a language."""
        return self._words[language]

    def words(self) -> tuple[list[str], Numbers]:
        """The spelling of every word and the number of its term, -1 if it has none."""
        size = sum(map(len, self._words.values()))
        languages, spelled = [""] * size, [""] * size
        for language, own in self._words.items():
            for word, number in own.items():
                languages[number], spelled[number] = language, word
        known = len(self._term_of)
        for language, word in zip(languages[known:], spelled[known:], strict=True):
            self._term_of.append(self._term(word, language))
        return spelled, np.array(self._term_of, np.int32)

    def terms(self) -> tuple[list[str], list[str]]:
        """The spelling and the language of every term of the words so far."""
        return self._spelled, self._languages

    def _term(self, word: str, language: str) -> int:
        term = _term(word, language)
        if not term:
            return -1
        number = self._terms[language].setdefault(term, len(self._spelled))
        if number == len(self._spelled):
            self._spelled.append(term)
            self._languages.append(language)
        return number

    def forget(self) -> None:
        """Return the memory that numbers are looked up in; there are no new ones any more."""
        self._words.clear()
        self._terms.clear()


def _term(word: str, language: str) -> str:
    """The root of a word, a number without separators, "" for a single letter or digit."""
    term = root(word, language)
    if len(term) < 2:
        return ""
    return term.replace(",", "") if term[0].isdigit() else term


class Bags:
    """Counts of the words of many reports: all, the first ones, and those in running sentences."""

    def __init__(self, reports: int, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.weighted, self.first = _Counts(reports), _Counts(reports)
        self.running = _Totals()  # in all reports together

    def count(self, row: int, article: Article, skipped: Collection[str]) -> None:
        """Count the words of a report without the skipped lines; title and lead count more."""
        weighted, first, running = _counted(article, skipped)
        number = self._vocabulary.numbers(article.language).__getitem__
        for counts, bag in ((self.weighted, weighted), (self.first, first)):
            counts.put(row, map(number, bag), bag.values())
        self.running.add(map(number, running), running.values())

    def recount(
        self, row: int, article: Article, before: Collection[str], skipped: Collection[str]
    ) -> None:
        """Count a report anew that was counted without other lines before."""
        _, _, running = _counted(article, before)
        number = self._vocabulary.numbers(article.language).__getitem__
        self.running.add(map(number, running), (-often for often in running.values()))
        self.count(row, article, skipped)


class _Counts:
    """For many reports how often each word occurs."""

    def __init__(self, reports: int) -> None:
        self._words, self._often = array("i"), array("f")
        self._starts, self._ends = np.zeros(reports, np.int64), np.zeros(reports, np.int64)

    def put(self, row: int, words: Iterable[int], often: Iterable[int]) -> None:
        """Set the counts of a report."""
        self._starts[row] = len(self._words)
        self._words.extend(words)
        self._often.extend(often)
        self._ends[row] = len(self._words)

    def matrix(self, size: int) -> csr_array:
        """One row for each report, one column for each word; nothing can be put any more.

        It takes no memory of its own, unless some reports were counted again.
        """
        held = self._ends - self._starts
        ends = np.concatenate(([0], np.cumsum(held))).astype(np.int32)
        words, often = np.frombuffer(self._words, np.int32), np.frombuffer(self._often, np.float32)
        if len(words) != ends[-1]:
            kept = np.arange(ends[-1]) + np.repeat(self._starts - ends[:-1], held)
            words, often = words[kept], often[kept]
        return csr_array((often, words, ends), shape=(len(held), size))


class _Totals:
    """How often each word occurs in all reports together."""

    def __init__(self) -> None:
        self._words, self._often = array("i"), array("i")
        self._totals = np.zeros(0)

    def add(self, words: Iterable[int], often: Iterable[int]) -> None:
        """Add the counts of a report, or take them away where they are negative."""
        self._words.extend(words)
        self._often.extend(often)
        if len(self._words) >= _BUFFER:
            self._totals = self.of(len(self._totals))
            self._words, self._often = array("i"), array("i")

    def of(self, size: int) -> Values:
        """The totals of so many words at least."""
        often = np.array(self._often, float)
        added: Values = np.bincount(self._words, often, minlength=size).astype(float)
        added[: len(self._totals)] += self._totals
        return added


def _counted(
    article: Article, skipped: Collection[str]
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """The words of a report without the skipped lines: weighted, first, in running sentences."""
    text = "\n".join(line for line in lines(article) if line not in skipped)
    body, title = words(text), words(article.title)
    weighted, first = Counter(body), Counter(body[:_FIRST] * _LEAD_WEIGHT)
    running = weighted.copy()
    running.subtract(_FIRST_WORD.findall(text))
    weighted.update(body[:_LEAD] * (_LEAD_WEIGHT - 1))
    weighted.update(title * _TITLE_WEIGHT)
    first.update(title * _TITLE_WEIGHT)
    if _is_sentence(title):
        running.update(title[1:])
    return weighted, first, +running


def _is_sentence(title: Sequence[str]) -> bool:
    """Is a title written as a sentence is, so that a capital within it tells a name?"""
    long = [word for word in title[1:] if len(word) >= _LONG and word[0].isalpha()]
    capital = sum(word[0].isupper() for word in long)
    return len(long) >= _ENOUGH_LONG and capital < _TITLE_CASE * len(long)
