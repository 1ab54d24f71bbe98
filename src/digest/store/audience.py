"""Who gets an edition, frozen: one row a subscriber and slot, made with the edition."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from digest.model import DeliveryState, Frequency, Slot, SlotOf, SubscriberState, Timing
from digest.store.schema_mail import audiences, outbox, subscribers

_MAKING = timedelta(minutes=30)  # that an edition may take until mail of the same hour goes ahead

_WAITING = (outbox.c.state == DeliveryState.PENDING) & outbox.c.tried_at.is_(None)


def freeze(connection: Connection, edition: str, at: datetime, slot_of: SlotOf) -> int:
    """Within the transaction that publishes an edition: everybody active gets it, at their slot.

    What an edition's making took delays nobody by a day: it counts as published at the hour of
    its date. It joins the mail that waits for the same slot already; where that slot's mail has
    gone, it waits for the next one. A second time changes nothing. Returns how many are to get it.
    """
    fresh = insert(audiences).on_conflict_do_nothing().values(edition=edition, frozen_at=at)
    if not connection.execute(fresh).rowcount:
        return 0
    taken = {
        (row.subscriber_id, row.slot)
        for row in connection.execute(
            select(outbox.c.subscriber_id, outbox.c.slot).where(
                ~_WAITING, outbox.c.due_at > at - timedelta(days=3)
            )
        )
    }
    slots: dict[tuple[Timing, datetime], Slot] = {}
    leaves: dict[Slot, datetime] = {}
    published = _published(edition, at, slot_of)
    rows = []
    active = select(
        subscribers.c.id, subscribers.c.timezone, subscribers.c.hour, subscribers.c.frequency
    ).where(subscribers.c.state == SubscriberState.ACTIVE)
    for subscriber, timezone, hour, frequency in connection.execute(active):
        rhythm = Timing(timezone=timezone, hour=hour, frequency=Frequency(frequency))
        after = published
        while True:
            slot = slots.get((rhythm, after)) or slot_of(rhythm, after)
            slots[rhythm, after] = slot
            if (subscriber, slot.day.isoformat()) not in taken:
                break
            after = slot.at + timedelta(seconds=1)
        if slot not in leaves:
            leaves[slot] = _leaves(slot, edition, at, slot_of)
        rows.append(_row(subscriber, edition, edition, slot, leaves[slot]))
    _add(connection, rows)
    return len(rows)


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
    _add(connection, [_row(subscriber, span[0], span[1], slot, leaves)])


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
    subscriber: str, since: str, edition: str, slot: Slot, leaves: datetime
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


def _add(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    statement = insert(outbox)
    joined = statement.on_conflict_do_update(
        index_elements=[outbox.c.subscriber_id, outbox.c.slot],
        set_={
            "edition": func.max(outbox.c.edition, statement.excluded.edition),
            "since": func.min(outbox.c.since, statement.excluded.since),
            "retry_at": func.min(outbox.c.retry_at, statement.excluded.retry_at),
        },
    )
    connection.execute(joined, rows)
