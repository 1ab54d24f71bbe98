"""How stories become an edition: order, sections, the cut, the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.edition.compose import Masthead, count, is_fresh, story_rank, with_last_heard
from digest.edition.compose import compose as compose_chosen
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


def compose(
    masthead: Masthead, stories: Sequence[SummarizedStory], feeds: Sequence[FeedReport]
) -> Edition:
    """Put ten in place and compose, as the build flow does."""
    ordered = sorted(stories, key=lambda each: story_rank(each.story))
    all_fresh = {article.id for story in stories for article in story.story.articles}
    return compose_chosen(
        masthead,
        count([story.story for story in stories], all_fresh, feeds, repeats=0),
        [Chapter(summarized=value) for value in ordered[:10]],
        feeds,
        [item.story for item in ordered[10:]],
    )


def report(name: str, section: str = "World", **fields: Any) -> DuplicateGroup:
    return group(name, id=name, outlet=f"The {name}", section=section, **fields)


def test_what_most_newsrooms_reported_comes_first() -> None:
    """Independent reports count, then outlets, then the newest."""
    late = NOON + timedelta(hours=1)
    copied = DuplicateGroup(
        canonical=article("w", id="w", outlet="W", section="World"),
        copies=tuple(
            Copy(article=article("w", id=f"w{n}", outlet=f"W{n}"), resemblance=1, containment=1)
            for n in range(3)
        ),
    )
    edition = compose(
        MASTHEAD,
        [
            story("old", report("a")),
            story("two reports", report("b"), report("c")),
            story("new", report("d", published_at=late)),
            story("carried by four", copied),
        ],
        [],
    )
    assert ["two reports", "carried by four", "new", "old"] == [
        story.id for story in edition.stories
    ]


def test_one_newsroom_is_one_however_much_it_writes() -> None:
    """Four texts of one outlet come after two of two outlets: they are one independent report."""
    alone = [report(f"{n}") for n in range(4)]
    alone = [replace(value, canonical=replace(value.canonical, outlet="W")) for value in alone]
    two = [report("a"), report("b")]
    two = [
        replace(each, canonical=replace(each.canonical, outlet=outlet))
        for each, outlet in zip(two, "AB", strict=True)
    ]
    edition = compose(MASTHEAD, [story("alone", *alone), story("two", *two)], [])
    assert ["two", "alone"] == [story.id for story in edition.stories]
    assert [2, 1] == [item.independent_reports for item in edition.stories]


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


def test_pinned_stories_come_first() -> None:
    """An operator's word goes before the number of reports."""
    small, big = story("small", report("a")).story, story("big", report("b"), report("c")).story
    assert [big, small] == sorted([small, big], key=story_rank)
    assert [small, big] == sorted([small, big], key=lambda each: story_rank(each, {"small"}))


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
    told = story("s", copied, report("b")).story
    counts = count([told], {"w1"}, [], repeats=3)
    assert (1, 1, 1, 3) == (counts.articles, counts.copies, counts.stories, counts.repeats)


def test_an_update_says_its_day_and_what_carried_it_before() -> None:
    """As the ledger has it."""
    earlier = (Earlier(edition="2024-07-09", headline="Before"),)
    chapter = Chapter(summarized=story("s", report("a")), status="update", day=2, earlier=earlier)
    counts = count([], set(), [], repeats=0)
    (only,) = compose_chosen(MASTHEAD, counts, [chapter], []).stories
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
