"""The numbers of a text, as values: 1,234 and 1.234 and 1 234, 6.1 and 6,1, "twelve", "3 million".

What a point and a comma mean depends on the language. Number words and scales are read in
English, German, French and Spanish; figures in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from digest.text import words

# Languages that write 1.234,5, and those of them and others that write 1 234,5.
_DECIMAL_COMMA = frozenset(
    words("bg cs da de el es fi fr hr hu id is it lt lv nb nl nn no pl pt ro ru sk sl sr sv tr uk")
)
_SPACE_GROUPS = frozenset(words("bg cs fi fr hu lt lv nb nn no pl ru sk sv uk"))

_WORDS = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince",
}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = {
    "en": {"hundred": 1e2, "thousand": 1e3, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "m": 1e6},
    "de": {
        "hundert": 1e2,
        "tausend": 1e3,
        "millionen": 1e6,
        "mio": 1e6,
        "milliarden": 1e9,
        "milliarde": 1e9,
        "mrd": 1e9,
        "billionen": 1e12,
    },
    "fr": {"mille": 1e3, "millions": 1e6, "milliards": 1e9, "milliard": 1e9},
    "es": {"mil millones": 1e9, "mil": 1e3, "millones": 1e6, "millón": 1e6, "billones": 1e12},
}
_EVERYWHERE = {"million": 1e6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number in a text: where it is, its value, and what it is a number of, if it says so."""

    start: int
    end: int
    text: str  # as it is written, with currency, scale and percent sign
    value: float
    sign: str  # "$", "€", "£" or ""
    percent: bool

    @property
    def plain(self) -> bool:
        """Is it but a row of digits?"""
        return self.text.isdigit()


def figures(text: str, language: str) -> Iterator[Figure]:
    """Every number of the text in order; `language` is a primary subtag."""
    pattern, named, scales = _reader(language)
    for match in pattern.finditer(text):
        sign, digits, scale, percent = match.groups()
        value = named.get(digits.lower())
        if value is None:
            value = _value(digits, language)
        yield Figure(
            start=match.start(),
            end=match.end(),
            text=match[0].strip(),
            value=value * scales.get((scale or "").lower(), 1),
            sign=sign,
            percent=percent is not None,
        )


def values(text: str, language: str) -> frozenset[float]:
    """The values of all numbers of the text."""
    return frozenset(figure.value for figure in figures(text, language))


def is_rounded(a: float, b: float) -> bool:
    """Is `a` what is left of `b` in as many digits? From 100 on: few count the dead in tens."""
    digits = f"{a:.10g}".rstrip("0").replace(".", "")
    return a >= 100 and float(f"{b:.{max(1, len(digits))}g}") == a


@lru_cache(maxsize=64)
def _reader(language: str) -> tuple[re.Pattern[str], dict[str, float], dict[str, float]]:
    own = language if language in _WORDS else "en"
    named = {word: float(at) for at, word in enumerate(words(_WORDS[own]), 2)}
    if own == "en":
        units = list(named.items())[:8]
        tens = {word: 20.0 + 10 * at for at, word in enumerate(words(_TENS))}
        named |= tens
        named |= {f"{a}-{b}": ten + unit for a, ten in tens.items() for b, unit in units}
    scales = _EVERYWHERE | _SCALES[own]
    groups = r"[.,'’\u00a0\u2009\u202f" + (" ]" if language in _SPACE_GROUPS else "]")
    pattern = re.compile(
        rf"(?<![\d])([$€£]?)(\d{{1,3}}(?:{groups}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
        rf"|\b(?:{_any(named)})\b)(?:[ \u00a0\u202f-]?({_any(scales)})\b)?"
        r"(\s?%|[ -](?:per ?cent|prozent|pour ?cent|por ciento)\b)?",
        re.IGNORECASE,
    )
    return pattern, named, scales


def _any(values: dict[str, float]) -> str:
    return "|".join(sorted(map(re.escape, values), key=len, reverse=True))


def _value(digits: str, language: str) -> float:
    decimal = "," if language in _DECIMAL_COMMA else "."
    plain = re.sub(r"['’\s]", "", digits)
    # Of several marks only the last can part the decimals, and not where it came before.
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return float(plain)
    mark, behind = plain[last], plain[last + 1 :]
    alone = plain.count(mark) == 1
    other = "." if mark == "," else ","
    fraction = alone and (other in plain[:last] or mark == decimal or len(behind) != len("000"))
    whole = re.sub(r"[.,]", "", plain[:last])
    return float(f"{whole}.{behind}" if fraction else whole + behind)
