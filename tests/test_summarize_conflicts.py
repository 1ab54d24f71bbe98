"""Numbers that reports state differently."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Story
from digest.summarize.conflicts import conflicts
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
        for each in conflict.statements:
            assert each.number in each.sentence.text
            assert each.sentence.text in texts[int(each.sentence.article[1:])]
    return [
        (conflict.unit, [(each.number, each.sentence.article) for each in conflict.statements])
        for conflict in conflicts(story)
    ]


def test_other_numbers_for_one_thing_are_shown() -> None:
    """Each with the article and the sentence that states it."""
    expected = [("killed", [("12", "a0"), ("15", "a1")])]
    assert expected == found(f"{SANK}and 12 people died.", f"{SANK}killing at least 15.")


def test_a_number_is_shown_once() -> None:
    """Two reports that state the same stand together against a third."""
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
    """Digits, words and scales; the number is shown as it stands."""
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


def test_another_event_is_no_conflict() -> None:
    """A report may recall an earlier disaster."""
    recalled = "Nobody on the islands forgets the blizzard of that winter, which left 40 dead."
    assert [] == found(f"{SANK}killing 12 people.", recalled)


def test_what_needs_the_sentence_before_is_not_shown() -> None:
    """A statement is shown by itself, so that it must stand by itself."""
    later = "It sank in a storm off Marrowmouth on Friday, killing 15 people."
    assert [] == found(f"{SANK}killing 12 people.", later)


@settings(deadline=None)
@given(st.lists(st.text() | st.from_regex(r"(killed|[$]|some) [0-9.,]+ \w+ [%A-Z]\w+"), min_size=1))
def test_hostile_texts_do_no_harm(texts: list[str]) -> None:
    """Any characters and numbers are read."""
    assert isinstance(found(*(f"{SANK}{text}." for text in texts)), list)
