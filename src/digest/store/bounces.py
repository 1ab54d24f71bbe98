"""Mail that came back or was refused, in the database: whose it was and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, or_, select, update

from digest.model import Cause, DeliveryState, SubscriberState, Suppression
from digest.model.records import Why
from digest.store.schema_mail import outbox, subscribers
from digest.store.subscriber_rows import set_state

SPAN = timedelta(days=30)  # in which refusals are counted; a date counts once
GONE_LIMIT = 3  # that say there is no such mailbox: one alone may be a server's mistake
OTHER_LIMIT = 5  # of any kind that is the mailbox's

COUNTED = (Cause.RECIPIENT, Cause.MAILBOX, Cause.TEMPORARY, Cause.UNCLEAR)

_GONE = outbox.c.cause == Cause.RECIPIENT
_BACK = outbox.c.state == DeliveryState.BOUNCED
_REFUSED = outbox.c.state == DeliveryState.FAILED


class BounceStore:
    """Queries on what came back; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def bounced(
        self,
        *,
        subscriber: str | None,
        slot: date | None,
        message_ids: Sequence[str],
        cause: Cause,
        text: str,
        at: datetime,
    ) -> bool:
        """Note that a delivery came back, and end the subscription after enough of them.

        What came back through the sender's fault is failed, so that it can be sent again, and
        counts for nothing. False where no delivery of ours is meant.
        """
        with self._engine.begin() as connection:
            row = _find(connection, subscriber, slot, message_ids)
            if row is None:
                return False
            delivery, owner = row
            ours = cause in {Cause.SENDER, Cause.POLICY}
            state = DeliveryState.FAILED if ours else DeliveryState.BOUNCED
            connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery)
                .values(state=state, cause=cause, reason=text or None, settled_at=at)
            )
            count_refusal(connection, owner, at)
            return True

    def complained(
        self,
        *,
        subscriber: str | None,
        slot: date | None,
        message_ids: Sequence[str],
        at: datetime,
    ) -> bool:
        """End the subscription of a reader who called it spam, whatever list names them."""
        with self._engine.begin() as connection:
            row = _find(connection, subscriber, slot, message_ids)
            if row is None:
                return False
            set_state(
                connection,
                row[1],
                SubscriberState.UNSUBSCRIBED,
                Why(at, "complaint: called spam by its reader"),
                Suppression.COMPLAINED,
            )
            return True


def count_refusal(connection: Connection, subscriber: str, at: datetime) -> None:
    """Within a transaction: end a subscription whose mailbox refused mail on enough dates.

    Three dates in thirty days on which there was no such mailbox, or five with what else is the
    mailbox's. Each delivery is of another date.
    """
    state = select(subscribers.c.state).where(subscribers.c.id == subscriber)
    if connection.scalar(state) not in {SubscriberState.ACTIVE, SubscriberState.PAUSED}:
        return  # who left in the meantime has left
    lately = select(func.count()).where(
        outbox.c.subscriber_id == subscriber, outbox.c.settled_at > at - SPAN
    )
    gone = connection.scalar(lately.where(or_(_BACK, _REFUSED), _GONE)) or 0
    full = outbox.c.cause == Cause.MAILBOX
    every = lately.where(or_(_BACK & outbox.c.cause.in_(COUNTED), _REFUSED & or_(_GONE, full)))
    if gone >= GONE_LIMIT:
        why = f"no such mailbox, on {gone} dates"
    elif (number := connection.scalar(every) or 0) >= OTHER_LIMIT:
        why = f"mail came back on {number} dates"
    else:
        return
    set_state(connection, subscriber, SubscriberState.BOUNCED, Why(at, why))


def _find(
    connection: Connection, subscriber: str | None, slot: date | None, message_ids: Sequence[str]
) -> tuple[int, str] | None:
    query = select(outbox.c.id, outbox.c.subscriber_id)
    if subscriber is not None and slot is not None:
        query = query.where(outbox.c.subscriber_id == subscriber, outbox.c.slot == slot.isoformat())
    elif message_ids:
        query = query.where(outbox.c.message_id.in_(message_ids[:20]))
    else:
        return None
    row = connection.execute(query).first()
    return (row.id, row.subscriber_id) if row else None
