"""Shingles, signatures and the index."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.minhash import LshIndex, Signature, shingles, signature, smallest_hashes

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS[:200])


def window(texts: dict[str, str], outlet: str = "") -> LshIndex:
    index = LshIndex()
    for key, text in texts.items():
        index.add(key, signature(text), outlet)
    return index


def found(index: LshIndex, keys: str) -> dict[str, frozenset[str]]:
    return {key: index.candidates(key) for key in keys}


def test_shingles_are_five_words_in_a_row() -> None:
    """Seven distinct words hold three shingles; order counts, case and spaces do not."""
    assert len(shingles("a b c d e f g")) == 3
    assert shingles("A  B\nc d e").tolist() == shingles("a b c d e").tolist()
    assert shingles("a b c d e").tolist() != shingles("e d c b a").tolist()


def test_shingles_of_short_texts() -> None:
    """A text below five words is one shingle; one without words has none."""
    assert len(shingles("only three words")) == 1
    assert len(shingles(" ... ")) == 0


def test_shingles_without_spaces_are_runs_of_characters() -> None:
    """Ten Chinese characters hold five shingles of six characters each."""
    assert len(shingles("天地玄黄宇宙洪荒日月")) == 5


def test_shingles_occur_once() -> None:
    """A refrain is one shingle however often it is sung, and shingles ascend."""
    hashed = shingles("a b c d e " * 20).tolist()
    assert 5 == len(hashed)
    assert sorted(set(hashed)) == hashed


@given(st.text())
def test_shingles_do_not_depend_on_the_spelling_of_characters(text: str) -> None:
    """Ligatures, wide letters and accents written apart are what NFKC makes of them."""
    assert shingles(unicodedata.normalize("NFKC", text)).tolist() == shingles(text).tolist()


def test_values_are_bit_identical_to_datasketch() -> None:
    """The array code permutes as `MinHash.update_batch` does on the same hashes."""
    for length in (1, 5, 200, 400, 6000):
        hashed = shingles(" ".join(f"{WORDS[at % 397]}x{at % 83}" for at in range(length)))
        theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
        theirs.update_batch([int(value) for value in hashed >> np.uint64(32)])
        assert theirs.hashvalues.tolist() == smallest_hashes(hashed).tolist()


@given(st.text())
def test_signature_survives_storage(text: str) -> None:
    """Any text has a signature, and its stored bytes read back as the same value."""
    made = signature(text)
    assert made == Signature.from_bytes(made.to_bytes())
    assert made.current


@pytest.mark.parametrize("stored", [b"", b"short", signature(TEXT).to_bytes()[:-1], b"\xff" * 531])
def test_broken_signatures_are_refused(stored: bytes) -> None:
    """What is no stored signature raises ValueError."""
    with pytest.raises(ValueError, match="not a signature"):
        Signature.from_bytes(stored)


def test_signatures_of_the_first_version_are_read_but_not_used() -> None:
    """A store may still hold signatures without fingerprints: they have to be made anew."""
    first = b"MH1\0" + signature(TEXT).to_bytes()[4 : 19 + 512]
    assert not Signature.from_bytes(first).current


def test_signatures_of_other_parameters_are_not_compared() -> None:
    """A signature made with another seed is not current, and the index refuses it."""
    made = signature(TEXT)
    other = Signature(values=made.values, fingerprints=made.fingerprints, seed=2)
    assert not other.current
    with pytest.raises(ValueError, match="other parameters"):
        LshIndex().add("b", other, "")


@given(st.integers(0, 1200), st.integers(28, 60), st.randoms(use_true_random=False))
def test_any_28_words_in_a_row_have_a_fingerprint(
    start: int, length: int, chance: random.Random
) -> None:
    """A passage of 28 words finds the long text it was taken from, wherever it is there."""
    row = [f"w{chance.randrange(9000)}" for _ in range(1300)]
    passage = " ".join(row[start : start + length])
    index = window({"whole": " ".join(row), "page": f"{TEXT} {passage} {TEXT}"})
    if length <= len(row) - start:
        assert {"whole"} == index.candidates("page")


def test_candidates_are_texts_that_resemble_each_other() -> None:
    """A text with one word in forty changed is a candidate, an unrelated one is not."""
    edited = " ".join("changed" if at % 40 == 0 else word for at, word in enumerate(WORDS[:200]))
    index = window({"a": TEXT, "b": edited, "c": " ".join(WORDS[200:])})
    expected = {"a": frozenset({"b"}), "b": frozenset({"a"}), "c": frozenset[str]()}
    assert expected == found(index, "abc")


def test_an_outlets_boilerplate_proposes_nothing() -> None:
    """A passage on 40 pages of one outlet hardly proposes any; spread over outlets it does."""
    passage = " ".join(WORDS[:40])
    pages = {
        f"p{at}": f"{passage} " + " ".join(f"x{at}y{n}" for n in range(900)) for at in range(40)
    }
    assert len(window(pages, "The Harbour Post").candidates("p0")) < 12
    assert 39 == len(window(pages).candidates("p0"))


def test_the_window_moves() -> None:
    """What is removed is found no more; an article added again stands for its new text."""
    index = window({"a": TEXT, "b": TEXT, "c": TEXT})
    index.remove("a")
    assert {"b": frozenset({"c"}), "c": frozenset({"b"})} == found(index, "bc")
    index.add("c", signature("something else"), "")
    assert frozenset() == index.candidates("b")
    assert 2 == len(index)
    for unknown in (index.remove, index.candidates):
        with pytest.raises(KeyError):
            unknown("a")


TEXTS = st.integers(0, 60).map(lambda start: " ".join(WORDS[start : start + 90]))


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), TEXTS | st.none(), st.sampled_from(["", "x"])))
)
def test_a_window_is_what_is_in_it(steps: list[tuple[str, str | None, str]]) -> None:
    """After any additions and removals an index answers as one rebuilt from stored signatures."""
    index, inside = LshIndex(), dict[str, tuple[str, str]]()
    for key, text, outlet in steps:
        if text is not None:
            index.add(key, signature(text), outlet)
            inside[key] = text, outlet
        elif inside.pop(key, None):
            index.remove(key)
    rebuilt = LshIndex()
    for key, (text, outlet) in sorted(inside.items()):
        rebuilt.add(key, Signature.from_bytes(signature(text).to_bytes()), outlet)
    assert found(rebuilt, "".join(inside)) == found(index, "".join(inside))
    assert len(inside) == len(index)


def test_signatures_estimate_resemblance() -> None:
    """The share of equal values is the Jaccard coefficient within four standard errors."""
    a, b = shingles(" ".join(WORDS[:300])), shingles(" ".join(WORDS[100:]))
    exact = len(np.intersect1d(a, b)) / len(np.union1d(a, b))
    equal = float(np.mean(smallest_hashes(a) == smallest_hashes(b)))
    assert abs(exact - equal) < 4 * (exact * (1 - exact) / 128) ** 0.5
