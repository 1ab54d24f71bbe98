"""The measures of the field, on cases small enough to count by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.tools.evaluate import (
    PairCounts,
    Score,
    b_cubed,
    pair_counts,
    pairwise,
    rouge,
    v_measure,
)

CLUSTERINGS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12)
ITEMS = dict(zip("12345", "aabbb", strict=True))


def test_f1_is_the_harmonic_mean() -> None:
    """Of .5 and 1 that is two thirds; of nothing it is nothing."""
    assert pytest.approx(2 / 3) == Score(precision=0.5, recall=1.0).f1
    assert Score(precision=0.0, recall=0.0).f1 == 0


# --- clusterings ------------------------------------------------------------------------------


def test_b_cubed_averages_over_items() -> None:
    """One of three moved to the other event: two items see half, two see two thirds of theirs."""
    found = dict(zip("12345", "xxxyy", strict=True))
    score = b_cubed(found, ITEMS)
    assert pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5) == score.precision
    assert pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5) == score.recall


def test_pairwise_counts_pairs() -> None:
    """Four pairs found, four true, two of them the same."""
    found = dict(zip("12345", "xxxyy", strict=True))
    assert Score(precision=0.5, recall=0.5) == pairwise(found, ITEMS)


def test_v_measure_knows_lumping_from_splitting() -> None:
    """One cluster for all is complete, but tells nothing; one for each is pure."""
    true = dict(zip("1234", "aabb", strict=True))
    lumped = v_measure(dict.fromkeys(true, "x"), true)
    split = v_measure({item: item for item in true}, true)
    assert [pytest.approx(0), 1] == [lumped.precision, lumped.recall]
    assert [pytest.approx(1), pytest.approx(0.5)] == [split.precision, split.recall]


def test_v_measure_of_unrelated_clusterings_is_nothing() -> None:
    """Where every cluster holds the same mixture, nothing was found."""
    found, true = (dict(zip("1234", labels, strict=True)) for labels in ("xxyy", "abab"))
    assert pytest.approx(0) == v_measure(found, true).f1


@given(CLUSTERINGS)
def test_scores_lie_between_nothing_and_one(labels: list[tuple[str, str]]) -> None:
    """For any two clusterings; and swapping them swaps precision and recall."""
    found = {at: label for at, (label, _) in enumerate(labels)}
    true = {at: label for at, (_, label) in enumerate(labels)}
    for measure in (b_cubed, pairwise, v_measure):
        score, swapped = measure(found, true), measure(true, found)
        assert -1e-9 <= score.f1 <= 1 + 1e-9
        assert pytest.approx(score.precision) == swapped.recall


@given(CLUSTERINGS.filter(bool))
def test_the_truth_is_perfect(labels: list[tuple[str, str]]) -> None:
    """Names of clusters do not matter."""
    true = {at: label for at, (label, _) in enumerate(labels)}
    found = {at: f"story {label}" for at, label in true.items()}
    for measure in (b_cubed, pairwise, v_measure):
        assert pytest.approx(1) == measure(found, true).f1


# --- ROUGE ------------------------------------------------------------------------------------


def test_the_pairs_of_a_stream_are_counted_by_label() -> None:
    """A doubtful event is not counted, a doubtful line is a line, an event comes before both."""
    labels = [
        (frozenset("ab"), "line"),
        (frozenset("ab"), "event"),
        (frozenset("ac"), "event_grey"),
        (frozenset("bc"), "line_grey"),
        (frozenset("de"), "event"),
    ]
    counted = pair_counts([["a", "b", "c"], ["d", "f"], ["e"]], labels)
    assert counted == PairCounts(event=1, line=1, unrelated=1, events=2)
    assert (counted.strict.precision, counted.related.precision) == (1 / 3, 2 / 3)
    assert counted.strict.recall == 1 / 2


def test_rouge_counts_words_pairs_and_the_longest_sequence() -> None:
    """Lin's own example: "police kill the gunman" for "police killed the gunman" and its turn."""
    reference = "police killed the gunman"
    same = rouge("police kill the gunman", reference)
    turned = rouge("the gunman kill police", reference)
    assert (1, 1, 1) == (same.one.f1, same.two.f1, same.longest.f1)
    assert (1, 0.5) == (turned.one.f1, turned.longest.f1)
    assert pytest.approx(1 / 3) == turned.two.f1


def test_rouge_tells_precision_from_recall() -> None:
    """A short summary of right words is precise, and misses the rest."""
    score = rouge("crews strike", "Ferry crews strike over winter pay").one
    assert Score(precision=1.0, recall=2 / 6) == score


def test_rouge_counts_a_word_as_often_as_the_reference() -> None:
    """Repeating a word does not help."""
    assert pytest.approx(1 / 4) == rouge("pay pay pay pay", "winter pay").one.precision


def test_rouge_of_nothing_is_nothing() -> None:
    """An empty summary, or reference, gives no score and no error."""
    for summary, reference in (("", "pay"), ("pay", ""), ("", "")):
        score = rouge(summary, reference)
        assert (0, 0, 0) == (score.one.f1, score.two.f1, score.longest.f1)


@given(st.text("abc ", max_size=30), st.text("abc ", max_size=30))
def test_the_longest_sequence_is_as_the_textbook_has_it(a: str, b: str) -> None:
    """The bits give what the table of lengths gives."""
    first, second = a.split(), b.split()
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, left in enumerate(first):
        for j, right in enumerate(second):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
            )
    found = rouge(a, b).longest.precision * max(1, len(first))
    assert pytest.approx(table[-1][-1]) == found
