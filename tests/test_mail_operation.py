"""Keys, dates and headers of mail, and what `digest check` warns of."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from digest.cli.options import settings_of
from digest.mail.headers import header
from digest.model import Section
from digest.model.records import Outcome
from digest.services.advice import problems_of

from .command import digest
from .mail_setup import MORNING, edition, story
from .sink import running_sink
from .test_mail_cases import config_of, setup
from .test_outbox import Wire


def test_a_lost_key_is_not_replaced_without_a_word(tmp_path: Path) -> None:
    """Links in mail sent before would die: refused, nothing is written, until it is meant."""
    with running_sink(tmp_path / "sink") as sink:
        room = setup(tmp_path, sink.port, readers=2)
        common = ("--config", str(tmp_path / "feeds.toml"), "--now", MORNING.isoformat())
        assert 0 == digest("deliver", *common).returncode
        key = tmp_path / "digest.db.key"
        key.unlink()
        refused = digest("deliver", *common)
        assert (1, False) == (refused.returncode, key.exists())
        assert "the key that signed the links" in refused.stderr
        key.write_text("another-key-that-is-long-enough-for-us")
        key.chmod(0o600)
        assert 1 == digest("deliver", *common).returncode
        assert 0 == digest("deliver", "--take-over", *common).returncode
        assert 0 == digest("deliver", *common).returncode
        room.store.close()


def test_a_key_that_is_rotated_is_known(tmp_path: Path) -> None:
    """The old one below the new one."""
    with running_sink(tmp_path / "sink") as sink:
        setup(tmp_path, sink.port, readers=1).store.close()
        common = ("--config", str(tmp_path / "feeds.toml"), "--now", MORNING.isoformat())
        assert 0 == digest("deliver", *common).returncode
        key = tmp_path / "digest.db.key"
        key.write_text("a-new-key-that-is-long-enough-for-all\n" + key.read_text())
        assert 0 == digest("deliver", *common).returncode


def test_a_mail_is_dated_when_it_is_first_sent(tmp_path: Path) -> None:
    """Not when its slot was; a second try has the same bytes."""
    room = setup(tmp_path, readers=1)
    room.now = MORNING + timedelta(hours=9)
    wire = Wire(Outcome(answer="doubt"), Outcome(answer="sent"))
    room.deliverer(mailer=wire).deliver()
    room.wait(hours=1)
    room.deliverer(mailer=wire).deliver()
    first, second = wire.taken
    message = message_from_bytes(first.data, policy=policy.default)
    assert MORNING + timedelta(hours=9) == parsedate_to_datetime(str(message["Date"]))
    assert first.data == second.data


def test_no_line_begins_with_from(tmp_path: Path) -> None:
    """Mailboxes of old put a mark before it; readers see it as it was written."""
    room = setup(tmp_path, readers=0)
    room.now = MORNING + timedelta(days=1)
    room.add("ann@mail.example")
    text = "From here on it rains, he said."
    room.publish(
        edition("2026-03-03", Section(title="World", stories=(story("1", headline=text),)))
    )
    wire = Wire()
    room.deliverer(mailer=wire).deliver()
    (mail,) = wire.taken
    assert not any(line.startswith(b"From ") for line in mail.data.split(b"\r\n"))
    message = message_from_bytes(mail.data, policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    assert text in part.get_content()


@pytest.mark.parametrize("emoji", ["\U0001faea", "\U0001fadc", "\U0001f389"])
def test_newer_emoji_stay_in_subjects(emoji: str) -> None:
    """Those of Unicode 16, which this Python does not know, too."""
    raw = header("Subject", f"Party {emoji}")
    assert f"Party {emoji}" == message_from_bytes(raw, policy=policy.default)["Subject"]


def test_check_warns_of_what_will_fail(tmp_path: Path) -> None:
    """http with one-click, a password that is not there; the control is a sound configuration."""
    path = config_of(tmp_path, smtp='username = "me"\npassword_env = "NO_SUCH"')
    sound = settings_of(path, None, None)
    assert [] == list(problems_of(sound, {"NO_SUCH": "x"}))
    text = path.read_text(encoding="utf-8").replace("https://news", "http://news")
    path.write_text(text, encoding="utf-8")
    said = digest("check", "--config", str(path))
    assert 1 == said.returncode
    assert "one-click" in said.stderr
    assert "smtp.password_env: the environment has no NO_SUCH" in said.stderr
