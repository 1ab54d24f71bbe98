"""Which texts of a batch might be copies of one another."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.dedup.candidates import Candidates, Marks
from digest.stories.minhash import bands, fingerprints, signature

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS[:200])


def near(texts: Mapping[str, str], outlet: str = "") -> dict[str, set[str]]:
    """For each text that shares a mark with another, the names of those."""
    names = list(texts)
    marks = Marks.of(
        [signature(text) for text in texts.values()], [outlet] * len(texts), [()] * len(texts)
    )
    met = np.unique(marks.texts)
    candidates = Candidates(marks.renumbered(met))
    return {
        names[at]: {names[met[other]] for other in candidates.near(number)}
        for number, at in enumerate(met.tolist())
    }


@given(st.integers(0, 1200), st.integers(28, 60), st.randoms(use_true_random=False))
def test_any_28_words_in_a_row_have_a_fingerprint(
    start: int, length: int, chance: random.Random
) -> None:
    """A passage of 28 words finds the long text it was taken from, wherever it is there."""
    row = [f"w{chance.randrange(9000)}" for _ in range(1300)]
    passage = " ".join(row[start : start + length])
    found = near({"whole": " ".join(row), "page": f"{TEXT} {passage} {TEXT}"})
    if length <= len(row) - start:
        assert {"whole"} == found["page"]


def test_candidates_are_texts_that_resemble_each_other() -> None:
    """A text with one word in forty changed is a candidate, an unrelated one is not."""
    edited = " ".join("changed" if at % 40 == 0 else word for at, word in enumerate(WORDS[:200]))
    found = near({"a": TEXT, "b": edited, "c": " ".join(WORDS[200:])})
    assert {"a": {"b"}, "b": {"a"}} == found


def test_an_outlets_boilerplate_proposes_nothing() -> None:
    """A passage on 40 pages of one outlet hardly proposes any; spread over outlets it does."""
    passage = " ".join(WORDS[:40])
    pages = {
        f"p{at}": f"{passage} " + " ".join(f"x{at}y{n}" for n in range(900)) for at in range(40)
    }
    assert len(near(pages, "The Harbour Post").get("p0", ())) < 12
    assert 39 == len(near(pages)["p0"])


def test_what_is_in_a_group_is_found_no_more() -> None:
    """Of many holders of one mark too, and the others are still found."""
    count = 600
    marks = Marks(marks=np.zeros(count, np.int64), texts=np.arange(count))
    candidates = Candidates(marks)
    for taken in range(0, count, 2):
        candidates.take(taken)
    for _ in range(2):
        assert list(range(3, count, 2)) == list(candidates.near(1))
    assert [3, 5] == list(islice(candidates.near(1), 2))
    assert list(range(3, count, 2)) == list(candidates.near(1))


def test_the_rarest_marks_come_first() -> None:
    """What one other text shares is looked at before what many share."""
    marks = Marks(marks=np.array([0, 0, 0, 0, 1, 1]), texts=np.array([0, 1, 2, 3, 0, 3]))
    assert [3, 1, 2] == list(Candidates(marks).near(0))


TEXTS = st.integers(0, 60).map(lambda start: " ".join(WORDS[start : start + 90]))


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "x", "y"]))))
def test_candidates_share_a_band_or_a_telling_fingerprint(rows: list[tuple[str, str]]) -> None:
    """Exactly those that comparing all with one another finds."""
    signatures = [signature(text) for text, _ in rows]
    outlets = [outlet for _, outlet in rows]
    samples = [set(fingerprints(made).tolist()) for made in signatures]

    def telling(mark: int) -> bool:
        held = [at for at, sample in enumerate(samples) if mark in sample]
        return len(held) < 12 * len({outlets[at] or at for at in held})

    def meet(a: int, b: int) -> bool:
        if (bands(signatures[a]) == bands(signatures[b])).any():
            return True
        return any(telling(mark) for mark in samples[a] & samples[b])

    marks = Marks.of(signatures, outlets, [()] * len(rows))
    met = np.unique(marks.texts)
    candidates = Candidates(marks.renumbered(met))
    found = {
        at: {int(met[other]) for other in candidates.near(number)}
        for number, at in enumerate(met.tolist())
    }
    everyone = range(len(rows))
    expected = {a: {b for b in everyone if a != b and meet(a, b)} for a in everyone}
    assert {a: others for a, others in expected.items() if others} == found
