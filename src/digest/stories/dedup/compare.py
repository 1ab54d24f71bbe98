"""Are these two texts one text? What they share, and whether what differs was filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Self

import numpy as np

from digest.model import Article
from digest.stories.dedup.pairs import CONTAINMENT, RESEMBLANCE
from digest.stories.minhash import Hashes, shingles
from digest.text import canonical_url, fold, words

_EXCERPT = 0.5  # of the longer text: what holds less of it is a part only
_MIN_SHINGLES = 30  # below that, a text may be nothing but its site's furniture
# One form filled in twice: this many places hold other numbers (or other names), and they are
# this share of all places that both texts fill. Of 466 copies of wire stories one is so changed.
_MIN_FILLED, _FILLED_ANEW = 2, 0.2
_CONTEXT = 2  # words on either side by which a place is known

Page = tuple[str, str]  # address and title
Place = tuple[str, ...]  # the words around it, and how often they came before


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An article with all that is compared of it."""

    article: Article
    shingles: Hashes
    evidence: Hashes  # the shingles without the outlet's furniture
    page: Page | None

    @classmethod
    def of(cls, article: Article) -> Self:
        own = shingles(article.text)
        return cls(article=article, shingles=own, evidence=own, page=page_of(article))

    def without(self, furniture: Hashes) -> Self:
        """The same text, in which these shingles are no evidence."""
        kept = np.setdiff1d(self.shingles, furniture, assume_unique=True)
        return replace(self, evidence=kept)


def common(a: Hashes, b: Hashes) -> int:
    """The number of shingles that two sets share."""
    return len(np.intersect1d(a, b, assume_unique=True))


def page_of(article: Article) -> Page | None:
    """What an article is known by in every feed; None where it has no address or no title."""
    title = fold(article.title)
    return (canonical_url(article.url), title) if article.url and title else None


def is_copy(a: Text, b: Text) -> bool:
    """Are these one page, or is one the text of the other, or of a part of it?"""
    return _same_page(a, b) or (_alike(a.evidence, b.evidence) and not _is_template(a, b))


def is_excerpt(part: Text, whole: Text) -> bool:
    """Of a text that is a copy: is it one of a part only?"""
    return not _same_page(part, whole) and len(part.evidence) < _EXCERPT * len(whole.evidence)


def _same_page(a: Text, b: Text) -> bool:
    return a.page is not None and a.page == b.page


def _alike(a: Hashes, b: Hashes) -> bool:
    shorter, longer = sorted((len(a), len(b)))
    if shorter < _MIN_SHINGLES:
        return False
    shared = common(a, b)
    return shared >= min(CONTAINMENT * shorter, RESEMBLANCE * (shorter + longer - shared))


def _is_template(a: Text, b: Text) -> bool:
    """Are these one form, filled in twice? Market reports, forecasts, results, notices."""
    in_a, in_b = _facts(a.article.text), _facts(b.article.text)
    both = [(in_a[place], in_b[place]) for place in in_a.keys() & in_b.keys()]
    numbers = [(_numbers(one), _numbers(other)) for one, other in both]
    names = [(one - _numbers(one), other - _numbers(other)) for one, other in both]
    return _filled_anew(both) or _filled_anew(numbers) or _filled_anew(names)


def _numbers(facts: frozenset[str]) -> frozenset[str]:
    return frozenset(fact for fact in facts if fact[0].isdigit())


def _filled_anew(places: Sequence[tuple[frozenset[str], frozenset[str]]]) -> bool:
    filled = [(one, other) for one, other in places if one and other]
    changed = sum(one.isdisjoint(other) for one, other in filled)
    return changed >= max(_MIN_FILLED, _FILLED_ANEW * len(filled))


@lru_cache(maxsize=1 << 10)
def _facts(text: str) -> Mapping[Place, frozenset[str]]:
    """The numbers and names of a text by place: the plain words before and after them.

    A name is a capitalised word that the text never writes small.
    """
    tokens = words(text)
    small = {token for token in tokens if token.islower()}
    runs = [
        (kind, tuple(run)) for kind, run in groupby(tokens, lambda token: _is_fact(token, small))
    ]
    plain = [word.lower() for is_fact, run in runs if not is_fact for word in run]
    seen: Counter[Place] = Counter()
    facts = {}
    at = 0  # plain words before this run
    for is_fact, run in runs:
        if is_fact:
            around = (*plain[max(0, at - _CONTEXT) : at], "", *plain[at : at + _CONTEXT])
            seen[around] += 1
            facts[*around, str(seen[around])] = frozenset(run)
        else:
            at += len(run)
    return facts


def _is_fact(token: str, small: Set[str]) -> bool:
    return token[0].isdigit() or (token[0].isupper() and token.lower() not in small)
