"""Index -> vectors: how much each term says of a report.

Terms weigh by their logarithmic count and inverse document frequency (Salton and Buckley 1988)
in vectors of unit length, words less than names and numbers: a market report shares its words
with every other. Title and first words say what a report is about, all that follows also what
else there is to say: so they are looked at a second time, alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack

from digest.stories.cluster.background import Background
from digest.stories.cluster.indexing import TermIndex
from digest.stories.cluster.matrices import (
    Flags,
    Labels,
    Values,
    lengths,
    ranks,
    stacked,
    unit_rows,
)
from digest.text import is_unspaced, letters

_COMMON = 0.1  # share of documents from which a term says nothing about the event
_PRIOR = 300  # documents of an invented past, so that a first small batch can be judged
_WORD = 0.87  # weight of a word beside a name that is as rare, where there are names
_HEAVIEST = 300  # terms of a report that it is compared by
_LEAD = 0.3  # of what two reports have in common, the part that is of their leads alone
_FREQUENT = 500  # reports of a batch from which a term is not compared by: bounds time
_ALL = 9  # digits of a number that is no whole one
_HIRAGANA = re.compile("[\u3041-\u309f]+")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_BLOCK = 1000  # reports weighed at once: bounds memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """The reports' terms, weighed."""

    unit: csr_array  # one row of unit length a report: the whole text's terms, then the lead's
    said: Values  # of each report the length of its row before: how much it says at all


def vectors(index: TermIndex, background: Background, surplus: Labels | None = None) -> Vectors:
    """Weigh the terms of all reports.

    `surplus` says of each term how many of the reports that have it do not count, in the batch and
    in `background`.
    """
    rarity = diags_array(_rarity(index, background, surplus).astype(np.float32))
    frequent = index.document_frequencies > _FREQUENT
    said = []

    def units(start: int) -> csr_array:
        block = slice(start, start + _BLOCK)
        whole, lead = (
            _weighted(counts, rarity, frequent)
            for counts in (index.counts(block), index.leads(block))
        )
        said.append(lengths(whole))
        views = [unit_rows(whole) * (1 - _LEAD) ** 0.5, unit_rows(lead) * _LEAD**0.5]
        return unit_rows(csr_array(hstack(views, dtype=np.float32)))

    unit = stacked(units(start) for start in range(0, len(index.reports), _BLOCK))
    return Vectors(unit=unit, said=np.concatenate(said))


def _weighted(counts: csr_array, rarity: diags_array, frequent: Flags) -> csr_array:
    counts.data = 1 + np.log(counts.data)
    weighted = csr_array(counts @ rarity)
    weighted.data[frequent[weighted.indices]] = 0
    weighted.eliminate_zeros()
    rows = np.repeat(np.arange(weighted.shape[0]), np.diff(weighted.indptr))
    weighted.data[ranks(rows, weighted.data) >= _HEAVIEST] = 0
    weighted.eliminate_zeros()
    return weighted


def _rarity(index: TermIndex, background: Background, surplus: Labels | None) -> Values:
    """Inverse document frequency of each term; 0 where it is too common to tell events apart.

    In the invented past that is added, a word of n letters occurs in a share of 2 ** (1 - n) of
    the documents (frequent words are short in every language, Zipf 1935), a name in one of them, a
    number of n digits in a share of 10 ** (1 - n): two reports of one day share its number.
    Two characters of an unspaced script that only one document has in a row are mostly the end of
    one word and the beginning of another. Japanese writes endings and particles in hiragana: two of
    them say how a sentence is built, not what of.
    """
    each = zip(index.terms, index.languages, strict=True)
    none: dict[str, int] = {}
    before = [background.frequencies.get(language, none).get(term, 0) for term, language in each]
    known = np.maximum(index.document_frequencies, before)
    if surplus is not None:
        known -= surplus
    invented = _PRIOR * np.exp2(1 - np.array([letters(term) for term in index.terms], float))
    invented[index.names] = 1
    numbers = list(compress(index.terms, index.numbers))
    invented[index.numbers] = _PRIOR * 10.0 ** (1 - np.array(list(map(_digits, numbers)), float))
    batch = [report.canonical.language for report in index.reports]
    documents = {
        language: max(batch.count(language), background.documents.get(language, 0))
        for language in set(batch)
    }
    seen = np.array([documents[language] for language in index.languages], float)
    share = (known + np.maximum(1, invented)) / (seen + _PRIOR)
    unspaced = np.array([is_unspaced(term) for term in index.terms], bool)
    grammar = np.array([_HIRAGANA.fullmatch(term) is not None for term in index.terms], bool)
    share[unspaced & (known <= 1) | grammar] = 1
    cased = set(compress(index.languages, index.names & ~index.numbers))
    plain = ~index.names & np.array([language in cased for language in index.languages], bool)
    return np.where(share < _COMMON, -np.log(share), 0) * np.where(plain, _WORD, 1)


def _digits(number: str) -> int:
    """How many digits of a number tell something: of a year the last two, of a fraction all."""
    if not number.isdecimal():
        return _ALL
    return len(number) - 2 if _YEAR.fullmatch(number) else len(number)
