"""Duplicate groups -> stories: which different texts tell one event.

`index` reads the texts once; `cluster` compares and joins what it read. Document frequencies
come from what was published before, from a table that is shipped, and from this batch.
"""

from __future__ import annotations

from digest.cluster.background import Background
from digest.cluster.evidence import stories
from digest.cluster.indexing import Index, index
from digest.cluster.linkage import events
from digest.cluster.vectors import links, vectors
from digest.model import Story

__all__ = ["Background", "Index", "cluster", "index"]


def cluster(index: Index, background: Background) -> tuple[Story, ...]:
    """Join reports of one event into stories; each report is in exactly one story.

    `background` may count these reports or not. A story's id follows from its earliest article,
    so that it stays while reports are added. Stories are ordered by their earliest article.
    """
    if not index.reports:
        return ()
    weighed = vectors(index, background)
    linked = links(index, weighed)
    return stories(index, weighed, linked, events(linked))
