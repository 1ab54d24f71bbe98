"""Mail that came back, in the database: whose it was and what follows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, update

from digest.model import DeliveryState, SubscriberState
from digest.model.records import Why
from digest.store.schema_mail import outbox
from digest.store.subscriber_rows import set_state

SOFT_LIMIT = 5  # deliveries that came back ...
SOFT_SPAN = timedelta(days=30)  # ... in this time, and an address is given up


class BounceStore:
    """Queries on what came back; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def bounced(
        self,
        *,
        subscriber: str | None,
        slot: date | None,
        message_id: str | None,
        hard: bool,
        status: str,
        at: datetime,
    ) -> bool:
        """A delivery came back: hard ends the subscription, soft does the fifth time in a month.

        False where no delivery of ours is meant.
        """
        with self._engine.begin() as connection:
            row = _find(connection, subscriber, slot, message_id)
            if row is None:
                return False
            delivery, owner = row
            connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery)
                .values(
                    state=DeliveryState.BOUNCED,
                    reason=f"{'hard' if hard else 'soft'} {status}".strip(),
                    settled_at=at,
                )
            )
            soft = connection.scalar(
                select(func.count()).where(
                    outbox.c.subscriber_id == owner,
                    outbox.c.state == DeliveryState.BOUNCED,
                    outbox.c.settled_at > at - SOFT_SPAN,
                )
            )
            if hard or (soft or 0) >= SOFT_LIMIT:
                cause = f"mail came back: {status or 'no code'}"
                set_state(connection, owner, SubscriberState.BOUNCED, Why(at, cause))
            return True

    def complained(
        self, *, subscriber: str | None, slot: date | None, message_id: str | None, at: datetime
    ) -> bool:
        """A reader called it spam: they get nothing more, whatever list they stand on."""
        with self._engine.begin() as connection:
            row = _find(connection, subscriber, slot, message_id)
            if row is None:
                return False
            why = Why(at, "complaint: called spam by its reader")
            set_state(connection, row[1], SubscriberState.UNSUBSCRIBED, why)
            return True


def _find(
    connection: Connection, subscriber: str | None, slot: date | None, message_id: str | None
) -> tuple[int, str] | None:
    query = select(outbox.c.id, outbox.c.subscriber_id)
    if subscriber is not None and slot is not None:
        query = query.where(outbox.c.subscriber_id == subscriber, outbox.c.slot == slot.isoformat())
    elif message_id is not None:
        query = query.where(outbox.c.message_id == message_id)
    else:
        return None
    row = connection.execute(query).first()
    return (row.id, row.subscriber_id) if row else None
