"""Whether this database may send now: one machine, not paused, not told to wait by the server."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.sqlite import insert

from digest.model.errors import StoreError
from digest.model.records import Backoff
from digest.store.schema_mail import sending
from digest.store.statements import reader

PAUSED = select(sending.c.id).where(sending.c.paused_at.is_not(None)).exists()


class SendingQueries:
    """Queries on the one row about sending; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)

    def claim(self, instance: str, *, take_over: bool, key: str | None = None) -> None:
        """Note that this machine sends, and the id of the key that signs.

        StoreError where another machine did, unless it takes over.
        """
        with self._engine.begin() as connection:
            connection.execute(insert(sending).on_conflict_do_nothing().values(id=1))
            before = connection.scalar(select(sending.c.instance))
            if before not in {None, instance} and not take_over:
                raise StoreError(
                    "another machine sent from this database; if it is stopped for good, say: "
                    "digest deliver --take-over"
                )
            connection.execute(update(sending).values(instance=instance, key=key or sending.c.key))

    def sign_with(self, key: str) -> None:
        """Note the id of the key that signs, whichever machine sends."""
        self._write({"key": key})

    def signed_with(self) -> str | None:
        """The id of the key that signed the links in mail sent so far."""
        with self._reader.begin() as connection:
            key: str | None = connection.scalar(select(sending.c.key))
        return key

    def pause(self, at: datetime | None) -> None:
        """Stop all sending after the message in hand, until it is resumed with None."""
        self._write({"paused_at": at})

    def paused(self) -> bool:
        """Is sending stopped by the operator?"""
        with self._reader.begin() as connection:
            return bool(connection.scalar(select(PAUSED)))

    def backoff(self) -> Backoff | None:
        """The wait that the mail server's last refusal of everything began; it may be over."""
        with self._reader.begin() as connection:
            row = connection.execute(select(sending).where(sending.c.refusals > 0)).first()
        if row is None or row.resume_at is None:
            return None
        return Backoff(times=row.refusals, until=row.resume_at, reason=row.refusal or "")

    def back_off(self, backoff: Backoff | None) -> None:
        """Let nothing leave until a time; None where the server takes mail again."""
        self._write(
            {
                "refusals": backoff.times if backoff else 0,
                "resume_at": backoff.until if backoff else None,
                "refusal": backoff.reason if backoff else None,
            }
        )

    def _write(self, row: dict[str, object]) -> None:
        statement = insert(sending).values(id=1, **row)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
