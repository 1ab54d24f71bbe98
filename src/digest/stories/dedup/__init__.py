"""Articles -> duplicate groups: which articles print the same text.

Signatures propose, the exact shingle sets decide. What an outlet repeats on many pages is no
evidence, and one form filled in twice is two texts: a market report shares its sentences with
yesterday's, but none of its figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from digest.model import Article, Constraint, Copy, DuplicateGroup
from digest.stories.dedup.boilerplate import boilerplate
from digest.stories.dedup.candidates import Candidates, Marks
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
from digest.stories.minhash import Signature, signature
from digest.urls import same_site

__all__ = ["Pair", "deduplicate", "near_duplicates"]

_FULL_LENGTH = 0.8  # of the longest text: what still counts as the full text
# What is looked at beside one text, so that a thousand texts of one form take a thousand steps
# and not a million. No text of the corpora has so many.
_OTHERS = 100  # texts that resemble it and are no copies
_WITNESSES = 30  # copies, to which an excerpt is compared


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

    Time grows in proportion to the articles, even where thousands are one form filled in: of the
    texts that resemble one without being its copies, a hundred are looked at, those first that
    share with it what is rare. A group that may lack copies for this reason is `bounded`.
    """
    marks = _marks(articles, signatures or {})
    rows = np.unique(marks.texts)
    texts = [Text.of(articles[row]) for row in rows.tolist()]
    repeated = boilerplate(texts)
    texts = [text.without(repeated) for text in texts]
    order = sorted(range(len(texts)), key=lambda at: _fullest_first(texts[at]))
    batch = _Batch(
        texts=[texts[at] for at in order],
        candidates=Candidates(marks.renumbered(rows[order])),
        apart=_apart(constraints),
    )
    alone = np.setdiff1d(np.arange(len(articles)), rows, assume_unique=True)
    groups = [DuplicateGroup(canonical=articles[row]) for row in alone.tolist()]
    return tuple(
        sorted([*groups, *batch.groups()], key=lambda group: _earliest_first(group.canonical))
    )


def _marks(articles: Iterable[Article], signatures: Mapping[str, Signature]) -> Marks:
    """What makes two articles worth comparing: their texts, and the pages they are from."""
    usable = []
    for article in articles:
        stored = signatures.get(article.id)
        current = stored is not None and stored.current
        usable.append(stored if stored and current else signature(article.text))
    return Marks.of(
        usable,
        [article.outlet for article in articles],
        [{address_of(article), headline_of(article)} - {""} for article in articles],
    )


def _apart(constraints: Iterable[Constraint]) -> dict[str, set[str]]:
    apart: defaultdict[str, set[str]] = defaultdict(set)
    for constraint in constraints:
        if constraint.kind == "cannot-link":
            apart[constraint.a].add(constraint.b)
            apart[constraint.b].add(constraint.a)
    return dict(apart)


def _fullest_first(text: Text) -> tuple[bool, int, object]:
    return (text.article.paywalled, -len(text.shingles), _earliest_first(text.article))


def _earliest_first(article: Article) -> tuple[object, str]:
    return (article.published_at, article.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The texts that share something with others, the fullest first; candidates by their places."""

    texts: Sequence[Text]
    candidates: Candidates
    apart: Mapping[str, Collection[str]]

    def groups(self) -> Iterator[DuplicateGroup]:
        """Each text that is in no group leads one of its copies."""
        for place, leader in enumerate(self.texts):
            if not self.candidates.is_free(place):
                continue
            self.candidates.take(place)
            copies, bounded = self._copies(place)
            places = {self.texts[copy].article.id: copy for copy in copies}
            members = self._allowed(
                leader,
                (
                    text
                    for text in _coherent(leader, [self.texts[copy] for copy in copies])
                    if not is_excerpt(text, leader)
                    or self._is_nearest(leader, places[text.article.id])
                ),
            )
            for text in members:
                self.candidates.take(places[text.article.id])
            yield _group(leader, members, bounded=bounded)

    def _copies(self, leader: int) -> tuple[list[int], bool]:
        """The free copies of a text by id, and whether more texts resemble it than are compared."""
        copies, others = list[int](), 0
        for place in self.candidates.near(leader):
            if is_copy(self.texts[leader], self.texts[place]):
                copies.append(place)
                continue
            others += 1
            if others > _OTHERS:
                break
        return sorted(copies, key=lambda at: self.texts[at].article.id), others > _OTHERS

    def _is_nearest(self, leader: Text, place: int) -> bool:
        """Does an excerpt resemble this text at least as much as any other that holds it?"""
        excerpt = self.texts[place]
        nearest = _resemblance(excerpt, leader)
        others = (self.texts[near] for near in islice(self.candidates.near(place), _OTHERS))
        return not any(
            is_part(excerpt, other)
            and _resemblance(excerpt, other) > nearest
            and is_copy(excerpt, other)
            and not is_copy(leader, other)
            for other in others
        )

    def _allowed(self, leader: Text, members: Iterable[Text]) -> list[Text]:
        """Those of the members that may be in one group with the leader and with one another."""
        allowed: list[Text] = []
        inside = {leader.article.id}
        for text in members:
            if inside.isdisjoint(self.apart.get(text.article.id, ())):
                allowed.append(text)
                inside.add(text.article.id)
        return allowed


def _coherent(leader: Text, copies: Sequence[Text]) -> list[Text]:
    """Those of a text's copies that belong together.

    An excerpt says little, so all full copies must hold it. And a text whose excerpts have nothing
    in common is a collection (a roundup, a live page): what it strings together stays apart.
    """
    full = [text for text in copies if not is_excerpt(text, leader)]
    excerpts = [
        text
        for text in copies
        if is_excerpt(text, leader) and all(is_copy(text, item) for item in full[:_WITNESSES])
    ]
    if all(common(a.evidence, b.evidence) for a, b in combinations(excerpts[:_WITNESSES], 2)):
        return [*full, *excerpts]
    return full


def _resemblance(a: Text, b: Text) -> float:
    shared = common(a.evidence, b.evidence)
    return shared / ((len(a.evidence) + len(b.evidence) - shared) or 1)


def _group(leader: Text, members: Sequence[Text], *, bounded: bool) -> DuplicateGroup:
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
        bounded=bounded,
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
