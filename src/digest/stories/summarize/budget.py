"""How long a summary may be, and what counts as repetition in one of that length."""

from __future__ import annotations

import math
from dataclasses import dataclass

from digest.stories.summarize.candidate import Candidate, share_of_terms, tell_the_same

_SENTENCES, _MANY_REPORTS = 3, 5  # one sentence more where that many reports tell the story
_FULL = 100  # words, from which an edition's summary takes no further sentence
_TOLERANCE = 0.1  # by how much a summary may miss the length that was asked for
_SAME_AT_LENGTH = 0.5  # share of terms with which two sentences tell the same in a long summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When a summary is long enough: sentences, or words; and the words it may not exceed.

    `strict`: rather fewer sentences than one that repeats, or speaks of what was not told. `many`:
    so many reports tell the story that all their openings tell its event. `needed`: rather a poor
    sentence than none.
    """

    sentences: float
    enough: float
    most: float
    strict: bool
    many: bool = False
    needed: bool = True

    @classmethod
    def of_edition(cls, reports: int, *, needed: bool) -> Budget:
        """A few sentences, one more where many reports tell the story."""
        many = reports >= _MANY_REPORTS
        return cls(
            sentences=_SENTENCES + many,
            enough=_FULL,
            most=math.inf,
            strict=True,
            many=many,
            needed=needed,
        )

    @classmethod
    def of_one(cls) -> Budget:
        """The sentence with which an edition's summary begins."""
        return cls(sentences=1, enough=_FULL, most=math.inf, strict=True)

    @classmethod
    def of_words(cls, words: int) -> Budget:
        """About that many words."""
        enough, most = (1 - _TOLERANCE) * words, (1 + _TOLERANCE) * words
        return cls(sentences=math.inf, enough=enough, most=most, strict=False)

    def repeats(self, one: Candidate, other: Candidate) -> bool:
        """Do two sentences tell the same, or state two numbers for one thing?"""
        if self.strict:
            return tell_the_same(one, other)
        return share_of_terms(one, other) >= _SAME_AT_LENGTH
