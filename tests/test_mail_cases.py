"""Mail that went wrong somewhere, through the real commands: ../shared/cases/mail."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import Cause

from .command import digest
from .mail_setup import MORNING, SECRET, MailSetup
from .test_outbox import Wire
from .web_setup import free_port

NOW = MORNING.isoformat()


def config_of(folder: Path, port: int = 9, smtp: str = "") -> Path:
    """A configuration for the database of a `MailSetup`, with its key."""
    key = folder / "digest.db.key"
    key.write_bytes(SECRET.replace(b" ", b"-") + b"\n")
    key.chmod(0o600)
    path = folder / "feeds.toml"
    path.write_text(
        f"""[digest]
title = "The Digest"
[web]
base_url = "https://news.example"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "The Digest <digest@news.example>"
return_path = "bounces@news.example"
{smtp}
[[feeds]]
url = "https://a.example/"
""",
        encoding="utf-8",
    )
    return path


def setup(folder: Path, port: int = 9, readers: int = 100, smtp: str = "") -> MailSetup:
    """So many readers, one edition, and the configuration beside them."""
    config_of(folder, port, smtp)
    room = MailSetup(folder, port=port, return_path="bounces@news.example")
    room.keys = type(room.keys)([SECRET.replace(b" ", b"-")])
    room.crowd(readers)
    room.publish()
    return room


def expected(path: Path) -> dict[str, str]:
    """What is right for each file of a folder, by its `expected.md`."""
    rows = re.findall(r"^\| (\S+\.eml) \| (\w+) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_reports_of_mail_that_came_back(mail_cases: Path, tmp_path: Path) -> None:
    """`digest bounces FILE` reads each as what it is."""
    found = {}
    right = expected(mail_cases / "bounces" / "expected.md")
    assert right.keys() == {path.name for path in (mail_cases / "bounces").glob("*.eml")}
    for name in right:
        folder = tmp_path / name
        folder.mkdir()
        room = setup(folder, readers=1)
        wire = Wire()
        room.deliverer(mailer=wire).deliver()
        (sent,) = wire.taken
        text = (mail_cases / "bounces" / name).read_text(encoding="utf-8")
        for place, value in (
            ("{ADDRESS}", sent.recipient),
            ("{RETURN_PATH}", sent.sender),
            ("{MESSAGE_ID}", sent.message_id),
        ):
            text = text.replace(place, value)
        coded = re.compile(r"\{BASE64 FROM HERE\}\n(.*?)\{TO HERE\}", re.DOTALL)
        text = coded.sub(lambda part: base64.encodebytes(part[1].encode()).decode(), text)
        (folder / "one.eml").write_text(text, encoding="utf-8")
        config = ("--config", str(folder / "feeds.toml"), "--now", NOW)
        said = digest("bounces", str(folder / "one.eml"), *config).stdout
        found[name] = said.removeprefix("Bounces: 1 ").rstrip(".\n")
        room.store.close()
    assert right == found


CSV_RIGHT = {
    "sep-line.csv": ("1 added.", {"a1@mail.example": 7}),
    "empty-columns.csv": ("2 added.", {"a1@mail.example": 7, "a2@mail.example": 8}),
    "hour-cells.csv": ("2 added.", {"a1@mail.example": 7, "a2@mail.example": 7}),
    "pending.csv": ("1 asked.", {"p1@mail.example": None}),
}


@pytest.mark.parametrize("name", CSV_RIGHT)
def test_lists_as_spreadsheets_write_them(mail_cases: Path, tmp_path: Path, name: str) -> None:
    """`digest subscribers import FILE` takes each for what it means."""
    room = MailSetup(tmp_path)
    config = config_of(tmp_path)
    ran = digest("subscribers", "import", str(mail_cases / "csv" / name), "--config", str(config))
    got = {person.address: person.rhythm.hour for person in room.people.all()}
    assert (0, CSV_RIGHT[name]) == (ran.returncode, (ran.stdout.strip(), got)), ran.stderr


@dataclass(frozen=True)
class RawSink:
    """The scriptable sink of the cases at work, and its log."""

    port: int
    log: Path

    def events(self, kind: str) -> list[dict[str, Any]]:
        """What happened of one kind."""
        if not self.log.exists():
            return []
        rows = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [row for row in rows if row["ev"] == kind]


@contextmanager
def raw_sink(folder: Path, cases: Path, *modes: str) -> Iterator[RawSink]:
    """The sink of the cases, in a process of its own, with what it is to answer."""
    port, log = free_port(), folder / "sink.log"
    command = [sys.executable, str(cases / "smtp" / "sink.py"), str(port), str(log), *modes]
    with subprocess.Popen(command) as process:
        try:
            until = time.monotonic() + 20
            sink = RawSink(port=port, log=log)
            while not sink.events("connect"):
                assert time.monotonic() < until
                with free_of_errors():
                    import socket

                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                time.sleep(0.05)
            yield sink
        finally:
            process.kill()


@contextmanager
def free_of_errors() -> Iterator[None]:
    """What is not there yet is looked for again."""
    try:
        yield
    except OSError:
        time.sleep(0.05)


def deliver(folder: Path, now: Any = MORNING, *options: str) -> Any:
    """`digest deliver` at a time."""
    config = str(folder / "feeds.toml")
    return digest("deliver", "--config", config, "--now", now.isoformat(), *options)


WHOLE = {
    "S1 quota at MAIL": "mail:550 5.4.5 Daily user sending quota exceeded",
    "S2 relaying refused at RCPT": "rcpt:554 5.7.1 Relay access denied",
    "sender not owned": "rcpt:553 5.7.1 <digest@news.example>: Sender address rejected: not owned",
    "suspended at DATA": "data:554 Message rejected: Sending suspended for this account",
    "no reason at all": "rcpt:550 5.7.1 no",
    "throttled, temporary by its code": "data:454 Throttling failure: Daily message quota exceeded",
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_provider_that_takes_nothing(mail_cases: Path, tmp_path: Path, case: str) -> None:
    """An hour of looks every half minute: nobody failed, ten attempts at most; then all arrive."""
    with raw_sink(tmp_path, mail_cases, WHOLE[case]) as sink:
        room = setup(tmp_path, sink.port)
        first = deliver(tmp_path)
        for seconds in range(30, 3600, 30):
            deliver(tmp_path, MORNING + timedelta(seconds=seconds))
        attempts = len(sink.events("mail"))
        said = digest("status", "--config", str(tmp_path / "feeds.toml")).stdout
    assert ({"pending": 100}, 1) == (room.states(), first.returncode)
    assert 3 <= attempts <= 10
    assert WHOLE[case].partition(":")[2][:30] in said
    with raw_sink(tmp_path, mail_cases) as sink:
        config_of(tmp_path, sink.port)
        for hours in range(1, 8):
            deliver(tmp_path, MORNING + timedelta(hours=hours))
        assert ({"sent": 100}, 100) == (
            room.states(),
            sum(row["ans"].startswith("250") for row in sink.events("data")),
        )


def test_a_provider_taken_for_its_readers_is_noticed(
    mail_cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controls: refusals taken for each reader's fault; a wait that is forgotten."""
    with raw_sink(tmp_path, mail_cases, WHOLE["S1 quota at MAIL"]) as sink:
        room = setup(tmp_path, sink.port)
        with monkeypatch.context() as patch:
            patch.setattr("digest.store.outbox.Outbox.back_off", lambda *_: None)
            for seconds in range(0, 600, 30):
                deliver(tmp_path, MORNING + timedelta(seconds=seconds))
        assert len(sink.events("mail")) > 10
        with monkeypatch.context() as patch:
            patch.setattr("digest.mail.settlement.cause_of", lambda *_, **__: Cause.RECIPIENT)
            deliver(tmp_path, MORNING + timedelta(hours=1))
        assert room.states()["failed"] > 0


