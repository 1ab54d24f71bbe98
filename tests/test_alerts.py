"""Trouble with feeds reaches the operator: the log, one mail a day, `digest feeds`."""

from __future__ import annotations

import email
import html
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import event

from digest.config import Settings
from digest.feeds.health import Condition
from digest.model import Feed, FeedState
from digest.model.records import NewArticle, PollResult
from digest.services.alerts import Alerts
from digest.store import AlertStore, open_store

from .admin_setup import pages_over
from .factories import article
from .feed_server import START, Answer, FeedServer, Operator
from .sink import Manner, running_sink

DAYS = 12
MAIL = """[web]
base_url = "https://news.example"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "digest@news.example"
"""
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
        top = MAIL.format(port=sink.port) + '[alerts]\nto = "Ops <ops@news.example>"\n'
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
    order = ["gone", "refused", "silent", "moved", "good"]
    assert order == [line.split()[0] for line in shown[1:]]
    words = ["gone", "failing", "silent", "moved", "ok"]
    with pages_over(operator.path, START + timedelta(days=DAYS)) as pages:
        page, metrics = pages.get().text, pages.get("/metrics").text
        health = json.loads(pages.get("/health").text)
    assert list(zip(order, words, strict=True)) == re.findall(
        r'<bdi>(\w+)</bdi></a>\s*<span class="who"><span class="label(?: mark)?">(\w+)</span>', page
    )
    needs = page.partition('id="needs"')[2].partition("</section>")[0]
    assert [True, True, True, True, False] == [f"/{name})" in needs for name in order]
    assert html.escape(states["silent"]["reason"]) in page
    assert [1.0] * 5 == [
        float(value)
        for word in words
        for value in re.findall(rf'digest_feeds{{condition="{word}"}} (\S+)', metrics)
    ]
    assert (5, 4) == (health["feeds"], health["feeds_in_trouble"])


