"""What bounds the memory of an analysis: counts by number, products by blocks; same results."""

from __future__ import annotations

import platform
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

from digest.model import Article
from digest.stories.cluster.bags import Bags, Vocabulary
from digest.stories.cluster.matrices import stacked
from digest.stories.cluster.similarity import _Following
from tests.factories import article

LINES = st.sampled_from(
    (
        "Sign up here.",
        "The ferry left Port Sundle at dawn.",
        "Crews of Sundle walked out",
        "3 of 40",
    )
)
TEXTS = st.lists(st.lists(LINES, max_size=5).map("\n".join), min_size=1, max_size=5)


def counted(bags: Bags, vocabulary: Vocabulary) -> tuple[list[dict[str, float]], dict[str, float]]:
    """How often each word occurs in each report, and in the running sentences of all."""
    words, _ = vocabulary.words()
    rows = [
        {words[at]: often for at, often in zip(row.indices, row.data, strict=True)}
        for row in bags.weighted.matrix(len(words))
    ]
    running = dict(zip(words, bags.running.of(len(words)).tolist(), strict=True))
    return rows, {word: often for word, often in running.items() if often}


def bags_of(reports: list[Article], *skipped: str) -> tuple[Bags, Vocabulary]:
    """The bags of reports in which some lines are not counted."""
    vocabulary = Vocabulary()
    bags = Bags(len(reports), vocabulary)
    for row, report in enumerate(reports):
        bags.count(row, report, skipped)
    return bags, vocabulary


@given(TEXTS, st.sets(LINES), st.sets(LINES))
def test_a_report_counted_again_counts_as_if_once(
    texts: list[str], first: set[str], then: set[str]
) -> None:
    """Whatever was skipped before, only what is skipped now is missing."""
    reports = [article(text, title="Crews walk out") for text in texts]
    again, vocabulary = bags_of(reports, *first)
    for row, report in enumerate(reports):
        again.recount(row, report, before=first, skipped=then)
    assert counted(*bags_of(reports, *then)) == counted(again, vocabulary)


def test_totals_of_many_texts_are_added_up_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running words of a few hundred texts, with a buffer that holds those of a few."""
    reports = [article(f"the word{at % 50} and Name{at % 7}") for at in range(300)]
    whole = counted(*bags_of(reports))
    monkeypatch.setattr("digest.stories.cluster.bags._BUFFER", 16)
    assert whole == counted(*bags_of(reports))
    assert 300 == whole[1]["and"]


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_products_with_the_rows_that_follow_are_those_with_all(
    rows: int, step: int, seed: int
) -> None:
    """Block by block the same numbers, whatever part of the rows was transposed last."""
    made = random_array((rows, 30), density=0.2, rng=np.random.default_rng(seed), format="csr")
    whole = (made @ made.T).toarray()
    following = _Following(made)
    for start in range(0, rows, step):
        following.move_to(start)
        block = following.products(made[start : start + step])
        assert following.first <= start
        np.testing.assert_array_equal(
            whole[start : start + step, start:], block.toarray()[:, start - following.first :]
        )


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_blocks_are_stacked_in_their_order(sizes: list[int], seed: int) -> None:
    """Blocks of any number of rows, empty ones included."""
    chance = np.random.default_rng(seed)
    blocks = [
        random_array((size, 7), density=0.3, rng=chance, format="csr", dtype=np.float32)
        for size in sizes
    ]
    whole = np.concatenate([block.toarray() for block in blocks])
    np.testing.assert_array_equal(whole, stacked(iter(blocks)).toarray())


HOLES = """
import sys
from digest.memory import return_large_blocks
if sys.argv[1] == "returned":
    return_large_blocks()
b"x" * (8 << 20)  # freed at once, after which glibc takes smaller blocks from what it keeps
blocks = [b"x" * (1 << 20) for _ in range(100)]
del blocks[::2]
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmRSS")))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps large blocks")
def test_large_blocks_go_back_to_the_system_when_they_are_freed() -> None:
    """Of a hundred of 1 MB every other is freed; control: as it is by default, most of it stays."""
    kept, returned = (
        int(subprocess.check_output([sys.executable, "-c", HOLES, how])) >> 10
        for how in ("kept", "returned")
    )
    assert returned < kept - 40  # MB
