"""Nothing is lost between builds: outages, late articles, mail that has left."""

from __future__ import annotations

import asyncio
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.cli.options import settings_of
from digest.edition.schedule import Published, date_warnings, may_publish_unread
from digest.feeds.polling import again_after_outage
from digest.fetch import Allowance
from digest.flows import Builder
from digest.flows.scheduler import Scheduler
from digest.model import DeliveryState, Feed, FeedState, FullText
from digest.render import Renderer
from digest.services.application import application
from digest.store import open_store

from .command import digest
from .fakes import FakeHttp, InMemoryOutput, Silent, collector, item, rss
from .mail_setup import MailSetup
from .sink import Running, running_sink
from .test_outbox import Wire
from .web_setup import free_port

DAY = datetime(2026, 11, 25, 8, tzinfo=UTC)


class Feeds:
    """Feeds on loopback that can be down; each entry is of another place and event."""

    def __init__(self) -> None:
        self.entries: dict[str, list[tuple[str, str]]] = {}
        self.down = False
        self.port = free_port()
        self.server: http.server.ThreadingHTTPServer | None = None

    def add(self, feed: str, title: str) -> None:
        """One entry more."""
        self.entries.setdefault(feed, []).append((title, f"https://{feed}.example/{len(title)}"))

    def up(self) -> None:
        """Answer from now on."""
        feeds = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/")
                items = "".join(
                    f"<item><title>{title}</title><link>{link}/{number}</link>"
                    f"<guid>{name}-{number}</guid><description>{title}, the council said on"
                    f" {name} {number * 7919 + 13}.</description></item>"
                    for number, (title, link) in enumerate(feeds.entries.get(name, []))
                )
                body = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
                self.send_response(200 if name in feeds.entries else 404)
                self.send_header("Content-Type", "application/rss+xml")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@contextmanager
def feeds_at_work() -> Iterator[Feeds]:
    feeds = Feeds()
    try:
        yield feeds
    finally:
        feeds.close()


class House:
    """A configuration over such feeds and a mail server, and commands on it."""

    def __init__(self, folder: Path, feeds: Feeds, sink: Running | None) -> None:
        self.folder, self.feeds, self.sink = folder, feeds, sink
        self.path = folder / "feeds.toml"
        self.write("a", "b")

    def write(self, *names: str, sections: dict[str, str] | None = None) -> None:
        """Configure feeds of these names."""
        mail = (
            f'[web]\nbase_url = "https://news.example"\n[smtp]\nhost = "127.0.0.1"\n'
            f'port = {self.sink.port}\nsecurity = "none"\n'
            'sender = "The Digest <digest@news.example>"\nrate = 1000.0\n'
            if self.sink
            else ""
        )
        tables = "".join(
            f'[[feeds]]\nurl = "http://127.0.0.1:{self.feeds.port}/{name}"\n'
            f'full_text = "never"\nsection = "{(sections or {}).get(name, "News")}"\n'
            for name in names
        )
        self.path.write_text(f"[fetch]\nhost_gap = 0.0\n{mail}{tables}", encoding="utf-8")

    def run(self, command: str, at: datetime, *more: str) -> tuple[int, str]:
        """A command at a time: its exit code, and all that it printed."""
        allowed = ("--allow-address", f"127.0.0.1/32:{self.feeds.port}")
        options = ("--config", str(self.path), "--now", at.isoformat())
        ran = digest(command, *options, *(allowed if command != "deliver" else ()), *more)
        return ran.returncode, ran.stdout + ran.stderr

    def subscribe(self, *addresses: str, sections: str = "") -> None:
        """People who get it."""
        for address in addresses:
            wish = ("--sections", sections) if sections else ()
            ran = digest("subscribers", "add", address, "--config", str(self.path), *wish)
            assert 0 == ran.returncode, ran.stderr

    def page(self, day: datetime) -> set[str]:
        """The headlines on the page of a date."""
        path = self.folder / "output" / day.date().isoformat() / "digest.json"
        document = json.loads(path.read_bytes())
        return {
            story["headline"] for section in document["sections"] for story in section["stories"]
        }

    def mailed(self) -> dict[str, list[str]]:
        """The text of each mail by its recipient."""
        assert self.sink is not None
        got: dict[str, list[str]] = {}
        for mail in self.sink.taken():
            text = mail["body"].decode().replace("=\r\n", "")
            got.setdefault(mail["to"], []).append(" ".join(text.split()))
        return got


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_sink(tmp_path / "sink") as sink, feeds_at_work() as feeds:
        feeds.add("a", "Ferry pilots walk out in Marrowmouth")
        feeds.add("b", "Comet breaks in three over Ellinport")
        yield House(tmp_path, feeds, sink)


