"""What outlets repeat on their pages: no evidence that two articles are one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.stories.dedup.candidates import numbered
from digest.stories.dedup.compare import Text
from digest.stories.minhash import Hashes
from digest.text import fold, words

_OFTEN = 3  # articles of each outlet that has the shingle, all of them telling something else
_OWN = 0.15  # of an article's shingles: from there on it tells something of its own
_LONG = 4  # letters; shorter words of a title say nothing of what it announces


def boilerplate(texts: Sequence[Text]) -> Hashes:
    """Shingles that occur in three or more articles of each outlet that tell different things.

    An article tells something else if part of its text occurs nowhere else in its outlet, or if
    the text has no word of a title that is the article's own: then it is nothing but a notice.
    Reprints and versions of one report do neither, and what they mostly hold is not boilerplate.
    """
    if not texts:
        return np.empty(0, dtype=np.uint64)
    outlet_of = numbered([text.article.outlet for text in texts]).astype(np.int32)
    by_outlet = np.argsort(outlet_of, kind="stable")
    flat = np.concatenate([texts[at].shingles for at in by_outlet.tolist()])
    sizes = np.array([len(text.shingles) for text in texts])
    holders = np.repeat(by_outlet.astype(np.int32), sizes[by_outlet])
    order = np.argsort(flat, kind="stable")
    shingles, holders = flat[order], holders[order]
    del flat, order  # of ten thousand long texts, a hundred megabytes
    starts = _starts(shingles)
    in_outlet = _starts(shingles, outlet_of[holders])
    alone = np.diff(in_outlet, append=len(shingles)) == 1
    own = np.bincount(holders[in_outlet[alone]], minlength=len(texts))
    tells = own >= _OWN * np.maximum(1, sizes)
    tells |= _are_notices(texts)
    held = np.diff(starts, append=len(shingles))
    differ = np.add.reduceat(tells[holders], starts, dtype=np.int64)
    spread = np.diff(np.searchsorted(in_outlet, starts), append=len(in_outlet))
    repeated: Hashes = shingles[starts][(differ >= _OFTEN * spread) & (2 * differ > held)]
    return repeated


def _starts(*columns: NDArray[np.uint64] | NDArray[np.int32]) -> NDArray[np.int64]:
    """Where a new value begins in columns that are sorted together."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def _are_notices(texts: Sequence[Text]) -> NDArray[np.bool_]:
    """Which texts hold no word of their titles, where no other page of the outlet has the title."""
    titles = [fold(text.article.title) for text in texts]
    pages = Counter((text.article.outlet, title) for text, title in zip(texts, titles, strict=True))
    return np.array(
        [
            pages[text.article.outlet, title] == 1 and _is_notice(title, text.article.text)
            for text, title in zip(texts, titles, strict=True)
        ],
        dtype=np.bool_,
    )


def _is_notice(title: str, text: str) -> bool:
    announced = {word for word in words(title) if len(word) >= _LONG}
    return bool(announced) and announced.isdisjoint(words(fold(text)))
