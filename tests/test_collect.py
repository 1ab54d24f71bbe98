"""The collect flow: every article once, every failure a value, every poll one transaction."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.config import FetchSettings, Settings
from digest.feeds.identity import keys_of
from digest.flows import CollectReport
from digest.flows.fetched import FetchedEntry
from digest.flows.intake import take_in
from digest.model import Article, Entry, Failure, Feed, FeedState, FullText
from digest.model.records import PollResult
from digest.store import Store, open_store

from .fakes import NOON, FakeHttp, InProcessWorkers, Silent, collector, item, page, rss
from .postgres import place

pytestmark = pytest.mark.usefixtures("engine")

URL = "https://a.example/feed"


class Harness:
    """A collector over fakes and a real store, with a clock set by hand."""

    def __init__(self, folder: Path, *feeds: Feed) -> None:
        self.now = NOON
        self.folder = folder
        self.http = FakeHttp({})
        self.store: Store = open_store(place(folder / "digest.db"))
        self.observer = Silent()
        self.workers = InProcessWorkers()
        self.settings = Settings(feeds=feeds or (Feed(url=URL, title="A"),))

    def collect(self, *, patient: bool = False) -> CollectReport:
        made = collector(
            self.settings,
            self.store,
            self.http,
            self._clock,
            workers=self.workers,
            observer=self.observer,
        )
        return asyncio.run(made.collect(patient=patient))

    def _clock(self) -> datetime:
        return self.now

    @property
    def articles(self) -> tuple[Article, ...]:
        return self.store.articles_for("2026-03-02")

    @property
    def titles(self) -> list[str]:
        return sorted(article.title for article in self.articles)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_new_entries_become_articles_with_their_pages_text(harness: Harness) -> None:
    """The feed is polled, each unseen entry's page is read, all of it is stored."""
    harness.http.pages = {URL: rss(item(1), item(2)), "https://a.example/1": page(1)}
    report = harness.collect()
    assert (2, "read") == (report.new_articles, report.feeds[0].outcome)
    first, second = sorted(harness.articles, key=lambda article: article.title)
    assert ("page", None) == (first.text_source, first.text_note)
    assert first.text.startswith("The harbour of town 1 was closed")
    assert ("feed", "page: HTTP 404") == (second.text_source, second.text_note)
    assert "What the feed says of number 2." == second.text
    assert list(report.feeds) == harness.observer.outcomes


def test_the_second_poll_is_conditional_and_brings_nothing(harness: Harness) -> None:
    """Stored validators are sent back; pages are not asked again."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": page(1)}
    harness.collect()
    harness.http.requests.clear()
    report = harness.collect()
    assert ["unchanged"] == [feed.outcome for feed in report.feeds]
    assert [URL] == [url for url, _ in harness.http.requests]
    assert harness.http.requests[0][1].etag is not None


def test_a_changed_body_without_a_changed_item_brings_nothing(harness: Harness) -> None:
    """Most changes of a feed's bytes are build dates: items are compared, not bytes."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": page(1)}
    harness.collect()
    harness.http.pages[URL] = rss(item(1)) + b"<!-- built 12:01 -->"
    report = harness.collect()
    assert (0, "unchanged") == (report.new_articles, report.feeds[0].outcome)


def test_an_entry_that_comes_back_is_not_new(harness: Harness) -> None:
    """Keys are kept after an entry leaves the feed, through an empty feed and a failure."""
    pages = {f"https://a.example/{n}": page(n) for n in (1, 2)}
    for body in (rss(item(1)), rss(item(2)), rss(), b"<html><body>Just a moment", rss(item(1))):
        harness.http.pages = {URL: body, **pages}
        harness.collect()
    assert ["Story number 1", "Story number 2"] == harness.titles


