"""What is forgotten, and how its space in the database is returned.

Of the mail: settled deliveries, and mails that nobody waits for any more. Of articles: texts, and
what was computed to compare them. That they were seen is never forgotten.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete, exists, select, update

from digest.model import DeliveryState
from digest.store.schema import articles, editions, signatures, verdicts
from digest.store.schema_mail import confirmation_mails, mails, outbox

_PAGES = 1000  # returned in one transaction, so that no writer waits for long
_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)


def forget_mail(engine: Engine, *, rendered: datetime, settled: datetime) -> int:
    """Drop mails rendered before a time, and what was settled before another; how many mails.

    A mail stays as long as a delivery that may leave again names it. That an edition's audience
    was frozen stays for good, so that nothing is sent anew.
    """
    waiting = select(outbox.c.mail).where(outbox.c.state.in_(_OPEN), outbox.c.mail.is_not(None))
    with engine.begin() as connection:
        closed = outbox.c.state.not_in(_OPEN)
        connection.execute(delete(outbox).where(outbox.c.settled_at < settled, closed))
        connection.execute(
            delete(confirmation_mails).where(
                confirmation_mails.c.asked_at < settled, confirmation_mails.c.state != "pending"
            )
        )
        old = select(mails.c.id).where(mails.c.made_at < rendered, mails.c.id.not_in(waiting))
        connection.execute(update(outbox).where(outbox.c.mail.in_(old)).values(mail=None))
        return connection.execute(delete(mails).where(mails.c.id.in_(old))).rowcount


def forget_analysis(engine: Engine, edition: str, *, compared: int, rebuilt: float) -> int:
    """Drop what no build after an edition needs: signatures (how many), word counts, verdicts.

    Articles are compared with those of so many days before, and editions may be built again for so
    many days. An article that a longer story still needs is signed anew.
    """
    day = date.fromisoformat(edition)
    first = (day - timedelta(days=compared)).isoformat()
    old = exists().where(articles.c.id == signatures.c.article_id, articles.c.edition < first)
    with engine.begin() as connection:
        last = (day - timedelta(days=rebuilt + compared)).isoformat()
        connection.execute(
            update(editions).where(editions.c.id < last, editions.c.terms != b"").values(terms=b"")
        )
        connection.execute(delete(verdicts).where(verdicts.c.edition < last))
        return connection.execute(delete(signatures).where(old)).rowcount


def return_space(engine: Engine, *, whole: bool = False) -> int:
    """Return the space of what was dropped to the file system; how many bytes.

    A database from before 0.2 can only be written anew as a whole, which takes as much free space
    again and keeps all writers waiting: it is done where `whole` is asked for, and once.
    """
    if engine.dialect.name != "sqlite":
        return 0  # the server's own vacuum does that
    with closing(engine.raw_connection()) as raw:
        connection: sqlite3.Connection = raw.driver_connection  # type: ignore[assignment]

        def ask(pragma: str) -> int:
            return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

        before = ask("page_count")
        if whole and ask("auto_vacuum") == 0:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")
        elif ask("auto_vacuum"):
            while free := ask("freelist_count"):
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
                if ask("freelist_count") >= free:
                    break  # a reader still needs the old pages
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return (before - ask("page_count")) * ask("page_size")


def damage_of(engine: Engine) -> str | None:
    """What is wrong with the structure of a file; None where it is sound, and of a server's.

    A server checks with tools of its own, such as pg_amcheck.
    """
    if engine.dialect.name != "sqlite":
        return None
    with engine.execution_options(readonly=True).begin() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    return None if found == "ok" else str(found)
