"""Shingles and signatures: what is kept of a text to find its copies.

Broder, "On the resemblance and containment of documents" (1997), gives the sketch; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3, the bands; Schleimer, Wilkerson and
Aiken, "Winnowing" (2003), the fingerprints that find an excerpt in a long text, which bands
cannot. The permutations are those of datasketch's `affine32` scheme, so that its index takes our
signatures; hashing runs over whole arrays here because that is three times as fast.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec, module_from_spec
from typing import Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from digest import text as texts

Hashes = NDArray[np.uint64]

SHINGLE_SIZE = 5  # words; in scripts without spaces, pairs of characters (see text.words)
_SCHEME, _SEED, _PERMUTATIONS = "affine32", 1, 128
_WINDOW = 24  # shingles in a row, one of which is a fingerprint: a passage of 28 words has one
_BANDS, _ROWS = 42, 3
_LONGEST_KNOWN = 32  # characters without a space; above that, a piece hardly occurs again
_MOST_KNOWN = 1 << 16  # such pieces, with their hashes 12 MB
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no word of a shingle is lost modulo 2**64
_CHUNK = 4096  # shingles permuted at once, to bound memory on texts as long as books
_HEADER = struct.Struct("<2sH8sIHB")
_MAGIC, _VERSION = b"MH", 50  # 49 had no fingerprints


# --- shingles ---------------------------------------------------------------------------------


def shingles(text: str) -> Hashes:
    """The set of a text's shingles: five folded words in a row, as ascending distinct hashes.

    A text of fewer words is one shingle; one without words has none. Texts that are the same
    under NFKC and case folding have the same shingles.
    """
    return _distinct(_rolled(text))


def _rolled(text: str) -> Hashes:
    """The hashes of a text's shingles in reading order."""
    hashes = b"".join(map(_pieces.__getitem__, text.split()))
    row = np.frombuffer(hashes, dtype=">u8").astype(np.uint64)
    size = min(SHINGLE_SIZE, len(row))
    count = len(row) - size + 1 if size else 0
    rolled = row[:count].copy()
    for at in range(1, size):
        rolled *= _BASE
        rolled += row[at : at + count]
    return rolled


class _Pieces(dict[str, bytes]):
    """Eight bytes for each word in a piece of text between spaces; no word is in two pieces.

    Looking a piece up, punctuation and all, takes a fraction of the time that finding words takes.
    """

    def __missing__(self, piece: str) -> bytes:
        plain = piece if piece.isascii() else unicodedata.normalize("NFKC", piece)
        hashes = b"".join(map(_word_hash, texts.words(plain)))
        if len(piece) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[piece] = hashes
        return hashes


_pieces = _Pieces()


def forget_words() -> None:
    """Return the memory of known words, up to 12 MB: they are hashed again when they occur."""
    _pieces.clear()


def _word_hash(word: str) -> bytes:
    folded = word.lower() if word.isascii() else texts.fold(word)
    return bytes(xxhash.xxh3_64_digest(folded.encode("utf-8")))


