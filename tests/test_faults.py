"""Whose fault a refusal is, and what an operator can undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.bounces import Kind, read_report
from digest.mail.faults import cause_of
from digest.mail.links import Keys
from digest.mail.settlement import backed_off, settle
from digest.model import Cause, DeliveryState
from digest.model.records import Backoff, Outcome

from .command import digest
from .mail_setup import MORNING, SECRET, MailSetup
from .test_bounces import dsn
from .test_mail_cases import config_of, setup
from .test_outbox import Wire

TEXTS = {
    Cause.SENDER: [
        "550 5.4.5 Daily user sending quota exceeded.",
        "454 Throttling failure: Daily message quota exceeded.",
        "554 5.7.1 <a@b.example>: Relay access denied",
        "550 relay not permitted",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "553 5.7.1 <d@n.example>: Sender address rejected: not owned by user u",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "554 Message rejected: Email address is not verified.",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
        "550 5.7.509 Access denied, sending domain does not pass DMARC verification",
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints",
        "530 5.7.0 Authentication required",
        "550 Domain x.example has exceeded the max emails per hour (50/50 (100%)) allowed",
        "554-No SMTP service 554 Bad DNS PTR resource record",
        "550 5.7.1 Message rejected due to sender's DMARC policy",
    ],
    Cause.RECIPIENT: [
        "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in local table",
        "550 Unrouteable address",
        "550-5.1.1 The email account that you tried to reach does not exist.",
        "Sorry, no mailbox here by that name. (#5.1.1)",
        "550 Requested action not taken: mailbox unavailable",
        "550 5.4.1 Recipient address rejected: Access denied.",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "554 delivery error: This user doesn't have a yahoo.com account (a@yahoo.com)",
        "Sorry your message cannot be delivered. This account has been disabled or discontinued.",
        "551 user not local",
        "Empfänger unbekannt",
        "Die Adresse existiert nicht",
        "550 No such user here",
    ],
    Cause.MAILBOX: [
        "552 5.2.2 The email account that you tried to reach is over quota.",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
        "452 4.2.2 Mailbox full",
        "Das Postfach ist voll",
        "552 Quota violation for a@b.example",
    ],
    Cause.MESSAGE: [
        "552 5.3.4 Message size exceeds fixed limit",
        "550 5.6.0 Lone CR or LF in headers (see RFC2822 section 2.2)",
        "554 5.7.1 Message looks like spam",
    ],
    Cause.POLICY: ["550 5.7.1 Delivery not authorized", "550 Administrative prohibition"],
    Cause.TEMPORARY: [
        "450 4.2.0 Greylisted, try again in 300 seconds",
        "451 4.3.0 Temporary lookup failure",
        "550 5.4.4 Host or domain name not found. Name service error: Host not found, try again",
        "554 5.4.7 delivery time expired",
        "450 4.1.1 <a@b.example>: User unknown",  # temporary by its code
    ],
    Cause.UNCLEAR: ["550 no", "554 Transaction failed", ""],
}


@pytest.mark.parametrize(
    ("cause", "text"), [(c, text) for c, texts in TEXTS.items() for text in texts]
)
def test_what_servers_say(cause: Cause, text: str) -> None:
    """Answers at RCPT or after the message, as servers and providers word them."""
    assert cause is cause_of(text, stage="data")


@given(st.text(max_size=200), st.sampled_from(["4", "5"]))
def test_any_text_has_a_cause_and_mail_is_the_senders(text: str, first: str) -> None:
    """What is refused before a recipient was named is no reader's fault; 4xx is none either."""
    assert cause_of(f"{first}50 {text}", stage="mail") in {Cause.SENDER, Cause.MESSAGE}
    assert cause_of(f"450 {text}", stage="rcpt") not in {Cause.RECIPIENT, Cause.MESSAGE}


def test_a_wait_grows_from_minutes_to_hours() -> None:
    """5, 10, 20 minutes and so on up to four hours; a minute at first for one not reached."""

    def waits(*, reached: bool) -> list[float]:
        backoff: Backoff | None = None
        found = []
        for _ in range(9):
            backoff = backed_off(backoff, MORNING, "no", reached=reached)
            found.append((backoff.until - MORNING) / timedelta(minutes=1))
        return found

    assert [5, 10, 20, 40, 80, 160, 240, 240, 240] == waits(reached=True)
    assert [1, 2, 4, 8, 16, 30, 30, 30, 30] == waits(reached=False)


def test_a_refusal_is_final_at_the_third_try_if_others_get_through(tmp_path: Path) -> None:
    """It may be the sender that is not wanted, as long as the server has taken nothing."""
    room = MailSetup(tmp_path)
    room.crowd(1)
    room.publish()
    (delivery,) = room.outbox.due(room.now, doubtful=False, limit=1)
    refused = Outcome(answer="refused", stage="data", text="554 5.7.1 no")
    states = [
        settle(
            replace(delivery, tries=tries), refused, room.now, hold=False, accepted=accepted
        ).state
        for tries in (0, 1, 2)
        for accepted in (False, True)
    ]
    pending, failed = DeliveryState.PENDING, DeliveryState.FAILED
    assert [pending] * 5 + [failed] == states


