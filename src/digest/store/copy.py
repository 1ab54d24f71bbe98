"""A whole database copied into another, a file or a server's: nothing is lost, nothing is changed.

What is read is the state at one moment; what is written is there whole, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, String, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from digest.model.errors import StoreError, UsageError
from digest.store.database import database_exists, open_existing, open_store
from digest.store.schema import editions, metadata
from digest.store.search import index_edition
from digest.store.statements import reader, reason_of

_ROWS = 1_000  # in memory at a time


def copy_store(source: Path | str, target: Path | str) -> dict[str, int]:
    """Copy a database into a place that has none yet; rows by table.

    The source is brought up to date first. Raises UsageError where there is no source, or a
    target already, and StoreError where either cannot be used; then the target holds nothing.
    """
    if database_exists(target):
        raise UsageError(f"{target}: holds a database already; name an empty one")
    with open_existing(source) as old, closing(open_store(target)) as new:
        try:
            with reader(old.engine).begin() as reading, new.engine.begin() as writing:
                counts = {
                    table.name: _copy_table(reading, writing, table)
                    for table in metadata.sorted_tables
                }
                _index(writing)
                _go_on_counting(writing)
        except DBAPIError as error:
            raise StoreError(
                f"{target}: the copy failed: {reason_of(error)}; it holds nothing yet"
            ) from error
    return counts


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    plain = writing.dialect.name == "postgresql"
    number = 0
    for rows in _parts(reading, table):
        writing.execute(
            insert(table), [_without_nul(row, table) for row in rows] if plain else rows
        )
        number += len(rows)
    stored = writing.scalar(select(func.count()).select_from(table))
    if stored != number:
        raise StoreError(f"{table.name}: {stored} rows of {number} were copied")
    return number


def _parts(reading: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    rows = reading.execution_options(yield_per=_ROWS).execute(select(table))
    for part in rows.mappings().partitions():
        yield [dict(row) for row in part]


def _without_nul(row: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """The row without NUL in its texts, which PostgreSQL does not store."""
    return {
        name: value.replace("\0", "")
        if isinstance(table.c[name].type, String) and isinstance(value, str)
        else value
        for name, value in row.items()
    }


def _index(writing: Connection) -> None:
    """Fill the index of the search, which each engine has in a form of its own."""
    for edition in list(writing.scalars(select(editions.c.id))):
        document = writing.scalar(select(editions.c.document).where(editions.c.id == edition))
        index_edition(writing, edition, json.loads(document or "{}"))


def _go_on_counting(writing: Connection) -> None:
    """Let rows that are numbered as they come go on after the last one, as SQLite's do."""
    if writing.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = writing.scalar(select(func.max(column))) or 0
            writing.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :next, false)"),
                {"table": table.name, "column": column.name, "next": last + 1},
            )
