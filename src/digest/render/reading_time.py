"""How long an edition takes to read."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS_A_MINUTE = 230  # silent reading of English prose (Brysbaert 2019: 238)
_SIGNS_A_MINUTE = 400  # of scripts that are written without spaces
_SIGN = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def minutes(texts: Iterable[str]) -> int:
    """The minutes that texts take, one at least: by words, by signs where there are none."""
    words = signs = 0
    for text in texts:
        found = len(_SIGN.findall(text))
        signs += found
        words += len(_SIGN.sub(" ", text).split()) if found else text.count(" ") + 1
    return max(1, round(words / _WORDS_A_MINUTE + signs / _SIGNS_A_MINUTE))