def test_five_days_of_a_fault_of_ours_end_nobody(tmp_path: Path) -> None:
    """Mail returned for DMARC is failed, counts for nothing, and can be sent again."""
    room = MailSetup(tmp_path, return_path="bounces@news.example")
    room.crowd(20)
    config = config_of(tmp_path)
    keys = Keys([SECRET.replace(b" ", b"-")])
    room.keys = keys
    for _ in range(5):
        room.publish()
        wire = Wire()
        room.deliverer(mailer=wire).deliver()
        for envelope in wire.taken:
            raw = dsn(envelope.sender, "5.1.1").replace(
                b"Status: 5.1.1",
                b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.7.26 DMARC check failed",
            )
            report = read_report(raw, keys)
            assert report is not None
            assert (Kind.SOFT, Cause.SENDER) == (report.kind, report.cause)
            (tmp_path / "one.eml").write_bytes(raw)
        (tmp_path / "Maildir" / "new").mkdir(parents=True, exist_ok=True)
        for number, envelope in enumerate(wire.taken):
            raw = dsn(envelope.sender, "5.7.26")
            (tmp_path / "Maildir" / "new" / str(number)).write_bytes(raw)
        at = ("--config", str(config), "--now", room.now.isoformat())
        assert "Bounces: 20 soft.\n" == digest("bounces", str(tmp_path / "Maildir"), *at).stdout
        room.wait(days=1)
    assert ({"active": 20}, {"failed": 100}) == (room.people.counts(), room.states())
    opened = room.outbox.retry_failed(room.now - timedelta(days=1, hours=1), room.now)
    assert (20, {"failed": 80, "pending": 20}) == (opened, room.states())
    wire = Wire()
    room.deliverer(mailer=wire).deliver()
    assert (20, {"failed": 80, "sent": 20}) == (len(wire.taken), room.states())


def test_an_operator_undoes_what_bounces_ended(tmp_path: Path) -> None:
    """With the reason in their history; earlier refusals count no more, leaving stays left."""
    room = setup(tmp_path, readers=0)
    room.add("ann@mail.example", "gone@mail.example")
    wire = Wire()
    for day in range(1, 4):
        room.now = MORNING + timedelta(days=day)
        room.publish()
        room.deliverer(mailer=wire).deliver()
        for envelope in wire.taken[-2:]:
            (tmp_path / "one.eml").write_bytes(dsn(envelope.sender, "5.1.1"))
            at = ("--config", str(tmp_path / "feeds.toml"), "--now", room.now.isoformat())
            digest("bounces", str(tmp_path / "one.eml"), *at)
    assert {"bounced": 2} == room.people.counts()
    common = ("--config", str(tmp_path / "feeds.toml"))
    digest("subscribers", "remove", "gone@mail.example", *common)
    said = digest(
        "subscribers", "reactivate", "--since", "2026-03-01", "--reason", "our DNS", *common
    )
    assert (0, "Reactivated: 1 of 1.\n") == (said.returncode, said.stdout), said.stderr
    ann = room.people.find("ann@mail.example")
    assert ann is not None
    assert ("active", True) == (ann.state, "our DNS" in room.people.history(ann.id)[-1].cause)
    assert "left alone" not in digest("subscribers", "add", "ann@mail.example", *common).stdout
    room.now = MORNING + timedelta(days=5)
    room.publish()
    room.deliverer(mailer=wire).deliver()
    (tmp_path / "one.eml").write_bytes(dsn(wire.taken[-1].sender, "5.1.1"))
    digest("bounces", str(tmp_path / "one.eml"), *common, "--now", room.now.isoformat())
    assert 1 == room.people.counts()["active"]


FORMS = {
    "qmail": ("failure notice", "Hi. This is the qmail-send program.\n<{a}>:\n{t}\n", "hard"),
    "exim": ("Mail delivery failed", "The following address(es) failed:\n  {a}\n {t}", "hard"),
    "german": ("Unzustellbar: x", "Die Nachricht an {a} wurde nicht zugestellt: {t}", "hard"),
    "still trying": ("Warning", "THIS IS A WARNING MESSAGE ONLY. {t} will be retried", None),
    "away": ("Automatic reply: x", "I am out of the office until Monday. {t}", None),
    "a person": ("Re: The Digest", "Why did you send me this? {t}", None),
}


@pytest.mark.parametrize("form", FORMS)
def test_reports_in_plain_text(form: str) -> None:
    """Without a status part: by who wrote it, or what it is called; others are no reports."""
    subject, text, kind = FORMS[form]
    keys = Keys([SECRET])
    message = EmailMessage()
    daemon = form not in {"away", "a person"}
    message["From"] = "MAILER-DAEMON@mx.example" if daemon else "ann@mail.example"
    message["To"] = f"bounces+{keys.bounce_to('00' * 8, MORNING.date())}@news.example"
    message["Subject"] = subject
    message.set_content(text.format(a="ann@mail.example", t="550 User unknown"))
    report = read_report(message.as_bytes(), keys)
    assert kind == (report and report.kind)
