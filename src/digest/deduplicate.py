"""Articles -> duplicate groups: which articles print the same text.

Bands of MinHash signatures propose, the exact shingle sets decide, and numbers and names have a
veto: a market report shares its sentences with yesterday's, but none of its figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from digest.minhash import Hashes, Signature, candidates, shingles, signature_of
from digest.model import Article, Copy, DuplicateGroup
from digest.text import canonical_url, fold, words

_RESEMBLANCE = 0.4  # Jaccard of the shingle sets from which two texts are one
_CONTAINMENT = 0.85  # or this share of the shorter text, where it is ...
_SHARE_OF_LONGER = 0.4  # ... at least this much of the longer
_MIN_SHINGLES = 30  # below that, a text may be nothing but its site's furniture
_FULL_LENGTH = 0.8  # of the longest text: what still counts as the full text
# Below these shares in common, two texts are one form filled in twice. Names are the surer sign:
# a page's furniture brings more numbers of its own than names.
_SAME_NUMBERS, _SAME_NAMES = 0.35, 0.6
_MIN_FACTS = 4  # numbers or names; below that many, nothing can be said


def deduplicate(
    articles: Sequence[Article], signatures: Mapping[str, Signature] | None = None
) -> tuple[DuplicateGroup, ...]:
    """Fold articles that print the same text into groups; each article is in exactly one.

    `signatures` by article id spares computing those that the store already holds; one made
    with other parameters is computed anew. Every copy is verified against its group's canonical
    article, never against another copy, so that chains of small changes do not join. Articles of
    one address and one title are copies whatever their texts. The result does not depend on the
    order of `articles`; groups are ordered by the canonical's time and id.
    """
    texts = [_Text.of(article) for article in articles]
    near = _neighbours(texts, signatures or {})
    free = {text.article.id: text for text in sorted(texts, key=_fullest_first)}
    groups = []
    while free:
        leader = free.pop(next(iter(free)))
        proposed = [free[id_] for id_ in near[leader.article.id] if id_ in free]
        members = [text for text in proposed if _copies(leader, text)]
        for member in members:
            del free[member.article.id]
        groups.append(_group(leader, members))
    return tuple(sorted(groups, key=lambda group: _earliest_first(group.canonical)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """An article with all that is compared of it."""

    article: Article
    shingles: Hashes
    numbers: frozenset[str]
    names: frozenset[str]
    page: tuple[str, str] | None  # address and title

    @classmethod
    def of(cls, article: Article) -> Self:
        tokens, title = words(article.text), fold(article.title)
        lower = {token for token in tokens if token.islower()}
        return cls(
            article=article,
            shingles=shingles(article.text),
            numbers=frozenset(token for token in tokens if token[0].isdigit()),
            names=frozenset(
                token for token in tokens if token[0].isupper() and token.lower() not in lower
            ),
            page=(canonical_url(article.url), title) if article.url and title else None,
        )


def _neighbours(
    texts: Iterable[_Text], signatures: Mapping[str, Signature]
) -> Mapping[str, Sequence[str]]:
    """For every article, the others that might be its copies, in the order of their ids."""
    near: dict[str, set[str]] = {}
    sketches: dict[str, Signature] = {}
    pages: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for text in texts:
        id_ = text.article.id
        near[id_] = pages[text.page] if text.page else set()
        near[id_].add(id_)
        if len(text.shingles) >= _MIN_SHINGLES:
            stored = signatures.get(id_)
            usable = stored if stored is not None and stored.current else None
            sketches[id_] = usable or signature_of(text.shingles)
    found = candidates(sketches)
    return {id_: sorted(same | found.get(id_, frozenset())) for id_, same in near.items()}


def _fullest_first(text: _Text) -> tuple[bool, int, object]:
    return (text.article.paywalled, -len(text.shingles), _earliest_first(text.article))


def _earliest_first(article: Article) -> tuple[object, str]:
    return (article.published_at, article.id)


def _copies(a: _Text, b: _Text) -> bool:
    """Are these two one text, or one page?"""
    if a.page is not None and a.page == b.page:
        return True
    shorter, longer = sorted((len(a.shingles), len(b.shingles)))
    if shorter < _MIN_SHINGLES:
        return False
    common = _common(a, b)
    alike = common >= _RESEMBLANCE * (shorter + longer - common) or (
        common >= _CONTAINMENT * shorter and common >= _SHARE_OF_LONGER * longer
    )
    return (
        alike
        and _agree(a.numbers, b.numbers, _SAME_NUMBERS)
        and _agree(a.names, b.names, _SAME_NAMES)
    )


def _common(a: _Text, b: _Text) -> int:
    return len(np.intersect1d(a.shingles, b.shingles, assume_unique=True))


def _agree(a: frozenset[str], b: frozenset[str], share: float) -> bool:
    """A copy keeps the numbers and names of its original; a filled-in form has its own."""
    fewer = min(len(a), len(b))
    return fewer < _MIN_FACTS or len(a & b) >= share * fewer


def _group(leader: _Text, members: Sequence[_Text]) -> DuplicateGroup:
    """The canonical is the earliest full text, if all others can be verified against it."""
    everyone = (leader, *members)
    full = [
        text
        for text in everyone
        if len(text.shingles) >= _FULL_LENGTH * len(leader.shingles)
        and text.article.paywalled == leader.article.paywalled
    ]
    canonical = min(full, key=lambda text: _earliest_first(text.article))
    if not all(_copies(canonical, text) for text in everyone if text is not canonical):
        canonical = leader
    copies = [_copy(text, canonical) for text in everyone if text is not canonical]
    return DuplicateGroup(
        canonical=canonical.article,
        copies=tuple(sorted(copies, key=lambda copy: _earliest_first(copy.article))),
    )


def _copy(text: _Text, canonical: _Text) -> Copy:
    common, size = _common(text, canonical), len(text.shingles)
    union = size + len(canonical.shingles) - common
    return Copy(
        article=text.article,
        resemblance=common / union if union else 1.0,
        containment=common / size if size else 1.0,
    )
