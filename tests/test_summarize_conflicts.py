"""Numbers that reports state differently."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Story
from digest.stories.summarize.conflicts import conflicts
from tests.factories import NOON, group

SANK = "The ferry Marigold sank in a storm off Marrowmouth on Friday, "


def found(*texts: str, **fields: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Unit, and number and article of each statement, of every conflict between the texts."""
    reports = [
        group(text, id=f"a{at}", published_at=NOON + timedelta(hours=at), **fields)
        for at, text in enumerate(texts)
    ]
    story = Story(id="s1", medoid=reports[0], others=tuple(reports[1:]))
    for conflict in conflicts(story):
        for other_statement in conflict.statements:
            assert other_statement.number in other_statement.sentence.text
            assert other_statement.sentence.text in texts[int(other_statement.sentence.article[1:])]
    return [
        (
            conflict.unit,
            [(statement.number, statement.sentence.article) for statement in conflict.statements],
        )
        for conflict in conflicts(story)
    ]


def test_other_numbers_for_one_thing_are_shown() -> None:
    """Each with the article and the sentence that states it."""
    expected = [("killed", [("12", "a0"), ("15", "a1")])]
    assert expected == found(f"{SANK}and 12 people died.", f"{SANK}killing at least 15.")


def test_numbers_of_another_year_are_not_compared() -> None:
    """They belong to an event before; the year of the report itself changes nothing."""
    texts = (f"{SANK}and 12 people died in {{}}.", f"{SANK}killing at least 15 in {{}}.")
    assert found(*(text.format(NOON.year) for text in texts))
    assert [] == found(*(text.format(NOON.year - 20) for text in texts))


def test_a_number_is_shown_once() -> None:
    """Two reports that state the same count together against a third."""
    texts = (f"{SANK}killing 12.", f"{SANK}killing 12 people.", f"{SANK}leaving 15 dead.")
    assert [("killed", [("12", "a0"), ("15", "a2")])] == found(*texts)


def test_dead_and_injured_are_two_things() -> None:
    """Numbers of one sentence go to the words beside them, on either side."""
    texts = (f"{SANK}killing 12 and injuring 30.", f"{SANK}with 14 dead, 33 people injured.")
    expected = [
        ("killed", [("12", "a0"), ("14", "a1")]),
        ("injured", [("30", "a0"), ("33", "a1")]),
    ]
    assert expected == found(*texts)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "costing $3 million of cargo",
            "costing $5 million of cargo",
            ["$3 million", "$5 million"],
        ),
        ("with seven lorries aboard", "with nine lorries aboard", ["seven", "nine"]),
        ("losing 12% of its oil", "losing 40 percent of its oil", ["12%", "40 percent"]),
        ("in waves of magnitude 6.1", "in waves of magnitude 7.2", ["6.1", "7.2"]),
    ],
)
def test_money_shares_and_things_are_compared(one: str, other: str, expected: list[str]) -> None:
    """Digits, words and scales; the number is shown as it is."""
    ((_, statements),) = found(f"{SANK}{one}.", f"{SANK}{other}.")
    assert expected == [number for number, _ in statements]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("killing 12 people", "killing twelve people"),
        ("killing 12 people", "with all of its crew and passengers"),
        ("killing 12 people", "injuring 15 people"),
        ("with 1,204 passengers aboard", "with 1,200 passengers aboard"),
        ("with 90 passengers aboard", "with about 100 passengers aboard"),
        ("at 12 minutes past one", "at 15 minutes past one"),
        ("killing a man aged 32", "killing a man aged 35"),
        ("in its 12 seasons afloat", "in its 15 seasons afloat"),
        ("some 12 miles from the shore", "some 20 miles from the shore"),
        ("as it did in 2019 when many died", "as it did in 2021 when many died"),
        ("in the night of July 12", "in the night of July 13"),
        ("killing 12 people, and 15 others died later", "killing 13 people"),
        ("killing 12 people", "killing 15, where 12 lorries went down"),
        ("with 3 lorries of milk in its hold", "hours before 5 lorries were towed away"),
    ],
)
def test_what_is_no_conflict_is_not_shown(one: str, other: str) -> None:
    """The same, another thing, rounded, dates and times, several of a kind, another context."""
    assert [] == found(f"{SANK}{one}.", f"{SANK}{other}.")


