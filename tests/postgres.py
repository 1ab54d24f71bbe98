"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from digest.store import open_store
from digest.store.schema import metadata

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# Nothing here outlives the tests, so nothing needs to reach the disk.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Cluster:
    """A running server, with a database for each name that is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._in_use: dict[str, str] = {}  # names of databases by what they are used for
        self._free: list[str] = []
        self._made = 0

    @property
    def postmaster(self) -> int:
        """The process whose children serve connections."""
        return int((self.folder / "data/postmaster.pid").read_text().split()[0])

    def url(self, name: str = "postgres") -> str:
        """The URL of a database that is there."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def empty(self, name: str) -> str:
        """The URL of a new database of this name, in which text is ordered as people order it."""
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
        return self.url(name)

    def database(self, use: str) -> str:
        """The URL of a database with our tables, empty at first: one for each use."""
        if use not in self._in_use:
            self._in_use[use] = self._free.pop() if self._free else self._from_template()
        return self.url(self._in_use[use])

    def _from_template(self) -> str:
        if not self._made:
            open_store(self.empty("tables")).close()
        self._made += 1
        self.run(f"CREATE DATABASE used{self._made} TEMPLATE tables")
        return f"used{self._made}"

    def release(self, uses: Iterable[str]) -> None:
        """Empty the databases of these uses, for others: making one takes much longer."""
        tables = ["story_search", *(table.name for table in reversed(metadata.sorted_tables))]
        emptied = "; ".join(f'DELETE FROM "{table}"' for table in tables)
        for use in uses:
            name = self._in_use.pop(use)
            try:
                self.run(emptied, name)
            except Exception:  # noqa: BLE001 -- a test that damaged it keeps it
                continue
            self._free.append(name)

    def run(self, statement: str, name: str = "postgres") -> None:
        """Run a statement outside a transaction."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(statement)

    def tool(self, program: str, *arguments: object) -> None:
        """Run a tool that comes with the server, such as pg_dump."""
        _as_postgres([program, "-h", self.folder, "-U", "postgres", *arguments])

    def restart(self) -> None:
        """Stop as if the power failed, and start again."""
        _as_postgres(["pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "restart"])


def why_not() -> str:
    """Why there can be no server here; "" where there can."""
    if not _BINARIES:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed (digest[postgres])"
    return ""


@contextmanager
def running() -> Iterator[Cluster]:
    """A server until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="digest-postgres-"))
    data = folder / "data"
    try:
        if os.getuid() == 0:  # which the server refuses to be
            shutil.chown(folder, "postgres")
        _as_postgres(["initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"])
        options = " ".join(f"-c {option}" for option in _FAST)
        options += f" -c listen_addresses='' -k {folder}"
        log = folder / "log"
        _as_postgres(["pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start"])
        try:
            yield Cluster(folder)
        finally:
            _as_postgres(["pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: Sequence[object]) -> None:
    program, *arguments = map(str, command)
    prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*prefix, str(_BINARIES[-1] / program), *arguments],
        cwd="/",
        check=False,
        stdout=subprocess.DEVNULL,  # a server that inherits a pipe keeps it open
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
    )
    if done.returncode:
        pytest.fail(f"{program} failed with {done.returncode}")


# --- which engine a test runs on ----------------------------------------------------------------

_current: Cluster | None = None
_used: set[str] = set()


def place(path: Path) -> Path | str:
    """Where a test's database is: a file, or the database that stands for it on the server."""
    if _current is None:
        return path
    _used.add(str(path))
    return _current.database(str(path))


def store_table(path: Path) -> str:
    """The [store] table of a configuration whose database is there; empty for a file."""
    found = place(path)
    return f'[store]\nurl = "{found}"\n' if isinstance(found, str) else ""


@contextmanager
def used(cluster: Cluster | None) -> Iterator[None]:
    """Let databases be on this server, or in files, until the end of the block."""
    global _current  # noqa: PLW0603 -- so that helpers deep in a test need not be told
    opened: list[Any] = []

    def note(connection: Any, _record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", note)
    _current = cluster
    try:
        yield
    finally:
        _current = None
        event.remove(Pool, "connect", note)
        if cluster is not None:  # tests leave their stores open
            for connection in opened:
                connection.close()
            cluster.release(_used)
            _used.clear()
