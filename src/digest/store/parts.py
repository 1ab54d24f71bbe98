"""Parts of the subscribers, each for one sender at a time, and what is due in which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, or_, select

from digest.model import DeliveryState
from digest.store.schema_mail import outbox
from digest.store.statements import reader

_DIGITS = 16  # an id is drawn as hexadecimal digits: its first one divides all evenly


@dataclass(frozen=True, slots=True)
class Part:
    """One of `of` equal parts of the subscribers (1, 2, 4, 8 or 16), by the ids they have."""

    number: int
    of: int

    def holds(self, subscriber: Any) -> Any:
        """Is a subscriber in it? By a range, for which an index can be used."""
        size = _DIGITS // self.of
        after = (self.number + 1) * size
        first = subscriber >= f"{self.number * size:x}"
        return and_(first, subscriber < f"{after:x}") if after < _DIGITS else first


def parts_due(engine: Engine, now: datetime, of: int) -> Sequence[Part]:
    """The parts in which a mail is due, or is in doubt if nobody sends there just now."""
    due = or_(
        (outbox.c.state == DeliveryState.PENDING) & (outbox.c.retry_at <= now),
        outbox.c.state == DeliveryState.SENDING,
    )
    parts = [Part(number, of) for number in range(of)]
    query = select(
        *(
            select(outbox.c.id).where(due, part.holds(outbox.c.subscriber_id)).exists()
            for part in parts
        )
    )
    with reader(engine).begin() as connection:
        row = connection.execute(query).one()
    return [part for part, is_due in zip(parts, row, strict=True) if is_due]