def test_an_outage_publishes_nothing_and_costs_nobody_the_edition(house: House) -> None:
    """All feeds fail at the first run: said so, exit 1; the second run's edition reaches all."""
    house.subscribe("ann@mail.example")
    code, said = house.run("run", DAY)
    assert (1, True) == (code, "no feed could be read" in said)
    assert not (house.folder / "output" / "2026-11-25").exists()
    house.feeds.up()
    code, _ = house.run("run", DAY + timedelta(hours=1))
    assert (0, 1) == (code, len(house.mailed()["ann@mail.example"]))
    assert "Ferry pilots" in house.mailed()["ann@mail.example"][0]


def test_what_comes_after_the_mail_is_in_the_next_one(house: House) -> None:
    """A second run with one feed more: the page of the date stays, the next mail has the story."""
    house.feeds.up()
    house.subscribe("ann@mail.example")
    house.run("run", DAY)
    before = house.page(DAY)
    house.feeds.add("c", "Old library reopens in Kells")
    house.write("a", "b", "c")
    code, said = house.run("run", DAY + timedelta(hours=1))
    assert (0, True) == (code, "1 article of since then will be in the next one" in said)
    assert before == house.page(DAY)
    house.run("run", DAY + timedelta(days=1))
    first, second = house.mailed()["ann@mail.example"]
    assert ("Old library" in first, "Old library" in second) == (False, True)
    assert {"Old library reopens in Kells"} == house.page(DAY + timedelta(days=1))


def test_before_the_mail_a_rebuild_renews_both(house: House) -> None:
    """Nothing has left: the page gains the story, and so does the mail."""
    house.feeds.up()
    house.subscribe("ann@mail.example")
    house.run("run", DAY, "--no-deliver")
    house.feeds.add("a", "Old library reopens in Kells")
    house.run("run", DAY + timedelta(hours=1), "--no-deliver")
    house.run("deliver", DAY + timedelta(hours=1))
    (mail,) = house.mailed()["ann@mail.example"]
    assert 3 == len(house.page(DAY))
    assert [] == [title for title in house.page(DAY) if title not in mail]


def test_a_reader_of_a_section_that_had_nothing_gets_it_when_it_has(house: House) -> None:
    """Skipped as empty, and open again when the edition gains something for them."""
    house.feeds.up()
    house.write("a", "b", "c", sections={"c": "Tech"})
    house.feeds.entries["c"] = []
    house.subscribe("cleo@mail.example", sections="Tech")
    house.run("run", DAY)
    assert {} == house.mailed()
    house.feeds.add("c", "Chip factory opens in Sennet")
    house.run("run", DAY + timedelta(hours=1))
    (mail,) = house.mailed()["cleo@mail.example"]
    assert "Chip factory opens in Sennet" in mail


