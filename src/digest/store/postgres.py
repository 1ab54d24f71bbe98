"""PostgreSQL in place of a file: how it is reached, created and kept to one writer where needed.

Text is ordered by its bytes (COLLATE "C"), as in SQLite, whatever the database's own order is.
Transactions that write take turns, as they do in SQLite, by an advisory lock; those that declare
themselves `concurrent` take it together with others of their kind.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from typing import Any, Self

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles

from digest.model.errors import StoreError
from digest.store.schema import metadata
from digest.store.search import CREATE
from digest.store.statements import reason_of

_log = logging.getLogger(__name__)

# Keys of advisory locks, which are numbers and shared by all programs on a database.
_WRITERS = 0x64696765_73740001
_WATCHED = 5.0  # seconds between two looks at whether a lock is still held
_ROLES = {
    "write": 0x64696765_73740002,
    "deliver": 0x64696765_73740003,
    "build": 0x64696765_73740004,
}


@compiles(OnConflictDoNothing, "postgresql")
def _nothing(clause: Any, compiler: Any, **kw: Any) -> str:
    """SQLite's ON CONFLICT is PostgreSQL's, which may name a constraint besides."""
    clause.constraint_target = None
    sql: str = compiler.visit_on_conflict_do_nothing(clause, **kw)
    return sql


@compiles(OnConflictDoUpdate, "postgresql")
def _update(clause: Any, compiler: Any, **kw: Any) -> str:
    clause.constraint_target = None
    sql: str = compiler.visit_on_conflict_do_update(clause, **kw)
    return sql


def engine_of(url: str) -> Engine:
    """An engine for a server. The password comes from PGPASSWORD or ~/.pgpass.

    StoreError where its driver is not installed.
    """
    try:
        engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # they may be addresses of subscribers
            pool_pre_ping=True,  # a server may have been restarted since
        )
    except ImportError as error:
        raise StoreError(
            f"{url}: needs a driver that is not installed ({error}); say: pip install"
            " 'digest[postgres]'"
        ) from None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("readonly", False):
            together = "_shared" if options.get("concurrent", False) else ""
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{together}({_WRITERS})")

    return engine


def create(connection: Connection, revision: str) -> None:
    """Create all tables in an empty database, as of a revision of the schema."""
    if connection.scalar(text("SHOW server_encoding")) != "UTF8":
        raise StoreError(f"{_name(connection)}: its encoding is not UTF8; create one with -E UTF8")
    if others := inspect(connection).get_table_names():
        raise StoreError(
            f"{_name(connection)}: holds tables of something else ({others[0]}); name an empty one"
        )
    _in_order_of_bytes().create_all(connection, checkfirst=False)
    for statement in CREATE["postgresql"]:
        connection.execute(text(statement))
    connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": revision})


def _name(connection: Connection) -> str:
    return connection.engine.url.render_as_string().replace("+psycopg", "")


def _in_order_of_bytes() -> MetaData:
    """The schema with text that is compared as SQLite compares it."""
    tables = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied = table.to_metadata(tables)
        for index in copied.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
        for column in copied.columns:
            if isinstance(column.type, Text):
                column.type = Text(collation="C")
            elif isinstance(column.type, String):
                column.type = String(column.type.length, collation="C")
    return tables


class RoleLock:
    """Held on a server while a process writes or sends; another fails instead of waiting.

    The server releases it when the process or its connection ends. A connection that was cut is
    made anew within seconds; where another process took the lock meanwhile, this one is ended by
    SIGTERM, as both would do the same work. Workers hold it `shared`, with one another and with
    nobody else: what they do at the same time is divided by a queue.
    """

    ended_well = True  # however the last holder ended: a server keeps its files sound itself

    def __init__(self, url: str, role: str, *, shared: bool = False) -> None:
        self._url = url
        self._key = _ROLES[role]
        self._shared = "_shared" if shared else ""
        self._connection: Connection | None = None
        self._left = threading.Event()
        self._watch = threading.Thread(target=self._keep, name=f"{role} lock", daemon=True)

    def __enter__(self) -> Self:
        self._engine = engine_of(self._url)
        try:
            taken = self._take()
        except DBAPIError as error:
            self._engine.dispose()
            raise StoreError(f"{self._url}: cannot be used: {reason_of(error)}") from error
        if not taken:
            self._engine.dispose()
            raise StoreError(
                f"{self._url}: another digest is at work on this database; wait for it or stop it"
            )
        self._watch.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._left.set()
        self._watch.join()
        # The server frees the lock of a closed connection only when it notices it is closed.
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.execute(
                    text(f"SELECT pg_advisory_unlock{self._shared}(:key)"), {"key": self._key}
                )
        self._drop()
        self._engine.dispose()  # closes the connection, and with it ends the lock

    def _take(self) -> bool:
        options = {"isolation_level": "AUTOCOMMIT", "readonly": True}
        self._connection = self._engine.connect().execution_options(**options)
        query = text(f"SELECT pg_try_advisory_lock{self._shared}(:key)")
        taken = bool(self._connection.scalar(query, {"key": self._key}))
        if not taken:
            self._drop()
        return taken

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # not back into the pool, where it would keep the lock
            self._connection.close()
            self._connection = None

    def _keep(self) -> None:
        while not self._left.wait(_WATCHED):
            try:
                if self._connection is None:
                    if not self._take():
                        _log.error("%s: another digest has taken over; ending", self._url)
                        os.kill(os.getpid(), signal.SIGTERM)
                        return
                    _log.warning("%s: is there again", self._url)
                else:
                    self._connection.execute(text("SELECT 1"))
            except DBAPIError as error:
                _log.warning("%s: %s", self._url, reason_of(error))
                self._drop()
