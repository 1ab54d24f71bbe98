"""A sentence that may be chosen, and whether two of them tell the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.model import Article
from digest.stories.summarize.conflicts import differing_counts
from digest.stories.summarize.lexicon import SAME, TURNS, is_filler
from digest.stories.summarize.vectors import is_term
from digest.text import stems, words

# Who says it is no fact of its own.
_ATTRIBUTION = re.compile(
    r",? (?:according to|laut|selon|d’après|según) .*$"
    r"|[,\"”’]+ [^,;.\"“”]{2,60} (?:said|says|told|added)\b[^,;.\"“”]*\.?$"
)
_LONGER = 4  # letters of the terms by which two sentences are compared
# Share of the shorter one's terms from which two sentences tell the same; of two openings of
# reports, which tell the same event anyway; and of two first sentences that share more than names.
_SAME, _SAME_OPENING, _SAME_FIRST = 0.3, 0.18, 0.16
_OPENING = 2  # sentences that open a report
_FEWEST, _FEWEST_FIRST = 3, 2  # terms that two openings, and two first sentences, share at least
_TURNED = frozenset(TURNS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may be chosen; `place` counts the statements of its article from 0."""

    text: str
    article: Article
    place: int
    terms: Counter[str]
    said: frozenset[str]  # terms by which it is compared with what a reader knows
    longer: frozenset[str]  # terms by which sentences are compared, one for words of one meaning
    named: frozenset[str]  # those of them that are names and numbers
    length: int  # words

    @classmethod
    def of(cls, text: str, article: Article, place: int) -> Candidate:
        """The sentence with its terms."""
        tokens, facts = words(text), words(_ATTRIBUTION.sub(" ", text))
        stemmed = stems(tokens, article.language)
        compared = list(_compared(facts, article.language))
        return cls(
            text=text,
            article=article,
            place=place,
            terms=Counter(filter(is_term, stemmed)),
            said=frozenset(
                SAME.get(token.lower(), stem) for token, stem in zip(tokens, stemmed, strict=True)
            ),
            longer=frozenset(term for _, term in compared),
            named=frozenset(term for token, term in compared if not token[0].islower()),
            length=len(tokens),
        )


def _compared(tokens: Sequence[str], language: str) -> Iterator[tuple[str, str]]:
    """The words by which a sentence is compared with others, with the term of each."""
    for token, stem in zip(tokens, stems(tokens, language), strict=True):
        small = token.lower()
        if (is_term(stem, _LONGER) and not is_filler(small)) or small in TURNS:
            yield token, SAME.get(small, stem)


def share_of_terms(one: Candidate, other: Candidate) -> float:
    """The share of the shorter one's terms that both sentences have."""
    return len(one.longer & other.longer) / max(1, min(len(one.longer), len(other.longer)))


def tell_the_same(one: Candidate, other: Candidate) -> bool:
    """Do two sentences tell the same, or state two numbers for one thing?"""
    share, shared = share_of_terms(one, other), one.longer & other.longer
    if share >= _SAME or _tell_one_turn(one, other):
        return True
    if one.article is not other.article:
        last = max(one.place, other.place)
        if last < _OPENING and len(shared) >= _FEWEST and share >= _SAME_OPENING:
            return True
        more = bool(shared - one.named) and len(shared) >= _FEWEST_FIRST
        if last == 0 and more and share >= _SAME_FIRST:
            return True
    return differing_counts(one.text, other.text, one.article.language)


def _tell_one_turn(one: Candidate, other: Candidate) -> bool:
    """Do two sentences tell one turn of events of the same people, or state the same numbers?"""
    named = one.named & other.named
    turns = (one.longer & other.longer) & _TURNED
    return (bool(turns) and bool(named - turns)) or sum(term[0].isdigit() for term in named) > 1