@pytest.mark.parametrize(
    ("language", "one", "other", "expected"),
    [
        ("en", "with 1,234 lorries aboard", "with 2,345 lorries aboard", ["1,234", "2,345"]),
        ("en", "with 5 400 lorries", "with 1\u202f234 lorries aboard", []),
        ("en", "killing 12 people", "killing twenty-five people", ["12", "twenty-five"]),
        ("de", "es gab 1.234 Tote", "es gab 2.345 Tote", ["1.234", "2.345"]),
        ("de", "es gab 12 Tote", "es gab zwölf Tote", []),
        ("de", "es gab 12 Tote", "dabei starben 15 Menschen", ["12", "15"]),
        ("de", "Schaden von 1,5 Millionen Euro", "Schaden von 1.500.000 Euro", []),
        ("de", "bei Wellen der Stärke 6,1", "bei Wellen der Stärke 7,2", ["6,1", "7,2"]),
        ("fr", "faisant 1 234 morts", "faisant 1 520 morts", ["1 234", "1 520"]),
        ("fr", "faisant douze morts", "faisant 12 morts", []),
        ("fr", "faisant douze morts", "faisant quinze morts", ["douze", "quinze"]),
        ("es", "con doce muertos", "con quince muertos", ["doce", "quince"]),
        ("es", "con 1.234 heridos", "con 1234 heridos", []),
    ],
)
def test_numbers_are_read_in_the_language_of_the_report(
    language: str, one: str, other: str, expected: list[str]
) -> None:
    """A point, a comma or a space between thousands, and numbers in words."""
    conflict = found(f"{SANK}{one}.", f"{SANK}{other}.", language=language)
    assert expected == [number for _, statements in conflict for number, _ in statements]


def test_a_number_that_rose_and_is_agreed_on_is_no_conflict() -> None:
    """Two reports younger than all others settle it; one report, or one older, does not."""
    old, new = f"{SANK}killing 12.", f"{SANK}killing 15."
    assert [] == found(old, new, f"{SANK}and 15 people died.")
    assert [] == found(old, old, new, new)
    expected = [("killed", [("12", "a0"), ("15", "a1")])]
    assert expected == found(old, new)
    assert expected == found(old, new, old, new)


def test_numbers_stand_in_order_of_time() -> None:
    """Whichever report is the medoid."""
    late = group(f"{SANK}killing 15.", id="a1", published_at=NOON + timedelta(hours=1))
    early = group(f"{SANK}killing 12.", id="a0", published_at=NOON)
    (conflict,) = conflicts(Story(id="s1", medoid=late, others=(early,)))
    assert ["12", "15"] == [statement.number for statement in conflict.statements]


def test_another_event_is_no_conflict() -> None:
    """A report may recall an earlier disaster."""
    recalled = "Nobody on the islands forgets the blizzard of that winter, which left 40 dead."
    assert [] == found(f"{SANK}killing 12 people.", recalled)


def test_what_needs_the_sentence_before_is_not_shown() -> None:
    """A statement is shown by itself, so it must make sense by itself."""
    later = "It sank in a storm off Marrowmouth on Friday, killing 15 people."
    assert [] == found(f"{SANK}killing 12 people.", later)


@settings(deadline=None)
@given(st.lists(st.text() | st.from_regex(r"(killed|[$]|some) [0-9.,]+ \w+ [%A-Z]\w+"), min_size=1))
def test_hostile_texts_do_no_harm(texts: list[str]) -> None:
    """Any characters and numbers are read."""
    assert isinstance(found(*(f"{SANK}{text}." for text in texts)), list)
