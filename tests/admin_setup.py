"""The operator's pages over a demo's database, with readers and a feed in trouble (for tests)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from digest.cli.demo import run_demo
from digest.config import LiveSettings, load
from digest.flows import Editor
from digest.mail.subscriber_rows import parse_fields
from digest.model import Cause, DeliveryState
from digest.model.records import Settlement
from digest.services.admin import admin_pages
from digest.services.application import application
from digest.services.database import Database
from digest.services.editor import editor
from digest.services.monitoring import Metrics, Monitor
from digest.store import Why
from digest.tools.newsroom import READINGS

from .fakes import Silent
from .web_setup import Answer, ask, free_port, serve

NOW = READINGS[-1] + timedelta(hours=2)
NEWEST = READINGS[-1].date().isoformat()
READERS = ("ann@mail.example", "bob@mail.example", "cleo@mail.example")


def make_demo(folder: Path) -> None:
    """Three editions in a folder, and three readers of the last: one mail failed, one is held."""
    run_demo(folder / "output", folder, quiet=True, verbose=False)
    settings = load(folder / "feeds.toml")
    with application(settings, clock=lambda: NOW, observer=Silent(), announce=False) as flows:
        database = Database.over(flows.store, settings)
        database.people.put(
            [(address, parse_fields({"state": "active"})) for address in READERS],
            why=Why(READINGS[0], "added in a test"),
            confirm=False,
            slot_of=database.slot_of,
        )
        database.store.mark_published(NEWEST, READINGS[-1], database.slot_of)
        waiting = sorted(
            database.outbox.due(NOW, doubtful=False, limit=9), key=lambda one: one.address
        )
        states = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.HELD)
        causes = (None, Cause.RECIPIENT, Cause.IN_DOUBT)
        reasons = (None, "550 5.1.1 no such mailbox", "the connection ended without an answer")
        for delivery, state, cause, reason in zip(waiting, states, causes, reasons, strict=True):
            done = Settlement(id=delivery.id, state=state, at=NOW, cause=cause, reason=reason)
            assert database.outbox.step(None, delivery, NOW)
            database.outbox.step(done)


def token_of(page: str) -> str:
    """The value in the forms of a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """The served pages, and what the commands would see."""

    port: int
    database: Database
    editor: Editor

    def url(self, path: str = "/") -> str:
        """The address of a page."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str = "/", **headers: str) -> Answer:
        """What a page answers."""
        return ask(self.port, "GET", path, headers=headers)

    def post(self, path: str, form: dict[str, object], **headers: str) -> Answer:
        """What a form is answered."""
        return ask(self.port, "POST", path, form, headers=headers)

    def stories(self) -> dict[str, int]:
        """The stories of the newest edition, and how many articles each has."""
        return {story.id: len(story.articles) for story in self.editor.edition().stories}


@contextmanager
def admin(made: Path, folder: Path, top: str = "") -> Iterator[Admin]:
    """The pages over a copy of a demo; `top` is more configuration."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    path = folder / "feeds.toml"
    path.write_text(top + path.read_text("utf-8"), "utf-8")
    with pages_over(path, NOW) as served:
        yield served


@contextmanager
def pages_over(path: Path, now: datetime) -> Iterator[Admin]:
    """The pages of a configuration at a time."""
    live, port = LiveSettings(path, lambda: load(path)), free_port()
    settings = live.current()
    with application(settings, clock=lambda: now, observer=Silent(), announce=False) as flows:
        monitor = Monitor(settings=live.current, store=flows.store, clock=flows.clock)
        app = admin_pages(live, flows, monitor, Metrics(monitor, Silent()))
        with serve(app, port), editor(settings, clock=flows.clock) as corrections:
            yield Admin(
                port=port, database=Database.over(flows.store, settings), editor=corrections
            )
