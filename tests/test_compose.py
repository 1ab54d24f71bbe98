"""How stories become an edition: order, sections, the cut, the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.edition.compose import Masthead, count, is_fresh, with_last_heard
from digest.edition.compose import compose as compose_chosen
from digest.edition.ranking import story_rank
from digest.edition.sections import places
from digest.edition.select import Selection
from digest.model import (
    Article,
    Chapter,
    Copy,
    DuplicateGroup,
    Earlier,
    Edition,
    FeedReport,
    Story,
    SummarizedStory,
    Summary,
    SummarySentence,
)

from .factories import NOON, article, group

MASTHEAD = Masthead(
    id="2024-07-10",
    title="The Digest",
    language="en",
    timezone="UTC",
    since=NOON,
    until=NOON,
    sections=("World", "Science", "Sport"),
)


def story(name: str, *reports: DuplicateGroup) -> SummarizedStory:
    medoid, *others = reports
    return SummarizedStory(
        story=Story(id=name, medoid=medoid, others=tuple(others)),
        headline=name,
        summary=Summary(sentences=(SummarySentence(text="x.", article=medoid.canonical.id),)),
    )


def shown(*ids: str, also: Sequence[str] = ()) -> Selection:
    """These in full, the first alone on the front."""
    return Selection(front=ids[:1], full=frozenset(ids), lines=frozenset(), also=frozenset(also))


def rank(story: SummarizedStory) -> tuple[object, ...]:
    return story_rank(story.story, until=NOON)


def compose(
    masthead: Masthead, stories: Sequence[SummarizedStory], feeds: Sequence[FeedReport]
) -> Edition:
    """Rank, show ten in full and compose, as the build flow does."""
    ordered = sorted(stories, key=rank)
    all_fresh = {article.id for item in stories for article in item.story.articles}
    return compose_chosen(
        masthead,
        count([item.story for item in stories], all_fresh, feeds, repeats=0),
        [Chapter(summarized=item) for item in ordered[:10]],
        feeds,
        [item.story for item in ordered[10:]],
        selection=shown(*(item.story.id for item in ordered[:10])),
        places=places([item.story for item in stories], ["en"]),
    )


def report(name: str, section: str = "World", **fields: Any) -> DuplicateGroup:
    return group(name, id=name, outlet=f"The {name}", section=section, **fields)


def test_one_newsroom_is_one_however_much_it_writes() -> None:
    """Four texts of one outlet are one independent report, two of two outlets are two."""
    alone = [report(f"{n}") for n in range(4)]
    alone = [replace(group, canonical=replace(group.canonical, outlet="W")) for group in alone]
    two = [
        replace(group, canonical=replace(group.canonical, outlet=outlet))
        for group, outlet in zip((report("a"), report("b")), "AB", strict=True)
    ]
    edition = compose(MASTHEAD, [story("alone", *alone), story("two", *two)], [])
    assert {"alone": 1, "two": 2} == {
        shown.id: shown.independent_reports for shown in edition.stories
    }


def test_sections_stand_in_the_configured_order_and_empty_ones_are_left_out() -> None:
    """Unknown sections (of feeds since removed) come last."""
    edition = compose(
        MASTHEAD,
        [
            story("1", report("a", "Gone")),
            story("2", report("b", "Sport")),
            story("3", report("c", "World")),
        ],
        [],
    )
    assert ["World", "Sport", "Gone"] == [section.title for section in edition.sections]


def test_a_story_stands_where_most_of_its_reports_stand() -> None:
    """The canonical's section decides a tie."""
    majority = story("1", report("a", "World"), report("b", "Science"), report("c", "Science"))
    tie = story("2", report("d", "Sport"), report("e", "Science"))
    edition = compose(MASTHEAD, [majority, tie], [])
    assert {"Science": ["1"], "Sport": ["2"]} == {
        section.title: [story.id for story in section.stories] for section in edition.sections
    }


def test_the_cut_leaves_the_first_and_counts_all() -> None:
    """So many are shown, and the counts tell how many there were."""
    stories = [story(str(n), *(report(f"{n}-{m}") for m in range(n + 1))) for n in range(15)]
    edition = compose(MASTHEAD, stories, [])
    assert [str(n) for n in range(14, 4, -1)] == [story.id for story in edition.stories]
    assert (15, 120) == (edition.counts.stories, edition.counts.articles)