class Newsdesk:
    """The three flows over one real store, without a network: a feed that grows."""

    def __init__(self, folder: Path) -> None:
        self.room = MailSetup(folder)
        self.room.now = DAY
        self.room.add("ann@mail.example", "bob@mail.example", hour="8")
        self.room.add("weekly@mail.example", frequency="weekly", hour="8")
        feed = Feed(url="https://a.example/", full_text=FullText.NEVER)
        # What nobody reads for weeks is too old for an edition; that is not what is asked here.
        digest = self.room.settings.digest.model_copy(update={"max_age_days": 366})
        self.settings = self.room.settings.model_copy(update={"feeds": (feed,), "digest": digest})
        self.http = FakeHttp({feed.url: rss()})
        self.wire, self.output = Wire(), InMemoryOutput()
        self.titles: list[str] = []
        self.items: list[str] = []
        self.collect()  # of a feed that is new, only the newest entries would be shown

    def new(self) -> None:
        """An entry more; each is of an event of its own."""
        number = len(self.titles) + 1
        self.titles.append(f"{NOUNS[number % 9]}{number} {VERBS[number % 7]} near Town{number * 7}")
        date = format_datetime(self.room.now - timedelta(hours=1), usegmt=True)
        words = " ".join(f"W{number * 31 + place}ord" for place in range(20))
        made = item(number, title=self.titles[-1]).partition("<pubDate>")[0]
        self.items.append(f"{made}<pubDate>{date}</pubDate><description>{words}.</description>")
        self.http.pages["https://a.example/"] = rss(*self.items)

    def collect(self) -> None:
        """Read the feed."""
        flow = collector(self.settings, self.room.store, self.http, self.room.clock)
        asyncio.run(flow.collect(patient=False))

    def build(self) -> None:
        """Build the edition of the day."""
        builder = Builder(
            settings=self.settings,
            store=self.room.store,
            renderer=RENDERER,
            output=self.output,
            clock=self.room.clock,
            slot_of=self.room.slot_of,
        )
        builder.build(self.room.now.date().isoformat())

    def deliver(self) -> None:
        """Send what is due."""
        self.room.deliverer(mailer=self.wire).deliver()

    def day(self) -> None:
        """The next day, half an hour after the slot."""
        self.room.now = self.room.now.replace(hour=8, minute=30) + timedelta(days=1)

    def pages(self) -> dict[str, tuple[set[str], set[str]]]:
        """On the page of each date: the headlines of its stories, and all that are named at all."""
        found = {}
        for path, body in self.output.files.items():
            if re.fullmatch(r"[0-9-]{10}/digest\.json", path):
                document = json.loads(body)
                headlines = {
                    story["headline"]
                    for section in document["sections"]
                    for story in section["stories"]
                }
                briefs = {brief["headline"] for brief in document["rest"]}
                found[path[:10]] = headlines, headlines | briefs
        return found

    def mails(self) -> list[tuple[str, str, set[str]]]:
        """Oldest and newest edition of each mail that left, and the headlines in it."""
        rows = self.room.outbox.all_of([DeliveryState.SENT])
        spans = {delivery.message_id: (delivery.since, delivery.edition) for delivery, _, _ in rows}
        sent = []
        for envelope in self.wire.taken:
            text = " ".join(envelope.data.decode().replace("=\r\n", "").split())
            holds = {title for title in self.titles if re.search(rf"{title}(?!\d)", text)}
            sent.append((*spans[envelope.message_id], holds))
        return sent


NOUNS = ("Ferry", "Comet", "Library", "Bridge", "Oven", "Harbour", "Moss", "Rook", "Heron")
VERBS = ("closes", "reopens", "sinks", "wins", "burns", "moves", "returns")
RENDERER = Renderer(base_url="https://news.example")
STEPS = ("new", "new", "collect", "build", "deliver", "day")


def agrees(harness: Newsdesk) -> None:
    """Every entry is on one page; a mail tells what the pages of its editions tell, no others'."""
    pages = harness.pages()
    assert sorted(harness.titles) == sorted(title for _, named in pages.values() for title in named)
    for since, until, holds in harness.mails():
        days = [page for day, page in pages.items() if since <= day <= until]
        assert holds <= set().union(*(named for _, named in days))
        if since == until:  # a week is chosen anew from all its stories
            assert holds >= set().union(*(headlines for headlines, _ in days))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=30))
