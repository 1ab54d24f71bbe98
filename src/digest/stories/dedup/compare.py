"""Are these two texts one text? What they share, and whether what differs was filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Self

import numpy as np
from xxhash import xxh3_64_intdigest

from digest.model import Article
from digest.stories.minhash import Hashes, shingles
from digest.text import fold, letters, words
from digest.urls import canonical_url

RESEMBLANCE = 0.4  # Jaccard of the shingle sets from which two texts are near-duplicates
CONTAINMENT = 0.75  # or this share of the smaller set, wherever it is in the longer text
_EXCERPT = 0.5  # of the longer text: what holds less of it is a part only
_SAME_VERSION = 0.15  # of the shorter text: what an edited version keeps
# Of the shorter text's longer words, and how many at least: what a version in other words keeps.
# Of pairs of unrelated news texts .1 % share half of these words, of those on one event 15 %.
_SAME_WORDS, _FEW_WORDS, _LETTERS = 0.5, 20, 4
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

# How a place is written in a hash, with the kind of the facts in it and one of them (or 0).
_PLACE, _KIND, _FACT = ~((1 << 34) - 1), np.uint64(32), np.uint64((1 << 32) - 1)
_ANY, _NUMBER, _NAME = (kind << 32 for kind in range(3))


@dataclass(frozen=True, kw_only=True)  # without slots, for what is found out once and kept
class Text:
    """An article with all that is compared of it."""

    article: Article
    shingles: Hashes
    evidence: Hashes  # the shingles without the outlet's boilerplate

    @classmethod
    def of(cls, article: Article) -> Self:
        own = shingles(article.text)
        return cls(article=article, shingles=own, evidence=own)

    def without(self, boilerplate: Hashes) -> Self:
        """The same text, in which these shingles are no evidence."""
        kept = ~np.isin(self.shingles, boilerplate, assume_unique=True)
        return self if kept.all() else replace(self, evidence=self.shingles[kept])

    @cached_property
    def address(self) -> str:
        """The page it links to, as `address_of` says."""
        return address_of(self.article)

    @cached_property
    def headline(self) -> str:
        """Its title, as `headline_of` says."""
        return headline_of(self.article)

    @cached_property
    def points(self) -> bool:
        """Does it say next to nothing beyond its title, addresses left out?"""
        return _only_points(self.article)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The longer words of its title and text, folded."""
        said = words(fold(f"{self.article.title} {self.article.text}"))
        return frozenset(word for word in said if letters(word) >= _LETTERS)

    @cached_property
    def announced(self) -> frozenset[str]:
        """The longer words of its title that are in its text."""
        title = {word for word in words(fold(self.article.title)) if letters(word) >= _LETTERS}
        return frozenset(title.intersection(words(fold(self.article.text))))

    @cached_property
    def facts(self) -> Hashes:
        """Its numbers and names by place, as `_facts` says."""
        return _facts(self.article.text)


def common(a: Hashes, b: Hashes) -> int:
    """The number of hashes that two sets share."""
    both = np.concatenate((a, b))
    both.sort()
    return int(np.count_nonzero(both[1:] == both[:-1]))


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
    return same_page(a, b) or (
        _alike(a.evidence, b.evidence) and not is_template(a, b) and not _announce_two(a, b)
    )


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
    is the same, or a part of the text, or most of its words. An item without a text of its own that
    repeats a headline of another outlet only points to it (Google News, Hacker News, Reddit).
    """
    one, other = a.article, b.article
    if a.address and a.address == b.address:
        shorter = min(len(a.shingles), len(b.shingles))
        return (
            one.outlet != other.outlet
            or fold(one.title) == fold(other.title)
            or common(a.shingles, b.shingles) >= max(1, _SAME_VERSION * shorter)
            or _is_rewritten(a, b)
        )
    return (
        a.headline != ""
        and a.headline == b.headline
        and one.outlet != other.outlet
        and (a.points or b.points)
        and abs(one.published_at - other.published_at) <= _SAME_NEWS
    )


def _is_rewritten(a: Text, b: Text) -> bool:
    """Do two texts share most of their longer words, though no form that was filled in twice?"""
    shared = len(a.vocabulary & b.vocabulary)
    shorter = min(len(a.vocabulary), len(b.vocabulary))
    return shared >= max(_FEW_WORDS, _SAME_WORDS * shorter) and not is_template(a, b)


def _announce_two(a: Text, b: Text) -> bool:
    """Does one outlet tell under either title what the other article has no word of?

    Then what the two share is what it prints below everything, though three articles with it, from
    which it is known as boilerplate, have not been seen.
    """
    return (
        a.article.outlet == b.article.outlet != ""
        and bool(a.announced and b.announced)
        and a.announced.isdisjoint(b.vocabulary)
        and b.announced.isdisjoint(a.vocabulary)
    )


def _alike(a: Hashes, b: Hashes) -> bool:
    shorter, longer = sorted((len(a), len(b)))
    if shorter < _MIN_SHINGLES:
        return False
    shared = common(a, b)
    return shared >= min(CONTAINMENT * shorter, RESEMBLANCE * (shorter + longer - shared))


def is_template(a: Text, b: Text) -> bool:
    """Are these one form, filled in twice? Market reports, forecasts, results, notices.

    They are if, of the places that both fill, enough are filled with nothing in common: of all
    places, of those with numbers, or of those with names.
    """
    if a.article.text == b.article.text:
        return False
    both = np.concatenate((a.facts, b.facts))
    both.sort()
    shared = both[1:][both[1:] == both[:-1]]
    # A place comes before its facts: it is filled anew if another place follows, or nothing.
    is_place = (shared & _FACT) == 0
    anew = is_place.copy()
    anew[:-1] &= is_place[1:]
    kinds = (shared >> _KIND).astype(np.int64) & 3
    filled, changed = (np.bincount(kinds[which], minlength=3) for which in (is_place, anew))
    return any(
        new >= max(_MIN_FILLED, _FILLED_ANEW * places)
        for new, places in zip(changed.tolist(), filled.tolist(), strict=True)
    )


def _facts(text: str) -> Hashes:
    """The numbers and names of a text by place: the plain words before and after them.

    A name is a capitalised word that the text never writes small. Ascending distinct hashes: 30
    bits for a place, two for the kind of the facts in it, 32 for one of its facts, or 0 for the
    place itself. As an array they take a tenth of what a dictionary of sets takes.
    """
    tokens = words(text)
    small = {token for token in tokens if token.islower()}
    are_facts = [
        token[0].isdigit() or (token[0].isupper() and token.lower() not in small)
        for token in tokens
    ]
    plain = [token.lower() for token, is_fact in zip(tokens, are_facts, strict=True) if not is_fact]
    seen: Counter[str] = Counter()
    found: set[int] = set()
    place = before = 0  # `before`: plain words so far
    inside = False
    for token, is_fact in zip(tokens, are_facts, strict=True):
        if not is_fact:
            before += 1
        else:
            if not inside:
                around = _around(plain, before)
                seen[around] += 1
                place = _hash(f"{around} {seen[around]}") & _PLACE
            for kind in (_ANY, _NUMBER if token[0].isdigit() else _NAME):
                found |= {place | kind, place | kind | (_hash(token) & int(_FACT) or 1)}
        inside = is_fact
    return np.array(sorted(found), np.uint64)


def _around(plain: Sequence[str], before: int) -> str:
    """The words on either side of a place, before which there are so many plain words."""
    return " ".join(
        (*plain[max(0, before - _CONTEXT) : before], "", *plain[before : before + _CONTEXT])
    )


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))