def test_a_story_is_full_or_a_line_and_lines_come_last() -> None:
    """As it was chosen; the front names its stories in order, each of them in its section."""
    first, second, third = (story(name, report(name)) for name in "abc")
    selection = Selection(
        front=("c",), full=frozenset("bc"), lines=frozenset("a"), also=frozenset()
    )
    edition = compose_chosen(
        MASTHEAD,
        count([], set(), [], repeats=0),
        [Chapter(summarized=item) for item in (first, second, third)],
        [],
        selection=selection,
        places=places([item.story for item in (first, second, third)], ["en"]),
    )
    assert [("b", "full"), ("c", "full"), ("a", "line")] == [
        (item.id, item.display) for item in edition.stories
    ]
    assert ["c"] == [item.id for item in edition.front_stories]


def test_titles_that_are_also_named_say_what_they_are() -> None:
    """The headline without marks, the kind, and whether it must be paid for."""
    paid = report("a", title="Opinion | A harbour is no car park", paywalled=True)
    left = story("s", paid).story
    edition = compose_chosen(
        MASTHEAD,
        count([], set(), [], repeats=0),
        [],
        [],
        [left],
        selection=shown(also=["s"]),
        places=places([left], ["en"]),
    )
    (brief,) = edition.also
    assert ("A harbour is no car park", "opinion", True) == (
        brief.headline,
        brief.kind,
        brief.paywalled,
    )


def test_coverage_names_roles_and_puts_copies_behind_what_they_copy() -> None:
    """The canonical first, reports by time, each followed by its copies by time."""

    def at(name: str, hours: int) -> Article:
        return article(name, id=name, outlet=name, published_at=NOON + timedelta(hours=hours))

    copies = tuple(
        Copy(article=item, resemblance=0.9, containment=0.95) for item in (at("a2", 9), at("a1", 8))
    )
    medoid = DuplicateGroup(canonical=at("a", 5), copies=copies)
    edition = compose(
        MASTHEAD,
        [
            story(
                "s",
                medoid,
                DuplicateGroup(canonical=at("c", 3)),
                DuplicateGroup(canonical=at("b", 1)),
            )
        ],
        [],
    )
    only = edition.stories[0]
    assert [
        ("a", "canonical", None),
        ("a1", "copy", "a"),
        ("a2", "copy", "a"),
        ("b", "report", None),
        ("c", "report", None),
    ] == [(article.id, article.role, article.copy_of) for article in only.articles]
    assert (5, 3) == (only.outlets, only.independent_reports)
    assert 2 == edition.counts.copies


def test_coverage_lists_titles_without_marks_and_says_the_kind() -> None:
    """In the outlet's words; a title that is nothing but a mark stays."""
    titles = (
        "UPDATE 4-Crews strike over pay",
        "Opinion | Crews deserve more pay",
        "Crews strike over pay - World news",
        "Corrections",
    )
    reports = [report(name, title=title) for name, title in zip("abcd", titles, strict=True)]
    edition = compose(MASTHEAD, [story("s", *reports)], [])
    assert [
        ("Crews strike over pay", "news"),
        ("Crews deserve more pay", "opinion"),
        ("Crews strike over pay", "news"),
        ("Corrections", "newsletter"),
    ] == [(article.title, article.kind) for article in edition.stories[0].articles]


def test_a_listed_title_that_breaks_off_ends_with_a_phrase() -> None:
    """Where a feed made it of the first words of a text, behind a dateline, too."""
    text = (
        "MARROW BAY (AP) — Ferry crews of the Sundle Line left their fourteen ships without a word"
        " of notice on Monday."
    )
    torn = report("a", title=" ".join(text.split()[:15]))
    made = DuplicateGroup(canonical=replace(torn.canonical, text=text))
    (only,) = compose(MASTHEAD, [story("s", made)], []).stories
    assert [
        "Ferry crews of the Sundle Line left their fourteen ships without a word of notice…"
    ] == [article.title for article in only.articles]


def test_reports_of_one_newsroom_count_once() -> None:
    """Owners that share one newsroom are grouped in feeds.toml."""
    shared = [report(name, newsroom="Chain") for name in ("a", "b")]
    edition = compose(MASTHEAD, [story("s", *shared, report("c"), report("d"))], [])
    assert (4, 3) == (edition.stories[0].outlets, edition.stories[0].independent_reports)


def test_only_what_is_fresh_counts() -> None:
    """A story's articles of earlier days were counted then."""
    copied = DuplicateGroup(
        canonical=article("w", id="w"),
        copies=(Copy(article=article("w", id="w1"), resemblance=0.9, containment=1),),
    )
    published_story = story("s", copied, report("b")).story
    counts = count([published_story], {"w1"}, [], repeats=3)
    assert (1, 1, 1, 3) == (counts.articles, counts.copies, counts.stories, counts.repeats)


