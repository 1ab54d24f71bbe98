"""Subscribers in the database: each change with its time and cause."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, func, select, update

from digest.model import Cause, Change, SlotOf, Subscriber, SubscriberState, Suppression
from digest.model.records import Put, Why
from digest.store.bounces import COUNTED
from digest.store.schema_mail import changes, confirmation_mails, outbox, subscribers, suppressions
from digest.store.statements import reader
from digest.store.subscriber_rows import (
    BLANK,
    change_person,
    copy_choice,
    hashed,
    insert_person,
    put_person,
    queue_confirmation,
    replaces,
    set_state,
    subscriber_of,
    suppress,
    take_over,
)


class SubscriberStore:
    """Queries on subscribers; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)

    def find(self, address_key: str) -> Subscriber | None:
        """The subscriber with an address, in the form its spellings share."""
        return self._one(subscribers.c.address_key == address_key)

    def get(self, subscriber: str) -> Subscriber | None:
        """The subscriber of an id."""
        return self._one(subscribers.c.id == subscriber)

    def all(self, states: Collection[SubscriberState] = ()) -> tuple[Subscriber, ...]:
        """Subscribers, or those in some states, by address."""
        query = select(subscribers).order_by(subscribers.c.address_key)
        if states:
            query = query.where(subscribers.c.state.in_([state.value for state in states]))
        with self._reader.begin() as connection:
            return tuple(map(subscriber_of, connection.execute(query)))

    def counts(self) -> dict[str, int]:
        """How many subscribers there are in each state."""
        query = select(subscribers.c.state, func.count()).group_by(subscribers.c.state)
        with self._reader.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def history(self, subscriber: str) -> tuple[Change, ...]:
        """What became of a subscriber, oldest first."""
        query = select(changes).where(changes.c.subscriber_id == subscriber).order_by(changes.c.id)
        with self._reader.begin() as connection:
            return tuple(
                Change(at=row.at, cause=row.cause, what=row.what)
                for row in connection.execute(query)
            )

    def mails(self, subscriber: str) -> tuple[dict[str, str | None], ...]:
        """What was or is to be sent to a subscriber, oldest first."""
        query = (
            select(outbox.c.slot, outbox.c.edition, outbox.c.state, outbox.c.reason)
            .where(outbox.c.subscriber_id == subscriber)
            .order_by(outbox.c.due_at)
        )
        with self._reader.begin() as connection:
            return tuple(dict(row) for row in connection.execute(query).mappings())

    def put(
        self,
        people: Iterable[tuple[str, Mapping[str, object]]],
        *,
        why: Why,
        confirm: bool,
        slot_of: SlotOf,
        dry_run: bool = False,
    ) -> tuple[Put, ...]:
        """Add or change people by address; returns for each what was done.

        A new one is active unless a field says otherwise, or pending with a confirmation mail
        when they are to confirm; someone known keeps their state, but who was asked and is
        vouched for now is active. Raises nothing for one that is suppressed: the answer says so
        and they stay as they are. One transaction for all.
        """
        with self._engine.begin() as connection:
            done = tuple(
                put_person(connection, address, fields, why, confirm=confirm, slot_of=slot_of)
                for address, fields in people
            )
            if dry_run:
                connection.rollback()
        return done

    def change(
        self,
        subscriber: str,
        fields: Mapping[str, object],
        *,
        why: Why,
        slot_of: SlotOf,
        state: SubscriberState | None = None,
    ) -> bool:
        """Change what a subscriber chose, and their state, active or paused.

        False where they left in the meantime: nobody is brought back by what they chose before.
        A changed rhythm moves what waits to its next slot.
        """
        with self._engine.begin() as connection:
            here = subscribers.c.state.in_((SubscriberState.ACTIVE, SubscriberState.PAUSED))
            row = connection.execute(
                select(subscribers).where(subscribers.c.id == subscriber, here)
            ).first()
            if row is None:
                return False
            change_person(connection, row, fields, why, slot_of)
            if state is not None:
                set_state(connection, subscriber, state, why)
            return True

    def set_state(self, subscriber: str, state: SubscriberState, why: Why) -> None:
        """Pause, resume, unsubscribe or mark as bounced; a state that is so already stays quiet."""
        with self._engine.begin() as connection:
            set_state(connection, subscriber, state, why)

    def reactivate(self, subscribers_: Collection[str], why: Why) -> int:
        """Send again to people whose subscription ended because mail came back; how many.

        What came back before counts as the sender's fault from then on. Who left, complained or
        was erased stays so.
        """
        count = 0
        with self._engine.begin() as connection:
            for subscriber in subscribers_:
                query = select(subscribers).where(
                    subscribers.c.id == subscriber, subscribers.c.state == SubscriberState.BOUNCED
                )
                row = connection.execute(query).first()
                if row is None:
                    continue
                set_state(connection, subscriber, SubscriberState.ACTIVE, why)
                connection.execute(
                    delete(suppressions).where(
                        suppressions.c.address_hash == hashed(row.address_key),
                        suppressions.c.reason == Suppression.BOUNCED,
                    )
                )
                connection.execute(
                    update(outbox)
                    .where(outbox.c.subscriber_id == subscriber, outbox.c.cause.in_(COUNTED))
                    .values(cause=Cause.SENDER)
                )
                count += 1
        return count

    def bounced_since(self, since: datetime) -> tuple[Subscriber, ...]:
        """Those whose subscription ended by bounces after a time, by address."""
        ended = select(suppressions.c.address_hash).where(
            suppressions.c.reason == Suppression.BOUNCED, suppressions.c.at >= since
        )
        with self._reader.begin() as connection:
            late = set(connection.scalars(ended))
        bounced = self.all([SubscriberState.BOUNCED])
        return tuple(person for person in bounced if hashed(person.address.lower()) in late)

    def erase(self, subscriber: str, *, at: datetime) -> None:
        """Forget a person; only a hash stays, so that no list brings them back."""
        with self._engine.begin() as connection:
            query = select(subscribers.c.address_key).where(subscribers.c.id == subscriber)
            address_key = connection.scalar(query)
            if address_key is not None:
                suppress(connection, address_key, Suppression.ERASED, at)
                connection.execute(delete(subscribers).where(subscribers.c.id == subscriber))

    # --- on the web ---------------------------------------------------------------------------

    def ask(
        self,
        address: str,
        address_key: str,
        *,
        at: datetime,
        language: str | None = None,
        instead_of: str | None = None,
    ) -> bool:
        """Somebody wants this address subscribed: note that a mail is to ask its owner.

        Who is new is written to in `language`. With `instead_of` it is to take the place of that
        subscriber's address, with all that they chose. False where no mail is sent: three have
        been today, or its owner complained.
        """
        with self._engine.begin() as connection:
            mine = suppressions.c.address_hash == hashed(address_key)
            reason = connection.scalar(select(suppressions.c.reason).where(mine))
            if reason == Suppression.COMPLAINED:
                return False
            query = select(subscribers.c.id).where(subscribers.c.address_key == address_key)
            subscriber = connection.scalar(query)
            if subscriber is None:
                state = SubscriberState.PENDING
                subscriber = insert_person(
                    connection,
                    address,
                    {**BLANK, "language": language},
                    state,
                    Why(at, "asked on the web"),
                )
            if instead_of is not None and instead_of != subscriber:
                copy_choice(connection, instead_of, subscriber, Why(at, "new address"))
            return queue_confirmation(connection, subscriber, at)

    def confirm(self, subscriber: str, generation: int, *, at: datetime) -> bool:
        """The owner of an address says yes; False where the link is not the newest.

        Links of an earlier subscription lose their force.
        """
        with self._engine.begin() as connection:
            query = select(subscribers).where(subscribers.c.id == subscriber)
            row = connection.execute(query).first()
            if row is None:
                return False
            active = row.state == SubscriberState.ACTIVE
            if row.generation == generation + 1 and active:
                return True  # a second click
            if row.generation != generation:
                return False
            why = Why(at, "confirmed by mail")
            replaced = replaces(connection, subscriber)
            set_state(connection, subscriber, SubscriberState.ACTIVE, why)
            connection.execute(
                update(subscribers)
                .where(subscribers.c.id == subscriber)
                .values(generation=generation + 1)
            )
            mine = suppressions.c.address_hash == hashed(row.address_key)
            connection.execute(delete(suppressions).where(mine))
            if replaced is not None:
                take_over(connection, replaced, subscriber, Why(at, "new address"))
            return True

    def forget_unconfirmed(self, before: datetime) -> int:
        """Erase those who were asked before a time and never said yes; how many they were."""
        newest = (
            select(func.max(confirmation_mails.c.asked_at))
            .where(confirmation_mails.c.subscriber_id == subscribers.c.id)
            .scalar_subquery()
        )
        with self._engine.begin() as connection:
            return connection.execute(
                delete(subscribers).where(
                    subscribers.c.state == SubscriberState.PENDING, newest < before
                )
            ).rowcount

    def _one(self, condition: Any) -> Subscriber | None:
        with self._reader.begin() as connection:
            row = connection.execute(select(subscribers).where(condition)).first()
        return subscriber_of(row) if row else None
