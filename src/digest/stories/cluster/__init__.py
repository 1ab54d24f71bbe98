"""Duplicate groups -> stories: which different texts tell one event.

`index` reads the texts once; `cluster` compares and joins what it read. Document frequencies
come from what was published before, from a table that is shipped, and from this batch.
"""

from __future__ import annotations

from digest.stories.cluster.background import Background
from digest.stories.cluster.clusters import Clusters, cluster, judge
from digest.stories.cluster.explanation import explain, nearest
from digest.stories.cluster.indexing import TermIndex, index

__all__ = ["Background", "Clusters", "TermIndex", "cluster", "explain", "index", "judge", "nearest"]
