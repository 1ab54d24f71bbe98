"""Signatures -> which texts of a batch might be copies of one another.

Two texts meet where they share a mark: a band of their signatures, a fingerprint, or the address
or headline of a page (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).
Whatever the texts are, going through the candidates of all takes time in proportion to the number
of texts: the rarest marks come first, a caller stops when it has seen enough, and what is in a
group already is passed over once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from digest.stories.minhash import Hashes, Signature, bands, fingerprints

Numbers = NDArray[np.int64]

_CROWD = 12  # texts of an outlet from which a fingerprint is boilerplate and proposes nothing
_SMALL, _BLOCK = 16, 256  # holders of a mark that are read one by one, and at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks that two or more texts of a batch share: `texts[i]` has the mark `marks[i]`."""

    marks: Numbers
    texts: Numbers

    @classmethod
    def of(
        cls,
        signatures: Sequence[Signature],
        outlets: Sequence[str],
        keys: Sequence[Collection[Hashable]],
    ) -> Self:
        """Those of texts with these signatures, outlets ("" if unknown) and keys of pages.

        A fingerprint is one outlet's boilerplate, and proposes nothing, where a dozen texts for
        every outlet that has it hold it. So an excerpt of 28 words in a row proposes its source,
        and an outlet's sign-up line proposes nothing.
        """
        known: dict[Hashable, int] = {}
        pages = [
            np.array([known.setdefault(key, len(known)) for key in own], np.uint64) for own in keys
        ]
        kinds = (
            _shared([bands(signature) for signature in signatures]),
            _telling(*_shared([fingerprints(signature) for signature in signatures]), outlets),
            _shared(pages),
        )
        runs = [_runs(values) for values, _ in kinds]
        above = np.cumsum([0, *(run[-1] + 1 if len(run) else 0 for run in runs)])
        return cls(
            marks=np.concatenate([run + start for run, start in zip(runs, above, strict=False)]),
            texts=np.concatenate([texts for _, texts in kinds]),
        )

    def renumbered(self, order: Numbers) -> Self:
        """The same, where text `order[0]`, which has a mark as all of `order`, is 0, and so on."""
        number = np.empty(len(order) and order.max() + 1, np.int64)
        number[order] = np.arange(len(order))
        return replace(self, texts=number[self.texts])


class Candidates:
    """The texts of a batch that are in no group yet, by number, and which may be copies.

    Takes about 700 bytes for every text that shares something, and none for the others.
    """

    def __init__(self, shared: Marks) -> None:
        marks, texts = shared.marks, shared.texts
        sizes = np.bincount(marks)
        self._holders = texts[np.lexsort((texts, marks))].astype(np.int32)
        self._ends = np.cumsum(sizes)
        self._heads = self._ends - sizes
        rarest_first = np.lexsort((marks, sizes[marks], texts))
        self._own = marks[rarest_first].astype(np.int32)
        self._begins = np.concatenate(([0], np.cumsum(np.bincount(texts))))
        self._free = np.ones(len(self._begins) - 1, np.bool_)

    def is_free(self, text: int) -> bool:
        """Is it in no group yet?"""
        return bool(self._free[text])

    def take(self, text: int) -> None:
        """Leave a text out from now on."""
        self._free[text] = False

    def near(self, text: int) -> Iterator[int]:
        """The free texts that share a mark with this one, each once, rarest mark first."""
        seen = {text}
        for mark in self._own[self._begins[text] : self._begins[text + 1]].tolist():
            for other in self._free_holders(mark):
                if other not in seen:
                    seen.add(other)
                    yield other

    def _free_holders(self, mark: int) -> Iterator[int]:
        at, end = int(self._heads[mark]), int(self._ends[mark])
        if end - at <= _SMALL:
            yield from (other for other in self._holders[at:end].tolist() if self._free[other])
            return
        free: list[NDArray[np.int32]] = []
        try:
            while at < end:
                block = self._holders[at : min(end, at + _BLOCK)]
                free.append(block[self._free[block]])
                at += len(block)
                yield from free[-1].tolist()
        finally:  # those in groups are never read again
            kept = np.concatenate(free)
            self._heads[mark] = at - len(kept)
            self._holders[at - len(kept) : at] = kept


def _shared(sets: Sequence[Hashes]) -> tuple[Hashes, Numbers]:
    """The values that two or more texts have, in order, each beside a text that has it."""
    values = np.concatenate([np.empty(0, np.uint64), *sets])
    texts = np.repeat(np.arange(len(sets)), [len(own) for own in sets])
    order = np.argsort(values, kind="stable")
    values, texts = values[order], texts[order]
    kept = np.zeros(len(values), np.bool_)
    kept[1:] = values[1:] == values[:-1]
    kept[:-1] |= kept[1:]
    return values[kept], texts[kept]


def _runs(values: Hashes) -> Numbers:
    """A number for each run of equal values."""
    return np.cumsum(np.concatenate(([False], values[1:] != values[:-1]))[: len(values)])


def _telling(values: Hashes, texts: Numbers, outlets: Sequence[str]) -> tuple[Hashes, Numbers]:
    """Those of the shared fingerprints that are no outlet's boilerplate."""
    marks, by_text = _runs(values), numbered(outlets)[texts]
    order = np.lexsort((by_text, marks))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(marks[order]) != 0) | (np.diff(by_text[order]) != 0)
    crowded = np.bincount(marks) >= _CROWD * np.bincount(marks[order][first])
    return values[~crowded[marks]], texts[~crowded[marks]]


def numbered(outlets: Sequence[str]) -> Numbers:
    """A number for each text's outlet; one that is unknown ("") is an outlet of its own."""
    names = [outlet or at for at, outlet in enumerate(outlets)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.int64)
