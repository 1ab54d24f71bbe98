"""What a server's answer means for a delivery."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from digest.model import DeliveryState
from digest.model.records import Delivery, Outcome, Settlement

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
PATIENCE = timedelta(days=5)  # RFC 5321, section 4.5.4.1
MAX_DOUBTS = 3

# Enhanced codes that say there is no such mailbox (RFC 3463): address, domain, moved, closed.
_NO_MAILBOX = re.compile(r"\b5\.(1\.[1236]|1\.10|2\.1)\b")


def settle(delivery: Delivery, outcome: Outcome, at: datetime, *, hold: bool) -> Settlement:
    """The next state of a delivery that was tried; `hold`: doubt is left to the operator.

    What is put off is tried again after 5 minutes, then twice as long each time up to 4 hours,
    for five days since the first try. What is refused is refused for good.
    """
    reason = one_line(outcome.text) or None
    if outcome.answer == "sent":
        return Settlement(id=delivery.id, state=DeliveryState.SENT, at=at)
    if outcome.answer == "refused":
        return Settlement(
            id=delivery.id,
            state=DeliveryState.FAILED,
            at=at,
            reason=reason,
            bounced=outcome.stage == "rcpt" and bool(_NO_MAILBOX.search(outcome.text)),
        )
    if outcome.answer == "doubt":
        return in_doubt(delivery, at, hold=hold)
    if at - (delivery.tried_at or at) >= PATIENCE:
        why = f"given up after five days: {reason}"
        return Settlement(id=delivery.id, state=DeliveryState.FAILED, at=at, reason=why)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(delivery.tries, 10))
    return Settlement(
        id=delivery.id,
        state=DeliveryState.PENDING,
        at=at,
        reason=reason,
        retry_at=at + wait,
        doubts=delivery.doubts,
    )


def in_doubt(delivery: Delivery, at: datetime, *, hold: bool) -> Settlement:
    """The next state of a delivery that may have arrived: nobody knows."""
    doubts = delivery.doubts + 1
    if hold or doubts >= MAX_DOUBTS:
        return Settlement(
            id=delivery.id, state=DeliveryState.HELD, at=at, reason="in doubt", doubts=doubts
        )
    return Settlement(
        id=delivery.id,
        state=DeliveryState.PENDING,
        at=at,
        reason="in doubt",
        retry_at=at + FIRST_WAIT,
        doubts=doubts,
    )


def render_failed(delivery: Delivery, error: str, at: datetime) -> Settlement:
    """The next state of a delivery whose message could not be made: three tries, then set aside."""
    doubts = delivery.doubts + 1
    held = doubts >= MAX_DOUBTS
    return Settlement(
        id=delivery.id,
        state=DeliveryState.HELD if held else DeliveryState.PENDING,
        at=at,
        reason=f"could not be made: {error}",
        retry_at=None if held else at,
        doubts=doubts,
    )


def empty(delivery: Delivery, at: datetime) -> Settlement:
    """The close of a delivery in which nothing is left of the edition."""
    return Settlement(
        id=delivery.id, state=DeliveryState.SKIPPED, at=at, reason="nothing in it for them"
    )


def one_line(text: str) -> str:
    """A server's words in one short line, without control characters."""
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", text).split())[:200]