def test_items_dated_before_the_newest_known_are_taken(harness: Harness) -> None:
    """There is no "newer than the last poll": late items are common."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    old = item(2).replace("10:00:00", "06:00:00")
    harness.http.pages = {URL: rss(old, item(1))}
    assert 1 == harness.collect().new_articles


def test_duplicates_in_one_snapshot_count_once(harness: Harness) -> None:
    """A feed may list an item twice; its page is read once."""
    harness.http.pages = {
        URL: rss(item(1), item(1), item(1, guid="other")),
        "https://a.example/1": page(1),
    }
    assert 1 == harness.collect().new_articles
    assert 1 == sum(url.endswith("/1") for url, _ in harness.http.requests)


def test_one_link_for_every_item_loses_none(harness: Harness) -> None:
    """Items are distinguished by their titles; each has an id of its own."""
    home = "https://a.example/"
    items = [item(n, link=home, title=title) for n, title in enumerate(("Storm", "Chess", "Rain"))]
    harness.http.pages = {URL: rss(*items)}
    assert 3 == harness.collect().new_articles
    assert 0 == harness.collect().new_articles


def test_an_article_in_two_feeds_counts_once(tmp_path: Path) -> None:
    """Even when both are polled at the same time for the first time."""
    other = "https://a.example/economy"
    harness = Harness(tmp_path, Feed(url=URL), Feed(url=other))
    harness.http.pages = {
        URL: rss(item(1), title="World"),
        other: rss(item(1), title="Economy"),
        "https://a.example/1": page(1),
    }
    assert 1 == harness.collect().new_articles


def test_an_article_in_two_sections_counts_once(tmp_path: Path) -> None:
    """Two feeds of a publisher show it under one id and page name, with other paths and titles."""
    other = "https://a.example/world"
    harness = Harness(tmp_path, Feed(url=URL), Feed(url=other))
    page_name = "harbour-closed-for-a-week-e2eb"
    first = item(1, title="Harbour closed for a week", link=f"https://a.example/econ/{page_name}")
    second = item(1, title="No ship leaves the town", link=f"https://a.example/world/{page_name}")
    harness.http.pages = {URL: rss(first), other: rss(second, title="World")}
    assert 1 == harness.collect().new_articles


@pytest.mark.parametrize(
    ("proxy", "new"), [("https://m.a.example/x1", 0), ("https://evil.example/x1", 1)]
)
def test_an_address_reached_by_a_canonical_link_is_remembered(
    tmp_path: Path, proxy: str, new: int
) -> None:
    """A page that names its canonical address is known under it in other feeds.

    Only on its own site: a stranger's page that claims an article cannot keep it out.
    """
    other = "https://b.example/feed"
    harness = Harness(tmp_path, Feed(url=URL), Feed(url=other))
    canonical = b"<head><link rel='canonical' href='https://a.example/1'></head>"
    harness.http.pages = {
        other: rss(item(1, link=proxy, guid="p")),
        proxy: page(1).replace(b"<body>", canonical + b"<body>"),
    }
    harness.collect()
    harness.http.pages[URL] = rss(item(1))
    assert new == harness.collect().new_articles


def test_an_edited_entry_updates_its_article(harness: Harness) -> None:
    """It is noted as edited, and is not a second article."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    harness.http.pages = {URL: rss(item(1, title="Story number 1, corrected"))}
    report = harness.collect()
    assert (0, 1, "read") == (report.new_articles, report.feeds[0].edited, report.feeds[0].outcome)
    assert ["Story number 1, corrected"] == harness.titles


@pytest.mark.parametrize(
    "body",
    [
        Failure(reason="HTTP 500", status=500),
        b"",
        b"<!doctype html><html><body>hello",
        b"POISON",
    ],
)
def test_a_feed_that_fails_is_a_value_in_the_report(tmp_path: Path, body: bytes | Failure) -> None:
    """The others are read; the failing one has its reason and keeps its validators."""
    other = "https://b.example/feed"
    harness = Harness(tmp_path, Feed(url=URL), Feed(url=other))
    harness.http.pages = {URL: rss(item(1)), other: rss(item(2))}
    harness.collect()
    before = harness.store.feed_states([other])[other]
    harness.http.pages[other] = body
    report = harness.collect()
    assert (1, 1) == (report.count("unchanged"), report.count("failed"))
    assert report.feeds[1].reason
    after = harness.store.feed_states([other])[other]
    assert (before.validators, 1) == (after.validators, after.failures)


