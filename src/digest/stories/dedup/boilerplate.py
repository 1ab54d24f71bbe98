"""What outlets repeat on their pages: no evidence that two articles are one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
    sizes = [len(text.shingles) for text in texts]
    shingles = np.concatenate([text.shingles for text in texts])
    articles = np.repeat(np.arange(len(texts)), sizes)
    outlets = _outlets(texts)[articles]
    order = np.lexsort((outlets, shingles))
    starts = _starts(shingles[order])
    in_outlet = _starts(shingles[order], outlets[order])
    alone = np.diff(in_outlet, append=len(order)) == 1
    own = np.bincount(articles[order[in_outlet[alone]]], minlength=len(texts))
    tells = own >= _OWN * np.maximum(1, sizes)
    tells |= _are_notices(texts)
    holders = np.diff(starts, append=len(order))
    differ = np.add.reduceat(tells[articles[order]], starts, dtype=np.int64)
    spread = np.diff(np.searchsorted(in_outlet, starts), append=len(in_outlet))
    repeated: Hashes = shingles[order][starts][(differ >= _OFTEN * spread) & (2 * differ > holders)]
    return repeated


def _outlets(texts: Sequence[Text]) -> NDArray[np.int64]:
    """A number for each text's outlet; where it is unknown, the text is an outlet of its own."""
    names = [text.article.outlet or text.article.id for text in texts]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _starts(*columns: NDArray[np.uint64] | NDArray[np.int64]) -> NDArray[np.int64]:
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
