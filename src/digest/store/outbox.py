"""The outbox: one row a subscriber and slot, from frozen to settled.

pending > sending > sent | failed | held | bounced, or skipped where nothing was to be sent.
`sending` is committed just before a message leaves and `sent` just after the server's word; a row
that is found in `sending` when nobody sends is in doubt.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from contextlib import nullcontext
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import Engine, func, literal, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert

from digest.model import Cause, DeliveryState, Edition, Mail, SlotOf, SubscriberState
from digest.model.records import Delivery, Settlement
from digest.store.audience import freeze
from digest.store.deliveries import deliveries, delivery_of
from digest.store.delivery_queries import DeliveryQueries
from digest.store.outbox_step import Step
from digest.store.parts import Part
from digest.store.schema import editions
from digest.store.schema_mail import audiences, mails, outbox, subscribers
from digest.store.sending import PAUSED

_EDITION = TypeAdapter(Edition)
_PENDING = outbox.c.state == DeliveryState.PENDING
_ACTIVE = subscribers.c.state == SubscriberState.ACTIVE


class Outbox(DeliveryQueries):
    """Queries on deliveries; each method is one transaction. Threads may share it.

    That of a `part` of the subscribers sends to those alone.
    """

    def __init__(self, engine: Engine, part: Part | None = None) -> None:
        super().__init__(engine)
        self._mine = part.holds(outbox.c.subscriber_id) if part else true()
        # Writers of one process queue here: SQLite itself would have them sleep and look again.
        self._turn = threading.Lock()
        self._steps: deque[Step] = deque()

    def of(self, part: Part) -> Outbox:
        """The same for a part of the subscribers."""
        return Outbox(self._engine, part)

    # --- the audience -------------------------------------------------------------------------

    def freeze(self, edition: str, at: datetime, slot_of: SlotOf) -> int:
        """Freeze the audience of an edition, unless it is; how many rows were written."""
        return freeze(self._engine.begin, edition, at, slot_of)

    def planned(
        self, since: datetime, slot_of: SlotOf, edition: str | None = None
    ) -> tuple[Delivery, ...]:
        """What waits, with what would once the editions published after a time are frozen."""
        unfrozen = self.unfrozen(since)
        query = deliveries().where(_PENDING).order_by(outbox.c.due_at, subscribers.c.address_key)
        if edition is not None:
            query = query.where(outbox.c.edition == edition)
        with self._engine.connect() as connection, connection.begin() as trial:
            for name, published_at in unfrozen:
                freeze(lambda: nullcontext(connection), name, published_at, slot_of)
            waiting = tuple(map(delivery_of, connection.execute(query)))
            trial.rollback()
        return waiting

    def unfrozen(self, since: datetime) -> tuple[tuple[str, datetime], ...]:
        """Editions published after a time whose audience is not frozen whole, oldest first."""
        query = (
            select(editions.c.id, editions.c.published_at)
            .where(
                editions.c.published_at >= since,
                editions.c.id.not_in(select(audiences.c.edition).where(audiences.c.complete)),
            )
            .order_by(editions.c.id)
        )
        with self._reader.begin() as connection:
            return tuple((row.id, row.published_at) for row in connection.execute(query))

    def editions(self, since: str, until: str) -> tuple[Edition, ...]:
        """The stored editions from one to another, oldest first."""
        query = (
            select(editions.c.document)
            .where(editions.c.id.between(since, until))
            .order_by(editions.c.id)
        )
        with self._reader.begin() as connection:
            return tuple(_EDITION.validate_json(text) for text in connection.scalars(query))

    def recent(self, number: int = 7) -> tuple[Edition, ...]:
        """The last published editions, newest first."""
        query = (
            select(editions.c.document)
            .where(editions.c.published_at.is_not(None))
            .order_by(editions.c.id.desc())
            .limit(number)
        )
        with self._reader.begin() as connection:
            return tuple(_EDITION.validate_json(text) for text in connection.scalars(query))

    def newest(self, edition: str | None = None) -> Edition | None:
        """One edition, or the newest."""
        query = select(editions.c.document).order_by(editions.c.id.desc()).limit(1)
        if edition is not None:
            query = query.where(editions.c.id == edition)
        with self._reader.begin() as connection:
            text = connection.scalar(query)
        return None if text is None else _EDITION.validate_json(text)

    # --- sending ------------------------------------------------------------------------------

    def in_doubt(self) -> tuple[Delivery, ...]:
        """The deliveries in state `sending`; nobody may be sending now."""
        query = deliveries().where(outbox.c.state == DeliveryState.SENDING, self._mine)
        with self._reader.begin() as connection:
            return tuple(map(delivery_of, connection.execute(query)))

    def hold_late(self, before: datetime, at: datetime) -> int:
        """Hold what should have left before a time; how many they are.

        What was tried in time has a day more: a daily run may come some minutes later than the
        one before it.
        """
        tried = outbox.c.tried_at.is_not(None)
        late = or_(
            ~tried & (outbox.c.retry_at < before),
            tried & (outbox.c.retry_at < before - timedelta(days=1)),
        )
        with self._turn, self._engine.begin() as connection:
            return connection.execute(
                update(outbox)
                .where(_PENDING, late, self._mine)
                .values(state=DeliveryState.HELD, cause=Cause.LATE, reason="late", settled_at=at)
            ).rowcount

    def skip_inactive(self, now: datetime) -> int:
        """Close what is due for people who are not active any more; how many they are."""
        state = (
            select(subscribers.c.state)
            .where(subscribers.c.id == outbox.c.subscriber_id)
            .scalar_subquery()
        )
        skipped = {"state": DeliveryState.SKIPPED, "cause": Cause.INACTIVE, "reason": state}
        with self._turn, self._engine.begin() as connection:
            return connection.execute(
                update(outbox)
                .where(
                    _PENDING, outbox.c.retry_at <= now, state != SubscriberState.ACTIVE, self._mine
                )
                .values(settled_at=now, **skipped)
            ).rowcount

    def due(
        self, now: datetime, *, doubtful: bool, limit: int, edition: str | None = None
    ) -> tuple[Delivery, ...]:
        """What may leave now, the longest due first; nothing while sending is paused.

        Either those of which a try ended without an answer, or those of which none did.
        """
        doubted = outbox.c.doubts > 0 if doubtful else outbox.c.doubts == 0
        query = deliveries().where(
            _PENDING, outbox.c.retry_at <= now, doubted, _ACTIVE, ~PAUSED, self._mine
        )
        if edition is not None:
            query = query.where(outbox.c.edition == edition)
        with self._reader.begin() as connection:
            rows = connection.execute(query.order_by(outbox.c.retry_at, outbox.c.id).limit(limit))
            return tuple(map(delivery_of, rows))

    def next_try(self, now: datetime, edition: str | None = None) -> datetime | None:
        """When the first of those that were put off is due again, if later than now."""
        query = select(func.min(outbox.c.retry_at)).where(
            _PENDING, outbox.c.tried_at.is_not(None), outbox.c.retry_at > now, self._mine
        )
        if edition is not None:
            query = query.where(outbox.c.edition == edition)
        with self._reader.begin() as connection:
            found: datetime | None = connection.scalar(query)
        return found

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        """Settle one delivery and begin the next, in one commit. May the next one leave?

        It may not when it is no longer pending, its subscriber changed since it was read, or
        sending is paused. Threads that come while another commits share the next commit.
        """
        mine = Step(done, begin, now)
        self._steps.append(mine)
        with self._turn:
            if not mine.committed:
                self._commit()
        return mine.begun

    def _commit(self) -> None:
        """Write what all waiting threads have; whoever holds the turn does it for the others."""
        batch: list[Step] = []
        try:
            with self._engine.begin() as connection:
                batch += [self._steps.popleft() for _ in range(len(self._steps))]
                for step in batch:
                    step.write(connection)
        except BaseException:
            # Also where the commit itself fails: the others try again, and send nothing before.
            self._steps.extendleft(reversed(batch))
            raise
        for step in batch:
            step.committed = True

    # --- mails --------------------------------------------------------------------------------

    def keep(self, mail: Mail, at: datetime) -> str:
        """Store a rendered mail; its id."""
        whole = "\0".join((mail.subject, mail.html, mail.text)).encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(whole, digest_size=16).hexdigest()
        row = {"subject": mail.subject, "html": mail.html, "text": mail.text}
        with self._turn, self._engine.begin() as connection:
            connection.execute(
                insert(mails).on_conflict_do_nothing().values(id=key, made_at=at, **row)
            )
        return key

    def mail(self, key: str) -> Mail:
        """A stored mail; KeyError where it is not kept any more."""
        with self._reader.begin() as connection:
            row = connection.execute(select(mails).where(mails.c.id == key)).first()
        if row is None:
            raise KeyError(key)
        return Mail(subject=row.subject, html=row.html, text=row.text)

    # --- what an operator says ------------------------------------------------------------------

    def release(self, cause: Cause, *, send: bool, at: datetime, edition: str | None = None) -> int:
        """Send what is held for a cause (late, in doubt), or close it; how many they are."""
        held = update(outbox).where(outbox.c.state == DeliveryState.HELD, outbox.c.cause == cause)
        if edition is not None:
            held = held.where(outbox.c.edition == edition)
        if send:
            held = held.values(state=DeliveryState.PENDING, retry_at=at, doubts=0)
        else:
            held = held.values(state=DeliveryState.FAILED, settled_at=at)
        with self._turn, self._engine.begin() as connection:
            return connection.execute(held).rowcount

    def retry_failed(self, since: datetime, at: datetime, edition: str | None = None) -> int:
        """Open what failed after a time, or all that failed of an edition; how many they are.

        The tries begin anew; the reason says what happened before.
        """
        failed = update(outbox).where(outbox.c.state == DeliveryState.FAILED)
        if edition is None:
            failed = failed.where(outbox.c.settled_at >= since)
        else:
            failed = failed.where(outbox.c.edition == edition)
        before = func.coalesce(outbox.c.reason, "no reason")
        opened = {"state": DeliveryState.PENDING, "tries": 0, "doubts": 0, "tried_at": at}
        with self._turn, self._engine.begin() as connection:
            return connection.execute(
                failed.values(
                    retry_at=at,
                    reason=literal("opened by the operator; before: ") + before,
                    **opened,
                )
            ).rowcount
