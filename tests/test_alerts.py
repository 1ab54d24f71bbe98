"""Trouble with feeds reaches the operator: the log, one mail a day, `digest feeds`."""

from __future__ import annotations

import email
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pytest

from .feed_server import START, Answer, FeedServer, Operator
from .sink import running_sink

DAYS = 12
TURN = 3  # the day on which everything goes wrong


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


def _text(message: Message) -> str:
    part = message.get_payload(0)
    assert isinstance(part, Message)
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode()


def table(*names: str) -> list[str]:
    return [f'url = "http://127.0.0.1:PORT/{name}"\ntitle = "{name}"' for name in names]


def serve_day(server: FeedServer, day: int) -> None:
    """What four feeds show on a day: from TURN on, none as before; a fifth goes on."""
    for path in ("/gone", "/silent", "/moved", "/refused", "/good"):
        if day < TURN or path in {"/moved", "/good"}:
            items = (
                server.item(path, number, f"{path} number {number}", hours=24 - 6 * number)
                for number in range(4 * day + 4, max(0, 4 * day - 4), -1)
            )
            server.feed(path, *items, pages=False)
    if day >= TURN:
        server.answers["/gone"] = Answer(status=410)
        server.answers["/refused"] = Answer(status=403)
        server.answers["/new"] = server.answers["/moved"]
        server.answers["/moved"] = Answer(status=301, headers={"Location": server.url("/new")})


def test_each_trouble_is_logged_once_and_mailed_at_most_once_a_day(
    tmp_path: Path, server: FeedServer
) -> None:
    """A feed that dies, one that goes silent, one that moves, one that refuses; one is fine."""
    operator = Operator(tmp_path, server)
    logged: Counter[str] = Counter()
    with running_sink(tmp_path / "sink") as sink:
        top = (
            '[web]\nbase_url = "https://news.example"\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
            'sender = "digest@news.example"\n[alerts]\nto = "Ops <ops@news.example>"\n'
        )
        names = ("gone", "silent", "moved", "refused", "good")
        operator.write(*(f'{feed}\nfull_text = "always"' for feed in table(*names)), top=top)
        for day in range(DAYS):
            serve_day(server, day)
            done = operator.run("collect", at=START + timedelta(days=day))
            logged.update(
                word
                for word in names
                for line in done.stderr.splitlines()
                if "WARNING" in line and f"/{word})" in line
            )
        sent = [email.message_from_bytes(taken["body"]) for taken in sink.taken()]
    assert {"gone": 1, "silent": 1, "moved": 1, "refused": 1} == logged
    texts = [_text(message) for message in sent]
    days = [message["Date"][5:16] for message in sent]
    assert len(days) == len(set(days)) <= 4
    assert {"<ops@news.example>"} == {message["To"] for message in sent}
    for name in ("gone", "silent", "moved", "refused"):
        assert 1 == sum(f"/{name})" in text for text in texts), (name, texts)
    assert not [text for text in texts if "/good)" in text]
    states = {
        row["title"]: row
        for row in operator.run("feeds", "--json", at=START + timedelta(days=DAYS))
    }
    assert {
        "gone": "gone", "silent": "silent", "moved": "moved", "refused": "failing", "good": "ok",
    } == {name: row["state"] for name, row in states.items()}  # fmt: skip
    assert "usually 4 a day" in states["silent"]["reason"]
    assert (
        f"digest feeds move {server.url('/moved')} {server.url('/new')}"
        in states["moved"]["reason"]
    )
    shown = operator.run("feeds", at=START + timedelta(days=DAYS)).stdout.splitlines()
    assert ["gone", "refused", "silent", "moved", "good"] == [line.split()[0] for line in shown[1:]]
