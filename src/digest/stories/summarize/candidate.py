"""A sentence that may be chosen, and whether two of them tell the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Article
from digest.stories.summarize.conflicts import differing_counts
from digest.stories.summarize.lexicon import SAME, TURNS, is_filler, words_of
from digest.stories.summarize.numbers import figures
from digest.stories.summarize.readable import looks_ahead
from digest.stories.summarize.vectors import is_term
from digest.text import stems

# Who says it is no fact of its own.
_ATTRIBUTION = re.compile(
    r"^[A-Z][\w.’'-]*(?: [a-z][\w’'-]*){0,3} (?:says?|said|announced)(?: on [A-Z]\w+day)?"
    r"(?: that)? "
    r"|,? (?:according to|laut|selon|d’après|según) .*$"
    r"|[,\"”’]+ [^,;.\"“”]{2,60} (?:said|says|told|added)\b[^,;.\"“”]{0,30}\.?$"
)
_LONGER = 4  # letters of the terms by which two sentences are compared
_COUNTED = 6  # fewer are as often said as counted: "the two"
# Share of the shorter one's terms from which two sentences tell the same; of two articles, which
# tell one event anyway, where they share not only names: of two terms, of more, and of openings.
_SAME = 0.3
_SAME_ELSEWHERE, _SAME_AT_ALL, _SAME_OPENING = 0.2, 0.15, 0.12
OPENING = 2  # sentences that open a report
_FEWEST = 2  # terms that sentences of two articles share at least
# How long before the newest report one may be, and one that tells of what is to come.
_OLDER, _LOOKING_AHEAD = timedelta(hours=36), timedelta(hours=4)
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
        tokens = words_of(text)
        stemmed = stems(tokens, article.language)
        compared = list(_compared(_ATTRIBUTION.sub(" ", text), article.language))
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


def _compared(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The words by which a sentence is compared with others, with the term of each.

    A number is one term however it is written: "$1bn", "$1 billion".
    """
    for figure in reversed(list(figures(text, language))):
        if figure.value >= _COUNTED:
            term = f"{figure.value:g}"
            yield term, term
            text = f"{text[: figure.start]} {text[figure.end :]}"
    tokens = words_of(text)
    for token, stem in zip(tokens, stems(tokens, language), strict=True):
        small = token.lower()
        if (is_term(stem, _LONGER) and not is_filler(small)) or small in TURNS:
            yield token, SAME.get(small, stem)


def turns_of(candidate: Candidate) -> frozenset[str]:
    """The turns of events that a sentence tells."""
    return candidate.longer & _TURNED


def share_of_terms(one: Candidate, other: Candidate) -> float:
    """The share of the shorter one's terms that both sentences have."""
    return len(one.longer & other.longer) / max(1, min(len(one.longer), len(other.longer)))


def tell_the_same(one: Candidate, other: Candidate) -> bool:
    """Do two sentences tell the same, or state two numbers for one thing?"""
    share = share_of_terms(one, other)
    if share >= _SAME or _tell_one_turn(one, other):
        return True
    if one.article is not other.article and _tell_one_event(one, other, share):
        return True
    return differing_counts(one.text, other.text, one.article.language)


def _tell_one_event(one: Candidate, other: Candidate, share: float) -> bool:
    """Do sentences of two reports of an event share more than its names?"""
    shared = one.longer & other.longer
    if len(shared) < _FEWEST or shared <= one.named:
        return False
    opening = max(one.place, other.place) < OPENING
    several = len(shared) > _FEWEST
    if opening and (several or shared.isdisjoint(one.named)):
        return share >= _SAME_OPENING
    return share >= (_SAME_AT_ALL if several else _SAME_ELSEWHERE)


def _tell_one_turn(one: Candidate, other: Candidate) -> bool:
    """Do two sentences tell one turn of events of the same people, or state the same numbers?"""
    named = one.named & other.named
    turns = turns_of(one) & turns_of(other)
    return (bool(turns) and bool(named - turns)) or sum(term[0].isdigit() for term in named) > 1


def is_outdated(candidate: Candidate, newest: datetime | None) -> bool:
    """Is it of an older report than the newest, or tells of what is to come when that is over?"""
    if newest is None or not candidate.article.dated:
        return False
    age = newest - candidate.article.published_at
    return age > (_LOOKING_AHEAD if looks_ahead(candidate.text) else _OLDER)
