"""Shingles, signatures, bands: which texts might be copies of one another.

Broder, "On the resemblance and containment of documents" (1997), gives the sketch; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3, the bands. The permutations are
those of datasketch's `affine32` scheme, so that its index takes our signatures; hashing runs
over whole arrays here because that is three times as fast.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import xxhash
from datasketch import LeanMinHash, MinHash, MinHashLSH
from numpy.typing import NDArray

from digest import text as texts

Hashes = NDArray[np.uint64]

SHINGLE_SIZE = 5  # words; in scripts without spaces, pairs of characters (see text.words)
_SCHEME, _SEED, _PERMUTATIONS = "affine32", 1, 128
# A pair of resemblance .35 becomes a candidate with .84, one of .5 with .996.
_BANDS, _ROWS = 42, 3
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no word of a shingle is lost modulo 2**64
_CHUNK = 4096  # shingles permuted at once, to bound memory on texts as long as books
_HEADER = struct.Struct("<4s8sIHB")
_MAGIC = b"MH1\0"


# --- shingles ---------------------------------------------------------------------------------


def shingles(text: str) -> Hashes:
    """The set of a text's shingles: five folded words in a row, as sorted distinct hashes.

    A text of fewer words is one shingle; one without words has none.
    """
    hashes = [_word_hash(word) for word in texts.words(texts.fold(text))]
    if not hashes:
        return np.empty(0, dtype=np.uint64)
    row = np.array(hashes, dtype=np.uint64)
    size = min(SHINGLE_SIZE, len(row))
    rolled = np.zeros(len(row) - size + 1, dtype=np.uint64)
    for at in range(size):
        rolled = rolled * _BASE + row[at : len(row) - size + 1 + at]
    return np.unique(rolled)


@lru_cache(maxsize=1 << 17)
def _word_hash(word: str) -> int:
    return int(xxhash.xxh3_64_intdigest(word.encode("utf-8")))


# --- signatures -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The smallest permuted hashes of a text's shingles, with all that made them.

    Signatures can be compared only where scheme, seed, count and shingle size are the same.
    """

    values: bytes  # `permutations` little-endian uint32
    scheme: str = _SCHEME
    seed: int = _SEED
    permutations: int = _PERMUTATIONS
    shingle_size: int = SHINGLE_SIZE

    @property
    def current(self) -> bool:
        """Was it made with the parameters in use now?"""
        made = (self.scheme, self.seed, self.permutations, self.shingle_size)
        return made == (_SCHEME, _SEED, _PERMUTATIONS, SHINGLE_SIZE)

    def to_bytes(self) -> bytes:
        """The form that is stored: a header of 19 bytes and the values."""
        scheme = self.scheme.encode("ascii")
        header = _HEADER.pack(_MAGIC, scheme, self.seed, self.permutations, self.shingle_size)
        return header + self.values

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError on anything else."""
        try:
            magic, scheme, seed, permutations, size = _HEADER.unpack_from(stored)
            name = scheme.rstrip(b"\0").decode("ascii")
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"not a signature: {error}") from None
        values = stored[_HEADER.size :]
        if magic != _MAGIC or len(values) != 4 * permutations:
            raise ValueError(f"not a signature: {len(stored)} bytes beginning {stored[:4]!r}")
        return cls(
            values=values, scheme=name, seed=seed, permutations=permutations, shingle_size=size
        )


def signature(text: str) -> Signature:
    """The signature of a text."""
    return signature_of(shingles(text))


def signature_of(shingles: Hashes) -> Signature:
    """The signature of a set of shingles: the same bits as datasketch's own `update_batch`."""
    a, b = _permutations()
    hashes = _fmix32((shingles >> np.uint64(32)).astype(np.uint32))
    smallest = np.full(_PERMUTATIONS, np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, len(hashes), _CHUNK):
        permuted = a * hashes[start : start + _CHUNK] + b
        smallest = np.minimum(smallest, permuted.min(axis=1))
    return Signature(values=smallest.astype("<u4").tobytes())


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    made = MinHash(num_perm=_PERMUTATIONS, seed=_SEED, scheme=_SCHEME).permutations
    return made[0][:, None], made[1][:, None]


def _fmix32(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The finalizer of MurmurHash3, which spreads every bit over the word."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    mixed: NDArray[np.uint32] = hashes ^ (hashes >> np.uint32(16))
    return mixed


# --- bands ------------------------------------------------------------------------------------


def candidates(signatures: Mapping[str, Signature]) -> dict[str, frozenset[str]]:
    """For every key, the other keys whose texts might be copies of its text.

    Keys that share at least one of 42 bands of 3 rows. ValueError where a signature was made
    with other parameters than those in use now.
    """
    stale = [key for key, value in signatures.items() if not value.current]
    if stale:
        raise ValueError(f"signature of {stale[0]!r} was made with other parameters")
    index = MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _ROWS))
    sketches = {key: _sketch(value) for key, value in signatures.items()}
    for key, sketch in sketches.items():
        index.insert(key, sketch, check_duplication=False)
    return {key: frozenset(index.query(sketch)) - {key} for key, sketch in sketches.items()}


def _sketch(signature: Signature) -> LeanMinHash:
    values = np.frombuffer(signature.values, dtype="<u4").astype(np.uint32)
    return LeanMinHash(seed=_SEED, hashvalues=values, scheme=_SCHEME)
