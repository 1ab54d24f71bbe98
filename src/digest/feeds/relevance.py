"""Is a page's text the article of its entry? What the entry tells, the text must tell too (pure).

Sites answer with offers, checks and lists where an article should be, in every language and
wording. Two things give them away: they share no words with the entry, or they are printed
under several entries of one site.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from digest.feeds.identity import same_title
from digest.text import fold, words

_READ = 20_000  # characters of a text that are looked at
_SHORT = 400  # words; walls have no more
_SHARE = 1 / 3  # of the entry's words; of 159 real articles the lowest were .25 and .38
_SHARE_OF_LONG = 0.15
_TITLE_SHARE = 0.5
_TELLING_TITLE = 4  # words
_TOO_FEW = 3  # words of an entry, of which nothing can be told
_LETTERS = 4  # of a word that tells something, in scripts that have capitals
_SIGNS = 2  # of a number, or of a word in a script without capitals
_PREFIX = 5  # letters by which inflected words are compared
_REPEATED = 0.8  # of a text's characters

_URL = re.compile(r"https?://\S+|\b[\w-]+(?:\.[\w-]+)+/\S*")


def tells(title: str, teaser: str, text: str, *, outlet: str, least: float | None = None) -> bool:
    """Does a page's text tell what its entry tells, beyond the outlet's own name?

    Words are compared by their first five letters. A longer text may use other words than its
    teaser does; of a short one a third of them is asked for, or half of a longer title. `least`
    asks for another share, and of all words.
    """
    own = _telling(outlet)
    named = _telling(title) - own
    expected = named | (_telling(teaser) - own)
    if len(expected) < _TOO_FEW:
        return least is None
    headline = fold(title)
    lines = (line for line in text[:_READ].split("\n") if fold(line) != headline)
    found = {word[:_PREFIX] for word in set(_words("\n".join(lines)))}
    if least is None:
        if len(named) >= _TELLING_TITLE and len(named & found) >= _TITLE_SHARE * len(named):
            return True
        least = _SHARE if len(words(text[:_READ])) <= _SHORT else _SHARE_OF_LONG
    return len(expected & found) >= least * len(expected)


def _telling(text: str) -> set[str]:
    """The beginnings of the words that tell something, which are not short."""
    return {
        word[:_PREFIX]
        for word in _words(text)
        if len(word) >= (_LETTERS if word.upper() != word else _SIGNS)
    }


def _words(text: str) -> tuple[str, ...]:
    """The folded words of a text that are no part of an address."""
    lines = text[:_READ].split("\n")  # few of which hold an address, and that ends with its line
    plain = (_URL.sub(" ", line) if "/" in line else line for line in lines)
    return words(fold(" ".join(plain)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteText:
    """What a site printed for an entry, as `lines_of` gives it."""

    site: str
    title: str
    lines: frozenset[str]


def repeated(texts: Sequence[SiteText]) -> tuple[bool, ...]:
    """For each text: does its site print most of it under entries with other titles as well?"""
    titles: dict[tuple[str, str], set[str]] = defaultdict(set)
    for printed in texts:
        for line in printed.lines:
            titles[printed.site, line].add(printed.title)

    def is_repeated(printed: SiteText) -> bool:
        again = (
            line
            for line in printed.lines
            if any(not same_title(printed.title, other) for other in titles[printed.site, line])
        )
        return sum(map(len, again)) >= _REPEATED * sum(map(len, printed.lines)) > 0

    return tuple(is_repeated(printed) for printed in texts)


def lines_of(text: str, title: str) -> frozenset[str]:
    """What a text says, line by line, whatever its numbers and headline are."""
    if not text:
        return frozenset()
    headline = fold(title)
    folded = (re.sub(r"\d+", "0", fold(line)) for line in text.split("\n"))
    return frozenset(line for line in folded if line and line != headline)
