"""Pages and confirmation mails that went wrong: names, pauses, slow clients, choices."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.mail.links import Purpose
from digest.model import Choice, Section, Subscriber, SubscriberState
from digest.web import form as form_module
from digest.web.form import preferences

from .mail_setup import MailSetup, edition, story
from .sink import Running, running_sink
from .web_setup import Site, ask, site

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Running]:
    with running_sink(tmp_path / "sink") as running:
        yield running


@pytest.fixture
def web(tmp_path: Path, sink: Running) -> Iterator[Site]:
    room = MailSetup(tmp_path, port=sink.port)
    with site(room, tmp_path / "output") as served:
        yield served


def test_no_confirmation_leaves_while_sending_is_paused(web: Site, sink: Running) -> None:
    """It leaves once sending is resumed (W3)."""
    web.room.outbox.pause(web.room.now)
    web.ask("POST", "/subscribe", {"address": "ann@mail.example"})
    threading.Event().wait(1)
    assert [] == sink.taken()
    web.room.outbox.pause(None)
    web.ask("POST", "/subscribe", {"address": "bob@mail.example"})
    taken = waited(sink, 2)
    assert ["ann@mail.example", "bob@mail.example"] == [mail["to"] for mail in taken]


def test_no_confirmation_leaves_beside_another_machine(web: Site, sink: Running) -> None:
    """Before --take-over a copy of the database sends nothing (W4)."""
    web.room.outbox.claim("another", take_over=True)
    web.ask("POST", "/subscribe", {"address": "ann@mail.example"})
    threading.Event().wait(1)
    assert [] == sink.taken()


def waited(sink: Running, number: int) -> list[dict[str, object]]:
    for _ in range(200):
        if len(sink.taken()) >= number:
            break
        threading.Event().wait(0.1)
    return sink.taken()


def test_an_hour_sees_no_more_than_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for how many addresses; the others follow in the next hour."""
    monkeypatch.setattr("digest.store.confirmations.CONFIRMATIONS_AN_HOUR", 3)
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        for number in range(5):
            address = f"reader{number}@mail.example"
            room.people.ask(address, address, at=room.now)
        with site(room, tmp_path / "output") as served:
            served.ask("POST", "/subscribe", {"address": "last@mail.example"})
            assert 3 == len(waited(sink, 3))
            threading.Event().wait(0.5)
            assert 3 == len(sink.taken())
            room.wait(hours=2)
            served.ask("POST", "/subscribe", {"address": "more@mail.example"})
            assert 6 == len(waited(sink, 6))


def test_programs_that_fill_every_field_ask_nobody(web: Site, sink: Running) -> None:
    """They see the same answer; the control is a person's form."""
    filled = {"address": "bot@mail.example", "website": "https://spam.example"}
    robot = web.ask("POST", "/subscribe", filled)
    person = web.ask("POST", "/subscribe", {"address": "ann@mail.example", "website": ""})
    assert (200, robot.body) == (robot.status, person.body)
    assert ["ann@mail.example"] == [mail["to"] for mail in waited(sink, 1)]
    assert None is web.room.people.find("bot@mail.example")


def test_the_form_posts_to_where_it_was_loaded_from(web: Site) -> None:
    """By whichever name, address or path it is served (W2)."""
    page = web.ask("GET", "/subscribe", headers={"Host": "www.elsewhere.example"})
    assert ('<form method="post">' in page.text, "action=" in page.text) == (True, False)
    assert "form-action 'self'" in page.headers["content-security-policy"]


def test_half_requests_keep_nobody_out(web: Site) -> None:
    """510 connections that never finish their head: others are served, and none gets a 503."""
    half = []
    try:
        for _ in range(510):
            connection = socket.create_connection(("127.0.0.1", web.port), timeout=20)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            half.append(connection)
        assert [200] * 5 == [web.ask("GET", "/subscribe").status for _ in range(5)]
    finally:
        for connection in half:
            connection.close()


