"""Duplicate groups -> stories: which different texts tell one event.

`index` reads the texts once; `cluster` compares and joins what it read. Document frequencies
come from what was published before, from a table that is shipped, and from this batch.
"""

from __future__ import annotations

from collections.abc import Iterable

from digest.model import Constraint, Story
from digest.stories.cluster.background import Background
from digest.stories.cluster.constraints import pinned_pairs
from digest.stories.cluster.evidence import stories
from digest.stories.cluster.explanation import explain, nearest
from digest.stories.cluster.indexing import TermIndex, index
from digest.stories.cluster.linkage import events
from digest.stories.cluster.similarity import similarities
from digest.stories.cluster.vectors import vectors

__all__ = ["Background", "TermIndex", "cluster", "explain", "index", "nearest"]


def cluster(
    index: TermIndex, background: Background, constraints: Iterable[Constraint] = ()
) -> tuple[Story, ...]:
    """Join reports of one event into stories; each report is in exactly one story.

    `background` may count these reports or not. Reports under a must-link are in one story,
    reports under a cannot-link never, and a cannot-link wins; articles of a constraint that are
    not in the batch are ignored. A story's id follows from its earliest article, so that it stays
    while reports are added. Stories are ordered by their earliest article.
    """
    if not index.reports:
        return ()
    weighed = vectors(index, background)
    alike = similarities(index, weighed)
    return stories(index, weighed, events(alike.smoothed, pinned_pairs(index, constraints)))
