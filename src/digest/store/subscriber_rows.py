"""One person in the database: what the transactions on subscribers are made of."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert

from digest.model import (
    Choice,
    DeliveryState,
    Frequency,
    SlotOf,
    Subscriber,
    SubscriberState,
    Suppression,
    Timing,
)
from digest.model.records import Put, Result, Why
from digest.store.audience import reslot
from digest.store.schema_mail import changes, confirmation_mails, outbox, subscribers, suppressions

CONFIRMATIONS_A_DAY = 3  # to one address, however often somebody asks

_SUPPRESSED = {
    SubscriberState.UNSUBSCRIBED: Suppression.UNSUBSCRIBED,
    SubscriberState.BOUNCED: Suppression.BOUNCED,
}
_RECEIVING = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
_INSTEAD = "instead of "  # before the id of the subscriber whose place is taken
_RHYTHM = ("timezone", "hour", "frequency")
_LISTS = ("sections", "fewer", "muted")

BLANK: Mapping[str, object] = {
    "language": None,
    "timezone": None,
    "hour": None,
    "frequency": Frequency.DAILY,
    "sections": (),
    "fewer": (),
    "muted": (),
}


def subscriber_of(row: Row[Any]) -> Subscriber:
    """A subscriber as a row of the table tells them."""
    sections, fewer, muted = (tuple(json.loads(getattr(row, name))) for name in _LISTS)
    return Subscriber(
        id=row.id,
        address=row.address,
        state=SubscriberState(row.state),
        language=row.language,
        rhythm=rhythm_of(row),
        choice=Choice(sections=sections, fewer=fewer, muted=muted),
        generation=row.generation,
        revision=row.revision,
    )


def rhythm_of(row: Row[Any]) -> Timing:
    """The rhythm in a row of the table."""
    return Timing(timezone=row.timezone, hour=row.hour, frequency=Frequency(row.frequency))


def set_state(
    connection: Connection,
    subscriber: str,
    state: SubscriberState,
    why: Why,
    suppression: Suppression | None = None,
) -> bool:
    """Within a transaction: a new state, with what it entails; was it another one before?

    An address that gets nothing more is suppressed for its new state, or for the reason given.
    """
    changed = connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber, subscribers.c.state != state)
        .values(state=state, revision=subscribers.c.revision + 1)
        .returning(subscribers.c.address_key)
    ).first()
    if changed is None:
        return False
    _note(connection, [(subscriber, f"state: {state}")], why)
    if state in _SUPPRESSED:
        suppress(connection, changed.address_key, suppression or _SUPPRESSED[state], why.at)
    return True


def put_person(
    connection: Connection,
    address: str,
    fields: Mapping[str, object],
    why: Why,
    *,
    confirm: bool,
    slot_of: SlotOf,
) -> Put:
    """Add somebody, or change somebody known; says what was done."""
    key = address.lower()
    wishes = {name: value for name, value in fields.items() if name != "state"}
    row = connection.execute(select(subscribers).where(subscribers.c.address_key == key)).first()
    reason = connection.scalar(
        select(suppressions.c.reason).where(suppressions.c.address_hash == hashed(key))
    )
    if reason is not None:
        suppression = Suppression(reason)
        if not confirm or suppression is Suppression.COMPLAINED:
            return Put(Result.LEFT_ALONE, suppression)
    elif row is not None:
        state = SubscriberState(str(fields.get("state", SubscriberState.ACTIVE)))
        # Someone known keeps their state, but who was asked and is vouched for waits no longer.
        vouched = row.state == SubscriberState.PENDING and not confirm
        moved = (vouched or state != SubscriberState.ACTIVE) and set_state(
            connection, row.id, state, why
        )
        changed = change_person(connection, row, wishes, why, slot_of)
        return Put(Result.CHANGED if changed or moved else Result.KNOWN)
    if row is not None:
        subscriber = row.id
    else:
        stated = fields.get("state", SubscriberState.ACTIVE)
        state = SubscriberState.PENDING if confirm else SubscriberState(str(stated))
        confirm = confirm or state is SubscriberState.PENDING  # nobody waits without being asked
        subscriber = insert_person(connection, address, {**BLANK, **wishes}, state, why)
        if state in _SUPPRESSED:
            suppress(connection, key, _SUPPRESSED[state], why.at)
    if not confirm:
        return Put(Result.ADDED)
    asked = queue_confirmation(connection, subscriber, why.at)
    return Put(Result.ASKED if asked else Result.ASKED_ENOUGH)


def insert_person(
    connection: Connection,
    address: str,
    fields: Mapping[str, object],
    state: SubscriberState,
    why: Why,
) -> str:
    """A new subscriber's id."""
    subscriber = secrets.token_hex(8)
    connection.execute(
        insert(subscribers).values(
            id=subscriber,
            address=address,
            address_key=address.lower(),
            state=state,
            generation=1,
            revision=1,
            **_stored(fields),
        )
    )
    _note(connection, [(subscriber, f"state: {state}")], why)
    return subscriber


