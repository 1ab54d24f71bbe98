"""Articles -> duplicate groups: which articles print the same text.

Signatures propose, the exact shingle sets decide. What an outlet repeats on many pages is no
evidence, and one form filled in twice is two texts: a market report shares its sentences with
yesterday's, but none of its figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from digest.model import Article, Constraint, Copy, DuplicateGroup
from digest.stories.dedup.boilerplate import boilerplate
from digest.stories.dedup.compare import (
    Text,
    address_of,
    common,
    headline_of,
    is_copy,
    is_excerpt,
    is_part,
)
from digest.stories.dedup.pairs import Pair, near_duplicates
from digest.stories.minhash import LshIndex, Signature, signature
from digest.text import same_site

__all__ = ["Pair", "deduplicate", "near_duplicates"]

_FULL_LENGTH = 0.8  # of the longest text: what still counts as the full text


def deduplicate(
    articles: Sequence[Article],
    signatures: Mapping[str, Signature] | None = None,
    constraints: Iterable[Constraint] = (),
) -> tuple[DuplicateGroup, ...]:
    """Fold articles that print the same text into groups; each article is in exactly one.

    `signatures` by article id spares computing those that the store already holds; one made
    with other parameters is computed anew. Every copy is verified against its group's canonical
    article, never against another copy, so that chains of small changes do not join. An excerpt
    is a copy of a part: its containment is high, its resemblance is low, and it goes to the text
    that it resembles most. Articles of one page are one, whatever their texts, and so are items
    that only point to it: they carry it and report nothing. Two that `constraints` put into two
    stories are never in one group. The result does not depend on the order of `articles`; groups
    are ordered by the canonical's time and id.
    """
    near = _neighbours(articles, signatures or {})
    texts = [Text.of(article) for article in articles if near[article.id]]
    repeated = boilerplate(texts)
    ordered = sorted((text.without(repeated) for text in texts), key=_fullest_first)
    apart = _apart(constraints)
    free = {text.article.id: text for text in ordered}
    groups = [DuplicateGroup(canonical=article) for article in articles if not near[article.id]]
    while free:
        leader = free.pop(next(iter(free)))
        proposed = [free[id_] for id_ in sorted(near[leader.article.id]) if id_ in free]
        found = [
            text
            for text in _members(leader, proposed)
            if not is_excerpt(text, leader)
            or _is_nearest(
                leader, text, [free[id_] for id_ in near[text.article.id] if id_ in free]
            )
        ]
        members = _allowed(leader, found, apart)
        for member in members:
            del free[member.article.id]
        groups.append(_group(leader, members))
    return tuple(sorted(groups, key=lambda group: _earliest_first(group.canonical)))


def _apart(constraints: Iterable[Constraint]) -> dict[str, set[str]]:
    apart: defaultdict[str, set[str]] = defaultdict(set)
    for constraint in constraints:
        if constraint.kind == "cannot-link":
            apart[constraint.a].add(constraint.b)
            apart[constraint.b].add(constraint.a)
    return dict(apart)


def _allowed(
    leader: Text, members: Iterable[Text], apart: Mapping[str, Collection[str]]
) -> list[Text]:
    """Those of the members that may be in one group with the leader and with one another."""
    allowed: list[Text] = []
    inside = {leader.article.id}
    for text in members:
        if inside.isdisjoint(apart.get(text.article.id, ())):
            allowed.append(text)
            inside.add(text.article.id)
    return allowed


def _neighbours(
    articles: Iterable[Article], signatures: Mapping[str, Signature]
) -> dict[str, frozenset[str]]:
    """For every article, the others that might be its copies."""
    index = LshIndex()
    pages: defaultdict[str, set[str]] = defaultdict(set)
    keys = {}
    for article in articles:
        stored = signatures.get(article.id)
        if stored is None or not stored.current:
            stored = signature(article.text)
        index.add(article.id, stored, article.outlet)
        keys[article.id] = [key for key in (address_of(article), headline_of(article)) if key]
        for key in keys[article.id]:
            pages[key].add(article.id)
    return {
        id_: index.candidates(id_).union(*(pages[key] for key in own)) - {id_}
        for id_, own in keys.items()
    }


def _fullest_first(text: Text) -> tuple[bool, int, object]:
    return (text.article.paywalled, -len(text.shingles), _earliest_first(text.article))


def _earliest_first(article: Article) -> tuple[object, str]:
    return (article.published_at, article.id)


def _members(leader: Text, proposed: Sequence[Text]) -> list[Text]:
    """The copies of a text among these.

    An excerpt says little, so all full copies must hold it. And a text whose excerpts have nothing
    in common is a collection (a roundup, a live page): what it strings together stays apart.
    """
    copies = [text for text in proposed if is_copy(leader, text)]
    full = [text for text in copies if not is_excerpt(text, leader)]
    excerpts = [
        text
        for text in copies
        if is_excerpt(text, leader) and all(is_copy(text, item) for item in full)
    ]
    if all(common(a.evidence, b.evidence) for a, b in combinations(excerpts, 2)):
        return [*full, *excerpts]
    return full


def _is_nearest(leader: Text, excerpt: Text, others: Iterable[Text]) -> bool:
    """Does an excerpt resemble this text at least as much as any other that holds it?"""
    nearest = _resemblance(excerpt, leader)
    return all(
        _resemblance(excerpt, other) <= nearest
        for other in others
        if is_part(excerpt, other) and is_copy(excerpt, other) and not is_copy(leader, other)
    )


def _resemblance(a: Text, b: Text) -> float:
    shared = common(a.evidence, b.evidence)
    return shared / ((len(a.evidence) + len(b.evidence) - shared) or 1)


def _group(leader: Text, members: Sequence[Text]) -> DuplicateGroup:
    """The canonical is the earliest full text, if all others can be verified against it.

    Of one page it is the outlet's own article, not that of a feed that carries it.
    """
    everyone = (leader, *members)
    full = [
        text
        for text in everyone
        if len(text.shingles) >= _FULL_LENGTH * len(leader.shingles)
        and text.article.paywalled == leader.article.paywalled
    ]
    canonical = min(full, key=lambda text: (_is_carried(text), _earliest_first(text.article)))
    if not all(is_copy(canonical, text) for text in everyone if text is not canonical):
        canonical = leader
    copies = [_copy(text, canonical) for text in everyone if text is not canonical]
    return DuplicateGroup(
        canonical=canonical.article,
        copies=tuple(sorted(copies, key=lambda copy: _earliest_first(copy.article))),
    )


def _is_carried(text: Text) -> bool:
    """Does an article come from a feed of another site than its page?"""
    url, feed_url = text.article.url, text.article.feed_url
    return bool(url and feed_url and not same_site(url, feed_url))


def _copy(text: Text, canonical: Text) -> Copy:
    shared, size = common(text.shingles, canonical.shingles), len(text.shingles)
    union = size + len(canonical.shingles) - shared
    return Copy(
        article=text.article,
        resemblance=shared / union if union else 1.0,
        containment=shared / size if size else 1.0,
    )
