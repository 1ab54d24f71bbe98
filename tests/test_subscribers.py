"""What is in a subscriber's mail, and what an address is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.edition.combine import combine
from digest.mail.address import normal_address
from digest.mail.personalize import personal
from digest.mail.subscriber_rows import parse_fields
from digest.model import Brief, Choice, Edition, FeedReport, Section

from .mail_setup import edition, story

pytestmark = pytest.mark.usefixtures("engine")


def test_a_week_tells_a_story_once() -> None:
    """As the newest edition tells it, with the articles of all; new to this reader."""
    monday = edition("2026-03-02", Section(title="World", stories=(story(1), story(2))))
    update = replace(story(1, headline="Later"), status="update", day=2)
    articles = tuple(replace(article, id=f"{article.id}-later") for article in update.articles)
    tuesday = edition(
        "2026-03-03", Section(title="World", stories=(replace(update, articles=articles),))
    )
    week = combine([monday, tuesday])
    by_id = {story.id: story for story in week.stories}
    assert ("2026-03-03", {"s1", "s2"}) == (week.id, set(by_id))
    assert ("Later", "new", 1, 4) == (
        by_id["s1"].headline,
        by_id["s1"].status,
        by_id["s1"].day,
        len(by_id["s1"].articles),
    )
    assert 1 == sum(article.role == "canonical" for article in by_id["s1"].articles)
    assert monday.counts.articles + tuesday.counts.articles == week.counts.articles
    assert monday is combine([monday])


def test_a_week_keeps_the_sections_in_the_order_of_the_feeds() -> None:
    """Whichever of them the newest edition has; those that no feed names come last."""
    feeds = tuple(
        FeedReport(url=f"https://{title}.example/", title=title, status="ok", section=title)
        for title in ("Austria", "World", "Tech")
    )

    def made(day: str, *titles: str) -> Edition:
        sections = (Section(title=title, stories=(story(title),)) for title in titles)
        return edition(day, *sections, feeds=feeds)

    week = combine([made("2026-03-02", "Tech", "Español"), made("2026-03-03", "World", "Austria")])
    assert ["Austria", "World", "Tech", "Español"] == [section.title for section in week.sections]


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
    week = combine(
        [edition(day, Section(title="World", stories=(single,))) for day, single in days]
    )
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


@pytest.mark.parametrize(
    ("word", "headline", "left"),
    [
        ("derby", "Derby ends in a draw", False),
        ("derby", "Derbyshire votes", True),
        ("déjà vu", "A case of DÉJÀ VU", False),
        ("港", "港は嵐のあと再び開かれ", False),
        ("C++", "Why C++ stays", False),
        (".*", "Anything at all", True),
    ],
)
def test_a_muted_word_takes_its_stories_out(word: str, headline: str, left: bool) -> None:
    """Whole words, in any case, as they are typed; titles at the end as well as stories."""
    made = edition("2026-03-02", Section(title="World", stories=(story(1), story(2))))
    single = replace(made.stories[0], headline=headline)
    brief = Brief(headline=headline, url=None, outlet="A", articles=1, section="World", also=True)
    made = replace(
        made, sections=(Section(title="World", stories=(single, made.stories[1])),), rest=(brief,)
    )
    chosen = personal(made, Choice(muted=Choice.muting([word])))
    assert (2 if left else 1, left) == (len(chosen.stories), bool(chosen.rest))
    assert (chosen is made) == left


def test_a_muted_word_counts_in_summaries() -> None:
    """What is said of a story is about it, too; other stories stay."""
    made = edition("2026-03-02", Section(title="World", stories=(story(1), story(2))))
    chosen = personal(made, Choice(muted=("~happened, 1",)))
    assert ["s2"] == [left.id for left in chosen.stories]


def test_stories_and_words_are_muted_side_by_side() -> None:
    """One field holds both; a list of subscribers carries it."""
    choice = Choice(muted=("s1", *Choice.muting(["derby", "tax"])))
    assert (("s1",), ("derby", "tax")) == (choice.stories, choice.words)
    assert {"muted": choice.muted} == parse_fields({"muted": ";".join(choice.muted)})


def test_fewer_of_a_section_means_no_titles_of_it_at_the_end() -> None:
    """They are one click away, with what else there was no room for."""
    brief = Brief(headline="A", url=None, outlet="A", articles=1, section="World", also=True)
    made = replace(edition("2026-03-02"), rest=(brief,))
    assert () == personal(made, Choice(fewer=("World",))).also
    assert (brief,) == personal(made, Choice(fewer=("Science",))).also
