"""Does a sentence say anything that readers of earlier editions were not told?

Material novelty: a count that is new and is no rounding of a known one, a turn of events of which
nothing was said (an arrest, a verdict, a resignation: see `lexicon`), or new terms and names that
make up a good share of the sentence. It is measured against all that is known together, not
sentence by sentence, since a recap draws each of its sentences from several others. Weekdays,
dates and times are no news: every reprint has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest.stories.summarize.lexicon import SAME, TURNS, WEEKDAYS, is_filler
from digest.stories.summarize.numbers import Figure, figures, is_rounded
from digest.text import sentences, stems, words

_SHARE = 0.5  # of a sentence's weight, from which its new terms are news
_SAID = 0.5  # of a sentence's terms
_FEWEST = 2  # new terms
_NAME = 2  # weight of a new name; any other term weighs 1
_SHORTEST_TERM = 4  # letters
_MONTHS = (
    "jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|janv|fév|avr|juin|juil|août|déc"
    "|ene|abr|ago|dic"
)
_DATED_BEFORE = re.compile(rf"\b(?:{_MONTHS})\w*\.? $|[\d:./-]$", re.IGNORECASE)
_DATED_AFTER = re.compile(
    rf"(?:st|nd|rd|th)?\.? (?:de )?(?:{_MONTHS})|:\d|/\d| ?[ap]\.?m\b| (?:uhr|o'clock|heures?)\b",
    re.IGNORECASE,
)
_YEARS = range(1900, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownText:
    """What readers know: the terms and numbers of all texts together, and their sentences."""

    language: str
    terms: frozenset[str]
    groups: frozenset[str]  # of words that are one to a reader
    numbers: frozenset[float]
    sentences: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, texts: Iterable[str], language: str) -> KnownText:
        """What the texts say, read in that language (a primary subtag)."""
        read = tuple(texts)
        read_terms = [
            stems(words(sentence), language) for text in read for sentence in sentences(text)
        ]
        return cls(
            language=language,
            terms=frozenset(stem for record in read_terms for stem in record),
            groups=frozenset(
                SAME[word] for text in read for word in words(text.lower()) if word in SAME
            ),
            numbers=frozenset(value for text in read for value in _counts(text, language)),
            sentences=tuple(frozenset(filter(_is_term, record)) for record in read_terms),
        )

    def has_said(self, text: str) -> bool:
        """Does one known sentence hold half of the terms of this one?"""
        terms = frozenset(filter(_is_term, stems(words(text), self.language)))
        return any(len(terms & sentence) >= _SAID * len(terms) for sentence in self.sentences)

    def has_news(self, text: str) -> bool:
        """Does the sentence say something new? Always, where nothing is known."""
        if not self.terms:
            return True
        turns = {TURNS[word] for word in words(text.lower()) if word in TURNS}
        return not turns <= self.groups or self._has_new_count(text) or self._has_new_terms(text)

    def _has_new_count(self, text: str) -> bool:
        return any(
            value not in self.numbers
            and not any(is_rounded(value, known) for known in self.numbers)
            for value in _counts(text, self.language)
        )

    def _has_new_terms(self, text: str) -> bool:
        tokens = words(text)
        names = set(stems([word for word in tokens[1:] if word[0].isupper()], self.language))
        terms = {
            stem
            for word, stem in zip(tokens, stems(tokens, self.language), strict=True)
            if _is_term(stem) and not (word.lower() in WEEKDAYS or is_filler(word.lower()))
        }
        again = {
            stem
            for word, stem in zip(tokens, stems(tokens, self.language), strict=True)
            if SAME.get(word.lower()) in self.groups
        }
        new = terms - self.terms - again
        weight = sum(_NAME if term in names else 1 for term in new)
        return len(new) >= _FEWEST and weight >= _SHARE * (weight + len(terms - new))


def _is_term(stem: str) -> bool:
    """Does it carry meaning? Short Latin words seldom do; Chinese pairs may. Numbers apart."""
    long = len(stem) >= _SHORTEST_TERM or not stem.isascii()
    return long and not stem[0].isdigit()


def _counts(text: str, language: str) -> list[float]:
    """The values of the numbers that are no dates or times."""
    return [figure.value for figure in figures(text, language) if not _is_date(figure, text)]


def _is_date(figure: Figure, text: str) -> bool:
    return (
        (figure.plain and figure.value in _YEARS)
        or _DATED_BEFORE.search(text, 0, figure.start) is not None
        or _DATED_AFTER.match(text, figure.end) is not None
    )