def test_a_wrong_password_is_tried_once(
    mail_cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One login a look, by one method; the line says 535 and the server's words (S3)."""
    monkeypatch.setenv("PASSWORD", "wrong")
    modes = ("ext:AUTH_PLAIN_LOGIN_CRAM-MD5", "auth:535 5.7.8 Bad credentials")
    with raw_sink(tmp_path, mail_cases, *modes) as sink:
        setup(tmp_path, sink.port, smtp='username = "me"\npassword_env = "PASSWORD"')
        said = deliver(tmp_path).stderr
        assert "login refused: 535 5.7.8 Bad credentials" in said
        assert 1 == len(sink.events("auth"))
        for seconds in range(30, 3600, 30):
            deliver(tmp_path, MORNING + timedelta(seconds=seconds))
        assert 2 <= len(sink.events("auth")) <= 10


def test_a_password_beyond_ascii(
    mail_cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is sent as UTF-8 (S6, RFC 4616)."""
    monkeypatch.setenv("PASSWORD", "gehüßm")
    with raw_sink(tmp_path, mail_cases, "ext:AUTH_PLAIN_LOGIN") as sink:
        room = setup(tmp_path, sink.port, 3, 'username = "me"\npassword_env = "PASSWORD"')
        deliver(tmp_path)
        assert {"sent": 3} == room.states()


def test_a_mailbox_refused_at_rcpt_counts(mail_cases: Path, tmp_path: Path) -> None:
    """Exim's words without a code: ended after three dates (S5)."""
    with raw_sink(tmp_path, mail_cases, "badrcpt:550 Unrouteable address") as sink:
        room = setup(tmp_path, sink.port, readers=3)
        room.add("gone@bad.example")
        states = []
        for day in range(1, 6):
            room.now = MORNING + timedelta(days=day)
            room.publish()
            deliver(tmp_path, room.now)
            gone = room.people.find("gone@bad.example")
            states.append(gone.state if gone else "")
    assert ["active", "active", "bounced", "bounced", "bounced"] == states
    assert {"sent": 15 + 3, "failed": 3} == room.states() | {"sent": 18}


def test_a_daily_run_meets_greylisting(mail_cases: Path, tmp_path: Path) -> None:
    """Some minutes later each day: everything arrives the day it is published (S7)."""
    with raw_sink(tmp_path, mail_cases, "grey") as sink:
        room = setup(tmp_path, sink.port, readers=5)
        for day, minutes in enumerate((5, 12, 19)):
            room.now = MORNING + timedelta(days=day)
            if day:
                room.publish()
            deliver(tmp_path, room.now + timedelta(minutes=minutes))
            assert {"sent": 5 * (day + 1)} == room.states()
        senders = Counter((row["to"], row["frm"]) for row in sink.events("rcpt"))
    assert {2} == set(senders.values())  # the second try is known by its sender


def test_greylisting_without_waiting(mail_cases: Path, tmp_path: Path) -> None:
    """Runs that do not stay: the second try comes before a mail is called late."""
    with raw_sink(tmp_path, mail_cases, "grey") as sink:
        room = setup(tmp_path, sink.port, readers=5)
        for day, minutes in enumerate((5, 12, 19)):
            now = MORNING + timedelta(days=day, minutes=minutes)
            deliver(tmp_path, now, "--wait", "0")
    assert {"sent": 5} == room.states()


def test_a_slow_answer_makes_no_copy(mail_cases: Path, tmp_path: Path) -> None:
    """Longer than a command may take (here 1 s): RFC 5321 gives the end of a message ten minutes.

    The case's 75 s, at the default of 60 s a command, are the same path (S4).
    """
    with raw_sink(tmp_path, mail_cases, "slow:3") as sink:
        room = setup(tmp_path, sink.port, 1, "timeout = 1.0")
        deliver(tmp_path)
        deliver(tmp_path, MORNING + timedelta(minutes=10))
        assert ({"sent": 1}, 1) == (room.states(), len(sink.events("data")))
