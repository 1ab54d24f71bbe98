"""Who gets an edition, frozen: one row a subscriber and slot."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, func, literal, select, update
from sqlalchemy.dialects.sqlite import Insert, insert

from digest.model import DeliveryState, Frequency, Slot, SlotOf, SubscriberState, Timing
from digest.store.schema_mail import audiences, outbox, subscribers

_MAKING = timedelta(minutes=30)  # that an edition may take until mail of the same hour goes ahead

_STEP = 5_000  # rows of one transaction: others wait half a second on a busy machine
_YIELD = 0.05  # seconds between two of them in which others write

_RHYTHMS = (
    select(subscribers.c.timezone, subscribers.c.hour, subscribers.c.frequency)
    .where(subscribers.c.state == SubscriberState.ACTIVE)
    .distinct()
)
_WAITING = (outbox.c.state == DeliveryState.PENDING) & outbox.c.tried_at.is_(None)


def freeze(
    begin: Callable[[], AbstractContextManager[Connection]],
    edition: str,
    at: datetime,
    slot_of: SlotOf,
) -> int:
    """Give everybody active a row for an edition, at their slot; how many rows were written.

    The edition is open to this from the transaction that publishes it; `begin` opens the
    transactions for the rows, 5,000 at most in each, so that nobody waits long to write. What is
    interrupted is completed by the next call, and a second time changes nothing.

    However long an edition took to make, it counts as published at the hour of its date. It joins
    the mail that waits for the same slot; where that slot's mail has left, it waits for the next.
    """
    with begin() as connection:
        query = select(audiences.c.complete).where(audiences.c.edition == edition)
        if connection.scalar(query):
            return 0
        open_audience(connection, edition, at)
        rhythms = [_timing(row) for row in connection.execute(_RHYTHMS)]
    published = _published(edition, at, slot_of)
    count = 0
    for rhythm in rhythms:
        after: datetime | None = published
        while after is not None:
            slot = slot_of(rhythm, after)
            leaves = _leaves(slot, edition, at, slot_of)
            written, everybody = _fill(begin, rhythm, edition, slot, leaves)
            count += written
            after = None if everybody else slot.at + timedelta(seconds=1)
    with begin() as connection:
        connection.execute(
            update(audiences).where(audiences.c.edition == edition).values(complete=True)
        )
    return count


def open_audience(connection: Connection, edition: str, at: datetime) -> None:
    """Within the transaction that publishes an edition: mail of it is to be sent."""
    fresh = insert(audiences).on_conflict_do_nothing()
    connection.execute(fresh.values(edition=edition, frozen_at=at, complete=False))


def _fill(
    begin: Callable[[], AbstractContextManager[Connection]],
    rhythm: Timing,
    edition: str,
    slot: Slot,
    leaves: datetime,
) -> tuple[int, bool]:
    """Rows of one slot for those of one rhythm who have none: how many, and was it everybody?"""
    alike = and_(
        subscribers.c.state == SubscriberState.ACTIVE,
        subscribers.c.timezone.is_not_distinct_from(rhythm.timezone),
        subscribers.c.hour.is_not_distinct_from(rhythm.hour),
        subscribers.c.frequency == rhythm.frequency,
    )
    last, written, left = "", 0, 0
    while True:
        ids = select(subscribers.c.id).where(alike, subscribers.c.id > last)
        with begin() as connection:
            until = connection.scalar(ids.order_by(subscribers.c.id).offset(_STEP - 1).limit(1))
            part = and_(alike, subscribers.c.id > last)
            if until is not None:
                part = and_(part, subscribers.c.id <= until)
            part = and_(part, ~_covered(edition))
            free = and_(part, ~_left(slot))
            values = _row(subscribers.c.id, edition, edition, slot, leaves)
            rows = select(*(_literal(name, value) for name, value in values.items())).where(free)
            statement = insert(outbox).from_select(list(values), rows)
            written += connection.execute(_joined(statement)).rowcount
            left += (
                connection.scalar(select(func.count()).select_from(subscribers).where(part)) or 0
            )
        if until is None:
            return written, not left
        last = until
        time.sleep(_YIELD)


def _literal(name: str, value: object) -> Any:
    return value if name == "subscriber_id" else literal(value, outbox.c[name].type).label(name)


def _covered(edition: str) -> Any:
    """Does a mail of theirs hold the edition?"""
    return exists().where(
        outbox.c.subscriber_id == subscribers.c.id,
        outbox.c.since <= edition,
        outbox.c.edition >= edition,
    )


def _left(slot: Slot) -> Any:
    """Has the slot's mail left, or was it closed?"""
    return exists().where(
        outbox.c.subscriber_id == subscribers.c.id,
        outbox.c.slot == slot.day.isoformat(),
        ~_WAITING,
    )


def reslot(
    connection: Connection, subscriber: str, rhythm: Timing, at: datetime, slot_of: SlotOf
) -> None:
    """Within a transaction: what waits for a subscriber goes out as one mail at their next slot."""
    mine = outbox.c.subscriber_id == subscriber
    span = connection.execute(
        select(func.min(outbox.c.since), func.max(outbox.c.edition)).where(mine, _WAITING)
    ).one()
    if span[0] is None:
        return
    connection.execute(delete(outbox).where(mine, _WAITING))
    taken = set(connection.scalars(select(outbox.c.slot).where(mine)))
    slot = slot_of(rhythm, at)
    while slot.day.isoformat() in taken:
        slot = slot_of(rhythm, slot.at + timedelta(seconds=1))
    leaves = _leaves(slot, span[1], at, slot_of)
    row = _row(subscriber, span[0], span[1], slot, leaves)
    connection.execute(_joined(insert(outbox).values(row)))


def _published(edition: str, at: datetime, slot_of: SlotOf) -> datetime:
    """When an edition was due, where it was made later than that."""
    due = slot_of(Timing(), at - timedelta(days=2))
    while due.day.isoformat() < edition:
        due = slot_of(Timing(), due.at + timedelta(seconds=1))
    return min(at, due.at) if due.day.isoformat() == edition else at


def _leaves(slot: Slot, edition: str, at: datetime, slot_of: SlotOf) -> datetime:
    """When a slot's mail may leave: an edition that is due just then has time to join it."""
    due = slot_of(Timing(), slot.at - _MAKING)
    if due.at <= slot.at and due.day.isoformat() > edition:
        return due.at + _MAKING
    return max(slot.at, at)


def _row(
    subscriber: object, since: str, edition: str, slot: Slot, leaves: datetime
) -> dict[str, object]:
    return {
        "subscriber_id": subscriber,
        "since": since,
        "edition": edition,
        "slot": slot.day.isoformat(),
        "due_at": slot.at,
        "retry_at": leaves,
        "state": DeliveryState.PENDING,
        "tries": 0,
        "doubts": 0,
    }


def _joined(statement: Insert) -> Insert:
    """Of two rows of one slot, one that holds the editions of both."""
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[outbox.c.subscriber_id, outbox.c.slot],
        set_={
            "edition": case((outbox.c.edition > new.edition, outbox.c.edition), else_=new.edition),
            "since": case((outbox.c.since < new.since, outbox.c.since), else_=new.since),
            "retry_at": case(
                (outbox.c.retry_at < new.retry_at, outbox.c.retry_at), else_=new.retry_at
            ),
        },
    )


def _timing(row: Any) -> Timing:
    return Timing(timezone=row.timezone, hour=row.hour, frequency=Frequency(row.frequency))
