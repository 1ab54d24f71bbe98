"""Memory outlives content: nothing is lost, nothing comes back (checks B1 to B10)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import Article, Failure, Feed, FullText

from .fakes import NOON, item, page, rss
from .test_collect import URL, Harness

OLD = [item(n) for n in range(50)]
NEW = item(50)
HOST = "https://a.example/"


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path, Feed(url=URL, full_text=FullText.ALWAYS))


def shift(items: list[str], pattern: str, into: str) -> list[str]:
    """The items with something in all of them changed."""
    return [re.sub(pattern, into, item) for item in items]


def second_poll(harness: Harness, before: list[str], after: list[str]) -> int:
    """New articles of a second poll, after `before` was read and put into an edition."""
    harness.http.pages = {URL: rss(*before)}
    harness.collect()
    harness.now += timedelta(hours=2)
    harness.http.pages = {URL: rss(*after)}
    return harness.collect().new_articles


CHANGES = {
    "guids rotate": (r"id-(\d+)", r"other-\1"),
    "guids vanish": (r"<guid.*?</guid>", ""),
    "guids and texts change": (r"id-(\d+)(.*)What the feed", r"x-\1\2What our feed"),
    "guids and links rotate": (r"id-(\d+)(.*)a\.example/(\d+)", r"x-\1\2a.example/?p=9\3"),
    "guids, links and texts": (r"id-(\d+)(.*)example/(.*)What", r"x-\1\2example/y\3That"),
    "domain": (r"a\.example", "b.example"),
    "domain and guids": (r"id-(\d+)(.*)a\.example", r"https://b.example/\1\2b.example"),
    "https to http": ("https://a", "http://a"),
    "www": (r"//a\.example", "//www.a.example"),
    "mobile host": (r"//a\.example", "//m.a.example"),
    "trailing slash": (r"example/(\d+)", r"example/\1/"),
    "tracking": (r"example/(\d+)", r"example/\1?utm_source=rss"),
    "titles edited": ("Story number", "Updated story number"),
    "dates move": ("10:00:00", "11:00:00"),
    "texts hold the time": ("What the feed", "At 12:01 what the feed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_feed_that_changes_all_it_shows_brings_only_what_is_new(
    harness: Harness, change: str
) -> None:
    """Fifty known items in another guise and a new one: one new article (B1, B2, B7)."""
    pattern, into = CHANGES[change]
    assert OLD != shift(OLD, pattern, into)
    assert 1 == second_poll(harness, OLD, [*shift(OLD, pattern, into), NEW])


def test_a_guid_alone_would_bring_all_of_it_back() -> None:
    """Control: what a reader that knows guids only would take for new."""

    def guids(items: list[str]) -> set[str]:
        return set(re.findall("<guid.*?>(.*?)<", "".join(items)))

    assert 51 == len(guids([*shift(OLD, *CHANGES["guids rotate"]), NEW]) - guids(OLD))


@pytest.mark.parametrize(
    ("items", "count"),
    [
        # One guid for two articles, in one feed (B3).
        ([item(1, guid="g"), item(2, guid="g", title="Chess final")], 2),
        # A guid used again for a new article.
        ([item(n, guid="", title=title) for n, title in enumerate(("Rain", "Chess", "Storm"))], 3),
        # One link for every item (B4).
        ([item(n, link=HOST, title=t) for n, t in enumerate(("Rain", "Chess", "Storm"))], 3),
        # One link, and titles that differ by a number; with ids, and without any.
        ([item(n, link=HOST, title=f"Weather warning {n} for the coast") for n in range(30)], 30),
        (
            [item(n, guid="", link=HOST, title=f"Warning {n} for the coast") for n in range(30)],
            30,
        ),
        # The words of which are the same as those of others.
        ([item(n, link=HOST, title=f"7 of 1 0 {n} seen at the coast") for n in range(9)], 9),
        # Neither id nor link nor title.
        ([f"<description>Only text, number {n}</description>" for n in range(20)], 20),
        # The same title again and again, each with its own link and day.
        (
            [
                item(n, title="Weather").replace("02 Mar", f"{n:02} Feb").replace("Mon, ", "")
                for n in range(1, 10)
            ],
            9,
        ),
        # Two of one title and time side by side are two.
        ([item(n, title="A title of several telling words") for n in range(5)], 5),
    ],
)
def test_poor_identity_loses_nothing(harness: Harness, items: list[str], count: int) -> None:
    """In doubt an entry is new; a second look at it brings nothing."""
    harness.http.pages = {URL: rss(*items)}
    assert count == harness.collect().new_articles
    harness.http.pages = {URL: rss(*reversed(items))}
    assert 0 == harness.collect().new_articles


def test_a_guid_used_again_for_another_article_is_a_new_article(harness: Harness) -> None:
    """Its link and title are others (B3)."""
    other = item(7, guid="id-1", title="Chess final in the town hall")
    assert 1 == second_poll(harness, [item(1)], [other])


FAULTS: list[bytes | Failure] = [
    Failure(reason="no complete answer within 60 s"),
    Failure(reason="HTTP 500", status=500),
    rss(),
    b"<!doctype html><html><head><title>Just a moment...</title></head></html>",
    b"<html><body>Are you human?</body></html>",
    b"",
]


def test_faults_neither_bring_back_nor_forget(harness: Harness) -> None:
    """Three cycles of every fault, then the feed as it was: nothing new, nothing lost (B5)."""
    harness.http.pages = {URL: rss(*OLD)}
    harness.collect()
    for _ in range(3):
        for fault in FAULTS:
            harness.now += timedelta(days=1)
            harness.http.pages[URL] = fault
            assert 0 == harness.collect().new_articles
        harness.now += timedelta(days=1)
        harness.http.pages[URL] = rss(*OLD)
        assert ("unchanged", 0) == (
            harness.collect().feeds[0].outcome,
            harness.collect().new_articles,
        )
    harness.http.pages[URL] = rss(*OLD, NEW)
    assert 1 == harness.collect().new_articles


def test_a_text_that_was_dropped_does_not_come_back(harness: Harness) -> None:
    """The feed lists it for 400 days; its keys outlive its text (B6)."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    into_edition(harness, "2026-03-02")
    for _ in range(40):
        harness.now += timedelta(days=10)
        harness.store.drop_texts(harness.now - timedelta(days=90))
        harness.http.pages[URL] = rss(item(1)) + f"<!-- {harness.now} -->".encode()
        report = harness.collect()
        assert (0, 0) == (report.new_articles, report.feeds[0].edited)
    assert [""] == [article.text for article in harness.store.articles_for("2026-03-02")]