def test_a_page_that_kills_its_worker_is_tried_three_times(harness: Harness) -> None:
    """Then it is given up: the feed's own text is used, with the reason."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": b"POISON"}
    harness.collect()
    tries = []
    for _ in range(5):
        harness.http.requests.clear()
        harness.now += timedelta(days=1)
        harness.collect()
        tries.append(sum(url.endswith("/1") for url, _ in harness.http.requests))
    assert [1, 1, 0, 0, 0] == tries
    assert "page: no answer in 20 s" == harness.articles[0].text_note


def test_a_site_whose_pages_kill_workers_is_left_alone_for_the_run(harness: Harness) -> None:
    """After three; the pages of other sites are read on."""
    ran: list[str] = []

    class Counting(InProcessWorkers):
        async def run(self, function, argument):  # type: ignore[no-untyped-def]
            if getattr(argument, "url", "").startswith(("https://a.example/", "https://b.")):
                ran.append(argument.url)
            return await super().run(function, argument)

    harness.workers = Counting()
    good = "https://b.example/good"
    harness.http.pages = {f"https://a.example/{n}": b"POISON" for n in range(20)}
    harness.http.pages |= {
        good: page(1),
        URL: rss(*(item(n) for n in range(20)), item("b", link=good)),
    }
    assert 21 == harness.collect().new_articles
    assert 3 == sum(result != URL for result in ran if result != good)
    assert good in ran
    notes = [article.text_note or "" for article in harness.articles]
    assert 17 == sum("keep a parser busy" in note for note in notes)


def test_feeds_that_failed_go_last(tmp_path: Path) -> None:
    """The report keeps the order of the configuration."""
    bad, good = "https://a.example/bad", "https://a.example/good"
    harness = Harness(tmp_path, Feed(url=bad), Feed(url=good))
    harness.http.pages = {bad: Failure(reason="HTTP 500", status=500), good: rss(item(1, link=""))}
    for expected in ([bad, good], [good, bad]):
        harness.http.requests.clear()
        report = harness.collect()
        assert expected == [url for url, _ in harness.http.requests]
        assert [bad, good] == [feed.url for feed in report.feeds]


def test_a_page_that_was_down_is_read_later(harness: Harness) -> None:
    """An hour later it is back, and the article has its text."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": Failure(reason="HTTP 503")}
    harness.collect()
    harness.http.pages["https://a.example/1"] = page(1)
    harness.collect()
    assert "feed" == harness.articles[0].text_source  # not yet
    harness.now += timedelta(hours=1)
    harness.collect()
    assert ("page", None) == (harness.articles[0].text_source, harness.articles[0].text_note)


def test_a_refreshing_stub_is_followed_once(harness: Harness) -> None:
    """Some sites keep a tiny page at the old address that sends readers on."""
    stub = b'<html><head><meta http-equiv="refresh" content="0; url=/moved"></head></html>'
    harness.http.pages = {
        URL: rss(item(1)),
        "https://a.example/1": stub,
        "https://a.example/moved": page(7),
    }
    harness.collect()
    assert harness.articles[0].text.startswith("The harbour of town 7")


def test_full_text_feeds_have_no_page_fetched(tmp_path: Path) -> None:
    """Where the operator says so."""
    harness = Harness(tmp_path, Feed(url=URL, full_text=FullText.ALWAYS))
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": page(1)}
    harness.collect()
    assert [URL] == [url for url, _ in harness.http.requests]


def test_old_items_cost_no_page(harness: Harness) -> None:
    """No edition will take them; they are remembered all the same."""
    old = item(1).replace("02 Mar 2026", "02 Mar 2025").replace("Mon", "Sun")
    harness.http.pages = {URL: rss(old), "https://a.example/1": page(1)}
    assert 1 == harness.collect().new_articles
    assert [URL] == [url for url, _ in harness.http.requests]


def test_a_flood_of_items_costs_a_hundred_pages(harness: Harness) -> None:
    """The rest keep what the feed says."""
    harness.http.pages = {
        URL: rss(*(item(n, title=f"Headline {n} of {n * 7}") for n in range(130)))
    }
    assert 130 == harness.collect().new_articles
    assert 100 == sum(
        "/feed" not in url and "robots" not in url for url, _ in harness.http.requests
    )


