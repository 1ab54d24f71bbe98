"""Mail that came back: whose it was is known from what we signed, never from what a report says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from digest.mail.bounces import Kind, file_away, messages_of, read_report
from digest.model.errors import DigestError
from digest.services.mail import MailService, mail_service
from digest.store import Why

from .mail_setup import MailSetup
from .test_outbox import Wire

pytestmark = pytest.mark.usefixtures("engine")

ANN = "ann@mail.example"


def dsn(to: str, status: str, action: str = "failed", message_id: str = "") -> bytes:
    """A delivery report as servers write it (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {ANN}
Action: {action}
Status: {status}
--b
Content-Type: text/rfc822-headers

Message-ID: {message_id or "<other@x>"}
Subject: x
--b--
""".replace("\n", "\r\n").encode()


def complaint(message_id: str, kind: str = "abuse") -> bytes:
    """A complaint as mail services send it (RFC 5965)."""
    return f"""From: fbl@service.example
To: abuse@news.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
Version: 1
User-Agent: service/1
--b
Content-Type: message/rfc822

From: digest@news.example
Message-ID: {message_id}

body
--b--
""".encode()


class Office:
    """A mail setup with one delivery that left."""

    def __init__(self, folder: Path, days: int = 1) -> None:
        self.room = MailSetup(folder, return_path="back@news.example", bounces=folder / "Maildir")
        self.room.add(ANN)
        self.paths: list[str] = []
        self.ids: list[str] = []
        for _ in range(days):
            self.room.publish()
            wire = Wire()
            self.room.deliverer(mailer=wire).deliver()
            (envelope,) = wire.taken
            self.paths.append(envelope.sender)
            self.ids.append(envelope.message_id)
            self.room.wait(days=1)
        settings = self.room.settings
        digest = settings.digest.model_copy(update={"database": folder / "digest.db"})
        made = mail_service(
            settings.model_copy(update={"digest": digest}), self.room.store, self.room.clock
        )
        self.post: MailService = replace(made, keys=self.room.keys)

    @property
    def state(self) -> str:
        subscriber = self.room.people.find(ANN)
        assert subscriber is not None
        return subscriber.state


@pytest.mark.parametrize("by", ["return path", "Message-ID"])
def test_no_such_mailbox_on_three_dates_ends_a_subscription(tmp_path: Path, by: str) -> None:
    """Known by the return path, or by the Message-ID of what came back; a date counts once."""
    service = Office(tmp_path, days=3)
    for number in range(3):
        to, message_id = ("a@b", service.ids[number])
        if by == "return path":
            to, message_id = service.paths[number], ""
        for _ in range(2):
            assert Kind.HARD == service.post.read_bounce(dsn(to, "5.1.1", message_id=message_id))
        assert ("bounced" if number == 2 else "active") == service.state
    assert {"bounced": 3} == service.room.states()
    outcome = service.room.people.put(
        [(ANN, {})],
        why=Why(service.room.now, "imported"),
        confirm=False,
        slot_of=service.room.slot_of,
    )
    assert ["left alone: bounced"] == list(map(str, outcome))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"Action: failed", b"Action: relayed\r\nStatus: 2.0.0\r\n\r\nAction: failed"),
        (b"message/delivery-status", b"message/global-delivery-status"),
        (b"\r\n", b"\n"),
    ],
)
def test_a_report_of_other_servers(tmp_path: Path, said: bytes, instead: bytes) -> None:
    """Of several recipients, in the form for addresses beyond ASCII, with bare line ends."""
    service = Office(tmp_path)
    raw = dsn(service.paths[0], "5.1.1").replace(said, instead)
    assert Kind.HARD == service.post.read_bounce(raw)


@pytest.mark.parametrize("status", ["5.1.7", "5.1.8", "5.7.1", "5.1.11"])
def test_what_is_said_of_the_sender_ends_no_subscription(tmp_path: Path, status: str) -> None:
    """A sender's domain that a server dislikes says nothing about the reader's mailbox."""
    service = Office(tmp_path)
    assert Kind.SOFT == service.post.read_bounce(dsn(service.paths[0], status))
    assert "active" == service.state


def test_five_soft_returns_in_a_month_do_too(tmp_path: Path) -> None:
    """Four do not, and one report counts once."""
    service = Office(tmp_path, days=5)
    for number, path in enumerate(service.paths, start=1):
        for _ in range(2):
            assert Kind.SOFT == service.post.read_bounce(dsn(path, "4.2.2"))
        assert ("bounced" if number == 5 else "active") == service.state


def test_a_complaint_is_for_good(tmp_path: Path) -> None:
    """Even their own address asked for on the web gets no mail any more."""
    service = Office(tmp_path)
    assert Kind.COMPLAINT == service.post.read_bounce(complaint(service.ids[0]))
    assert "unsubscribed" == service.state
    assert not service.room.people.ask(ANN, ANN, at=service.room.now)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\x00garbage",
        b"Subject: Out of office\r\n\r\nI am away.",
        dsn("back@news.example", "5.1.1"),  # an address alone proves nothing
        dsn("back+" + "a" * 32 + "@news.example", "5.1.1"),  # forged
        complaint("<never@sent>"),
        complaint("<x@y>", kind="not-spam"),
        b"Content-Type: multipart/report\r\n\r\n" + b"--" * 5000,
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,  # exhausts the parser
    ],
)
def test_what_anybody_can_write_does_nothing(tmp_path: Path, raw: bytes) -> None:
    """Forged, foreign or broken reports change no subscription."""
    service = Office(tmp_path)
    assert None is service.post.read_bounce(raw)
    assert ("active", {"sent": 1}) == (service.state, service.room.states())


def test_a_notice_of_delay_is_no_bounce(tmp_path: Path) -> None:
    """The server is still trying."""
    service = Office(tmp_path)
    assert None is read_report(dsn(service.paths[0], "4.4.1", action="delayed"), service.room.keys)


def test_a_maildir_is_watched(tmp_path: Path) -> None:
    """What is new is read and filed as seen; what is not understood as well."""
    service = Office(tmp_path)
    new = tmp_path / "Maildir" / "new"
    new.mkdir(parents=True)
    (new / "1").write_bytes(dsn(service.paths[0], "5.1.1"))
    (new / "2").write_bytes(b"hello")
    (new / "0").write_bytes(b"Content-Type: message/rfc822\r\n\r\n" * 3000)
    service.post.watch_bounces()
    assert ({"bounced": 1}, []) == (service.room.states(), list(new.iterdir()))
    filed = sorted(path.name for path in (tmp_path / "Maildir/cur").iterdir())
    assert ["0:2,S", "1:2,S", "2:2,S"] == filed


def test_a_maildir_that_cannot_be_filed_gives_one_line(tmp_path: Path) -> None:
    """Such as one whose `cur` is no folder."""
    new = tmp_path / "new"
    new.mkdir()
    (new / "1").write_bytes(b"hello")
    (tmp_path / "cur").write_bytes(b"")
    with pytest.raises(DigestError, match="cannot be moved"):
        file_away(new / "1")


def test_a_single_file_is_read_and_left(tmp_path: Path) -> None:
    """A path that is not there gives one line."""
    (tmp_path / "one.eml").write_bytes(b"x")
    ((file, raw),) = messages_of(tmp_path / "one.eml")
    file_away(file)
    assert (b"x", True) == (raw, file.exists())
    with pytest.raises(DigestError, match="cannot be read"):
        list(messages_of(tmp_path / "none.eml"))


def test_a_return_path_fits_any_server(tmp_path: Path) -> None:
    """At most 64 characters before the @, in lower case (RFC 5321, 4.5.3.1)."""
    service = Office(tmp_path)
    local = service.paths[0].partition("@")[0]
    assert len(local) <= 64
    assert local == local.lower()