def test_page_and_mail_carry_the_same_stories(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Whatever the order of reading, building and sending, in days of any kind."""
    harness = Newsdesk(tmp_path_factory.mktemp("harness"))
    for step in [*steps, *("collect", "build", "deliver", "day") * 2]:
        getattr(harness, step)()
    agrees(harness)
    harness.room.store.close()


def test_a_rebuild_after_the_mail_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: an edition that is open for ever loses what came after its mail."""
    monkeypatch.setattr("digest.store.edition_store._has_left", lambda *_: False)
    harness = Newsdesk(tmp_path)
    for step in ("new", "collect", "build", "deliver", "new", "collect", "build", "day", "deliver"):
        getattr(harness, step)()
    with pytest.raises(AssertionError):
        agrees(harness)


def test_an_outage_of_ours_makes_no_feed_wait() -> None:
    """All of several hosts unreachable: again in a minute; one dead host is left to its pace."""
    now = DAY

    def state(name: str, *, read: float | None, failing: float | None) -> FeedState:
        return FeedState(
            url=f"https://{name}.example/",
            read_at=None if read is None else now - timedelta(hours=read),
            failing_since=None if failing is None else now - timedelta(hours=failing),
        )

    def again(*states: FeedState, polled: int) -> bool:
        known = {feed.url: feed for feed in states}
        return again_after_outage(known, [feed.url for feed in states[:polled]], now) is not None

    down = [state("a", read=9, failing=8), state("b", read=10, failing=8)]
    assert again(*down, polled=2)
    assert again(state("a", read=None, failing=0.1), polled=1)
    assert not again(state("a", read=None, failing=2), polled=1)
    dead = [state("a", read=90, failing=80), state("b", read=90, failing=80)]
    assert not again(*dead, state("c", read=0.5, failing=None), polled=2)


def test_serving_before_the_network_publishes_soon_after_it(house: House) -> None:
    """Ticks of half a minute by a given clock: within two minutes of the network's return."""
    moment = [DAY]
    allowed = (Allowance.parse(f"127.0.0.1/32:{house.feeds.port}"),)
    with application(
        settings_of(house.path, None, None),
        clock=lambda: moment[0],
        observer=Silent(),
        allowed=allowed,
    ) as flows:
        scheduler = Scheduler(flows=lambda: flows, clock=lambda: moment[0], since=DAY)
        for _ in range(20):
            assert asyncio.run(scheduler.tick()) is None
            moment[0] += timedelta(seconds=30)
        house.feeds.up()
        ticks = 0
        while (built := asyncio.run(scheduler.tick())) is None:
            ticks += 1
            assert ticks <= 4
            moment[0] += timedelta(seconds=30)
    assert 2 == built.edition.counts.stories


def test_what_waits_is_published_by_a_stated_time() -> None:
    """Two hours after the slot, if there is anything; an outage alone is never an edition."""
    late = DAY + timedelta(hours=2)
    assert not may_publish_unread(late - timedelta(minutes=1), DAY, waiting=3)
    assert may_publish_unread(late, DAY, waiting=3)
    assert not may_publish_unread(late + timedelta(days=1), DAY, waiting=0)


def test_odd_dates_are_said(tmp_path: Path) -> None:
    """An edition of a date to come, and a clock behind the last publication."""
    room = MailSetup(tmp_path)
    later = DAY + timedelta(days=400)
    room.publish(at=later)
    room.publish(at=DAY)
    store = open_store(tmp_path / "digest.db")
    newest, last = store.last_published(), store.last_published("2026-11-25")
    store.close()
    assert newest is not None
    assert last is not None
    found = date_warnings(
        DAY - timedelta(hours=1),
        room.settings.digest.zone,
        newest=Published(id=newest[0], at=newest[1]),
        last=Published(id=last[0], at=last[1]),
    )
    assert ("2027-12-30" in found[0], "behind the last publication" in found[1]) == (True, True)