def into_edition(harness: Harness, edition: str) -> None:
    """Mark everything stored as taken in by an edition."""
    from .test_store import publication

    harness.store.save_edition(publication(edition, *(article.id for article in harness.articles)))


def test_edits_update_an_article_until_its_edition_freezes(harness: Harness) -> None:
    """The newest words are used, 24 times at most; then nothing moves and none returns (B7)."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    edited = 0
    for turn in range(30):
        text = rss(item(1).replace("What", f"At {turn} o'clock, what"))
        harness.http.pages[URL] = text
        edited += harness.collect().feeds[0].edited
    assert (30, 1) == (edited, len(harness.articles))
    assert harness.articles[0].text.startswith("At 23 o'clock")
    into_edition(harness, "2026-03-02")
    harness.http.pages[URL] = rss(item(1, title="Another title, of story number 1"))
    report = harness.collect()
    assert (0, 1) == (report.new_articles, report.feeds[0].edited)
    assert 0 == harness.collect().feeds[0].edited  # noted once
    assert ["Story number 1"] == [
        article.title for article in harness.store.articles_for("2026-03-02")
    ]


def hostile_dates() -> list[str]:
    """Five hundred dates that feeds have been seen to state, and worse."""
    years = ("0", "0001", "1", "1900", "1969", "1970", "2026", "2099", "9999", "44798", "-2026")
    shapes = (
        "{y}-01-01T00:00:00Z", "{y}-02-30T25:61:61+99:99", "{y}-03-02T24:00:00Z",
        "{y}-06-30T23:59:60Z", "Mon, 02 Mar {y} 10:00:00 GMT", "Seg, 24 Set {y} 10:00 -0300",
        "Mo, 02 März {y} 10:00:00 MEZ", "02/03/{y}", "{y}", "{y}-W10-1", "2 Mar {y} 10:00:00 XYZ",
        "{y}-03-02T10:00:00", "{y}-03-02T10:00:00.123456789+14:00",
        "Mon, 02 Mar {y} 10:00:00 +2500", "Thu, 01 Jan {y} 00:00:00 GMT",
    )  # fmt: skip
    plain = ["", " ", "today", "soon", "∞", "१२ मार्च", "\u202e2026", "1" * 400, "2026-03-02" * 40]
    made = [shape.format(y=year) for shape in shapes for year in years] + plain
    return [*made, *(f" {date} " for date in made), *(date.upper() + "+0000" for date in made)][
        :500
    ]


def test_no_date_crashes_or_pins_an_article_on_top(harness: Harness) -> None:
    """Nothing is dated after it was first seen (B8)."""
    dates = hostile_dates()
    assert 500 == len(dates)
    items = [
        re.sub("<pubDate>.*?</pubDate>", f"<pubDate>{date}</pubDate>", item(n, title=f"{n} dated"))
        for n, date in enumerate(dates)
    ]
    harness.http.pages = {URL: rss(*items)}
    assert 500 == harness.collect().new_articles
    stored = harness.articles
    assert stored
    assert all(value.published_at <= value.first_seen_at == NOON for value in stored)


def test_a_new_feed_starts_with_ten_items(harness: Harness) -> None:
    """Of a thousand old ones; the others are known and cost no page (B9)."""
    items = [item(n).replace("Mon, 02 Mar 2026", f"{1 + n % 28:02} Jan 2026") for n in range(1000)]
    harness.settings = harness.settings.model_copy(update={"feeds": (Feed(url=URL),)})
    harness.http.pages = {f"{HOST}{n}": page(n) for n in range(1000)}
    harness.http.pages[URL] = rss(*items)
    assert 1000 == harness.collect().new_articles
    assert 10 == len(harness.articles)
    harness.now += timedelta(days=1)
    assert 0 == harness.collect().new_articles
    harness.http.pages[URL] = rss(item(5000), *items)
    assert (1, 11) == (harness.collect().new_articles, len(harness.articles))


def test_a_rebuilt_feed_brings_nothing_old_into_an_edition(harness: Harness) -> None:
    """Ninety old items replace the rest at once: stored, not shown (flood guard)."""
    harness.http.pages = {URL: rss(*OLD[:10])}
    harness.collect()
    before = {article.id for article in harness.articles}
    old = [item(n).replace("02 Mar 2026", "02 Feb 2026") for n in range(100, 190)]
    harness.now += timedelta(hours=1)
    harness.http.pages = {URL: rss(NEW, *old)}
    assert 91 == harness.collect().new_articles
    assert ["Story number 50"] == [
        article.title for article in harness.articles if article.id not in before
    ]


def test_two_hundred_items_between_two_polls_are_all_there(harness: Harness) -> None:
    """And one that was visible in one poll only stays (B10)."""
    harness.http.pages = {URL: rss(*OLD[:5])}
    harness.collect()
    harness.now += timedelta(hours=1)
    harness.http.pages = {URL: rss(item("seen once"))}
    harness.collect()
    harness.now += timedelta(hours=1)
    harness.http.pages = {URL: rss(*(item(n) for n in range(100, 300)))}
    assert 200 == harness.collect().new_articles
    assert 206 == len(harness.articles)


def test_the_same_input_three_times_changes_nothing(harness: Harness) -> None:
    """And two stores that read the same hold the same (B12)."""

    def look(time: int) -> tuple[Article, ...]:
        harness.http.pages[URL] = rss(*OLD) + f"<!-- {time} -->".encode()  # as build dates do
        harness.collect()
        return harness.articles

    first = look(0)
    assert 50 == len(first)
    assert first == look(1) == look(2)
