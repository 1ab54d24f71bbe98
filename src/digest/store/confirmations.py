"""Letters to one person about their subscription, waiting to be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, func, or_, select, update

from digest.model import Subscriber
from digest.store.schema_mail import letters, subscribers
from digest.store.subscriber_rows import subscriber_of

CONFIRMATIONS_AN_HOUR = 200  # to all addresses together
_TRIES = 6
_WAIT = timedelta(minutes=5)


class PendingConfirmation(NamedTuple):
    """One letter, and who it is for."""

    id: int
    tries: int
    subscriber: Subscriber


class ConfirmationQueue:
    """Queries on letters; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(readonly=True)

    def waiting(self, now: datetime) -> tuple[PendingConfirmation, ...]:
        """What may be sent now, the oldest first, within what an hour may see."""
        query = (
            select(letters.c.id.label("letter"), letters.c.tries, subscribers)
            .join(subscribers)
            .where(
                letters.c.state == "pending",
                or_(letters.c.retry_at.is_(None), letters.c.retry_at <= now),
            )
            .order_by(letters.c.id)
        )
        lately = select(func.count()).where(
            letters.c.state == "sent", letters.c.retry_at > now - timedelta(hours=1)
        )
        with self._reader.begin() as connection:
            left = CONFIRMATIONS_AN_HOUR - (connection.scalar(lately) or 0)
            query = query.limit(max(left, 0))
            return tuple(
                PendingConfirmation(row.letter, row.tries, subscriber_of(row))
                for row in connection.execute(query)
            )

    def settle(
        self, letter: PendingConfirmation, *, sent: bool, final: bool, now: datetime
    ) -> None:
        """Note what became of a letter; six tries, each after twice the time, and no more."""
        over = final or letter.tries + 1 >= _TRIES
        state = "sent" if sent else "failed" if over else "pending"
        with self._engine.begin() as connection:
            connection.execute(
                update(letters)
                .where(letters.c.id == letter.id)
                .values(
                    state=state,
                    tries=letter.tries + 1,
                    retry_at=now if sent else now + _WAIT * 2**letter.tries,
                )
            )
