"""Rows of the outbox as deliveries."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select

from digest.model import Choice, Frequency
from digest.model.records import Delivery
from digest.store.schema import editions
from digest.store.schema_mail import outbox, subscribers

# Of all editions in a delivery: a rebuild of any of them raises it.
REVISION = (
    select(func.sum(editions.c.revision))
    .where(editions.c.id.between(outbox.c.since, outbox.c.edition))
    .correlate(outbox)
    .scalar_subquery()
)


def deliveries() -> Select[Any]:
    """What is asked of the outbox, with what is known of each subscriber."""
    return select(
        outbox,
        subscribers.c.address,
        subscribers.c.generation,
        subscribers.c.revision,
        subscribers.c.sections,
        subscribers.c.fewer,
        subscribers.c.muted,
        subscribers.c.frequency,
        REVISION.label("edition_revision"),
    ).join(subscribers)


def delivery_of(row: Row[Any]) -> Delivery:
    """The delivery in a row of that query."""
    return Delivery(
        id=row.id,
        subscriber=row.subscriber_id,
        address=row.address,
        generation=row.generation,
        revision=row.revision,
        choice=_choice(row.sections, row.fewer, row.muted),
        since=row.since,
        edition=row.edition,
        weekly=row.frequency == Frequency.WEEKLY,
        edition_revision=row.edition_revision,
        slot=date.fromisoformat(row.slot),
        due_at=row.due_at,
        tries=row.tries,
        doubts=row.doubts,
        tried_at=row.tried_at,
        message_id=row.message_id,
        mail=row.mail,
    )


def _choice(sections: str, fewer: str, muted: str) -> Choice:
    if sections == fewer == muted == "[]":
        return Choice()
    return Choice(
        sections=tuple(json.loads(sections)),
        fewer=tuple(json.loads(fewer)),
        muted=tuple(json.loads(muted)),
    )
