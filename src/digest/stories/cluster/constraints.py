"""Decisions on articles -> what is fixed of the events, whatever their links say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.model import Constraint
from digest.stories.cluster.indexing import TermIndex

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedPairs:
    """Reports, by number, that are together or apart whatever their links say."""

    together: tuple[_Pair, ...] = ()  # a report, and the first report of the set it is held in
    apart: tuple[_Pair, ...] = ()  # the lower number first
    doubted: tuple[_Pair, ...] = ()  # apart, too, by a model's word


def pinned_pairs(index: TermIndex, constraints: Iterable[Constraint]) -> PinnedPairs:
    """The constraints on articles of this batch; their order does not matter.

    A copy stands for its group's report, so that nothing can part the two. Where cannot-links
    contradict must-links, they win: of the must-links, taken in the order of their reports, each
    is left out that would bring together what is to be apart. A model's cannot-link is left out
    where an operator holds the two together.
    """
    row_of = {
        article.id: row for row, report in enumerate(index.reports) for article in report.articles
    }
    known = [
        constraint
        for constraint in constraints
        if constraint.a in row_of and constraint.b in row_of
    ]
    must, cannot, doubted = (
        sorted(
            {
                _ordered(row_of[known_item.a], row_of[known_item.b])
                for known_item in known
                if (known_item.kind, known_item.by) == decided
            }
        )
        for decided in (
            ("must-link", "operator"),
            ("cannot-link", "operator"),
            ("cannot-link", "model"),
        )
    )
    apart = tuple((a, b) for a, b in cannot if a != b)
    foes: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in apart:
        foes[a].add(b)
        foes[b].add(a)
    together = _together(must, foes)
    first = dict(together)
    return PinnedPairs(
        together=together,
        apart=apart,
        doubted=tuple((a, b) for a, b in doubted if first.get(a, a) != first.get(b, b)),
    )


def _ordered(a: int, b: int) -> _Pair:
    return min(a, b), max(a, b)


def _together(must: Iterable[_Pair], foes: Mapping[int, set[int]]) -> tuple[_Pair, ...]:
    members: dict[int, set[int]] = {}
    for a, b in must:
        one, other = members.get(a, {a}), members.get(b, {b})
        if any(foes.get(row, set()) & other for row in one):
            continue
        both = one | other
        members.update(dict.fromkeys(both, both))
    return tuple((row, min(members[row])) for row in sorted(members))