class Hook:
    """A server on loopback to which alerts are posted; `status` is what it answers."""

    def __init__(self) -> None:
        self.status, self.taken = 200, list[tuple[str, dict[str, str]]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.taken.append((self.headers["Content-Type"], json.loads(body)))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def texts(self) -> list[str]:
        """What the alerts said that were taken in, or refused."""
        return [document["text"] for _, document in self.taken]


def test_a_webhook_is_posted_once_a_day_at_most(tmp_path: Path, server: FeedServer) -> None:
    """One that answers with an error is tried again after an hour, and loses nothing."""
    operator = Operator(tmp_path, server)
    with Hook() as hook:
        operator.write(*table("a", "b", "c"), top=f'[alerts]\nwebhook = "{hook.url}"\n')
        server.answers["/a"] = Answer(status=410)
        for path in ("/b", "/c"):
            server.feed(path, server.item(path, 1, "One"), pages=False)

        def collect(hours: float) -> str:
            return str(operator.run("collect", at=START + timedelta(hours=hours)).stderr)

        hook.status = 500
        assert "the alert was not sent to the webhook: HTTP 500" in collect(0)
        assert "not sent" not in collect(0.5)
        assert 1 == len(hook.taken)
        hook.status = 200
        assert "not sent" not in collect(1.5)
        server.answers["/b"] = Answer(status=410)
        for hours in (2, 12, 25):
            collect(hours)
        assert 2 == len(hook.taken)
        for hours in (26, 27, 40, 60, 80):
            collect(hours)
    assert [["a"], ["a"], ["b"]] == [
        re.findall(r"^gone since \S+ \S+ UTC: (\w+) ", text, re.MULTILINE) for text in hook.texts()
    ]
    kind, document = hook.taken[-1]
    assert "application/json" == kind
    assert {"title": "The Digest: 1 needs a look", "at": "2026-03-03T08:00:00+00:00"} == {
        name: value for name, value in document.items() if name != "text"
    }


def test_a_mail_server_that_refuses_reaches_the_webhook(tmp_path: Path, server: FeedServer) -> None:
    """What waits, with the server's reason; the log, `status`, page and metrics agree."""
    operator = Operator(tmp_path, server)
    with Hook() as hook, running_sink(tmp_path / "sink", Manner(refuse_mail_from=True)) as sink:
        alerts = f'[alerts]\nto = "ops@news.example"\nwebhook = "{hook.url}"\n'
        top = MAIL.format(port=sink.port) + alerts
        operator.write(*table("a"), top=top)
        server.feed("/a", server.item("/a", 1, "One"), pages=False)
        for name in ("ann", "bob"):
            operator.run("subscribers", "add", f"{name}@mail.example")
        first = operator.run("run", at=START + timedelta(hours=2))
        assert 1 == first.returncode
        assert [] == hook.taken
        later = START + timedelta(hours=4)
        operator.run("collect", at=later)
    (text,) = hook.texts()
    assert "2 deliveries have been due for more than an hour: " in text
    reason = text.partition("hour: ")[2]
    assert "550 5.7.1 sender not allowed" in reason
    assert reason in operator.run("status", at=later).stdout
    with pages_over(operator.path, later) as pages:
        assert html.escape(reason) in pages.get().text
        assert 'digest_outbox{state="pending"} 2.0' in pages.get("/metrics").text


def test_deliveries_that_failed_are_in_one_alert(tmp_path: Path, server: FeedServer) -> None:
    """How many and why; the next day says nothing of them."""
    operator = Operator(tmp_path, server)
    with Hook() as hook, running_sink(tmp_path / "sink") as sink:
        top = MAIL.format(port=sink.port) + f'[alerts]\nwebhook = "{hook.url}"\n'
        operator.write(*table("a"), top=top)
        server.feed("/a", server.item("/a", 1, "One"), pages=False)
        for name in ("ann", "nobody1", "nobody2"):
            operator.run("subscribers", "add", f"{name}@mail.example")
        operator.run("run", at=START + timedelta(hours=2))
        for hours in (3, 26, 50):
            operator.run("collect", at=START + timedelta(hours=hours))
        assert 1 == len(sink.taken())
    (text,) = hook.texts()
    assert text.startswith("2 deliveries failed: 550 5.1.1 ")


def test_a_look_costs_what_was_polled(tmp_path: Path) -> None:
    """Feeds that were not polled are not asked after, however many; one that is quiet now is."""
    settings = Settings(feeds=tuple(Feed(url=f"https://a.example/{n}") for n in range(600)))
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    quiet = settings.feeds[7].url
    store = open_store(tmp_path / "digest.db")
    for feed in settings.feeds:
        state = FeedState(url=feed.url, polled_at=at, read_at=at)
        articles = tuple(
            NewArticle(
                article=article(id=f"{feed.url[18:]}-{day}", feed_url=feed.url, first_seen_at=seen),
                raw_id=None,
                content_hash="",
            )
            for day in range(6)
            for seen in [at - timedelta(days=day + (90 if feed.url == quiet else 0))]
        )
        store.save_poll(PollResult(feed=feed, outlet="A", state=state, new=articles))
    alerts = Alerts(settings=settings, store=store, clock=lambda: at)

    def asked(*urls: str) -> int:
        """How many statements a look at those feeds takes."""
        statements: list[str] = []

        def note(*given: Any) -> None:
            statements.append(given[2])

        event.listen(store.engine, "before_cursor_execute", note)
        alerts.watch(urls)
        event.remove(store.engine, "before_cursor_execute", note)
        return sum(not statement.startswith("BEGIN") for statement in statements)

    every = {feed.url for feed in settings.feeds}
    assert asked(*every) <= 16  # 500 feeds a statement, and four more for the quiet one
    assert asked(settings.feeds[0].url) == asked(settings.feeds[1].url) <= 4
    assert asked(quiet) == asked(settings.feeds[0].url) + 4
    said = AlertStore(store.engine)
    assert {quiet: Condition.SILENT} == said.conditions([quiet])
    assert {quiet} == said.unreported()
