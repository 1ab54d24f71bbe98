"""Reports -> weighted counts of their words and terms: all that is read of the texts.

Not counted are the lines that a site prints on many of its pages ("Sign up for ...",
"Advertisement"): several reports repeat them though they have little else in common.

A name is known by its capital within a running sentence: at the beginning of one, and in a
headline that capitalises all its words, every word has one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

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


def index(groups: Iterable[DuplicateGroup]) -> TermIndex:
    """Read the canonical text of every group; the order of `groups` does not matter."""
    reports = tuple(sorted(groups, key=lambda group: earliest(group.articles)))
    articles = [report.canonical for report in reports]
    lines = [[line.strip() for line in article.text.splitlines()] for article in articles]
    repeated = _repeated(lines)
    bags = [_bags(*read, repeated.keys()) for read in zip(articles, lines, strict=True)]
    boilerplate = _boilerplate(_assemble(reports, bags), repeated)
    for row in set(chain.from_iterable(repeated[line] for line in repeated.keys() - boilerplate)):
        bags[row] = _bags(articles[row], lines[row], boilerplate)
    return _assemble(reports, bags)


def earliest(articles: Iterable[Article]) -> tuple[datetime, str]:
    """Time and id of the article that came first."""
    return min((article.published_at, article.id) for article in articles)


# --- words and terms --------------------------------------------------------------------------


class _Bags(NamedTuple):
    """Counts of a report's words: all of them, the first ones, and those in running sentences."""

    weighted: Counter[str]
    first: Counter[str]
    running: Counter[str]


def _bags(article: Article, lines: Iterable[str], skipped: Collection[str]) -> _Bags:
    """Count the words of a report without the skipped lines; title and lead count more."""
    text = "\n".join(line for line in lines if line not in skipped)
    body, title = words(text), words(article.title)
    weighted, first = Counter(body), Counter(body[:_FIRST] * _LEAD_WEIGHT)
    running = Counter(body)
    running.subtract(_FIRST_WORD.findall(text))
    weighted.update(body[:_LEAD] * (_LEAD_WEIGHT - 1))
    weighted.update(title * _TITLE_WEIGHT)
    first.update(title * _TITLE_WEIGHT)
    if _is_sentence(title):
        running.update(title[1:])
    return _Bags(weighted, first, running)


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


def _assemble(reports: tuple[DuplicateGroup, ...], bags: Sequence[_Bags]) -> TermIndex:
    languages = [report.canonical.language for report in reports]
    ids: dict[tuple[str, str], int] = {}
    for language, bag in zip(languages, bags, strict=True):
        for word in bag.weighted:
            ids.setdefault((language, word), len(ids))
    term_ids: dict[tuple[str, str], int] = {}
    term_of = np.full(len(ids), -1)
    for (language, word), at in ids.items():
        if term := _term(word, language):
            term_of[at] = term_ids.setdefault((language, term), len(term_ids))
    uses = _counts(languages, [bag.weighted for bag in bags], ids)
    firsts = _counts(languages, [bag.first for bag in bags], ids)
    running = _counts(languages, [bag.running & bag.weighted for bag in bags], ids)
    kept = np.flatnonzero(term_of >= 0)
    belongs = csr_array(
        (np.ones(len(kept), np.float32), (kept, term_of[kept])), shape=(len(ids), len(term_ids))
    )
    words = tuple(word for _, word in ids)
    numbers = np.array([term[0].isdigit() for _, term in term_ids], bool)
    return TermIndex(
        reports=reports,
        words=words,
        uses=uses,
        term_of=term_of,
        terms=tuple(term for _, term in term_ids),
        languages=tuple(language for language, _ in term_ids),
        numbers=numbers,
        names=numbers | _capital(words, running, belongs),
        counts=csr_array(uses @ belongs),
        leads=csr_array(firsts @ belongs),
    )


def _counts(
    languages: Sequence[str],
    bags: Sequence[Mapping[str, int]],
    ids: Mapping[tuple[str, str], int],
) -> csr_array:
    """One row for each bag, one column for each word of a language."""
    columns = [
        ids[language, word] for language, bag in zip(languages, bags, strict=True) for word in bag
    ]
    values = np.fromiter(chain.from_iterable(bag.values() for bag in bags), np.float32)
    ends = np.cumsum([0, *map(len, bags)])
    return csr_array((values, np.array(columns, np.int64), ends), shape=(len(bags), len(ids)))


def _capital(words: Iterable[str], running: csr_array, belongs: csr_array) -> Flags:
    """Which terms running sentences write with a capital more often than not."""
    often = np.asarray(running.sum(axis=0), float)
    capital = np.array([word[0].isupper() for word in words], float)
    result: Flags = (often * (2 * capital - 1)) @ belongs > 0
    return result


# --- boilerplate --------------------------------------------------------------------------------


def _repeated(lines: Sequence[Iterable[str]]) -> dict[str, list[int]]:
    """The lines that several reports print, each with the numbers of these reports."""
    often = Counter(chain.from_iterable(map(set, lines)))
    del often[""]
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, printed in enumerate(lines):
        for line in set(printed):
            if often[line] >= _REPEATED:
                found[line].append(row)
    return dict(found)


def _boilerplate(index: TermIndex, repeated: Mapping[str, Sequence[int]]) -> set[str]:
    """Of the repeated lines those whose reports are unalike in all that is not repeated.

    Reports of one event may quote one statement; a site's boilerplate is in reports of
    anything.
    """
    rare = np.log(len(index.reports) / np.maximum(1, index.document_frequencies))
    vectors = unit_rows(csr_array(index.counts @ diags_array(rare.astype(np.float32))))
    found = set()
    for line, rows in repeated.items():
        # The squared length of a sum of n unit vectors is n and twice the sum of all cosines.
        total = np.square(vectors[rows].sum(axis=0)).sum()
        if total - len(rows) < _UNALIKE * len(rows) * (len(rows) - 1):
            found.add(line)
    return found
