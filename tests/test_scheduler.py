"""`digest serve`: everything when it is due, exactly one edition a local date."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from digest.config import DigestSettings, Settings, SmtpSettings
from digest.edition.schedule import Published
from digest.flows import Builder, BuildReport, CollectReport, DeliverReport
from digest.flows import scheduler as scheduler_module
from digest.flows.scheduler import Scheduler
from digest.model import DeliveryState, Feed
from digest.model.errors import DigestError
from digest.render import Renderer
from digest.store import open_store

from .fakes import InMemoryOutput, mark_read

ZONES_AND_CHANGES = [
    ("Europe/Berlin", ("2026-03-29", "2026-10-25")),
    ("America/New_York", ("2026-03-08", "2026-11-01")),
    ("America/Santiago", ("2026-04-05", "2026-09-06")),  # at midnight
    ("Australia/Lord_Howe", ("2026-04-05", "2026-10-04")),  # by half an hour
    ("Pacific/Auckland", ("2026-04-05", "2026-09-27")),
]

HALF_HOUR = timedelta(minutes=30)
RENDERER = Renderer()  # its templates are tried once


class Town:
    """The flows over a real store, with a clock set by hand; there are no feeds to read."""

    def __init__(self, folder: Path, zone: str, publish_at: str = "07:00") -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.database = folder / "digest.db"
        self.store = open_store(self.database)
        self.output = InMemoryOutput()
        self.collects: list[bool] = []
        digest = DigestSettings.model_validate({"timezone": zone, "publish_at": publish_at})
        self.settings = Settings(digest=digest, feeds=(Feed(url="https://a.example/"),))
        self.published: list[str] = []
        self.stop = Event()

    def clock(self) -> datetime:
        return self.now

    async def collect(self, *, patient: bool) -> CollectReport:
        self.collects.append(patient)
        return CollectReport(feeds=())

    def build(self, edition: str) -> BuildReport:
        builder = Builder(
            settings=self.settings,
            store=self.store,
            renderer=RENDERER,
            output=self.output,
            clock=self.clock,
        )
        self.published.append(edition)
        return builder.build(edition)

    def deliver(self) -> DeliverReport:
        """Nobody subscribed in this town, and its post office is closed."""
        counts = Counter({DeliveryState.SENT: 2})
        return DeliverReport(counts=counts, held=1, error="mail server a:25: no answer")

    def is_ready(self, edition: str) -> bool:
        """There are no feeds that could fail."""
        return bool(edition)

    def warnings(self) -> tuple[str, ...]:
        """Its clocks are right."""
        return ()

    def last_published(self) -> Published | None:
        last = self.store.last_published()
        return Published(id=last[0], at=last[1]) if last else None

    def live(self, start: datetime, until: datetime, step: timedelta) -> None:
        """Tick from start to until; a restart of the process changes nothing, so make one each."""
        self.now = start
        while self.now < until:
            scheduler = Scheduler(flows=lambda: self, clock=self.clock, since=start)
            asyncio.run(scheduler.tick())
            self.now += step


class Stuck(Town):
    """A build that never ends, interrupted in the middle."""

    never = Event()

    def build(self, edition: str) -> BuildReport:
        self.published.append(edition)
        os.kill(os.getpid(), signal.SIGTERM)
        self.never.wait()
        raise DigestError("too late")


def test_nobody_waits_for_a_build_when_told_to_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is done again at the next start; the end is no failure (A13)."""
    caplog.set_level(logging.INFO)
    town = Stuck(tmp_path, "UTC", "00:00")
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)
    asyncio.run(scheduler.serve())
    assert ["2026-01-01"] == town.published
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]
    town.never.set()


class Slow(Town):
    """Each round takes ten ticks; after some it is interrupted."""

    TURNS = 3
    turns = active = most = 0

    async def collect(self, *, patient: bool) -> CollectReport:
        self.active += 1
        self.most = max(self.most, self.active)
        await asyncio.sleep(0.2)
        self.active -= 1
        self.turns += 1
        if self.turns == self.TURNS:
            os.kill(os.getpid(), signal.SIGTERM)
        return await super().collect(patient=patient)


@pytest.mark.parametrize(("zone", "changes"), ZONES_AND_CHANGES)
@pytest.mark.parametrize("publish_at", ["07:00", "02:30", "00:00"])
def test_one_edition_a_local_date_over_clock_changes(
    tmp_path: Path, zone: str, changes: tuple[str, str], publish_at: str
) -> None:
    """Ticking through four days around both changes of a year, each date has one edition."""
    for change in changes:
        town = Town(tmp_path / change, zone, publish_at)
        middle = datetime.fromisoformat(f"{change}T12:00:00").replace(
            tzinfo=town.settings.digest.zone
        )
        start = (middle - timedelta(days=2)).astimezone(UTC)
        town.live(start, start + timedelta(days=4), timedelta(minutes=30))
        dates = [(middle.date() + timedelta(days=days)).isoformat() for days in (-2, -1, 0, 1, 2)]
        assert dates[: len(town.published)] == town.published
        assert 4 <= len(town.published)
        assert set(town.published) == {
            path.split("/")[0] for path in town.output.files if path.endswith("/digest.json")
        }


