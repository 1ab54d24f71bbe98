"""Statements that take many values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, bindparam
from sqlalchemy.dialects.sqlite import Insert, insert

_CHUNK = 500  # values in one IN list; SQLite takes 32,766, older builds 999


def reader(engine: Engine) -> Engine:
    """An engine for transactions that only read, each of which sees one state of the database."""
    options: dict[str, Any] = {"readonly": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return engine.execution_options(**options)


def reason_of(error: Exception) -> str:
    """What the database said, on one line."""
    return " ".join(str(getattr(error, "orig", error)).split())


def rows_in(
    connection: Connection, query: Select[Any], column: Any, values: Sequence[Any]
) -> Iterator[Row[Any]]:
    """The rows of a query whose column has one of the values."""
    # One parameter that stands for all: a value each would be checked and named one by one.
    wanted = query.where(column.in_(bindparam("wanted", expanding=True)))
    for chunk in chunks(values):
        yield from connection.execute(wanted, {"wanted": chunk})


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in parts that fit into one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with the same columns; where the key exists, update these columns."""
    connection.execute(_upserting(table, tuple(rows[0])), rows)


def upserting(
    table: Table, columns: Sequence[str], where: ColumnElement[bool] | None = None
) -> Insert:
    """A statement for `upsert`; a row that exists is updated only `where` it is so."""
    statement = insert(table)
    changed = {
        column: statement.excluded[column] for column in columns if not table.c[column].primary_key
    }
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=changed, where=where
    )


_upserting = cache(upserting)  # building one takes longer than running it
