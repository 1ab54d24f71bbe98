"""What an operator sees of deliveries: how many are in each state, which are late, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from digest.model import DeliveryState
from digest.model.records import Delivery, DeliveryCount
from digest.store.deliveries import deliveries, delivery_of
from digest.store.schema_mail import outbox, subscribers
from digest.store.sending import SendingQueries


class DeliveryQueries(SendingQueries):
    """Queries that change no delivery; each method is one transaction."""

    def delivery_counts(self) -> tuple[DeliveryCount, ...]:
        """How many deliveries are in each state, the newest edition first."""
        query = (
            select(outbox.c.edition, outbox.c.state, func.count().label("number"))
            .group_by(outbox.c.edition, outbox.c.state)
            .order_by(outbox.c.edition.desc(), outbox.c.state)
        )
        with self._reader.begin() as connection:
            return tuple(
                DeliveryCount(
                    edition=row.edition, state=DeliveryState(row.state), number=row.number
                )
                for row in connection.execute(query)
            )

    def overdue(self, before: datetime) -> int:
        """How many deliveries were due before a time and have not left."""
        query = (
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.state == DeliveryState.PENDING, outbox.c.due_at < before)
        )
        with self._reader.begin() as connection:
            return connection.scalar(query) or 0

    def settled_since(self, state: DeliveryState, since: datetime | None) -> tuple[int, str | None]:
        """How many deliveries came into a state after a time, and the reason of most of them."""
        query = (
            select(outbox.c.reason, func.count().label("number"))
            .where(outbox.c.state == state)
            .group_by(outbox.c.reason)
            .order_by(func.count().desc(), outbox.c.reason)
        )
        if since is not None:
            query = query.where(outbox.c.settled_at > since)
        with self._reader.begin() as connection:
            rows = connection.execute(query).all()
        return sum(row.number for row in rows), rows[0].reason if rows else None

    def all_of(
        self, states: Sequence[DeliveryState], edition: str | None = None
    ) -> tuple[tuple[Delivery, DeliveryState, str | None], ...]:
        """Deliveries in some states with their reason, for the operator to read."""
        query = deliveries().where(outbox.c.state.in_([state.value for state in states]))
        if edition is not None:
            query = query.where(outbox.c.edition == edition)
        with self._reader.begin() as connection:
            rows = connection.execute(query.order_by(outbox.c.due_at, subscribers.c.address_key))
            return tuple((delivery_of(row), DeliveryState(row.state), row.reason) for row in rows)
