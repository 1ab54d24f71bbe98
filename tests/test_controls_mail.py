"""Mutants of the sender: each check of docs/reliability.md fails for the one made for it.

The checks are in test_outbox.py and test_smtp.py, where they are run on the whole.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from digest.mail.message import MimeMessageBuilder
from digest.mail.settlement import render_failed, settle
from digest.model import DeliveryState
from digest.model.records import Delivery, Envelope, Outcome, Settlement
from digest.store import Outbox

from . import test_outbox, test_smtp
from .mail_setup import MailSetup
from .test_outbox_failpoints import Careless

Check = Callable[[Path], None]
ASSERTED = (AssertionError, pytest.fail.Exception)  # the second: an error that was not raised


class Cursor(Outbox):
    """What was read is behind the cursor, sent or not."""

    def due(self, now: datetime, **options: Any) -> tuple[Delivery, ...]:
        batch = super().due(now, **options)
        for item in batch:
            super().step(Settlement(id=item.id, state=DeliveryState.SENT, at=now))
        return batch

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        return not self.paused()


class StaleCursor(Outbox):
    """The cursor does not move while sending is paused: what it points at is read again."""

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        if done is not None and self.paused():
            done = replace(done, state=DeliveryState.PENDING)
        return super().step(done, begin, now)


class LiveAudience(Outbox):
    """Who gets an edition is asked when it is sent."""

    def unfrozen(self, since: datetime) -> tuple[tuple[str, datetime], ...]:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM audiences")
        return super().unfrozen(since)


class SameMachine(Outbox):
    """A copy of a database says that it is the machine it was copied from."""

    def claim(self, instance: str, *, take_over: bool, key: str | None = None) -> None:
        super().claim("copied", take_over=take_over, key=key)


class Impatient(Outbox):
    """Lateness is nobody's concern."""

    def hold_late(self, before: datetime, at: datetime) -> int:
        return 0


class NewName(MimeMessageBuilder):
    """Each try has a Message-ID of its own."""

    def edition(self, delivery: Delivery, *rest: Any) -> Envelope:
        name = f"<{uuid.uuid4().hex}@news.example>"
        return super().edition(replace(delivery, message_id=name), *rest)


def final(delivery: Delivery, outcome: Outcome, at: datetime, **options: bool) -> Settlement:
    """Takes 4xx for final."""
    if outcome.answer == "later":
        return Settlement(id=delivery.id, state=DeliveryState.FAILED, at=at, reason=outcome.text)
    return settle(delivery, outcome, at, **options)


def patient(delivery: Delivery, outcome: Outcome, at: datetime, **options: bool) -> Settlement:
    """Believes that it began half a day after it did."""
    began = (delivery.tried_at or at) + timedelta(hours=12)
    return settle(replace(delivery, tried_at=began), outcome, at, **options)


def hopeful(delivery: Delivery, error: str, at: datetime) -> Settlement:
    """Forgets how often it tried, and waits for better days."""
    done = render_failed(replace(delivery, doubts=0), error, at)
    return replace(done, retry_at=at + timedelta(minutes=5))


def library_header(name: str, value: str) -> bytes:
    """A header by the standard library, which refuses only what is a line break already."""
    message = EmailMessage(policy=policy.SMTP)
    message[name] = " ".join(value.encode("utf-8", "replace").decode().split())
    return message.as_bytes().removesuffix(b"\r\n")


def library_fixed(name: str, *parts: str) -> bytes:
    """A header for machines by the standard library, which folds a link as if it were words."""
    return library_header(name, " ".join(parts))


def unbroken(piece: bytes) -> bytes:
    """Lines as they come; only dots are seen to."""
    return re.sub(rb"(?m)^\.", b"=2E", piece)


def of_room(check: Callable[[MailSetup], None]) -> Check:
    """A check of two connections."""
    return lambda folder: check(MailSetup(folder, connections=2))


def pause_and_resume(room: MailSetup) -> None:
    test_outbox.pause_and_resume(room, readers=60, times=8)


def read_back(folder: Path) -> None:
    test_smtp.read_back(folder, 40)


OUTBOX = "tests.mail_setup.Outbox"

