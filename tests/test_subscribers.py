"""What is in a subscriber's mail, and what an address is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.edition.combine import combine
from digest.mail.address import normal_address
from digest.mail.personalize import personal
from digest.model import Choice, Section

from .mail_setup import edition, story


def test_a_week_tells_a_story_once() -> None:
    """As the newest edition tells it, with the articles of all; new to this reader."""
    monday = edition("2026-03-02", Section(title="World", stories=(story(1), story(2))))
    update = replace(story(1, headline="Later"), status="update", day=2)
    articles = tuple(replace(article, id=f"{article.id}-later") for article in update.articles)
    tuesday = edition(
        "2026-03-03", Section(title="World", stories=(replace(update, articles=articles),))
    )
    week = combine([monday, tuesday])
    told = {story.id: story for story in week.stories}
    assert ("2026-03-03", {"s1", "s2"}) == (week.id, set(told))
    assert ("Later", "new", 1, 4) == (
        told["s1"].headline,
        told["s1"].status,
        told["s1"].day,
        len(told["s1"].articles),
    )
    assert 1 == sum(article.role == "canonical" for article in told["s1"].articles)
    assert monday.counts.articles + tuesday.counts.articles == week.counts.articles
    assert monday is combine([monday])


def test_a_choice_cuts_an_edition() -> None:
    """Sections left out, sections cut to three stories, stories muted; all of it is itself."""
    made = edition(
        "2026-03-02",
        Section(title="World", stories=tuple(map(story, range(9)))),
        Section(title="Science", stories=(story("x"),)),
    )
    assert made is personal(made, Choice(muted=("unknown",)))
    assert ["s0", "s1", "s2", "sx"] == [
        story.id for story in personal(made, Choice(fewer=("World",))).stories
    ]
    assert ["World"] == [
        section.title for section in personal(made, Choice(sections=("World", "Gone"))).sections
    ]
    assert ["World"] == [
        section.title for section in personal(made, Choice(muted=("sx",))).sections
    ]


def test_what_somebody_does_not_want_is_not_counted() -> None:
    """The stories of a mail are those there was room for and the rest, without the unwanted."""
    made = edition(
        "2026-03-02",
        Section(title="World", stories=tuple(map(story, range(9)))),
        Section(title="Science", stories=(story("x"),)),
    )
    made = replace(made, counts=replace(made.counts, stories=15, repeats=2))
    assert 6 == personal(made, Choice(sections=("Science",))).counts.stories
    assert 9 == personal(made, Choice(fewer=("World",))).counts.stories


def test_what_two_newsrooms_report_stands_before_four_texts_of_one() -> None:
    """In a mail of several editions, too."""
    (one,) = story(1).articles[:1]
    alone = replace(
        story(1),
        independent_reports=4,
        articles=tuple(replace(one, id=f"a{n}", role="report") for n in range(4)),
    )
    two = replace(
        story(2),
        independent_reports=2,
        articles=tuple(replace(one, id=name, outlet=name, role="report") for name in "bc"),
    )
    days = ("2026-03-02", alone), ("2026-03-03", two)
    week = combine([edition(day, Section(title="World", stories=(told,))) for day, told in days])
    assert ["s2", "s1"] == [story.id for story in week.stories]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ann@Mail.Example ", "Ann@mail.example"),
        ("a+b@xn--exmple-cua.de", "a+b@xn--exmple-cua.de"),
        ("a@Exämple.de", "a@xn--exmple-cua.de"),
    ],
)
def test_an_address_in_one_form(text: str, expected: str) -> None:
    """Blanks fall off, the domain is lower case and ASCII."""
    assert expected == normal_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b.c", "a@", "a@b", "a@b.1", "ä@b.de", "a b@c.de", '"a"@b.de', "a..b@c.de",
     "a@-b.de", "a@b..de", "a@[127.0.0.1]", "a@b.de\nBcc: x@y.z",
     "x" * 65 + "@b.de", "a@" + "b" * 64 + ".x",
     "a@\u202e.de", "a@xn--\u2603.de", "=?utf-8?q?=0a?=@b.de"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    """Is refused with a reason."""
    with pytest.raises(ValueError, match="is no|has "):
        normal_address(text)
