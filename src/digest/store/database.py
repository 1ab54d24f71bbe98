"""Opening a database: pragmas, transactions, migrations."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from digest.model.errors import StoreError, UsageError
from digest.store.statements import reader, reason_of
from digest.store.store import Store

# The newest migration. Compared at start, so that a database which is up to date does not load
# alembic; a test compares it with the scripts.
HEAD = "0011"


def open_store(place: Path | str, *, checked: bool = True) -> Store:
    """Open (or create) a database and bring its schema up to date.

    `place` is the path of an SQLite file, or the URL of a PostgreSQL database that exists.
    `checked`: check a file's whole structure first, which takes a second for a year of articles.
    Raises StoreError, with what to do, if it cannot be used.
    """
    return _open_url(place) if isinstance(place, str) else _open_file(place, checked=checked)


def database_exists(place: Path | str) -> bool:
    """Is there a database of ours? StoreError where the server cannot be asked."""
    if isinstance(place, Path):
        return place.exists()
    with _server(place) as engine:
        with reader(engine).begin() as connection:
            found = _revision(connection, place) is not None
        engine.dispose()
        return found


def _open_url(url: str) -> Store:
    with _server(url) as engine:
        with reader(engine).begin() as connection:
            current = _revision(connection, url) == HEAD
        if not current:
            with engine.begin() as connection:  # writers take turns, so one migrates
                _migrate(connection, url)
    return Store(engine)


@contextmanager
def _server(url: str) -> Iterator[Engine]:
    """An engine for a server; what is wrong with it is a StoreError."""
    from digest.store.postgres import engine_of  # noqa: PLC0415 -- 50 ms with its driver

    engine = engine_of(url)
    try:
        yield engine
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"{url}: cannot be used: {reason_of(error)}") from error
    except BaseException:
        engine.dispose()
        raise


def _open_file(path: Path, *, checked: bool) -> Store:
    try:
        if not path.exists():
            _create(path)
        elif path.stat().st_size == 0:
            raise StoreError(
                f"{path}: the file is empty, which no database in use is; restore a backup,"
                " or remove it to start with an empty database"
            )
        engine = _engine(path)
        # Reading only: while another process writes, a database that is up to date still opens.
        with reader(engine).begin() as connection:
            damage = connection.scalar(text("PRAGMA quick_check(1)")) if checked else "ok"
            if damage != "ok":
                raise StoreError(f"{path}: is damaged: {damage}; restore a backup")
            current = _revision(connection, path) == HEAD
        if not current:
            with engine.begin() as connection:
                _migrate(connection, path)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        reason = reason_of(error)
        raise StoreError(
            f"{path}: cannot be used as a database: {reason}; restore a backup or name another file"
        ) from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
    return Store(engine)


def _create(path: Path) -> None:
    """Create a database that appears complete, since an empty file is refused as a mistake."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as file:  # ours to read
        fcntl.flock(file, fcntl.LOCK_EX)  # of two that start at once, one creates it
        if not path.exists():
            file.truncate(0)  # left by a killed start
            for name in (new.name, path.name):
                for log in ("-wal", "-shm"):  # likewise, or by a deleted database
                    path.with_name(name + log).unlink(missing_ok=True)
            engine = _engine(new)
            # Of a file that holds nothing yet; of another it would take the writer's lock.
            event.listen(engine, "connect", _return_space, insert=True)
            with engine.begin() as connection:
                _migrate(connection, path)
            engine.dispose()  # the last connection checkpoints its log
            new.replace(path)
    new.unlink(missing_ok=True)


@contextmanager
def open_existing(database: Path | str) -> Iterator[Store]:
    """Open a database that has to be there; its structure is not checked, so that it opens fast.

    Raises UsageError where there is none.
    """
    if not database_exists(database):
        raise UsageError(
            f"no database at {database}; name it with --database or begin with `digest run`"
        )
    with closing(open_store(database, checked=False)) as store:
        try:
            yield store
        except DatabaseError as error:
            raise StoreError(
                f"{database}: {reason_of(error)}; if it is damaged, restore a backup"
            ) from error


def _engine(path: Path) -> Engine:
    # Parameters may be addresses of subscribers, which belong in no error and no log.
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # Transactions are begun below; the driver must not begin its own.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at the start, since upgrading a read lock later can fail.
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _return_space(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")


def _revision(connection: Connection, path: Path | str) -> str | None:
    """The schema of the database; StoreError where it is newer than this program's."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"{path}: was written by a newer digest (schema {revision}, this one knows {HEAD}); "
            "upgrade digest"
        )
    return revision


def _migrate(connection: Connection, path: Path | str) -> None:
    revision = _revision(connection, path)
    if revision == HEAD:
        return  # another process was first
    if revision is None and connection.dialect.name == "postgresql":
        # Migrations before the first one that knew this engine are SQLite's alone.
        from digest.store.postgres import create  # noqa: PLC0415

        create(connection, HEAD)
        return
    from alembic import command  # noqa: PLC0415 -- 0.2 s, needed once per schema
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    with resources.as_file(resources.files("digest.store") / "migrations") as scripts:
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
