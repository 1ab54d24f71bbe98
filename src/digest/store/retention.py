"""What is forgotten of the mail: settled deliveries, and mails that nobody waits for any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete, select, update

from digest.model import DeliveryState
from digest.store.schema_mail import confirmation_mails, mails, outbox

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)


def forget_mail(engine: Engine, *, rendered: datetime, settled: datetime) -> int:
    """Drop mails rendered before a time, and what was settled before another; how many mails.

    A mail stays as long as a delivery that may leave again names it. That an edition's audience
    was frozen stays for good, so that nothing is sent anew.
    """
    waiting = select(outbox.c.mail).where(outbox.c.state.in_(_OPEN), outbox.c.mail.is_not(None))
    with engine.begin() as connection:
        closed = outbox.c.state.not_in(_OPEN)
        connection.execute(delete(outbox).where(outbox.c.settled_at < settled, closed))
        connection.execute(
            delete(confirmation_mails).where(
                confirmation_mails.c.asked_at < settled, confirmation_mails.c.state != "pending"
            )
        )
        old = select(mails.c.id).where(mails.c.made_at < rendered, mails.c.id.not_in(waiting))
        connection.execute(update(outbox).where(outbox.c.mail.in_(old)).values(mail=None))
        return connection.execute(delete(mails).where(mails.c.id.in_(old))).rowcount
