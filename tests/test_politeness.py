"""Politeness on the network, as the servers see them (checks D7 to D13 of docs/reliability.md)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.config import FetchSettings, Settings
from digest.fetch import Allowance, Guard, HttpClient
from digest.flows import CollectReport, FeedOutcome
from digest.model import Document, Failure, Feed, Hold
from digest.store import open_store

from .fakes import NOON, FakeHttp, InProcessWorkers, collector, item, page, rss
from .politeness import FRESH, Recorder, score
from .test_collect import URL, Harness

LOOPBACK = Guard((Allowance.parse("127.0.0.0/8"),))
QUICK = FetchSettings(host_gap=0, contact="ann@paper.example")
DAYS = int(os.environ.get("DIGEST_DAYS", "3"))  # 170 in `make soak`: 1,000 polls


class Reader:
    """A collect flow over the real client and a real store; each poll is a new start."""

    def __init__(self, folder: Path, url: str, now: datetime = NOON) -> None:
        self.now = now
        self._database = folder / "digest.db"
        self._settings = Settings(feeds=(Feed(url=url),), fetch=QUICK)

    def clock(self) -> datetime:
        return self.now

    async def start(self, *, patient: bool = True) -> FeedOutcome:
        """Start from nothing but the database, collect once, end."""
        store = open_store(self._database)
        try:
            async with HttpClient(QUICK, LOOPBACK, clock=self.clock) as http:
                made = collector(self._settings, store, http, self.clock)
                report: CollectReport = await made.collect(patient=patient)
        finally:
            store.close()
        return report.feeds[0]


def test_no_fault_on_any_counter_of_the_feed_reader_score(tmp_path: Path) -> None:
    """Days on end, looked at every half hour, each time from a new start (D7, D9, D11)."""

    async def for_days() -> Recorder:
        reader: Reader
        recorder = Recorder(clock=lambda: reader.now)
        reader = Reader(tmp_path, "")
        async with recorder.running():
            reader = Reader(tmp_path, f"http://127.0.0.1:{recorder.port}/feed")
            for _ in range(DAYS * 48):
                await reader.start()
                reader.now += timedelta(minutes=30)
        return recorder

    recorder = asyncio.run(for_days())
    assert Counter() == score(recorder)
    # It was read often enough to say something: every two to four hours.
    assert DAYS * 24 / 4.5 <= len(recorder.asked) <= DAYS * 12
    unconditional = sum("if-none-match" not in asked.headers for asked in recorder.asked)
    assert 1 == unconditional


def test_the_score_sees_the_faults_of_a_rude_reader() -> None:
    """Control: each fault is counted when it is made."""

    async def rude() -> Recorder:
        now = NOON
        recorder = Recorder(clock=lambda: now)
        async with recorder.running():
            for extra in (
                "",
                "Cookie: a=b\r\nReferer: http://x/\r\n",
                'If-None-Match: "mine"\r\n',
                f"If-None-Match: {recorder.sent[0][0] if recorder.sent else ''}\r\n",
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", recorder.port)
                writer.write(f"GET /feed?t=1 HTTP/1.1\r\nHost: x\r\n{extra}\r\n".encode())
                await reader.readuntil(b"\r\n\r\n")
                writer.close()
                now += timedelta(minutes=5)
        return recorder

    faults = score(asyncio.run(rude()))
    expected = {
        "under an hour", "max-age ignored", "unconditional", "half conditional", "invented",
        "cookie", "referer", "query", "no feed type", "no contact", "no gzip",
    }  # fmt: skip
    assert expected <= faults.keys()


def test_a_hundred_restarts_in_an_hour_are_one_poll(tmp_path: Path) -> None:
    """When a feed is due is stored (D9)."""

    async def restarts() -> int:
        reader: Reader
        recorder = Recorder(clock=lambda: reader.now)
        async with recorder.running():
            reader = Reader(tmp_path, f"http://127.0.0.1:{recorder.port}/feed")
            for _ in range(100):
                await reader.start()
                reader.now += timedelta(seconds=35)
        return len(recorder.asked)

    assert 1 == asyncio.run(restarts())
    assert timedelta(hours=1) < FRESH


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        ("429 Too Many Requests", "7200", timedelta(hours=2)),
        ("503 Service Unavailable", "Mon, 02 Mar 2026 17:00:00 GMT", timedelta(hours=5)),
        ("429 Too Many Requests", "0", timedelta(hours=1)),
        ("429 Too Many Requests", "-5", timedelta(hours=1)),
        ("503 Service Unavailable", "1" + "0" * 12, timedelta(days=7)),
        ("429 Too Many Requests", "soon", timedelta(hours=1)),
        ("429 Too Many Requests", "", timedelta(hours=1)),
    ],
)
def test_retry_after_is_kept_to_over_restarts(
    tmp_path: Path, status: str, value: str, wait: timedelta
) -> None:
    """No poll before its time, clamped to [interval, 7 days]; afterwards the feed is read (D8)."""

    step = wait / 12

    async def polled() -> list[timedelta]:
        asked: list[datetime] = []
        reader: Reader

        async def serve(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await stream.readuntil(b"\r\n\r\n")
            asked.append(reader.now)
            writer.write(f"HTTP/1.1 {status}\r\nRetry-After: {value}\r\n".encode())
            writer.write(b"Content-Length: 0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader = Reader(tmp_path, f"http://127.0.0.1:{port}/feed")
        while len(asked) < 2:
            await reader.start()
            reader.now += step
        server.close()
        return [at - NOON for at in asked]

    first, second = asyncio.run(polled())
    assert timedelta(0) == first
    assert wait <= second <= wait * 1.1 + step


# --- moves, holds and robots.txt, over fakes -----------------------------------------------------


class Moving(FakeHttp):
    """A feed whose address answers with a permanent redirect."""

    def __init__(self, pages: dict[str, bytes | str | Failure], moved_to: str) -> None:
        super().__init__(pages)
        self.moved_to = moved_to

    async def get(self, url: str, **options: object) -> Document | Failure:
        answer = await super().get(url, accept="feed", max_bytes=1)
        if isinstance(answer, Document) and url == URL:
            return Document(url=self.moved_to, body=answer.body, moved_to=self.moved_to)
        assert isinstance(answer, Document | Failure)
        return answer


def test_a_feed_that_moved_is_polled_at_its_new_address(tmp_path: Path) -> None:
    """After three sightings over three days; its articles stay known, its old URL is kept (D12)."""
    new = "https://new.example/feed"
    harness = Harness(tmp_path)
    harness.http = Moving({URL: rss(item(1)), new: rss(item(1), item(2))}, new)
    notes: list[str] = []
    for _ in range(4):
        notes += harness.collect().feeds[0].notes[-1:]
        harness.now += timedelta(days=1)
    asked = [url for url, _ in harness.http.requests if url.endswith("feed")]
    assert [URL] * 4 == asked
    assert any("has moved permanently" in note for note in notes)
    assert 1 == harness.collect().new_articles
    assert new == harness.http.requests[-4][0] or new in [url for url, _ in harness.http.requests]
    assert new == harness.store.feed_states([URL])[URL].polled_url


def test_a_feed_that_is_gone_is_not_asked_again_until_resumed(harness: Harness) -> None:
    """410 stops it; every report says so and what to do (D13)."""
    harness.http.pages = {URL: rss(item(1))}
    harness.collect()
    harness.http.pages[URL] = Failure(reason="HTTP 410 Gone", status=410, permanent=True)
    harness.collect()
    harness.now += timedelta(days=400)
    harness.http.requests.clear()
    outcome = harness.collect().feeds[0]
    assert [] == harness.http.requests
    assert ("failed", "stopped: HTTP 410 Gone; remove it, or try `digest resume`") == (
        outcome.outcome,
        outcome.reason,
    )
    assert harness.store.resume(URL)
    assert not harness.store.resume(URL)
    harness.http.pages[URL] = rss(item(1))
    assert "unchanged" == harness.collect().feeds[0].outcome


def test_a_feed_that_became_another_is_held(harness: Harness) -> None:
    """Nothing of a parked domain is stored; itself again it goes on, or the operator resumes it."""
    harness.http.pages = {URL: rss(item(1), title="The Post")}
    harness.collect()
    casino = rss(
        *(
            item(n, guid=f"c{n}", title=f"Win {n}", link=f"https://a.example/c{n}")
            for n in range(5)
        ),
        title="Casino",
    )
    harness.http.pages[URL] = casino
    outcome = harness.collect().feeds[0]
    assert "failed" == outcome.outcome
    assert outcome.reason
    assert outcome.reason.startswith("held: it shows other entries")
    assert Hold.CHANGED is harness.store.feed_states([URL])[URL].hold
    assert ["Story number 1"] == harness.titles
    harness.http.pages[URL] = rss(item(1), item(2), title="The Post")
    assert (1, None) == (harness.collect().new_articles, harness.store.feed_states([URL])[URL].hold)
    harness.http.pages[URL] = casino
    harness.collect()
    assert harness.store.resume(URL)
    assert 5 == harness.collect().new_articles


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


ROBOTS = "https://a.example/robots.txt"
RULES = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("rules", "source"),
    [
        (b"User-agent: *\nDisallow: /1\n", "feed"),
        (b"User-agent: digest\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "feed"),
        (b"User-agent: other\nDisallow: /\n", "page"),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /private\n", "page"),
        (b"\xff\xfe\x00 no rules at all <html>", "page"),
        (Failure(reason="HTTP 403", status=403), "page"),
        (Failure(reason="HTTP 500", status=500), "feed"),
        (Failure(reason="connection refused"), "feed"),
    ],
)
def test_robots_txt_is_kept_to(harness: Harness, rules: bytes | Failure, source: str) -> None:
    """For pages: no robots.txt allows all, one that is not available allows nothing (RFC 9309)."""
    harness.http.pages = {URL: rss(item(1)), "https://a.example/1": page(1), ROBOTS: rules}
    harness.collect()
    assert source == harness.articles[0].text_source
    asked = [url for url, _ in harness.http.requests]
    assert (source == "page") == ("https://a.example/1" in asked)


def test_robots_txt_of_the_site_a_page_redirects_to_is_kept_to(harness: Harness) -> None:
    """What a site forbids is not read by way of another; what it allows is."""
    there, open_ = "https://there.example/1", "https://open.example/2"
    harness.http.pages = {
        URL: rss(item(1), item(2)), "https://a.example/1": there, "https://a.example/2": open_,
        there: page(1), open_: page(2), "https://there.example/robots.txt": RULES,
    }  # fmt: skip
    harness.collect()
    asked = {url for url, _ in harness.http.requests}
    assert (False, True) == (there in asked, open_ in asked)
    assert ["feed", "page"] == [article.text_source for article in harness.articles]
    assert "robots.txt does not allow it" in (harness.articles[0].text_note or "")


def test_robots_txt_is_asked_once_a_day(harness: Harness) -> None:
    """However many pages are read and however often we start."""
    pages: dict[str, bytes | str | Failure] = {f"https://a.example/{n}": page(n) for n in range(9)}
    for hours in range(0, 30, 5):
        harness.now = NOON + timedelta(hours=hours)
        harness.http.pages = pages | {URL: rss(*(item(n) for n in range(hours // 5 + 2)))}
        harness.collect()
    assert 2 == sum(url == ROBOTS for url, _ in harness.http.requests)


def test_rules_made_to_keep_a_reader_busy_are_given_up(harness: Harness) -> None:
    """Once, not once a page."""

    class Stuck(InProcessWorkers):
        async def run(self, function, argument):  # type: ignore[no-untyped-def]
            from digest.feeds.robots import allows
            from digest.model.errors import WorkerTimeout

            if function is allows:
                questions.append(argument)
                raise WorkerTimeout("no answer in 20 s")
            return await super().run(function, argument)

    questions: list[object] = []
    harness.workers = Stuck()
    harness.http.pages = {
        URL: rss(*(item(n) for n in range(9))),
        ROBOTS: b"User-agent: *\nAllow: /*a*\n",
    }
    harness.collect()
    assert 1 == len(questions)
    assert {"page: its site's robots.txt cannot be read"} <= {a.text_note for a in harness.articles}
