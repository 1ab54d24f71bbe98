"""Reports -> weighted counts of their words and terms: all that is read of the texts.

Not counted are the lines that a site prints on many of its pages ("Sign up for ...",
"Advertisement"): several reports repeat them though they have little else in common.

A name is known by its capital within a running sentence: at the beginning of one, and in a
headline that capitalises all its words, every word has one.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from xxhash import xxh3_64_intdigest

from digest.model import Article, DuplicateGroup
from digest.stories.cluster.matrices import Flags, unit_rows
from digest.text import stems, words

_TITLE_WEIGHT, _LEAD_WEIGHT = 3, 2  # how often a word there counts
_LEAD = 150  # words
_FIRST = 60  # words that, with the title, say what a report is about
_REPEATED = 3  # reports that print a line from which it may be boilerplate
_TITLE_CASE = 0.7  # share of a title's longer words that begin with a capital in title case
_LONG, _ENOUGH_LONG = 4, 3  # letters of such a word, and how many of them can tell
# The first word of a line, of a sentence and of a quotation.
_FIRST_WORD = re.compile(
    r"""(?:^|(?<=[.!?:…]\s)|(?<=[.!?]["”’)]\s)|(?<=["“«‘(]))\s*["“«‘(\[¿¡]*(\w+)""", re.MULTILINE
)
_UNALIKE = 0.1  # mean similarity of these reports below which it is


@dataclass(frozen=True, slots=True, kw_only=True)
class TermIndex:
    """A batch of reports, ordered by time, with the counts that similarities are made of.

    A language's words and terms are its own, so that texts in two languages share nothing.
    """

    reports: tuple[DuplicateGroup, ...]
    words: tuple[str, ...]  # as they are written in the texts
    uses: csr_array  # reports x words; a word of title or lead counts more than once
    term_of: NDArray[np.int64]  # for each word its term, -1 for single letters and digits
    terms: tuple[str, ...]  # stems, and numbers without separators
    languages: tuple[str, ...]  # of the terms
    numbers: Flags  # which terms are numbers
    names: Flags  # which are names (or numbers)
    counts: csr_array  # reports x terms
    leads: csr_array  # the same of title and first words alone

    @property
    def document_frequencies(self) -> NDArray[np.int64]:
        """In how many reports each term occurs."""
        return np.bincount(self.counts.indices, minlength=len(self.terms))

    def holding(self, articles: Collection[str]) -> Flags:
        """Which reports hold one of these articles (ids), be it a copy."""
        return np.array(
            [any(article.id in articles for article in report.articles) for report in self.reports],
            bool,
        )


def index(groups: Iterable[DuplicateGroup]) -> TermIndex:
    """Read the canonical text of every group; the order of `groups` does not matter."""
    reports = tuple(sorted(groups, key=lambda group: earliest(group.articles)))
    articles = [report.canonical for report in reports]
    repeated = _repeated(articles)
    bags = _Bags(len(reports))
    for row, article in enumerate(articles):
        bags.count(row, article, skipped=repeated.keys())
    if repeated:
        boilerplate = _boilerplate(_assemble(reports, bags).counts, repeated)
        kept = set(chain.from_iterable(repeated[line] for line in repeated.keys() - boilerplate))
        for row in sorted(kept):
            bags.count(row, articles[row], skipped=boilerplate)
    return _assemble(reports, bags)


def earliest(articles: Iterable[Article]) -> tuple[datetime, str]:
    """Time and id of the article that came first."""
    return min((article.published_at, article.id) for article in articles)


# --- words and terms --------------------------------------------------------------------------


class _Counts:
    """For many reports how often each word occurs, by the numbers of words.

    Arrays that grow: a hundred thousand small ones would leave the memory in pieces.
    """

    def __init__(self, reports: int) -> None:
        self._words, self._often = array("i"), array("f")
        self._starts, self._ends = np.zeros(reports, np.int64), np.zeros(reports, np.int64)

    def put(self, row: int, words: Iterable[int], often: Iterable[int]) -> None:
        """Set the counts of a report."""
        self._starts[row] = len(self._words)
        self._words.extend(words)
        self._often.extend(often)
        self._ends[row] = len(self._words)

    def of(self, row: int) -> NDArray[np.int32]:
        """The words of a report."""
        return np.array(self._words[self._starts[row] : self._ends[row]], np.int32)

    def totals(self, size: int) -> NDArray[np.float64]:
        """How often each word occurs in all reports together."""
        words, often, _ = self._read()
        return np.bincount(words, often, minlength=size).astype(np.float64)

    def matrix(self, columns: NDArray[np.int32], size: int) -> csr_array:
        """One row for each report, one column for each word, where `columns` says."""
        words, often, ends = self._read()
        return csr_array((often.copy(), columns[words], ends), shape=(len(ends) - 1, size))

    def _read(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """The words of all reports in their order, how often each occurs, and where they end."""
        held = self._ends - self._starts
        ends = np.concatenate(([0], np.cumsum(held))).astype(np.int32)
        words, often = np.frombuffer(self._words, np.int32), np.frombuffer(self._often, np.float32)
        if len(words) != ends[-1]:  # some were counted again
            kept = np.arange(ends[-1]) + np.repeat(self._starts - ends[:-1], held)
            words, often = words[kept], often[kept]
        return words, often, ends


class _Bags:
    """Counts of the words of many reports: all, the first ones, and those in running sentences.

    Words are numbers here, one for each word of each language.
    """

    def __init__(self, reports: int) -> None:
        following = count().__next__
        self._numbers: defaultdict[str, dict[str, int]] = defaultdict(
            lambda: defaultdict(following)
        )
        self.weighted, self.first, self.running = (_Counts(reports) for _ in range(3))

    def count(self, row: int, article: Article, skipped: Collection[str]) -> None:
        """Count the words of a report without the skipped lines; title and lead count more."""
        text = "\n".join(line for line in _lines(article) if line not in skipped)
        body, title = words(text), words(article.title)
        weighted, first = Counter(body), Counter(body[:_FIRST] * _LEAD_WEIGHT)
        running = Counter(body)
        running.subtract(_FIRST_WORD.findall(text))
        weighted.update(body[:_LEAD] * (_LEAD_WEIGHT - 1))
        weighted.update(title * _TITLE_WEIGHT)
        first.update(title * _TITLE_WEIGHT)
        if _is_sentence(title):
            running.update(title[1:])
        numbers = self._numbers[article.language]
        for counts, bag in (
            (self.weighted, weighted),
            (self.first, first),
            (self.running, running & weighted),
        ):
            counts.put(row, (numbers[word] for word in bag), bag.values())

    def spelled(self) -> tuple[list[str], list[str]]:
        """The language and the spelling of every number."""
        size = sum(map(len, self._numbers.values()))
        languages, words = [""] * size, [""] * size
        for language, own in self._numbers.items():
            for word, number in own.items():
                languages[number], words[number] = language, word
        return languages, words


def _is_sentence(title: Sequence[str]) -> bool:
    """Is a title written as a sentence is, so that a capital within it tells a name?"""
    long = [word for word in title[1:] if len(word) >= _LONG and word[0].isalpha()]
    capital = sum(word[0].isupper() for word in long)
    return len(long) >= _ENOUGH_LONG and capital < _TITLE_CASE * len(long)


def _term(word: str, language: str) -> str:
    """The stem of a word, a number without separators, "" for a single letter or digit."""
    (stem,) = stems((word,), language)
    if len(stem) < 2:
        return ""
    return stem.replace(",", "") if stem[0].isdigit() else stem


def _assemble(reports: tuple[DuplicateGroup, ...], bags: _Bags) -> TermIndex:
    languages, spelled = bags.spelled()
    order = _by_occurrence((bags.weighted.of(row) for row in range(len(reports))), len(spelled))
    columns = np.empty(len(spelled), np.int32)
    columns[order] = np.arange(len(order))
    term_ids: dict[tuple[str, str], int] = {}
    term_of = np.full(len(order), -1)
    for at, number in enumerate(order.tolist()):
        language = languages[number]
        if term := _term(spelled[number], language):
            term_of[at] = term_ids.setdefault((language, term), len(term_ids))
    kept = np.flatnonzero(term_of >= 0)
    belongs = csr_array(
        (
            np.ones(len(kept), np.float32),
            (kept.astype(np.int32), term_of[kept].astype(np.int32)),
        ),
        shape=(len(order), len(term_ids)),
    )
    uses = bags.weighted.matrix(columns, len(order))
    words = tuple(spelled[number] for number in order.tolist())
    numbers = np.array([term[0].isdigit() for _, term in term_ids], bool)
    return TermIndex(
        reports=reports,
        words=words,
        uses=uses,
        term_of=term_of,
        terms=tuple(term for _, term in term_ids),
        languages=tuple(language for language, _ in term_ids),
        numbers=numbers,
        names=numbers | _capital(words, bags.running.totals(len(spelled))[order], belongs),
        counts=csr_array(uses @ belongs),
        leads=csr_array(bags.first.matrix(columns, len(order)) @ belongs),
    )


def _by_occurrence(rows: Iterable[NDArray[np.int32]], size: int) -> NDArray[np.int32]:
    """The numbers that occur in the rows, in order of their first occurrence."""
    seen = np.zeros(size, np.bool_)
    found = [np.empty(0, np.int32)]
    for row in rows:
        found.append(row[~seen[row]])
        seen[found[-1]] = True
    return np.concatenate(found)


def _capital(words: Iterable[str], often: NDArray[np.float64], belongs: csr_array) -> Flags:
    """Which terms running sentences write with a capital more often than not."""
    capital = np.array([word[0].isupper() for word in words], float)
    result: Flags = (often * (2 * capital - 1)) @ belongs > 0
    return result


# --- boilerplate --------------------------------------------------------------------------------


def _lines(article: Article) -> list[str]:
    return [line.strip() for line in article.text.splitlines()]


def _repeated(articles: Sequence[Article]) -> dict[str, list[int]]:
    """The lines that several reports print, each with the numbers of these reports.

    They are counted by their hashes, which take a tenth of the memory.
    """
    none = np.empty(0, np.uint64)
    hashed = [
        np.array([*{_hash(line) for line in _lines(article)}], np.uint64) for article in articles
    ]
    values, often = np.unique(np.concatenate([none, *hashed]), return_counts=True)
    known = set(values[often >= _REPEATED].tolist()) - {_hash("")}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, (article, own) in enumerate(zip(articles, hashed, strict=True)):
        if not known.isdisjoint(own.tolist()):
            for line in set(_lines(article)):
                if _hash(line) in known:
                    found[line].append(row)
    return dict(found)


def _hash(line: str) -> int:
    return xxh3_64_intdigest(line.encode("utf-8", "surrogatepass"))


def _boilerplate(counts: csr_array, repeated: Mapping[str, Sequence[int]]) -> set[str]:
    """Of the repeated lines those whose reports are unalike in all that is not repeated.

    Reports of one event may quote one statement; a site's boilerplate is in reports of
    anything.
    """
    reports, terms = counts.shape
    rare = np.log(reports / np.maximum(1, np.bincount(counts.indices, minlength=terms)))
    printed = np.unique(np.concatenate(list(repeated.values())))
    vectors = unit_rows(csr_array(counts[printed] @ diags_array(rare.astype(np.float32))))
    found = set()
    for line, holders in repeated.items():
        rows = np.searchsorted(printed, holders)
        # The squared length of a sum of n unit vectors is n and twice the sum of all cosines.
        total = np.square(vectors[rows].sum(axis=0)).sum()
        if total - len(rows) < _UNALIKE * len(rows) * (len(rows) - 1):
            found.add(line)
    return found
