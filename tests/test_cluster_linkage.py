"""Which links between reports make them one event."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from digest.stories.cluster import linkage
from digest.stories.cluster.constraints import PinnedPairs


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


def test_what_a_model_parts_has_no_other_partner() -> None:
    """Reports that an operator parts may join others; those that a model parts are joined less."""
    links = np.zeros((3, 3))
    links[0, 1] = links[1, 0] = 0.5
    links[1, 2] = links[2, 1] = 0.25
    matrix, pair = csr_array(links), ((0, 1),)
    assert [0, 0, 1] == linkage.events(matrix).last.labels.tolist()
    by_operator = linkage.events(matrix, PinnedPairs(apart=pair))
    assert [0, 1, 1] == by_operator.last.labels.tolist()
    by_model = linkage.events(matrix, PinnedPairs(doubted=pair))
    assert [0, 1, 2] == by_model.last.labels.tolist()
    assert by_model.last.means().tolist() == [0.5, 0.25]  # links between the parts are still known


def test_each_join_has_its_closest_reports() -> None:
    """Of two close-knit sets that are joined at last, the two reports with the strongest link."""
    links = np.full((6, 6), 0.35)
    links[:3, :3] = links[3:, 3:] = 0.6
    links[1, 4] = links[4, 1] = 0.45
    np.fill_diagonal(links, 0)
    found = linkage.events(csr_array(links))
    nodes, a, b = found.closest()
    last = int(nodes.argmax())
    assert 5 == len(nodes)
    assert (1, 4) == (a[last], b[last])
    assert abs(found.mean[nodes[last]] - (8 * 0.35 + 0.45) / 9) < 1e-9