def test_the_scheduler_waits_and_a_person_does_not(harness: Harness) -> None:
    """Patient polls keep to the feed's rhythm; a command looks now, unless the server forbids."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    assert ["waiting"] == [feed.outcome for feed in harness.collect(patient=True).feeds]
    assert ["unchanged"] == [feed.outcome for feed in harness.collect().feeds]
    pause = Failure(reason="HTTP 429", status=429, retry_after=NOON + timedelta(hours=5))
    harness.http.pages[URL] = pause
    harness.collect()
    waiting = harness.collect().feeds[0]
    assert ("waiting", "may be polled again at 2026-03-02 17:00 UTC") == (
        waiting.outcome,
        waiting.reason,
    )


def test_nothing_is_stored_when_a_poll_is_cut_short(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll that dies while pages are read leaves no validators: it is done again whole."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": page(1)}

    async def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("digest.flows.pages.PageReader.read", cut)
        with pytest.raises(KeyboardInterrupt):
            harness.collect()
    assert () == harness.articles
    assert 1 == harness.collect().new_articles


def test_few_feeds_at_a_time(tmp_path: Path) -> None:
    """However many feeds there are, no more bodies than the configured number are held."""
    feeds = tuple(Feed(url=f"https://a.example/{n}/feed") for n in range(30))
    harness = Harness(tmp_path, *feeds)
    harness.settings = harness.settings.model_copy(update={"fetch": FetchSettings(concurrency=3)})
    inside, most = 0, 0
    real = harness.http.get

    async def counted(*args: object, **kwargs: object) -> object:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        answer = await real(*args, **kwargs)  # type: ignore[arg-type]
        inside -= 1
        return answer

    harness.http.get = counted  # type: ignore[assignment,method-assign]
    harness.collect()
    assert 3 == most


def test_the_name_of_an_outlet_comes_from_its_feed(tmp_path: Path) -> None:
    """When the configuration has none, the feed's own title is shown."""
    harness = Harness(tmp_path, Feed(url=URL))
    harness.http.pages = {URL: rss(item(1), title="The Post")}
    harness.collect()
    assert {"The Post"} == {article.outlet for article in harness.articles}
    assert "The Post" == harness.collect().feeds[0].title


LINK = "https://a.example/ticker"  # that a feed gives to all its entries


@pytest.mark.parametrize("stale", [False, True], ids=["read anew", "read before"])
def test_what_was_read_before_others_stored_is_judged_again(tmp_path: Path, *, stale: bool) -> None:
    """An article that a sister feed has brought since, and an id that another one has since."""
    store = open_store(place(tmp_path / "digest.db"))

    def poll(feed_url: str, *shown: Entry) -> PollResult:
        """A poll whose entries were looked up before anything was stored, if `stale`."""
        feed = Feed(url=feed_url, title="A")
        entries = tuple((entry, keys_of(feed_url, entry)) for entry in shown)
        made = take_in(
            store,
            feed,
            FeedState(url=feed_url, polled_at=NOON),
            entries,
            fetched={id(entry): FetchedEntry(entry=entry, keys=keys) for entry, keys in entries},
            now=NOON,
            stored={} if stale else None,
        )
        assert made is not None
        return made

    shared = Entry(raw_id="1", url="https://a.example/harbour", title="Harbour closed")
    first = poll("https://a.example/world", shared)
    assert 1 == len(first.new)
    again = poll("https://a.example/economy", replace(shared, raw_id="77"))
    assert () == again.new
    assert {pair[1] for pair in again.keys} == {first.new[0].article.id}
    one = poll("https://b.example/feed", Entry(raw_id="1", url=LINK, title="Fire in the mill"))
    other = poll("https://b.example/feed", Entry(raw_id="2", url=LINK, title="Bridge opens late"))
    ids = [made.article.id for result in (one, other) for made in result.new]
    assert 2 == len(set(ids))
    assert set(ids) == store.taken(ids)


def test_a_host_with_many_feeds_holds_up_no_others(tmp_path: Path) -> None:
    """A tick polls thirty feeds of a host, the longest due first, and the next ticks the rest."""
    many = [Feed(url=f"https://platform.example/{number}", title="P") for number in range(70)]
    harness = Harness(tmp_path, *many, Feed(url=URL, title="A"))
    harness.http.pages = {feed.url: rss(item(1)) for feed in harness.settings.feeds}
    polled = [
        [feed.url for feed in harness.collect(patient=True).feeds if feed.outcome != "waiting"]
        for _ in range(4)
    ]
    assert [31, 30, 10, 0] == [len(urls) for urls in polled]
    assert URL in polled[0]
    assert {feed.url for feed in harness.settings.feeds} == {url for urls in polled for url in urls}
    harness.now += timedelta(days=1)
    assert 71 == sum(feed.outcome != "waiting" for feed in harness.collect().feeds)
