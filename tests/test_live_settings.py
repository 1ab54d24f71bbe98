"""A configuration that is changed while digest serves (check G6)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.config import LiveSettings, load
from digest.model.errors import ConfigError
from digest.services.application import application
from digest.services.live import live_application

from .fakes import Silent

FEED = '\n[[feeds]]\nurl = "https://{}.example/feed"\n'


def written(path: Path, text: str) -> Path:
    """As an editor writes: beside it, then over it."""
    beside = path.with_suffix(".swp")
    beside.write_text(text, encoding="utf-8")
    return beside.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "feeds.toml", FEED.format("a"))


@pytest.fixture
def live(path: Path) -> LiveSettings:
    return LiveSettings(path, lambda: load(path))


BROKEN = ["[digest]\ntitel = 'x'\n" + FEED.format("b"), "[[feeds", "", "[[feeds]]\nurl = 3\n"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_with_mistakes_changes_nothing(
    path: Path, live: LiveSettings, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The previous configuration stays; mistakes are reported once, with their line."""
    before = live.current()
    written(path, text)
    with pytest.raises(ConfigError):  # control: read afresh it is refused
        load(path)
    assert before is live.current() is live.current()
    (said,) = caplog.messages
    assert said.startswith(f"{path}:")
    assert said.endswith("keeping the previous configuration")
    written(path, FEED.format("c"))
    assert ["https://c.example/feed"] == [feed.url for feed in live.current().feeds]


def test_a_file_that_is_gone_changes_nothing(path: Path, live: LiveSettings) -> None:
    """Some editors remove it first."""
    before = live.current()
    path.unlink()
    assert before is live.current()
    written(path, FEED.format("b"))
    assert before is not live.current()


def test_what_is_held_open_counts_from_the_next_start(
    path: Path, live: LiveSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """The database and the pages stay where they are; the rest of the new file counts."""
    before = live.current()
    for table in (
        'database = "other.db"',
        '[web]\nlisten = "127.0.0.1:1"',
        '[admin]\nlisten = "127.0.0.1:1"',
    ):
        caplog.clear()
        written(path, f'[digest]\ntitle = "New"\n{table}{FEED.format("b")}')
        after = live.current()
        assert ("New", before.digest.database) == (after.digest.title, after.digest.database)
        assert (before.web, before.admin) == (after.web, after.admin)
        assert "take effect at the next start" in caplog.messages[0]


def test_the_flows_follow_the_configuration(
    path: Path, live: LiveSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """The same store and lock, other feeds and templates; nothing is made anew without a change."""
    caplog.set_level(logging.INFO)
    clock = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with application(live.current(), clock=lambda: clock, observer=Silent()) as flows:
        current = live_application(live, flows)
        assert flows is current() is current()
        written(path, '[digest]\nlanguage = "de"' + FEED.format("b"))
        assert "de" == current().settings.digest.language
        assert flows.store is current().store
        assert flows.renderers is not current().renderers
    assert [f"{path}: reloaded"] == [message for message in caplog.messages if str(path) in message]


def test_templates_that_fail_do_not_come_with_a_new_configuration(
    path: Path, live: LiveSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """The previous ones stay in use, and the fault is reported."""
    clock = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with application(live.current(), clock=lambda: clock, observer=Silent()) as flows:
        current = live_application(live, flows)
        flows.renderers.current()
        bad = path.parent / "mine"
        bad.mkdir()
        (bad / "edition.html.j2").write_text("{% if", encoding="utf-8")
        written(path, '[digest]\ntemplates = "mine"\ntitle = "New"' + FEED.format("b"))
        assert "New" == current().settings.digest.title
        assert flows.renderers is current().renderers
    assert f"{bad / 'edition.html.j2'}:1: " in caplog.text
