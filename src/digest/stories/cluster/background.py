"""How rare a term is in general: counts of earlier documents, and those that are shipped."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Self

import numpy as np

from digest.stories.cluster.indexing import TermIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """For each language, how many documents were seen and how many of them have each term."""

    documents: Mapping[str, int] = field(default_factory=dict)
    frequencies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, index: TermIndex, fresh: Collection[str] | None = None) -> Self:
        """Count the reports that each term occurs in; copies count once.

        With `fresh` (article ids) only those reports that hold one of these articles.
        """
        held = np.ones(len(index.reports), bool) if fresh is None else index.holding(fresh)
        rows = np.flatnonzero(held)
        counts = index.frequencies(rows).tolist()
        frequencies: dict[str, dict[str, int]] = {}
        for term, language, often in zip(index.terms, index.languages, counts, strict=True):
            if often:
                frequencies.setdefault(language, {})[term] = often
        documents = Counter(index.reports[row].canonical.language for row in rows)
        return cls(documents=documents, frequencies=frequencies)

    @classmethod
    def shipped(cls) -> Self:
        """Counts that come with the package (English), so that a first small batch can be judged.

        Made by `python -m bench.background` from some thousand news texts: counts of the
        frequent stems only, no texts.
        """
        return cls.from_bytes(_shipped())

    def plus(self, others: Iterable[Background], index: TermIndex | None = None) -> Background:
        """All of these counts added up.

        With `index` only those of its terms: a month has several times as many as a week.
        """
        documents = Counter(self.documents)
        frequencies = {language: Counter(table) for language, table in self.frequencies.items()}
        if index is not None:
            for term, language in zip(index.terms, index.languages, strict=True):
                frequencies.setdefault(language, Counter()).setdefault(term, 0)
        for other in others:
            documents.update(other.documents)
            for language, table in other.frequencies.items():
                sums = frequencies.setdefault(language, Counter())
                for term in table.keys() if index is None else table.keys() & sums.keys():
                    sums[term] += table[term]
        return Background(documents=documents, frequencies=frequencies)

    def to_bytes(self) -> bytes:
        """The form that is stored; equal counts give equal bytes."""
        tables = {language: dict(table) for language, table in self.frequencies.items()}
        table = json.dumps([dict(self.documents), tables], sort_keys=True, separators=(",", ":"))
        return zlib.compress(table.encode("ascii"), 9)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError on anything else."""
        try:
            documents, frequencies = json.loads(zlib.decompress(stored))
        except (zlib.error, ValueError, TypeError) as error:
            raise ValueError(f"not a table of document frequencies: {error}") from None
        return cls(documents=documents, frequencies=frequencies)


@lru_cache(maxsize=1)
def _shipped() -> bytes:
    return files("digest.stories.cluster").joinpath("background.bin").read_bytes()
