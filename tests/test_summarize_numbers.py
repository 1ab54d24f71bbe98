"""The numbers of a text, whatever marks and words its language writes them in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.stories.summarize.numbers import figures, is_rounded, values


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1,234 and 1.234 and 6.1", [1234, 1.234, 6.1]),
        ("en", "1,234,567.8", [1234567.8]),
        ("en", "twenty-five of five hundred", [25, 500]),
        ("en", "$3 million, 4bn", [3e6, 4e9]),
        ("en", "On July 12 300 people", [12, 300]),
        ("und", "1,234 twelve", [1234, 12]),
        ("de", "1.234 und 6,1 und 1.234.567,8", [1234, 6.1, 1234567.8]),
        ("de", "zwölf, 3 Mio. Euro, 2 Milliarden", [12, 3e6, 2e9]),
        ("fr", "1 234 et 1\u202f234,5 et douze", [1234, 1234.5, 12]),
        ("fr", "3 milliards", [3e9]),
        ("es", "1.234, doce, 3 mil millones", [1234, 12, 3e9]),
        ("de", "1'234 Franken", [1234]),
        ("zh", "死亡12人", [12]),
        ("en", "no number, not someone", []),
    ],
)
def test_numbers_are_read(language: str, text: str, expected: list[float]) -> None:
    """Figures, words and scales."""
    assert expected == [figure.value for figure in figures(text, language)]


def test_what_a_number_counts_is_kept() -> None:
    """Currency and percent, as they are in the text."""
    text = "$3 million and 12 percent and 5"
    found = [
        (figure.text, figure.sign, figure.percent, figure.plain) for figure in figures(text, "en")
    ]
    assert [
        ("$3 million", "$", False, False),
        ("12 percent", "", True, False),
        ("5", "", False, True),
    ] == found


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_marks_between_thousands_change_nothing(number: int) -> None:
    """In each language its own, and an unbreakable space in all."""
    grouped = f"{number:,}"
    assert {number} == values(grouped, "en") == values(grouped.replace(",", "."), "de")
    assert {number} == values(grouped.replace(",", " "), "fr")
    assert {number} == values(grouped.replace(",", "\u00a0"), "en")


def test_rounded_numbers() -> None:
    """From 100 on, to as many digits as are given."""
    assert is_rounded(1200, 1204)
    assert is_rounded(100, 96)
    assert not is_rounded(1204, 1200)
    assert not is_rounded(20, 19)


@settings(deadline=None)
@given(st.text(), st.text(max_size=3))
def test_any_text_is_read(text: str, language: str) -> None:
    """Every number has a value and is where it says."""
    for figure in figures(f"{text}9", language):
        assert not math.isnan(figure.value)
        assert figure.text == f"{text}9"[figure.start : figure.end].strip()
