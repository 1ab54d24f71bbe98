"""An operator's word on articles -> what is fixed of the events before any link is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.cluster.indexing import Index
from digest.model import Constraint

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Reports, by number, that are together or apart whatever their links say."""

    together: tuple[_Pair, ...] = ()  # a report, and the first report of the set it is held in
    apart: tuple[_Pair, ...] = ()  # the lower number first


def held(index: Index, constraints: Iterable[Constraint]) -> Held:
    """The constraints on articles of this batch; their order does not matter.

    A copy stands for its group's report, so that nothing can part the two. Where cannot-links
    contradict must-links, they win: of the must-links, taken in the order of their reports, each
    is left out that would bring together what is to be apart.
    """
    row_of = {
        article.id: row for row, report in enumerate(index.reports) for article in report.articles
    }
    known = [each for each in constraints if each.a in row_of and each.b in row_of]
    must, cannot = (
        sorted({_ordered(row_of[each.a], row_of[each.b]) for each in known if each.kind == kind})
        for kind in ("must-link", "cannot-link")
    )
    apart = tuple((a, b) for a, b in cannot if a != b)
    foes: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in apart:
        foes[a].add(b)
        foes[b].add(a)
    return Held(together=_together(must, foes), apart=apart)


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
