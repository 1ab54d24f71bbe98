"""A database of the first release is brought up to date, and nothing in it is lost.

tests/golden/release-0.1.db.gz was written by that release: the demo's three days, and two readers.
"""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

from digest.store import open_store
from digest.store.database import HEAD

from .command import digest
from .conftest import ROOT

OLD = ROOT / "tests" / "golden" / "release-0.1.db.gz"
FEEDS = '[digest]\ndatabase = "d.db"\n[[feeds]]\nurl = "http://127.2.0.5:8765/feed"\n'


def contents(
    database: Path, columns: dict[str, list[str]] | None = None
) -> dict[str, list[object]]:
    """Every row of every table but the search's own, in the given columns or in all."""
    connection = sqlite3.connect(database)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found: dict[str, list[object]] = {}
    for (table,) in tables:
        if table.startswith(("sqlite_", "story_search", "alembic")):
            continue
        if columns is not None and table not in columns:
            continue
        names = columns[table] if columns else _columns(connection, table)
        query = f"SELECT {', '.join(names)} FROM {table}"
        found[table] = sorted(connection.execute(query).fetchall(), key=repr)
    connection.close()
    return found


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_the_first_releases_database_keeps_every_row(tmp_path: Path) -> None:
    """Every value of every column that there was; commands work on it at once."""
    database, config = tmp_path / "d.db", tmp_path / "feeds.toml"
    database.write_bytes(gzip.decompress(OLD.read_bytes()))
    config.write_text(FEEDS, encoding="utf-8")
    connection = sqlite3.connect(database)
    assert ("0005",) == connection.execute("SELECT version_num FROM alembic_version").fetchone()
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith(("sqlite_", "story_search", "alembic"))
    ]
    columns = {table: _columns(connection, table) for table in tables}
    connection.close()
    before = contents(database)
    assert (13, 3, 2) == tuple(len(before[name]) for name in ("feeds", "editions", "subscribers"))
    open_store(database).close()
    assert before == contents(database, columns)
    connection = sqlite3.connect(database)
    assert (HEAD,) == connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()
    for command, expected in (
        (("subscribers", "list"), "bob@mail.example"),
        (("feeds", "--now", "2024-07-12T20:00Z"), "The Harbour Post"),
        (("search", "harbour"), "2024-07-1"),
        (("backup", str(tmp_path / "bk")), "digest.db"),
    ):
        done = digest(*command, "-c", str(config))
        assert (0, True) == (done.returncode, expected in done.stdout), done
