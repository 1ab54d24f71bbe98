"""What one thread of a sender wants written: one delivery settled, the next begun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, or_, select, update
from sqlalchemy.dialects import sqlite

from digest.model import Cause, DeliveryState, SubscriberState
from digest.model.records import Delivery, Settlement
from digest.store.bounces import count_refusal
from digest.store.deliveries import REVISION
from digest.store.schema import Instant
from digest.store.schema_mail import outbox, subscribers
from digest.store.sending import PAUSED

_COUNTED = (Cause.RECIPIENT, Cause.MAILBOX)

_DIALECT = sqlite.dialect(paramstyle="named")
_instant = Instant().dialect_impl(_DIALECT).bind_processor(_DIALECT) or str


class _Prepared:
    """A statement as SQLite's driver takes it: for every message, SQLAlchemy would cost more."""

    def __init__(self, statement: Update) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self._statement = statement
        self._sql = str(compiled)
        self._fixed = {name: value and str(value) for name, value in compiled.params.items()}

    def run(self, connection: Connection, values: Mapping[str, object]) -> bool:
        """Within a transaction; did it change a row?"""
        if connection.dialect.name != "sqlite":  # where the way to the server costs more
            return connection.execute(self._statement, values).rowcount == 1
        cursor: Any = connection.connection.cursor()
        cursor.execute(self._sql, self._fixed | {k: _plain(v) for k, v in values.items()})
        return bool(cursor.rowcount == 1)


def _plain(value: object) -> object:
    return _instant(value) if isinstance(value, datetime) else value


_BEGIN = _Prepared(
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
        REVISION == bindparam("editions"),
        ~PAUSED,
    )
    .values(
        state=DeliveryState.SENDING,
        tries=outbox.c.tries + bindparam("one"),
        tried_at=func.coalesce(outbox.c.tried_at, bindparam("now", type_=Instant)),
        message_id=bindparam("message"),
        mail=bindparam("rendered"),
    )
)
_SETTLE = _Prepared(
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        or_(
            outbox.c.state == DeliveryState.PENDING,
            outbox.c.state == DeliveryState.SENDING,
        ),
    )
    .values(
        state=bindparam("next"),
        cause=bindparam("cause"),
        reason=bindparam("why"),
        doubts=bindparam("doubted"),
        retry_at=func.coalesce(bindparam("again", type_=Instant), outbox.c.retry_at),
        settled_at=bindparam("now", type_=Instant),
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
                "editions": self.begin.edition_revision,
                "one": 1,
                "now": self.now,
                "message": self.begin.message_id,
                "rendered": self.begin.mail,
            }
            self.begun = _BEGIN.run(connection, values)


def _settle(connection: Connection, done: Settlement) -> None:
    settled = _SETTLE.run(
        connection,
        {
            "row": done.id,
            "next": done.state.value,
            "cause": done.cause and done.cause.value,
            "why": done.reason,
            "doubted": done.doubts,
            "again": done.retry_at,
            "now": done.at,
        },
    )
    if settled and done.state is DeliveryState.FAILED and done.cause in _COUNTED:
        query = select(outbox.c.subscriber_id).where(outbox.c.id == done.id)
        count_refusal(connection, connection.execute(query).scalar_one(), done.at)
