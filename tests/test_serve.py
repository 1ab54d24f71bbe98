"""One process, one morning: feeds, edition, pages and mails, all real, until SIGTERM."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from digest.tools.newsroom import READINGS, Newsroom

from .conftest import ROOT
from .sink import Running, running_sink
from .web_setup import Answer, ask, free_port

START = READINGS[2].replace(hour=6, minute=59, second=57)
DAY = START.date().isoformat()


def config_of(newsroom: Newsroom, folder: Path, sink: Running, port: int) -> Path:
    text = newsroom.config(output="output", database="digest.db").replace(
        "[fetch]",
        f'publish_at = "07:00"\n\n[web]\nbase_url = "http://127.0.0.1:{port}"\n'
        f'listen = "127.0.0.1:{port}"\n\n[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\n'
        'security = "none"\nsender = "The Digest <digest@news.example>"\n\n[fetch]',
    )
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return path


def awaited(process: subprocess.Popen[str], what: Callable[[], Any]) -> Any:
    """What comes to be while the process lives."""
    until = time.monotonic() + 120
    while not (found := what()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def link_in(mail: dict[str, Any], words: str) -> str:
    message = message_from_bytes(mail["body"], policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    found = re.search(rf"http://127\.0\.0\.1:\d+(/{words}/\S+)", part.get_content())
    assert found is not None
    return found[1]


def test_a_morning(tmp_path: Path) -> None:
    """Somebody subscribes before seven, gets the edition of seven, and leaves with one click."""
    port = free_port()
    with (
        running_sink(tmp_path / "sink") as sink,
        Newsroom(ROOT / "examples" / "newsroom") as newsroom,
    ):
        newsroom.now = START - timedelta(hours=1)
        config = config_of(newsroom, tmp_path, sink, port)

        def page(path: str, form: dict[str, str] | None = None) -> Answer | None:
            try:
                return ask(port, "POST" if form else "GET", path, form)
            except OSError:
                return None

        def ready(path: str) -> bool:
            answer = page(path)
            return answer is not None and answer.status == 200

        command = "from digest.flows import scheduler; scheduler.TICK = 5; "
        command += "from digest.cli.main import main; main()"
        arguments = ["serve", "--config", str(config), "--now", START.isoformat()]
        with subprocess.Popen(
            [sys.executable, "-c", command, *arguments, "--allow-address", "127.2.0.0/16"],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "error"},
        ) as process:
            try:
                awaited(process, lambda: ready("/subscribe"))
                page("/subscribe", {"address": "ann@mail.example"})
                (confirmation,) = awaited(process, sink.taken)
                page(link_in(confirmation, "confirm"), {"confirm": "yes"})
                awaited(process, lambda: ready(f"/{DAY}/"))
                _, mail = awaited(process, lambda: sink.taken() if len(sink.taken()) > 1 else ())
                archive = page("/")
                found = page("/search?q=strike")
                left = page(link_in(mail, "unsubscribe"), {"List-Unsubscribe": "One-Click"})
            finally:
                process.send_signal(signal.SIGTERM)
            before = time.monotonic()
            _, errors = process.communicate(timeout=30)
    assert (0, True) == (process.returncode, time.monotonic() - before < 10), errors
    check_mail(mail, tmp_path)
    assert archive is not None
    assert 'href="subscribe"' in archive.text
    assert found is not None
    assert f"{DAY}/" in found.text
    assert left is not None
    assert (200, "Unsubscribed.\n") == (left.status, left.text)
    assert {("unsubscribed", "sent")} == states(tmp_path)
    assert not re.search(r"Traceback|ann@", errors)


def check_mail(mail: dict[str, Any], folder: Path) -> None:
    """It is the edition's, to whom it is for, with every headline that the page tells."""
    message = message_from_bytes(mail["body"], policy=policy.default)
    assert "ann@mail.example" == mail["to"]
    edition = json.loads((folder / "output" / DAY / "digest.json").read_bytes())
    stories = [story for section in edition["sections"] for story in section["stories"]]
    headlines = [story["headline"] for story in stories]
    (lead,) = [story["headline"] for story in stories if story["id"] == edition["front"][0]]
    assert lead == message["Subject"]
    part = message.get_body(("plain",))
    assert part is not None
    text = " ".join(part.get_content().split())
    assert headlines
    assert [] == [headline for headline in headlines if " ".join(headline.split()) not in text]


def states(folder: Path) -> set[tuple[str, str]]:
    """Who there is, and what became of their mails."""
    connection = sqlite3.connect(folder / "digest.db")
    try:
        return set(
            connection.execute(
                "SELECT subscribers.state, outbox.state FROM subscribers"
                " JOIN outbox ON outbox.subscriber_id = subscribers.id"
            )
        )
    finally:
        connection.close()
