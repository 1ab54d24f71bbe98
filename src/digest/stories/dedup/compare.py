"""Are these two texts one text? What they share, and whether what differs was filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import Self

import numpy as np

from digest.model import Article
from digest.stories.dedup.pairs import CONTAINMENT, RESEMBLANCE
from digest.stories.minhash import Hashes, shingles
from digest.text import canonical_url, fold, words

_EXCERPT = 0.5  # of the longer text: what holds less of it is a part only
_SAME_VERSION = 0.15  # of the shorter text: what a rewritten version keeps
_MIN_SHINGLES = 30  # below that, a text may be nothing but its site's boilerplate
# One form filled in twice: this many places hold other numbers (or other names), and they are
# this share of all places that both texts fill. Of 466 copies of wire stories one is so changed.
_MIN_FILLED, _FILLED_ANEW = 2, 0.2
_CONTEXT = 2  # words on either side by which a place is known

_TELLING_TITLE = 4  # words of a headline that two different articles hardly share
_OWN_WORDS = 10  # below that, a text is a line of links ("Article URL, Comments URL, Points: 5")
_URL = re.compile(r"https?://\S+")
_SAME_NEWS = timedelta(days=3)  # within which a headline is not used again
# Other names of one page: its mobile and AMP versions, on the outlet's host or in a cache.
_AMP_CACHE = re.compile(r"^(?:[\w.-]+\.cdn\.ampproject\.org/\w(?:/s)?|google\.com/amp(?:/s)?)/")
_VARIANT_HOST = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+")
_VARIANT_PATH = re.compile(r"(?:^|(?<=/))amp/|/amp$|\.amp(?=\.html?$|$)")
_VARIANT_QUERY = re.compile(r"[?&](?:amp|outputType=amp|m)(?:=1|=true)?$")
_CREDIT = re.compile(r"\s+[-|–—]\s+[^-|–—]{2,40}$")  # "Headline - Outlet"

Place = tuple[str, ...]  # the words around it, and how often they came before


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An article with all that is compared of it."""

    article: Article
    shingles: Hashes
    evidence: Hashes  # the shingles without the outlet's boilerplate
    address: str
    headline: str
    points: bool  # Has it no text of its own?

    @classmethod
    def of(cls, article: Article) -> Self:
        own = shingles(article.text)
        return cls(
            article=article,
            shingles=own,
            evidence=own,
            address=address_of(article),
            headline=headline_of(article),
            points=_only_points(article),
        )

    def without(self, boilerplate: Hashes) -> Self:
        """The same text, in which these shingles are no evidence."""
        kept = np.setdiff1d(self.shingles, boilerplate, assume_unique=True)
        return replace(self, evidence=kept)


def common(a: Hashes, b: Hashes) -> int:
    """The number of shingles that two sets share."""
    return len(np.intersect1d(a, b, assume_unique=True))


def address_of(article: Article) -> str:
    """The page an article links to, the same for its mobile and AMP versions; "" for none.

    The front page of a site is no article's own.
    """
    if not article.url:
        return ""
    rest = canonical_url(article.url).partition("://")[2]
    rest = _AMP_CACHE.sub("", _VARIANT_HOST.sub("", rest))
    rest = _VARIANT_QUERY.sub("", _VARIANT_PATH.sub("", _VARIANT_HOST.sub("", rest)))
    return rest if rest.partition("/")[2] else ""


def headline_of(article: Article) -> str:
    """The folded title without the outlet that aggregators append; "" where it tells too little."""
    title = _CREDIT.sub("", fold(article.title))
    return title if len(words(title)) >= _TELLING_TITLE else ""


def is_copy(a: Text, b: Text) -> bool:
    """Are these one page, or is one the text of the other, or of a part of it?"""
    return same_page(a, b) or (_alike(a.evidence, b.evidence) and not is_template(a, b))


def is_excerpt(part: Text, whole: Text) -> bool:
    """Of a text that is a copy: is it one of a part only?"""
    return not same_page(part, whole) and is_part(part, whole)


def is_part(part: Text, whole: Text) -> bool:
    """Is one text so much shorter that it can hold a part of the other only?"""
    return len(part.evidence) < _EXCERPT * len(whole.evidence)


def _only_points(article: Article) -> bool:
    """Does a text say next to nothing beyond its title, addresses left out?"""
    said = {*words(fold(article.title)), *words(fold(article.outlet))}
    return sum(word not in said for word in words(fold(_URL.sub("", article.text)))) < _OWN_WORDS


def same_page(a: Text, b: Text) -> bool:
    """Do two articles come from one page, whatever their texts?

    One outlet may give several articles one address ("Warning 1", "Warning 2"): there the title
    is the same, or a part of the text. An item without a text of its own that repeats a headline
    of another outlet only points to it (Google News, Hacker News, Reddit).
    """
    one, other = a.article, b.article
    if a.address and a.address == b.address:
        shorter = min(len(a.shingles), len(b.shingles))
        return (
            one.outlet != other.outlet
            or fold(one.title) == fold(other.title)
            or common(a.shingles, b.shingles) >= max(1, _SAME_VERSION * shorter)
        )
    return (
        a.headline != ""
        and a.headline == b.headline
        and one.outlet != other.outlet
        and (a.points or b.points)
        and abs(one.published_at - other.published_at) <= _SAME_NEWS
    )


def _alike(a: Hashes, b: Hashes) -> bool:
    shorter, longer = sorted((len(a), len(b)))
    if shorter < _MIN_SHINGLES:
        return False
    shared = common(a, b)
    return shared >= min(CONTAINMENT * shorter, RESEMBLANCE * (shorter + longer - shared))


def is_template(a: Text, b: Text) -> bool:
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
