"""What a server's answer means for a delivery."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from digest.mail.faults import cause_of
from digest.model import Cause, DeliveryState
from digest.model.records import Backoff, Delivery, Outcome, Settlement

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
PATIENCE = timedelta(days=5)  # RFC 5321, section 4.5.4.1
MAX_DOUBTS = 3
FINAL_TRY = 3  # of a refusal that may be anybody's fault

_UNREACHABLE_WAIT = timedelta(minutes=1)
_UNREACHABLE_LONGEST = timedelta(minutes=30)


def settle(
    delivery: Delivery, outcome: Outcome, at: datetime, *, hold: bool, accepted: bool
) -> Settlement:
    """The next state of a delivery that was tried.

    What is put off is tried again after 5 minutes, then twice as long each time up to 4 hours,
    for five days since the first try. A mailbox that is not there is final. What else is refused
    for good is final at the third try, if the server accepted mail for others meanwhile
    (`accepted`); until then it may be the sender that is not wanted. `hold`: doubt is left to the
    operator.
    """
    if outcome.answer == "sent":
        return Settlement(id=delivery.id, state=DeliveryState.SENT, at=at)
    if outcome.answer == "doubt":
        return in_doubt(delivery, at, hold=hold)
    cause, reason = cause_of(outcome.text, stage=outcome.stage), one_line(outcome.text) or None
    final = cause is Cause.RECIPIENT or (
        cause is not Cause.SENDER and delivery.tries + 1 >= FINAL_TRY and accepted
    )
    failed = outcome.answer == "refused" and final
    if not failed and at - (delivery.tried_at or at) >= PATIENCE:
        failed, reason = True, f"given up after five days: {reason}"
    if failed:
        return Settlement(
            id=delivery.id, state=DeliveryState.FAILED, at=at, cause=cause, reason=reason
        )
    tries = 0 if cause is Cause.SENDER else delivery.tries
    return Settlement(
        id=delivery.id,
        state=DeliveryState.PENDING,
        at=at,
        cause=cause,
        reason=reason,
        retry_at=at + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 10)),
        doubts=delivery.doubts,
    )


def backed_off(before: Backoff | None, at: datetime, reason: str, *, reached: bool) -> Backoff:
    """How long nothing is sent once the server refused us as a whole.

    Five minutes, then twice as long each time up to four hours. A server that was not reached is
    tried after a minute at first, and every half hour at least.
    """
    times = before.times if before else 0
    first, longest = (
        (FIRST_WAIT, LONGEST_WAIT) if reached else (_UNREACHABLE_WAIT, _UNREACHABLE_LONGEST)
    )
    wait = min(longest, first * 2 ** min(times, 10))
    return Backoff(times=times + 1, until=at + wait, reason=one_line(reason))


def in_doubt(delivery: Delivery, at: datetime, *, hold: bool) -> Settlement:
    """The next state of a delivery that may have arrived: nobody knows."""
    return _doubted(delivery, at, Cause.IN_DOUBT, "in doubt", wait=FIRST_WAIT, hold=hold)


def render_failed(delivery: Delivery, error: str, at: datetime) -> Settlement:
    """The next state of a delivery whose message could not be made: three tries, then set aside."""
    return _doubted(delivery, at, Cause.NOT_MADE, f"could not be made: {error}")


def _doubted(
    delivery: Delivery,
    at: datetime,
    cause: Cause,
    reason: str,
    *,
    wait: timedelta = timedelta(),
    hold: bool = False,
) -> Settlement:
    doubts = delivery.doubts + 1
    held = hold or doubts >= MAX_DOUBTS
    return Settlement(
        id=delivery.id,
        state=DeliveryState.HELD if held else DeliveryState.PENDING,
        at=at,
        cause=cause,
        reason=reason,
        retry_at=None if held else at + wait,
        doubts=doubts,
    )


def empty(delivery: Delivery, at: datetime) -> Settlement:
    """The close of a delivery in which nothing is left of the edition."""
    return Settlement(
        id=delivery.id,
        state=DeliveryState.SKIPPED,
        at=at,
        cause=Cause.EMPTY,
        reason="nothing in it for them",
    )


def one_line(text: str) -> str:
    """A server's words in one short line, without control characters."""
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", text).split())[:200]