def test_a_head_that_never_ends_is_cut(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its deadline the connection is closed; one that answers in time is not."""
    monkeypatch.setattr("digest.web.server._HEAD", 0.5)
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as slow:
        slow.sendall(b"GET /subscribe HTTP/1.1\r\n")
        assert b"" == slow.recv(100)
    assert 200 == web.ask("GET", "/subscribe").status


def test_erased_people_may_still_leave(web: Site) -> None:
    """One click of an old mail answers 200; a link that nobody signed does not."""
    web.room.add("gone@mail.example")
    path = web.link(Purpose.UNSUBSCRIBE, "gone@mail.example")
    gone = web.room.people.find("gone@mail.example")
    assert gone is not None
    web.room.people.erase(gone.id, at=web.room.now)
    answer = web.ask("POST", path, ONE_CLICK)
    assert (200, "Unsubscribed.\n") == (answer.status, answer.text)
    assert 404 == web.ask("POST", f"{path[:-3]}AAA", ONE_CLICK).status


def test_a_choice_stays_when_the_hour_changes(web: Site) -> None:
    """Late editions hold no other section than the chosen ones (W1)."""
    web.room.publish(
        edition("2026-03-02", *(Section(title=name, stories=(story(name),)) for name in CHOSEN))
    )
    web.room.add("ann@mail.example", sections=";".join(CHOSEN))
    path = web.link(Purpose.PREFERENCES, "ann@mail.example")
    form = {"frequency": "daily", "hour": "9", "timezone": "", "language": ""}
    assert 200 == web.ask("POST", path, form | {f"section:{name}": "all" for name in CHOSEN}).status
    ann = web.room.people.find("ann@mail.example")
    assert ann is not None
    assert (CHOSEN, 9) == (ann.choice.sections, ann.rhythm.hour)


CHOSEN = ("World", "Screen")


def reader(*sections: str, muted: tuple[str, ...] = ()) -> Subscriber:
    return Subscriber(
        id="0" * 16,
        address="a@b.example",
        state=SubscriberState.ACTIVE,
        choice=Choice(sections=sections, muted=muted),
    )


@pytest.mark.parametrize(
    ("before", "form", "after"),
    [
        (("A",), {}, ("A",)),  # the page held no section: nothing changes
        (("A",), {"section:A": "all"}, ("A",)),
        (("A",), {"section:A": "all", "section:B": "all"}, ("A", "B")),
        (("A", "B"), {"section:C": "all"}, ()),  # now all of them
        ((), {"section:B": "none"}, ("A", "C")),
        ((), {}, ()),
    ],
)
def test_sections_that_were_not_touched(
    before: tuple[str, ...], form: dict[str, str], after: tuple[str, ...]
) -> None:
    """Stay chosen or excluded, whether the page showed them or not."""
    _, fields = preferences(reader(*before), (), form, ("A", "B", "C"))
    assert after == fields["sections"]


def test_two_hundred_muted_stories_are_a_form(web: Site) -> None:
    """As many as are kept, with names as long as they may be."""
    stories = [f"s{number:03}-{'x' * 75}" for number in range(form_module.MAX_MUTED)]
    web.room.add("ann@mail.example", muted=";".join(story[:6] for story in stories))
    path = web.link(Purpose.PREFERENCES, "ann@mail.example")
    answer = web.ask("POST", path, {"frequency": "daily", "muted": stories})
    ann = web.room.people.find("ann@mail.example")
    assert ann is not None
    assert (200, tuple(stories)) == (answer.status, ann.choice.muted)


@pytest.mark.parametrize(("trusted", "limited"), [((), True), (("127.0.0.1",), False)])
def test_who_calls_is_what_a_trusted_proxy_says(
    tmp_path: Path, trusted: tuple[str, ...], limited: bool
) -> None:
    """Twenty an hour from one place: others' addresses count only from a trusted proxy."""
    room = MailSetup(tmp_path)
    with site(room, tmp_path / "output", trusted=trusted) as served:
        statuses = [
            ask(
                served.port,
                "POST",
                "/subscribe",
                {"address": f"r{number}@mail.example"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status
            for number in range(25)
        ]
    assert limited == (429 in statuses)