def test_an_update_says_its_day_and_what_carried_it_before() -> None:
    """As the ledger has it."""
    earlier = (Earlier(edition="2024-07-09", headline="Before"),)
    chapter = Chapter(summarized=story("s", report("a")), status="update", day=2, earlier=earlier)
    counts = count([], set(), [], repeats=0)
    (only,) = compose_chosen(
        MASTHEAD,
        counts,
        [chapter],
        [],
        selection=shown("s"),
        places=places([chapter.summarized.story], ["en"]),
    ).stories
    assert ("update", 2, earlier) == (only.status, only.day, only.earlier)


def test_an_excerpt_is_told_from_a_full_copy() -> None:
    """What carries less than half of the text is a copy of a part."""
    copies = (
        Copy(article=article("w", id="full"), resemblance=0.8, containment=0.9),
        Copy(article=article("w", id="part"), resemblance=0.2, containment=1.0),
    )
    carried = DuplicateGroup(canonical=article("w", id="w"), copies=copies)
    (only,) = compose(MASTHEAD, [story("s", carried)], []).stories
    assert {"w": False, "full": False, "part": True} == {
        article.id: article.excerpt for article in only.articles
    }


def test_failed_feeds_are_counted() -> None:
    """The honest footer begins here."""
    feeds = [
        FeedReport(url="u", title="t", status="ok", entries=3),
        FeedReport(url="v", title="v", status="failed", error="HTTP 503"),
    ]
    edition = compose(MASTHEAD, [], feeds)
    assert (2, 1) == (edition.counts.feeds, edition.counts.feeds_failed)
    assert tuple(feeds) == edition.feeds
    assert () == edition.sections


def test_the_order_of_input_does_not_matter() -> None:
    """Composed from the stories in any order, the edition is the same."""
    stories = [story(str(n), report(str(n))) for n in range(20)]
    assert compose(MASTHEAD, stories, []) == compose(MASTHEAD, stories[::-1], [])


@pytest.mark.parametrize(("days", "fresh"), [(-1, True), (0, True), (7, True), (7.01, False)])
def test_news_is_what_was_published_shortly_before_it_was_first_seen(
    days: float, *, fresh: bool
) -> None:
    """A new feed's old articles are no news; a date in the future is no reason to drop one."""
    made = article("x", published_at=NOON - timedelta(days=days), first_seen_at=NOON)
    assert fresh is is_fresh(made, timedelta(days=7))


def test_what_the_cut_leaves_out_is_named() -> None:
    """In the edition's order, by section, with the article that stands for each."""
    stories = [story(str(n), *(report(f"{n}-{m}") for m in range(n + 1))) for n in range(13)]
    edition = compose(MASTHEAD, stories, [])
    assert ["2-0", "1-0", "0-0"] == [item.outlet.removeprefix("The ") for item in edition.rest]
    assert [3, 2, 1] == [brief.articles for brief in edition.rest]
    assert {"World"} == {brief.section for brief in edition.rest}


def test_a_feed_is_silent_since_the_last_edition_it_brought_something_for() -> None:
    """Taken over from the edition before; a feed that never did counts from its first edition."""
    later = NOON + timedelta(days=1)
    quiet = FeedReport(url="u", title="t", status="unchanged")
    lively = FeedReport(url="v", title="v", status="ok", entries=2)
    first = compose(MASTHEAD, [], with_last_heard([quiet, lively], None, NOON))
    assert [NOON, NOON] == [feed.heard_at for feed in first.feeds]
    second = with_last_heard([quiet, lively, replace(quiet, url="w")], first, later)
    assert [NOON, later, later] == [item.heard_at for item in second]


def test_titles_in_another_language_come_after_those_in_the_editions_own() -> None:
    """Whether they belong to a section in that language or stray; the order is kept otherwise."""
    found = [
        story(name, report(name, section, language=language))
        for name, section, language in (
            ("arabic", "Arab world", "ar"),
            ("stray", "World", "pl"),
            ("first", "World", "en"),
            ("second", "Science", "en"),
            ("third", "World", "en"),
        )
    ]
    where = places([item.story for item in found], ["en"])
    stories = [item.story for item in found]
    named = shown(also=["arabic", "stray", "first", "second", "third"])
    made = compose_chosen(
        MASTHEAD,
        count(stories, set(), [], repeats=0),
        [],
        [],
        stories,
        selection=named,
        places=where,
    )
    expected = ["The first", "The second", "The third", "The arabic", "The stray"]
    assert expected == [brief.outlet for brief in made.also]
