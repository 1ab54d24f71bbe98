"""Shingles, signatures and bands."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from digest.minhash import (
    Signature,
    candidates,
    shingles,
    signature,
    signature_of,
)

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS[:200])


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


def test_signature_is_bit_identical_to_datasketch() -> None:
    """The array code permutes as `MinHash.update_batch` does on the same hashes."""
    for length in (1, 5, 200, 400, 6000):
        hashed = shingles(" ".join(f"{WORDS[at % 397]}x{at % 83}" for at in range(length)))
        theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
        theirs.update_batch([int(value) for value in hashed >> np.uint64(32)])
        ours = np.frombuffer(signature_of(hashed).values, dtype="<u4")
        assert theirs.hashvalues.tolist() == ours.tolist()


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


def test_signatures_of_other_parameters_are_not_compared() -> None:
    """A signature made with another seed is not current, and bands refuse it."""
    other = Signature(values=signature(TEXT).values, seed=2)
    assert not other.current
    with pytest.raises(ValueError, match="other parameters"):
        candidates({"a": signature(TEXT), "b": other})


def test_candidates_are_texts_that_resemble_each_other() -> None:
    """A text with one word in forty changed is a candidate, an unrelated one is not."""
    edited = " ".join("changed" if at % 40 == 0 else word for at, word in enumerate(WORDS[:200]))
    found = candidates(
        {"a": signature(TEXT), "b": signature(edited), "c": signature(" ".join(WORDS[200:]))}
    )
    assert {"a": frozenset({"b"}), "b": frozenset({"a"}), "c": frozenset()} == found


def test_signatures_estimate_resemblance() -> None:
    """The share of equal values is the Jaccard coefficient within four standard errors."""
    a, b = " ".join(WORDS[:300]), " ".join(WORDS[100:])
    exact = len(np.intersect1d(shingles(a), shingles(b))) / len(
        np.union1d(shingles(a), shingles(b))
    )
    equal = np.frombuffer(signature(a).values, "<u4") == np.frombuffer(signature(b).values, "<u4")
    assert abs(exact - float(equal.mean())) < 4 * (exact * (1 - exact) / 128) ** 0.5
