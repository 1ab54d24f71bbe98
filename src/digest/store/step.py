"""What one thread of a sender wants written: one delivery settled, the next begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from digest.model import DeliveryState, SubscriberState
from digest.records import Delivery, Settlement
from digest.store.person import Why, set_state
from digest.store.schema_mail import outbox, sending, subscribers

PAUSED = select(sending.c.id).where(sending.c.paused_at.is_not(None)).exists()

# Prepared once: this runs for every message.
_BEGIN = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.state == DeliveryState.PENDING,
        select(subscribers.c.id)
        .where(
            subscribers.c.id == outbox.c.subscriber_id,
            subscribers.c.state == SubscriberState.ACTIVE,
            subscribers.c.revision == bindparam("seen"),
        )
        .exists(),
        ~PAUSED,
    )
    .values(
        state=DeliveryState.SENDING,
        tries=outbox.c.tries + 1,
        tried_at=func.coalesce(outbox.c.tried_at, bindparam("now")),
        message_id=bindparam("message"),
        mail=bindparam("rendered"),
    )
)
_SETTLE = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
    )
    .values(
        state=bindparam("next"),
        reason=bindparam("why"),
        doubts=bindparam("doubted"),
        retry_at=func.coalesce(bindparam("again"), outbox.c.retry_at),
        settled_at=bindparam("now"),
    )
)


class Step:
    """What one thread wants written."""

    __slots__ = ("begin", "begun", "committed", "done", "now")

    def __init__(
        self, done: Settlement | None, begin: Delivery | None, now: datetime | None
    ) -> None:
        self.done, self.begin, self.now = done, begin, now
        self.begun = self.committed = False

    def write(self, connection: Connection) -> None:
        """Within a transaction."""
        if self.done is not None:
            _settle(connection, self.done)
        if self.begin is not None:
            values = {
                "row": self.begin.id,
                "seen": self.begin.revision,
                "now": self.now,
                "message": self.begin.message_id,
                "rendered": self.begin.mail,
            }
            self.begun = connection.execute(_BEGIN, values).rowcount == 1


def _settle(connection: Connection, done: Settlement) -> None:
    settled = connection.execute(
        _SETTLE,
        {
            "row": done.id,
            "next": done.state,
            "why": done.reason,
            "doubted": done.doubts,
            "again": done.retry_at,
            "now": done.at,
        },
    )
    if done.bounced and settled.rowcount:
        query = select(outbox.c.subscriber_id).where(outbox.c.id == done.id)
        subscriber = connection.execute(query).scalar_one()
        why = Why(done.at, f"the mail server knows no such mailbox ({done.reason})"[:120])
        set_state(connection, subscriber, SubscriberState.BOUNCED, why)
