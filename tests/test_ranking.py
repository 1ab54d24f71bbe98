"""The order of stories, and where in an edition they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.edition.ranking import Weights, story_kind, story_rank
from digest.edition.sections import Place, places
from digest.model import Copy, DuplicateGroup, Story

from .factories import NOON, article, group

TEXT = "Eleven ships waited outside the harbour on Monday."


def report(outlet: str, **fields: Any) -> DuplicateGroup:
    return group(TEXT, **({"id": outlet, "section": "World"} | fields), outlet=outlet)


def story(name: str, *reports: DuplicateGroup) -> Story:
    medoid, *others = reports
    return Story(id=name, medoid=medoid, others=tuple(others))


def ordered(*stories: Story, **rank: Any) -> list[str]:
    return [
        found.id for found in sorted(stories, key=lambda one: story_rank(one, until=NOON, **rank))
    ]


def test_what_most_newsrooms_reported_comes_first() -> None:
    """Then what others carried, then the newest."""
    copied = DuplicateGroup(
        canonical=article(TEXT, id="w", outlet="W"),
        copies=tuple(
            Copy(article=article(TEXT, id=f"w{n}", outlet=f"W{n}"), resemblance=1, containment=1)
            for n in range(2)
        ),
    )
    old = story("old", report("a", published_at=NOON - timedelta(days=1)))
    new = story("new", report("d"))
    three = story("three", report("b"), report("c"), report("e"))
    assert ["three", "copied", "new", "old"] == ordered(old, new, story("copied", copied), three)


def test_one_outlet_is_one_however_much_it_writes() -> None:
    """Nine fresh texts in a favoured section come after yesterday's of two outlets."""
    alone = story("alone", *(report("W", id=f"w{n}") for n in range(9)))
    yesterday = NOON - timedelta(days=1)
    two = story("two", *(report(name, published_at=yesterday, section="Sport") for name in "ab"))
    weights = Weights(sections={"World": 4.0})
    assert ["two", "alone"] == ordered(alone, two, weights=weights)


def test_of_one_outlet_what_goes_on_and_what_it_writes_more_of_come_first() -> None:
    """Of three stories of one hour: the next day of one that readers know, two reports, one."""
    once, twice = story("a", report("W")), story("b", report("W"), report("W", id="w2"))
    known = story("c", report("W"))
    days = {"a": 1, "b": 1, "c": 2}
    ranked = sorted(
        (once, twice, known), key=lambda item: story_rank(item, until=NOON, day=days[item.id])
    )
    assert ["c", "b", "a"] == [item.id for item in ranked]


@given(st.integers(0, 48), st.integers(0, 48), st.integers(1, 9))
def test_a_story_of_one_outlet_never_outranks_one_of_five(one: int, five: int, day: int) -> None:
    """However new it is, and however long it has been going on."""
    single = story("one", report("z", published_at=NOON - timedelta(hours=one)))
    many = story("five", *(report(n, published_at=NOON - timedelta(hours=five)) for n in "abcde"))
    assert story_rank(many, until=NOON) < story_rank(single, until=NOON, day=day)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Opinion | Ships should wait outside"},
        {"title": "Best harbour hotels of 2026"},
        {"title": "LIVE: Ships wait outside the harbour"},
        {"title": "Your Tuesday briefing: ships"},
        {"title": "WATCH: Ships wait outside the harbour"},
        {"title": "Review: Ships on a grey sea"},
        {"title": "Ships", "url": "https://a.example/commentisfree/2026/mar/02/ships-wait"},
        {"title": "Ships", "url": "https://a.example/world/live/2026/ships-wait"},
    ],
)
def test_what_is_no_news_goes_below_news(fields: dict[str, str]) -> None:
    """Even where five outlets have it: by the marks of its title, or a folder of its address."""
    soft = story("soft", *(report(name, **fields) for name in "abcde"))
    assert "news" != story_kind(soft)
    assert ["news", "soft"] == ordered(soft, story("news", report("z", title="Ships wait")))


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Deal reached: ships may leave", "https://a.example/world/ships"),
        ("Video shows ships waiting", "https://a.example/2026/03/opinion-on-ships"),
        ("Live in Ellinport: a band plays again", None),
        ("Best player leaves the club", "https://a.example/sport/best-player"),
    ],
)
def test_news_is_not_taken_for_something_else(title: str, url: str | None) -> None:
    """A word that is also a mark does not make one."""
    assert "news" == story_kind(story("s", report("a", title=title, url=url)))


def test_one_report_makes_a_story_news() -> None:
    """A comment beside it changes nothing."""
    comment = report("a", title="Opinion | Ships")
    assert "news" == story_kind(story("s", comment, report("b", title="Ships wait")))


def test_what_cannot_be_read_comes_after_what_can() -> None:
    """A title without any text is less than one with a teaser, and more than an opinion."""
    empty = story("empty", replace(report("a"), canonical=article("", id="a", outlet="A")))
    soft = story("soft", report("b", title="Opinion | Ships"))
    assert ["text", "empty", "soft"] == ordered(empty, soft, story("text", report("c")))


def test_pinned_stories_come_first() -> None:
    """An operator's word goes before everything."""
    small, big = story("small", report("a")), story("big", report("b"), report("c"))
    assert ["big", "small"] == ordered(small, big)
    assert ["small", "big"] == ordered(small, big, pinned={"small"})


@pytest.mark.parametrize(
    "title",
    [
        "Why do ships wait outside the harbour?",
        "The harbour is not getting enough credit",
        "The captain who waits outside the harbour",
        "We wait outside the harbour",
    ],
)
def test_what_does_not_tell_comes_after_what_does(title: str) -> None:
    """Of two stories of one outlet, though the question, the view or the name is newer."""
    asks = story("asks", report("a", title=title, language="en"))
    tells = report(
        "b", title="Ships wait outside", language="en", published_at=NOON - timedelta(hours=9)
    )
    assert ["tells", "asks"] == ordered(asks, story("tells", tells))


def test_weights_move_stories_among_their_like() -> None:
    """Of a feed or a section, within stories of one outlet."""
    first = story("first", report("a", feed_url="u", published_at=NOON - timedelta(hours=9)))
    second = story("second", report("b", feed_url="v", section="Sport"))
    assert ["second", "first"] == ordered(first, second)
    assert ["first", "second"] == ordered(first, second, weights=Weights(feeds={"u": 2.0}))
    assert ["first", "second"] == ordered(first, second, weights=Weights(sections={"World": 2.0}))


def placed(*languages: str) -> Sequence[Place]:
    stories = [story(str(n), report(str(n), language=tag)) for n, tag in enumerate(languages)]
    return list(places(stories, ["en"]).values())


def test_stories_in_another_language_stay_off_the_front() -> None:
    """A stray one is a title at most; a section of that language is kept together."""
    assert ["front", "front", "title"] == [found.reach for found in placed("en", "und", "fr")]
    mostly = placed("fr", "fr", "en")
    assert ["section", "section", "front"] == [found.reach for found in mostly]
    assert {"fr"} == {found.language for found in mostly}


def test_an_edition_of_another_language_throughout_is_an_edition() -> None:
    """Where nothing is in the edition's language, nothing is held back."""
    assert [Place(section="World", language=None, reach="front")] * 2 == placed("fr", "fr")
