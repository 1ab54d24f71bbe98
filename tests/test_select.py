"""What of a day an edition shows: a front, sections, lines and titles within the time there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.edition.select import Candidate, Plan, Selection, select

SIX = Plan.of(6, 100)
SECTIONS = ("World", "Science", "Sport")


def candidate(name: object, section: str = "World", words: int = 60, **fields: Any) -> Candidate:
    return Candidate.reading(
        str(name),
        "Ships wait outside the harbour for days",
        ["word " * words],
        section=section,
        **fields,
    )


def minutes(candidates: list[Candidate], selection: Selection) -> float:
    by_id = {item.id: item for item in candidates}
    full = sum(by_id[name].full for name in selection.full)
    return full + sum(by_id[name].line for name in selection.lines | selection.also)


def test_a_large_day_becomes_six_minutes() -> None:
    """A front of seven, up to fifteen stories, titles of others, in no more than six minutes."""
    day = [candidate(n, SECTIONS[n % 3]) for n in range(1200)]
    selection = select(day, SECTIONS, SIX)
    assert (7, 15) == (len(selection.front), len(selection.shown))
    assert 10 <= len(selection.also) <= 20
    assert minutes(day, selection) <= 6


def test_what_does_not_tell_is_on_the_front_last() -> None:
    """It gives way even to a fourth story of one section, and fills what they leave."""
    day = [candidate("asks", "Sport", tells=False), *(candidate(n) for n in range(6))]
    assert ("asks", *"012345") == select(day, SECTIONS, SIX).front
    assert tuple("0123456") == select([*day, candidate(6)], SECTIONS, SIX).front


def test_one_section_has_three_full_stories_beside_the_front() -> None:
    """What else it has are lines."""
    selection = select([candidate(n) for n in range(100)], ["World"], SIX)
    assert (7, 10, 5) == tuple(map(len, (selection.front, selection.full, selection.lines)))


def test_the_front_is_shared_between_sections() -> None:
    """No more than three of one while others have some; the order is that of rank."""
    day = [candidate(n, "World" if n < 9 else "Sport") for n in range(12)]
    assert ("0", "1", "2", "3", "9", "10", "11") == select(day, SECTIONS, SIX).front
    assert 7 == len(select([candidate(n) for n in range(9)], SECTIONS, SIX).front)


def test_the_front_takes_two_stories_that_one_outlet_alone_has() -> None:
    """As long as others have something."""
    day = [candidate(n, outlet="W") for n in range(9)]
    others = [candidate(f"o{n}", SECTIONS[n % 3], outlet=f"O{n}") for n in range(6)]
    front = select([*day, *others], SECTIONS, SIX).front
    assert ("0", "1") == tuple(name for name in front if not name.startswith("o"))


def test_the_front_holds_news_that_can_be_read() -> None:
    """No opinion, nothing without a summary, nothing in another language; unless that is all."""
    opinion = candidate("opinion", kind="opinion")
    untold = Candidate.reading("untold", "Ships wait", section="World")
    foreign = candidate("foreign", reach="section")
    day = [opinion, untold, foreign, candidate("news")]
    assert ("news",) == select(day, SECTIONS, SIX).front
    assert ("opinion",) == select(day[:3], SECTIONS, SIX).front


def test_every_section_has_its_best_before_any_has_its_second() -> None:
    """In turn, in reading order."""
    day = [candidate(n, "World") for n in range(40)]
    day += [candidate(f"s{n}", "Science") for n in range(2)] + [candidate("t", "Sport")]
    shown = select(day, SECTIONS, SIX).shown
    assert {"s0", "s1", "t"} <= shown


def test_what_has_no_summary_is_a_line() -> None:
    """Wherever it ranks."""
    untold = Candidate.reading("untold", "Ships wait", section="World")
    selection = select([untold, candidate("a")], SECTIONS, SIX)
    assert ("a",) == selection.front
    assert frozenset({"untold"}) == selection.lines


def test_a_stray_story_in_another_language_is_a_title_after_the_others() -> None:
    """Never in a section, and named only where those in the edition's languages leave a place."""
    day = [candidate("stray", reach="title"), *(candidate(n) for n in range(20))]
    selection = select(day, SECTIONS, SIX)
    assert "stray" not in selection.shown
    assert "stray" in selection.also
    many = [
        candidate("stray", reach="title"),
        *(candidate(f"foreign {n}", reach="section") for n in range(20)),
        *(candidate(n) for n in range(60)),
    ]
    also = select(many, SECTIONS, SIX).also
    assert also
    assert [] == [name for name in also if name == "stray" or name.startswith("foreign")]


@pytest.mark.parametrize(
    ("reading", "most", "front", "stories"),
    [(6, 100, 7, 15), (3, 100, 4, 8), (1, 100, 2, 2), (60, 100, 7, 100), (6, 4, 4, 4)],
)
def test_minutes_and_max_stories_bound_an_edition(
    reading: int, most: int, front: int, stories: int
) -> None:
    """Minutes decide, `max_stories` is the ceiling."""
    plan = Plan.of(reading, most)
    assert (front, stories) == (plan.front, plan.stories)


@given(
    st.lists(st.tuples(st.sampled_from(SECTIONS), st.integers(0, 200), st.booleans()), max_size=60),
    st.integers(1, 20),
)
def test_every_story_is_in_one_place(rows: list[tuple[str, int, bool]], reading: int) -> None:
    """On the front in full, in full, a line, or a title; never twice, never too many."""
    day = [
        candidate(n, section, words, kind="news" if news else "opinion")
        for n, (section, words, news) in enumerate(rows)
    ]
    plan = Plan.of(reading, 100)
    selection = select(day, SECTIONS, plan)
    assert set(selection.front) <= selection.full
    assert not selection.full & selection.lines
    assert not selection.shown & selection.also
    assert min(len(day), plan.stories) == len(selection.shown)
