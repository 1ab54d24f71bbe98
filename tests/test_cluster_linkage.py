"""Which links between reports make them one event."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from digest.stories.cluster import linkage


def test_a_crowd_raises_the_bar() -> None:
    """Links into surroundings where all is somewhat alike count less than those of a pair."""
    count = 60
    crowd = np.full((count, count), 0.2)
    crowd[0, 1] = crowd[1, 0] = 0.6
    np.fill_diagonal(crowd, 0)
    assert linkage.events(csr_array(crowd)).last.labels.tolist()[:2] == [0, 0]
    alone = linkage.events(csr_array(crowd[:2, :2]))
    assert alone.last.labels.tolist() == [0, 0]


def test_look_alike_events_are_told_apart_by_how_close_each_is() -> None:
    """Two close-knit sets stay apart at a mean link that would join two single reports."""
    links = np.full((8, 8), 0.22)
    links[:4, :4] = links[4:, 4:] = 0.5
    np.fill_diagonal(links, 0)
    assert linkage.events(csr_array(links)).last.labels.tolist() == [0] * 4 + [1] * 4
    assert linkage.events(csr_array(links[3:5, 3:5])).last.labels.tolist() == [0, 0]


def test_one_weak_chain_does_not_grow_a_story() -> None:
    """A report linked to one member only does not join the rest."""
    links = np.zeros((5, 5))
    links[:4, :4] = 0.4
    links[3, 4] = links[4, 3] = 0.25
    np.fill_diagonal(links, 0)
    assert linkage.events(csr_array(links)).last.labels.tolist() == [0, 0, 0, 0, 1]
