"""Nothing is lost between builds: outages, late articles, mail that has left."""

from __future__ import annotations

import http.server
import json
import random
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.edition.schedule import Published, date_warnings, may_publish_unread
from digest.feeds.polling import again_after_outage
from digest.model import FeedState
from digest.store import open_store

from .command import digest
from .mail_setup import MailSetup
from .sink import Running, running_sink
from .web_setup import free_port

DAY = datetime(2026, 11, 25, 8, tzinfo=UTC)
PLACES = ("Marrowmouth", "Ellinport", "Kells", "Upper Combe", "Northgate", "Pell", "Sennet")


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


def test_page_and_mail_carry_the_same_stories(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the order of runs, builds and sends: once mail has left, page and mail agree.

    And every article is in exactly one edition.
    """

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(
        steps=st.lists(
            st.sampled_from(["new", "new", "run", "collect", "build", "deliver", "day"]),
            min_size=6,
            max_size=14,
        ),
        seed=st.integers(0, 999),
    )
    def check(steps: list[str], seed: int) -> None:
        folder = tmp_path_factory.mktemp("house")
        chance = random.Random(seed)
        with running_sink(folder / "sink") as sink, feeds_at_work() as feeds:
            feeds.add("a", "Ferry pilots walk out in Marrowmouth")
            feeds.add("b", "Comet breaks in three over Ellinport")
            feeds.up()
            house = House(folder, feeds, sink)
            house.subscribe("ann@mail.example", "bob@mail.example")
            now, number = DAY, 0
            for step in [*steps, "run", "day", "run", "day", "run"]:
                now += timedelta(minutes=chance.choice((1, 70)))
                if step == "new":
                    number += 1
                    place = chance.choice(PLACES)
                    feeds.add(chance.choice("ab"), f"Event {number} stirs {place} {seed + number}")
                elif step == "day":
                    now = now.replace(hour=8) + timedelta(days=1)
                else:
                    house.run(step, now)
            compare(house)

    check()


def compare(house: House) -> None:
    """Each mail holds the headlines of its edition's page, and no others' of that reader."""
    taken: dict[str, str] = {}
    for path in sorted((house.folder / "output").glob("2*/digest.json")):
        for headline in house.page(datetime.fromisoformat(path.parent.name)):
            assert headline not in taken, f"{headline} in two editions"
            taken[headline] = path.parent.name
    offered = {title for entries in house.feeds.entries.values() for title, _ in entries}
    assert offered == taken.keys()
    connection = sqlite3.connect(house.folder / "digest.db")
    spans = connection.execute(
        "SELECT address, since, outbox.edition, outbox.state FROM outbox JOIN subscribers"
        " ON subscribers.id = subscriber_id ORDER BY slot"
    ).fetchall()
    connection.close()
    for address in ("ann@mail.example", "bob@mail.example"):
        mails = house.mailed().get(address, [])
        sent = [row for row in spans if row[0] == address and row[3] == "sent"]
        assert len(mails) == len(sent)
        for mail, (_, since, until, _) in zip(mails, sent, strict=True):
            holds = {title for title in taken if re.search(rf"{re.escape(title)}(?!\d)", mail)}
            assert holds == {title for title, day in taken.items() if since <= day <= until}


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
        known = {one.url: one for one in states}
        return again_after_outage(known, [one.url for one in states[:polled]], now) is not None

    down = [state("a", read=9, failing=8), state("b", read=10, failing=8)]
    assert again(*down, polled=2)
    assert again(state("a", read=None, failing=0.1), polled=1)
    assert not again(state("a", read=None, failing=2), polled=1)
    dead = [state("a", read=90, failing=80), state("b", read=90, failing=80)]
    assert not again(*dead, state("c", read=0.5, failing=None), polled=2)


def test_serving_before_the_network_publishes_soon_after_it(house: House) -> None:
    """Ticks of half a minute by a given clock: within two minutes of the network's return."""
    import asyncio  # noqa: PLC0415

    from digest.cli.options import settings_of  # noqa: PLC0415
    from digest.fetch import Allowance  # noqa: PLC0415
    from digest.flows.scheduler import Scheduler  # noqa: PLC0415
    from digest.services import application  # noqa: PLC0415

    from .fakes import Silent  # noqa: PLC0415

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