def test_time_that_was_slept_through_is_made_up_for_once(tmp_path: Path) -> None:
    """Suspended for 14 hours, off over three slots, started at the slot: one edition each (G3).

    Control: who publishes only while the clock shows the slot misses all but the last.
    """
    town = Town(tmp_path, "UTC")
    town.live(datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2026, 1, 1, 20, tzinfo=UTC), HALF_HOUR)
    assert ["2026-01-01"] == town.published
    naive: list[str] = []
    for woken in ("2026-01-02T10:00", "2026-01-05T12:00", "2026-01-06T07:00"):
        town.published.clear()
        now = datetime.fromisoformat(woken).replace(tzinfo=UTC)
        for _ in range(3):  # restarts, too
            town.live(now, now + timedelta(minutes=2), timedelta(minutes=1))
        assert [woken[:10]] == town.published
        naive += [woken] if (now.hour, now.minute) == (7, 0) else []
    assert ["2026-01-06T07:00"] == naive


def test_what_stops_a_delivery_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody looks at a report that nobody prints; without mail nothing is said."""
    town = Town(tmp_path, "UTC")
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)
    caplog.set_level("INFO")
    asyncio.run(scheduler.deliver())
    assert [] == caplog.messages
    smtp = SmtpSettings(host="a", sender="digest@news.example")
    town.settings = town.settings.model_copy(update={"smtp": smtp})
    asyncio.run(scheduler.deliver())
    assert [
        "sent 2 mails",
        "held 1 mails: see digest status --held",
        "mail waits: mail server a:25: no answer",
    ] == caplog.messages


def test_a_tick_that_takes_long_is_not_joined_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run longer than its interval: never two at once, and none is stuck (G4)."""
    monkeypatch.setattr(scheduler_module, "TICK", 0.02)
    town = Slow(tmp_path, "UTC")
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)
    asyncio.run(scheduler.serve())
    assert (1, Slow.TURNS) == (town.most, town.turns)

    async def both() -> None:  # control: two that are started together are seen
        other = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)
        await asyncio.gather(scheduler.tick(), other.tick())

    town.active = 0
    asyncio.run(both())
    assert 2 == town.most


class Stalled(Town):
    """A host keeps the first round of polls waiting until the edition is there."""

    async def collect(self, *, patient: bool) -> CollectReport:
        report = await super().collect(patient=patient)
        while not self.published:
            await asyncio.sleep(0.01)
        return report


def test_a_due_edition_does_not_wait_for_a_host_that_stalls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round of polls goes on beside the build, and the next tick begins no second one."""
    monkeypatch.setattr(scheduler_module, "PATIENCE", 0.05)
    town = Stalled(tmp_path, "UTC", "00:00")
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)

    async def ticks() -> None:
        await scheduler.tick()
        assert (["2026-01-01"], [True]) == (town.published, town.collects)
        await scheduler.tick()

    asyncio.run(asyncio.wait_for(ticks(), 30))
    assert [True] == town.collects


def test_an_edition_waits_for_polls_that_end_in_time(tmp_path: Path) -> None:
    """Control: what is collected in the tick that publishes is stored before the build."""
    town = Stalled(tmp_path, "UTC", "00:00")
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(scheduler.tick(), 0.5))
    assert [] == town.published


def test_every_tick_polls_patiently(tmp_path: Path) -> None:
    """The scheduler keeps to each feed's own rhythm."""
    town = Town(tmp_path, "UTC")
    town.live(town.now, town.now + timedelta(hours=2), timedelta(hours=1))
    assert [True, True] == town.collects


def test_an_edition_that_was_not_written_whole_is_published_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between store and folder: the next tick completes it."""
    town = Town(tmp_path, "UTC")
    town.now = datetime(2026, 1, 5, 7, tzinfo=UTC)
    scheduler = Scheduler(flows=lambda: town, clock=town.clock, since=town.now)

    def full(_files: object) -> None:
        raise DigestError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(town.output, "write", full)
        with pytest.raises(DigestError):
            asyncio.run(scheduler.tick())
    assert asyncio.run(scheduler.tick()) is not None
    assert asyncio.run(scheduler.tick()) is None
    assert "2026-01-05/index.html" in town.output.files


CONFIG = """[digest]
publish_at = "00:00"
[[feeds]]
url = "http://127.0.0.1:9/feed"
"""


def test_the_command_serves_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    """Started after the slot it publishes today's edition; SIGTERM ends it well; one leader."""
    config = tmp_path / "feeds.toml"
    config.write_text(CONFIG, encoding="utf-8")
    read_at = datetime(2026, 1, 5, 7, tzinfo=UTC)
    mark_read(tmp_path / "digest.db", "http://127.0.0.1:9/feed", read_at)
    command = [sys.executable, "-c", "from digest.cli.main import main; main()"]
    arguments = ["--config", str(config), "--now", "2026-01-05T08:00:00"]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [*command, "serve", *arguments], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        page = tmp_path / "output" / "2026-01-05" / "index.html"
        index = tmp_path / "output" / "index.html"
        deadline = time.monotonic() + 60
        while not index.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        second = subprocess.run(
            [*command, "run", *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert (0, True) == (process.returncode, page.exists()), errors
    assert 1 == second.returncode
    assert f"another digest (process {process.pid}) is at work" in second.stderr
