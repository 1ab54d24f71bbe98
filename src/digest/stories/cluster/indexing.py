"""Reports -> weighted counts of their words and terms: all that is read of the texts.

Not counted are the lines that a site prints on many of its pages ("Sign up for ...",
"Advertisement"): several reports repeat them though they have little else in common.

A name is known by its capital within a running sentence: at the beginning of one, and in a
headline that capitalises all its words, every word has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise

import numpy as np
from scipy.sparse import csr_array, diags_array
from xxhash import xxh3_64_intdigest

from digest.model import Article, DuplicateGroup
from digest.stories.cluster.bags import Bags, Numbers, Vocabulary, lines
from digest.stories.cluster.matrices import Flags, Labels, Values, stacked, unit_rows

_REPEATED = 3  # reports that print a line from which it may be boilerplate
_UNALIKE = 0.1  # mean similarity of these reports below which it is
_BLOCK = 1000  # reports whose terms are counted at once
_CHUNK = 1 << 20  # numbers replaced at once


@dataclass(frozen=True, slots=True, kw_only=True)
class TermIndex:
    """A batch of reports, ordered by time, with the counts that similarities are made of.

    A language's words and terms are its own, so that texts in two languages share nothing. Words
    are counted; the counts of terms, which follow from them, are computed where they are needed.
    """

    reports: tuple[DuplicateGroup, ...]
    words: tuple[str, ...]  # as they are written in the texts
    uses: csr_array  # reports x words; a word of title or lead counts more than once
    first: csr_array  # the same of title and first words alone
    term_of: Numbers  # for each word its term, -1 for single letters and digits
    belongs: csr_array  # the same as words x terms
    terms: tuple[str, ...]  # stems, and numbers without separators
    languages: tuple[str, ...]  # of the terms
    numbers: Flags  # which terms are numbers
    names: Flags  # which are names (or numbers)
    document_frequencies: Labels  # as of `frequencies`, of all reports

    def counts(self, rows: slice | Labels) -> csr_array:
        """Some of the reports x terms."""
        return csr_array(self.uses[rows] @ self.belongs)

    def leads(self, rows: slice | Labels) -> csr_array:
        """The same of title and first words alone."""
        return csr_array(self.first[rows] @ self.belongs)

    def frequencies(self, rows: Labels) -> Labels:
        """In how many of these reports each term occurs."""
        return _frequencies(self.uses, self.belongs, rows)

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
    vocabulary = Vocabulary()
    bags = Bags(len(reports), vocabulary)
    for row, article in enumerate(articles):
        bags.count(row, article, skipped=repeated.keys())
    if repeated:
        words, term_of = vocabulary.words()
        uses = bags.weighted.matrix(len(words))
        boilerplate = _boilerplate(uses, _belonging(term_of), repeated)
        del uses  # it has the memory of the bags, which grow
        kept = set(chain.from_iterable(repeated[line] for line in repeated.keys() - boilerplate))
        for row in sorted(kept):
            bags.recount(row, articles[row], before=repeated.keys(), skipped=boilerplate)
    return _assemble(reports, bags, vocabulary)


def earliest(articles: Iterable[Article]) -> tuple[datetime, str]:
    """Time and id of the article that came first."""
    return min((article.published_at, article.id) for article in articles)


# --- words and terms --------------------------------------------------------------------------


def _assemble(reports: tuple[DuplicateGroup, ...], bags: Bags, vocabulary: Vocabulary) -> TermIndex:
    """What was counted, with words and terms in order of their first occurrence."""
    spelled, term_of = vocabulary.words()
    terms, languages = vocabulary.terms()
    vocabulary.forget()
    uses, first = bags.weighted.matrix(len(spelled)), bags.first.matrix(len(spelled))
    used = _by_occurrence(uses)
    uses, first = _renumbered(uses, used), _renumbered(first, used)
    words = tuple(spelled[number] for number in used.tolist())
    kept = _first_occurrences(term_of[used])
    of = np.full(len(terms) + 1, -1, np.int32)  # the last is that of words without a term
    of[kept] = np.arange(len(kept), dtype=np.int32)
    term_of = of[term_of[used]]
    belongs = _belonging(term_of)
    terms, languages = [terms[at] for at in kept.tolist()], [languages[at] for at in kept.tolist()]
    numbers = np.array([term[0].isdigit() for term in terms], bool)
    return TermIndex(
        reports=reports,
        words=words,
        uses=uses,
        first=first,
        term_of=term_of,
        belongs=belongs,
        terms=tuple(terms),
        languages=tuple(languages),
        numbers=numbers,
        names=numbers | _capital(words, bags.running.of(len(spelled))[used], belongs),
        document_frequencies=_frequencies(uses, belongs, np.arange(len(reports))),
    )


def _by_occurrence(uses: csr_array) -> Numbers:
    """The words that occur in the rows, in order of their first occurrence."""
    seen = np.zeros(uses.shape[1], np.bool_)
    found = [np.empty(0, np.int32)]
    for start, end in pairwise(uses.indptr.tolist()):
        row = uses.indices[start:end]
        found.append(row[~seen[row]])
        seen[found[-1]] = True
    return np.concatenate(found)


def _first_occurrences(terms: Numbers) -> Numbers:
    """The distinct numbers from 0 on in order of their first occurrence."""
    distinct, at = np.unique(terms, return_index=True)
    ordered: Numbers = distinct[np.argsort(at)]
    return ordered[ordered >= 0]


def _renumbered(uses: csr_array, used: Numbers) -> csr_array:
    """The matrix with these columns, in this order; its indices are overwritten."""
    columns = np.empty(uses.shape[1], np.int32)
    columns[used] = np.arange(len(used), dtype=np.int32)
    for start in range(0, uses.nnz, _CHUNK):
        part = slice(start, start + _CHUNK)
        uses.indices[part] = columns[uses.indices[part]]
    return csr_array((uses.data, uses.indices, uses.indptr), shape=(uses.shape[0], len(used)))


def _belonging(term_of: Numbers) -> csr_array:
    """Words x terms: 1 where a word belongs to a term."""
    kept = np.flatnonzero(term_of >= 0)
    where = kept.astype(np.int32), term_of[kept]
    shape = len(term_of), int(term_of.max(initial=-1)) + 1
    return csr_array((np.ones(len(kept), np.float32), where), shape=shape)


def _frequencies(uses: csr_array, belongs: csr_array, rows: Labels) -> Labels:
    """In how many of these rows each term occurs."""
    found = np.zeros(belongs.shape[1], np.int64)
    for block in _blocks(rows):
        counts = uses[block] @ belongs
        found += np.bincount(counts.indices, minlength=len(found))
    return found


def _blocks(rows: Labels) -> Iterator[Labels]:
    """The rows in parts of a thousand: bounds memory."""
    return (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))


def _capital(words: Iterable[str], often: Values, belongs: csr_array) -> Flags:
    """Which terms running sentences write with a capital more often than not."""
    capital = np.array([word[0].isupper() for word in words], float)
    result: Flags = (often * (2 * capital - 1)) @ belongs > 0
    return result


# --- boilerplate --------------------------------------------------------------------------------


def _repeated(articles: Sequence[Article]) -> dict[str, list[int]]:
    """The lines that several reports print, each with the numbers of these reports.

    They are counted by their hashes, which take a tenth of the memory.
    """
    none = np.empty(0, np.uint64)
    hashed = [
        np.array([*{_hash(line) for line in lines(article)}], np.uint64) for article in articles
    ]
    values, often = np.unique(np.concatenate([none, *hashed]), return_counts=True)
    known = set(values[often >= _REPEATED].tolist()) - {_hash("")}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, (article, own) in enumerate(zip(articles, hashed, strict=True)):
        if not known.isdisjoint(own.tolist()):
            for line in set(lines(article)):
                if _hash(line) in known:
                    found[line].append(row)
    return dict(found)


def _hash(line: str) -> int:
    return xxh3_64_intdigest(line.encode("utf-8", "surrogatepass"))


def _boilerplate(
    uses: csr_array, belongs: csr_array, repeated: Mapping[str, Sequence[int]]
) -> set[str]:
    """Of the repeated lines those whose reports are unalike in all that is not repeated.

    Reports of one event may quote one statement; a site's boilerplate is in reports of
    anything.
    """
    rare = np.log(
        uses.shape[0] / np.maximum(1, _frequencies(uses, belongs, np.arange(uses.shape[0])))
    )
    weights = diags_array(rare.astype(np.float32))
    printed = np.unique(np.concatenate(list(repeated.values())))
    vectors = stacked(
        unit_rows(csr_array(uses[rows] @ belongs @ weights)) for rows in _blocks(printed)
    )
    found = set()
    for line, holders in repeated.items():
        rows = np.searchsorted(printed, holders)
        # The squared length of a sum of n unit vectors is n and twice the sum of all cosines.
        total = np.square(sum(vectors[block].sum(axis=0) for block in _blocks(rows))).sum()
        if total - len(rows) < _UNALIKE * len(rows) * (len(rows) - 1):
            found.add(line)
    return found