# A name, what is taken away (target and mutant), the check that must notice it, and the words of
# the assertion that fails.
MUTANTS: dict[str, tuple[str, Any, Check, str]] = {
    "A3 a row is not claimed": (
        OUTBOX, Careless, test_outbox.test_two_senders_at_once, "assert {1} == ",
    ),
    "A3 a second sender is let in": (
        "tests.test_outbox.WriterLock", lambda _: nullcontext(),
        test_outbox.test_the_lock_keeps_a_second_sender_out, "DID NOT RAISE",
    ),
    "A3 runs are not kept apart": (
        "tests.test_outbox.WriterLock", lambda _: nullcontext(),
        test_outbox.test_a_run_that_starts_in_the_middle_sends_nothing, "assert (9, 9) == (10, 9)",
    ),
    "A4 put off is refused": (
        "digest.flows.sending.settle", final,
        of_room(test_outbox.test_what_is_put_off_is_tried_for_five_days), "assert [5, 10, ",
    ),
    "A4 put off for too long": (
        "digest.flows.sending.settle", patient,
        of_room(test_outbox.test_what_is_put_off_is_tried_for_five_days), "<= datetime",
    ),
    "A4 a hostile server's 4xx is believed": (
        "digest.flows.sending.settle", final, test_outbox.test_a_hostile_server, "'451'",
    ),
    "A4 each try has its Message-ID": (
        "tests.mail_setup.MimeMessageBuilder", NewName,
        lambda folder: test_outbox.test_a_message_without_an_answer(folder, "retry"),
        "assert Envelope(",
    ),
    "A5 a cursor skips": (
        OUTBOX, Cursor, of_room(pause_and_resume), "assert ({'sent': 60}, 60) == ",
    ),
    "A5 a cursor doubles": (
        OUTBOX, StaleCursor, of_room(pause_and_resume), "assert 60 == ",
    ),
    "A6 states are read once": (
        OUTBOX, Careless, of_room(test_outbox.test_unsubscribed_while_the_send_runs),
        "assert [] == ",
    ),
    "A7 the audience is read when it is sent": (
        OUTBOX, LiveAudience, of_room(test_outbox.test_an_audience_is_frozen_with_its_edition),
        "late@mail.example",
    ),
    "A8 late is sent": (
        OUTBOX, Impatient, of_room(test_outbox.test_what_is_too_late_is_held), "assert (5, 0, ",
    ),
    "A8 late and in doubt is sent": (
        OUTBOX, Impatient, of_room(test_outbox.test_what_was_in_doubt_for_days_is_too_late_as_well),
        "assert (0, {'held': 1}) == ",
    ),
    "A8 machines look alike": (
        OUTBOX, SameMachine, of_room(test_outbox.test_another_machine_must_take_over),
        "DID NOT RAISE",
    ),
    "A16 tries without end": (
        "digest.flows.sending.render_failed", hopeful,
        of_room(test_outbox.test_a_message_that_cannot_be_made_is_set_aside),
        "{'sent': 10, 'held': 1} == ",
    ),
    "E10 the library's subject": (
        "digest.mail.message.header", library_header, read_back, "assert not <re.Match",
    ),
    "E11 the library folds a link": (
        "digest.mail.message.fixed", library_fixed, read_back, "assert None is not None",
    ),
    "E10 lines as they come": ("digest.mail.message._quoted", unbroken, read_back, "<= 200"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_check_of_mail_fails_for_its_broken_twin(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zero that no sender could miss proves nothing."""
    target, mutant, check, said = MUTANTS[name]
    monkeypatch.setattr(target, mutant)
    with pytest.raises(ASSERTED, match=re.escape(said)):
        check(tmp_path)


def test_a_stop_that_cuts_the_line_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of A13: what is in hand is left behind, unsent or without an answer."""
    monkeypatch.setattr("digest.flows.sending._LOOK", 0.0001)
    monkeypatch.setattr("digest.flows.sending._FINISH", 0.0)
    with pytest.raises(AssertionError, match=re.escape("assert [] == ")):
        test_outbox.test_stopped_in_the_middle_nothing_is_in_doubt(tmp_path)