def _distinct(hashes: Hashes) -> Hashes:
    """Ascending distinct hashes; ten times as fast as np.unique, which does not sort first."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


# --- signatures -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What is kept of a text to find its copies, with all that made it.

    `values` are the smallest permuted hashes of the shingles, `fingerprints` a sample of the
    shingles themselves that holds at least one of any 28 words in a row. Signatures can be
    compared only where all parameters are the same.
    """

    values: bytes  # `permutations` little-endian uint32
    fingerprints: bytes  # little-endian uint32, in no order that means anything
    scheme: str = _SCHEME
    seed: int = _SEED
    permutations: int = _PERMUTATIONS
    shingle_size: int = SHINGLE_SIZE
    version: int = _VERSION

    @property
    def current(self) -> bool:
        """Was it made with the parameters in use now?"""
        made = (self.scheme, self.seed, self.permutations, self.shingle_size, self.version)
        return made == (_SCHEME, _SEED, _PERMUTATIONS, SHINGLE_SIZE, _VERSION)

    def to_bytes(self) -> bytes:
        """The form that is stored: a header of 19 bytes, the values, the fingerprints."""
        parameters = (self.scheme.encode("ascii"), self.seed, self.permutations, self.shingle_size)
        return _HEADER.pack(_MAGIC, self.version, *parameters) + self.values + self.fingerprints

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote, now or in earlier versions; ValueError on anything else."""
        try:
            magic, version, scheme, seed, permutations, size = _HEADER.unpack_from(stored)
            name = scheme.rstrip(b"\0").decode("ascii")
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"not a signature: {error}") from None
        end = _HEADER.size + 4 * permutations
        if magic != _MAGIC or len(stored) < end or len(stored) % 4 != end % 4:
            raise ValueError(f"not a signature: {len(stored)} bytes beginning {stored[:4]!r}")
        return cls(
            values=stored[_HEADER.size : end],
            fingerprints=stored[end:],
            scheme=name,
            seed=seed,
            permutations=permutations,
            shingle_size=size,
            version=version,
        )


def signature(text: str) -> Signature:
    """The signature of a text."""
    rolled = _rolled(text)
    return Signature(
        values=smallest_hashes(rolled).astype("<u4").tobytes(),
        fingerprints=_fingerprints(rolled).astype("<u4").tobytes(),
    )


def smallest_hashes(shingles: Hashes) -> NDArray[np.uint32]:
    """128 MinHash values: the same bits as datasketch's own `update_batch`.

    datasketch is given the upper half of each shingle's hash; their order and number are all one.
    """
    a, b = _permutations()
    hashes = _fmix32((shingles >> np.uint64(32)).astype(np.uint32))
    smallest = np.full(_PERMUTATIONS, np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, len(hashes), _CHUNK):
        permuted = a * hashes[start : start + _CHUNK]
        permuted += b
        np.minimum(smallest, permuted.min(axis=1), out=smallest)
    return smallest


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    with _bare("datasketch"):
        from datasketch.minhash import MinHash  # noqa: PLC0415 -- few commands sign
    a, b = MinHash(num_perm=_PERMUTATIONS, seed=_SEED, scheme=_SCHEME).permutations
    return a[:, None], b[:, None]


@contextmanager
def _bare(package: str) -> Iterator[None]:
    """Import modules of a package without its own imports, unless somebody has imported it.

    `import datasketch` imports all its indexes and, for them, scipy's optimization and statistics:
    29 MB and a quarter of a second, of which a signature needs nothing.
    """
    spec = find_spec(package)
    if spec is None or package in sys.modules:
        yield
        return
    sys.modules[package] = module_from_spec(spec)  # only where its modules are
    try:
        yield
    finally:
        del sys.modules[package]


def _fmix32(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The finalizer of MurmurHash3, which spreads every bit over the word."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    mixed: NDArray[np.uint32] = hashes ^ (hashes >> np.uint32(16))
    return mixed


def _fingerprints(rolled: Hashes) -> Hashes:
    """The smallest hash of every window of shingles, once each (winnowing)."""
    smallest, width = rolled, 1
    while width < min(_WINDOW, len(rolled)):
        step = min(width, min(_WINDOW, len(rolled)) - width)
        smallest, width = np.minimum(smallest[:-step], smallest[step:]), width + step
    return _distinct(smallest)


# --- marks: what the copies of a text share -------------------------------------------------------


def bands(signature: Signature) -> Hashes:
    """A hash of each band: of its three values and of its place.

    Two texts of resemblance .35 share one with a probability of .84, two of .5 with .996.
    ValueError where the signature was made with other parameters than those in use now.
    """
    if not signature.current:
        raise ValueError("a signature that was made with other parameters cannot be compared")
    values = np.frombuffer(signature.values, dtype="<u4").astype(np.uint64)
    rows = values[: _BANDS * _ROWS].reshape(_BANDS, _ROWS)
    hashes = np.arange(1, _BANDS + 1, dtype=np.uint64)
    for at in range(_ROWS):
        hashes = (hashes + rows[:, at]) * _BASE
        hashes ^= hashes >> np.uint64(32)
    return hashes


def fingerprints(signature: Signature) -> Hashes:
    """The sample of the shingles, which holds one of any 28 words in a row."""
    return np.frombuffer(signature.fingerprints, dtype="<u4").astype(np.uint64)
