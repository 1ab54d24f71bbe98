"""The threads that send: one connection each, one commit a message."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from digest.config import InDoubt, SmtpSettings
from digest.flows.message_cache import MessageCache
from digest.flows.protocols import MailConnection, Mailer
from digest.flows.rate_limit import RateLimiter
from digest.mail.settlement import empty, one_line, render_failed, settle
from digest.model import Cause, DeliveryState
from digest.model.errors import MailServerError
from digest.model.records import Delivery, Outcome, Settlement

if TYPE_CHECKING:
    from digest.store import Outbox

_BATCH = 500
_LOOK = 0.05  # seconds between two looks whether to stop
_FINISH = 5.0  # seconds a message in hand gets once sending is to stop
_HANG_UP = 3.0  # seconds for the threads to end after their connections were cut
# Refusals of different readers' mail in a row after which it is the sender that is not wanted.
_REFUSED_IN_A_ROW = 5
_NO_MAILBOX_IN_A_ROW = 20

_log = logging.getLogger(__name__)


class Refusal(NamedTuple):
    """The server takes nothing from us, in its words; `reached`: it answered."""

    reason: str
    reached: bool


class MailSender:
    """Sends what is due until nothing is, the server is of no use, or `stop` is set."""

    def __init__(
        self,
        *,
        queue: Outbox,
        messages: MessageCache,
        mailer: Mailer,
        smtp: SmtpSettings,
        clock: Callable[[], datetime],
        stop: threading.Event,
        edition: str | None,
        probing: bool = False,
    ) -> None:
        self._queue, self._messages, self._mailer = queue, messages, mailer
        self._smtp, self._clock, self._stop, self._edition = smtp, clock, stop, edition
        self._pace = RateLimiter(smtp.rate, smtp.domain_rate)
        self._turn = threading.Lock()
        self._waiting: deque[Delivery] = deque()
        self._in_hand: set[int] = set()
        self._lines: set[MailConnection] = set()
        self._ended = threading.Event()
        self._refused: Counter[bool] = Counter()  # in a row; True: no such mailbox
        self._probing = probing  # the server refused us before: one refusal more is enough
        self._doubtful = False
        # The first message goes alone: a server that takes none is asked once, not by every thread.
        self._proven = threading.Event()
        self.accepted = 0
        self.counts: Counter[DeliveryState] = Counter()
        self.error: str | None = None
        self.refusal: Refusal | None = None

    def run(self) -> None:
        """Send; returns within 10 seconds of `stop`.

        What is in doubt goes last and one by one: should it be a message that kills its sender,
        it takes no other with it.
        """
        self._run(self._smtp.connections)
        self._doubtful = True
        self._run(1)

    def _run(self, connections: int) -> None:
        if self._ended.is_set():
            return
        threads = [
            threading.Thread(
                target=self._follow if number else self._lead, name=f"smtp-{number}", daemon=True
            )
            for number in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
                if self._stop.is_set():
                    self._finish(threads)
                    return

    def _finish(self, threads: list[threading.Thread]) -> None:
        _join(threads, _FINISH)
        with self._turn:
            lines = list(self._lines)
        for line in lines:
            line.hang_up()
        _join(threads, _HANG_UP)

    def _lead(self) -> None:
        self._work()
        self._proven.set()

    def _follow(self) -> None:
        while not self._proven.wait(_LOOK):
            if self._stop.is_set():
                return
        self._work()

    def _work(self) -> None:
        try:
            self._send_all()
        except MailServerError as error:
            self._give_up(str(error), Refusal(str(error), reached=error.reached))
        except Exception as error:  # noqa: BLE001
            # A thread must not die unseen; its row is found in doubt by the next run.
            _log.exception("sending ended")
            self._give_up(f"{type(error).__name__}, see the log")

    def _give_up(self, reason: str, refusal: Refusal | None = None) -> None:
        with self._turn:
            self.error = self.error or reason
            self.refusal = self.refusal or refusal
        self._ended.set()
        self._proven.set()

    def _send_all(self) -> None:
        hand = _Hand(self._queue)
        try:
            while (taken := self._take()) is not None:
                delivery, wait = taken
                if wait > 0:
                    hand.settle()  # nothing stays open while we wait
                    if self._stop.wait(wait):
                        return
                self._send(delivery, hand)
                with self._turn:
                    self._in_hand.discard(delivery.id)
        finally:
            hand.settle()
            if hand.line is not None:
                with self._turn:
                    self._lines.discard(hand.line)
                hand.line.close()

    def _send(self, delivery: Delivery, hand: _Hand) -> None:
        now = self._clock()
        # When it is first sent is its Date, the same at every try.
        delivery = replace(delivery, tried_at=delivery.tried_at or now)
        try:
            made = self._messages.message(delivery)
        except Exception as error:  # noqa: BLE001  whatever it is, the others get their mail
            _log.warning("delivery %d could not be made: %s", delivery.id, type(error).__name__)
            hand.close(self._counted(render_failed(delivery, type(error).__name__, now)))
            return
        if made is None:
            hand.close(self._counted(empty(delivery, now)))
            return
        ready, envelope = made
        if hand.line is None:
            hand.line = self._mailer.connect()
            with self._turn:
                self._lines.add(hand.line)
        if hand.begin(ready, now):
            outcome = hand.line.send(envelope)
            hold = self._smtp.in_doubt is InDoubt.HOLD
            accepted = self.accepted > 0
            done = settle(ready, outcome, self._clock(), hold=hold, accepted=accepted)
            hand.done = self._counted(done)
            self._watch(ready, outcome, done)

    def _counted(self, done: Settlement) -> Settlement:
        with self._turn:
            self.counts[done.state] += 1
        return done

    def _watch(self, delivery: Delivery, outcome: Outcome, done: Settlement) -> None:
        """Stop when the server refuses the sender, or mail after mail, whoever it is for."""
        if outcome.answer == "sent":
            with self._turn:
                self.accepted += 1
                self._refused.clear()
            self._proven.set()
            return
        refused = outcome.answer == "refused" or done.cause is Cause.SENDER
        with self._turn:
            if refused:
                self._refused[done.cause is Cause.RECIPIENT] += 1
            else:
                self._refused.clear()
            limit = 1 if self._probing and not self.accepted else _REFUSED_IN_A_ROW
            many = self._refused[False] >= limit
            many = many or self._refused[True] >= _NO_MAILBOX_IN_A_ROW
            # One recipient's server may dislike the sender while all others take the mail.
            alone = self.accepted > 0 and delivery.tries > 0 and outcome.stage != "mail"
        if many or (done.cause is Cause.SENDER and not alone):
            what = "every message" if many else "us"
            reason = f"the mail server refuses {what}: {one_line(outcome.text)}"
            self._give_up(reason, Refusal(reason, reached=True))
        elif not refused:
            self._proven.set()

    def _take(self) -> tuple[Delivery, float] | None:
        """The next delivery and the seconds it has to wait for; None where there is no more."""
        with self._turn:
            if self._stop.is_set() or self._ended.is_set():
                return None
            if not self._waiting:
                due = self._queue.due(
                    self._clock(), doubtful=self._doubtful, limit=_BATCH, edition=self._edition
                )
                self._waiting.extend(
                    delivery for delivery in due if delivery.id not in self._in_hand
                )
            if not self._waiting:
                return None
            delivery, wait = self._pace.take(self._waiting, time.monotonic())
            self._in_hand.add(delivery.id)
            return delivery, wait


class _Hand:
    """What one thread has in hand: its connection, and a delivery that is yet to be settled."""

    def __init__(self, queue: Outbox) -> None:
        self._queue = queue
        self.line: MailConnection | None = None
        self.done: Settlement | None = None

    def settle(self) -> None:
        """Write down what became of the last delivery."""
        if self.done is not None:
            self._queue.step(self.done)
            self.done = None

    def close(self, done: Settlement) -> None:
        """The same, and at once what became of one that was never begun: it is due until then."""
        self.settle()
        self.done = done
        self.settle()

    def begin(self, ready: Delivery, now: datetime) -> bool:
        """The same, and begin another in one commit; may it leave?"""
        begun = self._queue.step(self.done, ready, now)
        self.done = None
        return begun


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
