"""Confirmation mails that wait to be sent, each about one person's subscription."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, func, or_, select, update

from digest.model import Subscriber
from digest.store.schema_mail import confirmation_mails, subscribers
from digest.store.statements import reader
from digest.store.subscriber_rows import subscriber_of

CONFIRMATIONS_AN_HOUR = 200  # to all addresses together
_TRIES = 6
_WAIT = timedelta(minutes=5)


class PendingConfirmation(NamedTuple):
    """One confirmation mail, and who it is for."""

    id: int
    tries: int
    subscriber: Subscriber


class ConfirmationQueue:
    """Queries on confirmation mails; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)

    def waiting(self, now: datetime) -> tuple[PendingConfirmation, ...]:
        """What may be sent now, the oldest first, within what an hour may see."""
        query = (
            select(
                confirmation_mails.c.id.label("confirmation"),
                confirmation_mails.c.tries,
                subscribers,
            )
            .join(subscribers)
            .where(
                confirmation_mails.c.state == "pending",
                or_(confirmation_mails.c.retry_at.is_(None), confirmation_mails.c.retry_at <= now),
            )
            .order_by(confirmation_mails.c.id)
        )
        lately = select(func.count()).where(
            confirmation_mails.c.state == "sent",
            confirmation_mails.c.retry_at > now - timedelta(hours=1),
        )
        with self._reader.begin() as connection:
            left = CONFIRMATIONS_AN_HOUR - (connection.scalar(lately) or 0)
            query = query.limit(max(left, 0))
            return tuple(
                PendingConfirmation(row.confirmation, row.tries, subscriber_of(row))
                for row in connection.execute(query)
            )

    def settle(
        self, confirmation: PendingConfirmation, *, sent: bool, final: bool, now: datetime
    ) -> None:
        """Note what became of a confirmation; six tries, each after twice the time, and no more."""
        over = final or confirmation.tries + 1 >= _TRIES
        state = "sent" if sent else "failed" if over else "pending"
        with self._engine.begin() as connection:
            connection.execute(
                update(confirmation_mails)
                .where(confirmation_mails.c.id == confirmation.id)
                .values(
                    state=state,
                    tries=confirmation.tries + 1,
                    retry_at=now if sent else now + _WAIT * 2**confirmation.tries,
                )
            )