def change_person(
    connection: Connection,
    row: Row[Any],
    fields: Mapping[str, object],
    why: Why,
    slot_of: SlotOf,
) -> bool:
    """Write those fields that say something else than the row; was there any?"""
    stored = {name: value for name, value in _stored(fields).items() if getattr(row, name) != value}
    if not stored:
        return False
    changed = connection.execute(
        update(subscribers)
        .where(subscribers.c.id == row.id)
        .values(revision=subscribers.c.revision + 1, **stored)
        .returning(subscribers)
    ).one()
    notes = [(row.id, f"{name}: {fields[name]}") for name in stored]
    _note(connection, notes, why)
    if any(name in stored for name in _RHYTHM):
        reslot(connection, row.id, rhythm_of(changed), why.at, slot_of)
    return True


def copy_choice(connection: Connection, old: str, new: str, why: Why) -> None:
    """Give somebody who has not confirmed what somebody else chose, and note whose it is."""
    query = select(subscribers).where(subscribers.c.id == old, subscribers.c.state.in_(_RECEIVING))
    row = connection.execute(query).first()
    if row is None:
        return
    chosen = {name: getattr(row, name) for name in BLANK}
    changed = connection.execute(
        update(subscribers)
        .where(subscribers.c.id == new, subscribers.c.state.not_in(_RECEIVING))
        .values(revision=subscribers.c.revision + 1, **chosen)
    )
    if changed.rowcount:
        _note(connection, [(new, f"{_INSTEAD}{old}")], why)


def replaces(connection: Connection, subscriber: str) -> str | None:
    """Whose place somebody takes when they confirm: as was noted since they were active last."""
    said = (changes.c.what == f"state: {SubscriberState.ACTIVE}") | changes.c.what.startswith(
        _INSTEAD
    )
    query = (
        select(changes.c.what)
        .where(changes.c.subscriber_id == subscriber, said)
        .order_by(changes.c.id.desc())
        .limit(1)
    )
    what = connection.scalar(query) or ""
    return what.removeprefix(_INSTEAD) if what.startswith(_INSTEAD) else None


def take_over(connection: Connection, old: str, new: str, why: Why) -> None:
    """End the subscription of an old address; what waits for it goes to the new one."""
    ended = update(subscribers).where(subscribers.c.id == old, subscribers.c.state.in_(_RECEIVING))
    if not connection.execute(ended.values(revision=subscribers.c.revision + 1)).rowcount:
        return
    set_state(connection, old, SubscriberState.UNSUBSCRIBED, why)
    mine = select(outbox.c.edition).where(outbox.c.subscriber_id == new)
    slots = select(outbox.c.slot).where(outbox.c.subscriber_id == new)
    connection.execute(
        update(outbox)
        .where(
            outbox.c.subscriber_id == old,
            outbox.c.state == DeliveryState.PENDING,
            outbox.c.tries == 0,
            outbox.c.edition.not_in(mine),
            outbox.c.slot.not_in(slots),
        )
        .values(subscriber_id=new)
    )


def _stored(fields: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: json.dumps(value, ensure_ascii=False) if name in _LISTS else value
        for name, value in fields.items()
    }


def queue_confirmation(connection: Connection, subscriber: str, at: datetime) -> bool:
    """Note a mail that asks for confirmation; False where three were asked for in a day.

    One that waits to be sent is enough.
    """
    mine = confirmation_mails.c.subscriber_id == subscriber
    if connection.scalar(
        select(confirmation_mails.c.id)
        .where(mine, confirmation_mails.c.state == "pending")
        .limit(1)
    ):
        return True
    query = select(func.count()).where(
        confirmation_mails.c.subscriber_id == subscriber,
        confirmation_mails.c.asked_at > at - timedelta(days=1),
    )
    if (connection.scalar(query) or 0) >= CONFIRMATIONS_A_DAY:
        return False
    connection.execute(
        insert(confirmation_mails).values(
            subscriber_id=subscriber, asked_at=at, state="pending", tries=0
        )
    )
    return True


def _note(connection: Connection, notes: Sequence[tuple[str, str]], why: Why) -> None:
    connection.execute(
        insert(changes),
        [
            {"subscriber_id": subscriber, "at": why.at, "cause": why.cause, "what": what}
            for subscriber, what in notes
        ],
    )


def suppress(connection: Connection, address_key: str, reason: Suppression, at: datetime) -> None:
    """Keep the hash of an address, so that no list brings it back."""
    row = {"reason": reason, "at": at}
    statement = insert(suppressions).values(address_hash=hashed(address_key), **row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[suppressions.c.address_hash],
            set_=row,
            # A complaint outweighs whatever comes after it.
            where=suppressions.c.reason != Suppression.COMPLAINED,
        )
    )


def hashed(address_key: str) -> bytes:
    """What stays of an address that was erased."""
    return hashlib.sha256(address_key.encode()).digest()
