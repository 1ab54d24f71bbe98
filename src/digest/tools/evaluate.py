"""How good a clustering or a summary is, by the usual measures.

B-cubed (Bagga and Baldwin 1998), pairwise, V-measure (Rosenberg and Hirschberg 2007) for
clusterings; ROUGE (Lin 2004) for summaries. All values are between 0 and 1, which is best.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from digest.text import fold, stems, words

_Item = TypeVar("_Item", bound=Hashable)

_SHORTEST_STEMMED = 4  # characters; as in Lin's own script, shorter words stay as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much of what was found is right, and how much of what is right was found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both, or 0 if both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


# --- clusterings: item -> name of its cluster; both mappings have the same items ---------------


def b_cubed(found: Mapping[_Item, str], true: Mapping[_Item, str]) -> Score:
    """Precision and recall of every item's cluster, averaged over items."""
    cells, sizes, events = _table(found, true)
    count = len(true) or 1
    return Score(
        precision=sum(n * n / sizes[cluster] for (cluster, _), n in cells.items()) / count,
        recall=sum(n * n / events[event] for (_, event), n in cells.items()) / count,
    )


def pairwise(found: Mapping[_Item, str], true: Mapping[_Item, str]) -> Score:
    """Precision and recall of the pairs of items in one cluster; 1 where there is no pair."""
    cells, clusters, events = (_pairs(sizes) for sizes in _table(found, true))
    return Score(precision=_share(cells, clusters), recall=_share(cells, events))


def v_measure(found: Mapping[_Item, str], true: Mapping[_Item, str]) -> Score:
    """Homogeneity as precision, completeness as recall: their `f1` is the V-measure."""
    cells, clusters, events = (_entropy(sizes) for sizes in _table(found, true))
    return Score(
        precision=_share(clusters + events - cells, events),
        recall=_share(clusters + events - cells, clusters),
    )


_Table = tuple[Counter[tuple[str, str]], Counter[str], Counter[str]]


def _table(found: Mapping[_Item, str], true: Mapping[_Item, str]) -> _Table:
    """How often each cluster meets each event, and the sizes of both."""
    cells = Counter((found[item], event) for item, event in true.items())
    return cells, Counter(found[item] for item in true), Counter(true.values())


def _pairs(sizes: Mapping[Any, int]) -> float:
    return sum(size * (size - 1) / 2 for size in sizes.values())


def _entropy(sizes: Mapping[Any, int]) -> float:
    total = sum(sizes.values())
    return math.fsum(-size / total * math.log(size / total) for size in sizes.values())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


# --- labelled pairs: what a stream's stories hold together ----------------------------------------

PAIR_LABELS = ("event", "event_grey", "line", "line_grey")  # the first of a pair's labels counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """How many pairs of a stream were put into one story, by label, and how many events there are.

    A pair is about one event, about one line (a continuing story), or unrelated. A pair of which it
    is doubtful whether it is one event is not counted; a doubtful line is a line.
    """

    event: int
    line: int
    unrelated: int
    events: int  # pairs labelled as one event, joined or not

    @property
    def joined(self) -> int:
        """All pairs that were joined and are counted."""
        return self.event + self.line + self.unrelated

    @property
    def strict(self) -> Score:
        """Share of the joined pairs that tell one event, and of those that do how many joined."""
        return Score(precision=_share(self.event, self.joined), recall=self._recall)

    @property
    def related(self) -> Score:
        """The same, but joined pairs of one line count as right."""
        right = self.event + self.line
        return Score(precision=_share(right, self.joined), recall=self._recall)

    @property
    def _recall(self) -> float:
        return _share(self.event, self.events)


def pair_counts(
    clusters: Iterable[Iterable[str]], labels: Iterable[tuple[frozenset[str], str]]
) -> PairCounts:
    """The pairs of items within one cluster, by label; one that has no label is unrelated.

    `labels` are pairs of items with one of PAIR_LABELS.
    """
    label_of = dict(sorted(labels, key=lambda row: PAIR_LABELS.index(row[1]), reverse=True))
    joined = Counter(
        label_of.get(frozenset(pair), "unrelated")
        for cluster in clusters
        for pair in itertools.combinations(cluster, 2)
    )
    return PairCounts(
        event=joined["event"],
        line=joined["line"] + joined["line_grey"],
        unrelated=joined["unrelated"],
        events=sum(label == "event" for label in label_of.values()),
    )


# --- summaries --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rouge:
    """Agreement of a summary with a reference: single words, pairs of words, longest sequence."""

    one: Score
    two: Score
    longest: Score


def rouge(summary: str, reference: str, language: str = "en") -> Rouge:
    """ROUGE-1, ROUGE-2 and ROUGE-L (over the whole text) on stems; 0 where a text is empty."""
    found, true = _stems(summary, language), _stems(reference, language)
    longest = _longest_common(found, true)
    return Rouge(
        one=_overlap(found, true),
        two=_overlap(itertools.pairwise(found), itertools.pairwise(true)),
        longest=_score(longest, len(found), len(true)),
    )


def _stems(text: str, language: str) -> list[str]:
    tokens = words(fold(text))
    return [
        stem if len(token) >= _SHORTEST_STEMMED else token
        for token, stem in zip(tokens, stems(tokens, language), strict=True)
    ]


def _overlap(found: Iterable[_Item], true: Iterable[_Item]) -> Score:
    have, want = Counter(found), Counter(true)
    return _score((have & want).total(), have.total(), want.total())


def _score(common: int, found: int, true: int) -> Score:
    return Score(precision=common / (found or 1), recall=common / (true or 1))


def _longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of the table in one integer (Hyyrö 2004)."""
    places: defaultdict[str, int] = defaultdict(int)
    for at, word in enumerate(a):
        places[word] |= 1 << at
    full = (1 << len(a)) - 1
    row = full
    for word in b:
        match = row & places[word]
        row = ((row + match) | (row - match)) & full
    return len(a) - row.bit_count()
