"""Shingles and signatures."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.minhash import Signature, bands, shingles, signature, smallest_hashes

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


def test_signing_imports_of_datasketch_what_it_needs() -> None:
    """The indexes and scipy stay away; who imports datasketch later gets it whole, and the same."""
    code = (
        "import sys; from digest.stories.minhash import signature; signature('a text');"
        "used = sys.modules['datasketch.minhash'].MinHash; rest = {'scipy', 'datasketch.lsh'};"
        "print(rest & sys.modules.keys()); import datasketch;"
        "print(rest <= sys.modules.keys(), datasketch.MinHash is used)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()\nTrue True\n" == done.stdout


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
    """A signature made with another seed is not current, and has no bands to compare."""
    made = signature(TEXT)
    other = Signature(values=made.values, fingerprints=made.fingerprints, seed=2)
    assert not other.current
    with pytest.raises(ValueError, match="other parameters"):
        bands(other)


def test_signatures_estimate_resemblance() -> None:
    """The share of equal values is the Jaccard coefficient within four standard errors."""
    a, b = shingles(" ".join(WORDS[:300])), shingles(" ".join(WORDS[100:]))
    exact = len(np.intersect1d(a, b)) / len(np.union1d(a, b))
    equal = float(np.mean(smallest_hashes(a) == smallest_hashes(b)))
    assert abs(exact - equal) < 4 * (exact * (1 - exact) / 128) ** 0.5
