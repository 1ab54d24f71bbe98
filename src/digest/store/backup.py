"""A consistent copy of everything that is kept, made while others write, and its way back.

The database is copied by SQLite's backup API in one step, so that the copy is the state at one
moment, the log included. Beside it go the key that signs links (without it every link in every
mail is void) and the configuration. A backup appears whole, under a name of its own, or not at
all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.disk import sync
from digest.model.errors import StoreError, UsageError
from digest.store.database import HEAD
from digest.store.lock import WriterLock

_MANIFEST = "backup.json"
_DATABASE, _KEY = "digest.db", "digest.db.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup as its manifest states it; `files` are names with SHA-256 sums."""

    folder: Path
    made_at: datetime
    schema: str
    files: dict[str, str]


def back_up(database: Path, config: Path, parent: Path, now: datetime) -> Backup:
    """Copy a database, its key and its configuration into a new folder in `parent`.

    Others may read and write meanwhile. Raises UsageError where there is no database, StoreError
    where the copy cannot be made or is not sound.
    """
    if not database.exists():
        raise UsageError(f"{database}: no database yet, so nothing to copy")
    folder = parent / f"digest-{now:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise StoreError(f"{folder}: exists already")
    new = parent / f".{folder.name}.new"
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        schema = copy_database(database, new / _DATABASE)
        for source, name in ((_key_of(database), _KEY), (config, config.name)):
            if source.exists():
                shutil.copyfile(source, new / name)
                (new / name).chmod(0o600)
        files = {path.name: _sum(path) for path in sorted(new.iterdir())}
        manifest = {"made_at": now.isoformat(), "schema": schema, "files": files}
        (new / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        for path in (*new.iterdir(), new):
            sync(path)
        new.rename(folder)
        sync(parent)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from None
    except sqlite3.Error as error:
        raise StoreError(f"{database}: cannot be copied: {error}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return Backup(folder=folder, made_at=now, schema=schema, files=files)


def backups_in(parent: Path) -> Sequence[Path]:
    """The folders of backups in a folder, the oldest first."""
    return sorted(path.parent for path in parent.glob(f"digest-*/{_MANIFEST}"))


def prune(parent: Path, keep: int) -> int:
    """Remove all but the newest backups in a folder; how many are gone."""
    old = backups_in(parent)[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def read_backup(folder: Path) -> Backup:
    """What a backup holds, every file compared with its sum; StoreError where one differs."""
    try:
        stated = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        backup = Backup(
            folder=folder,
            made_at=datetime.fromisoformat(stated["made_at"]),
            schema=stated["schema"],
            files=dict(stated["files"]),
        )
    except FileNotFoundError:
        raise StoreError(f"{folder}: not a backup: it has no {_MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder / _MANIFEST}: cannot be read: {error}") from None
    for name, expected in backup.files.items():
        path = folder / Path(name).name
        if not path.exists() or _sum(path) != expected:
            raise StoreError(f"{path}: is missing or damaged; take another backup")
    if _DATABASE not in backup.files:
        raise StoreError(f"{folder}: holds no database")
    if backup.schema > HEAD:
        raise StoreError(
            f"{folder}: belongs to a newer digest (schema {backup.schema}, this one knows {HEAD})"
        )
    return backup


def restore(folder: Path, database: Path, now: datetime) -> Backup:
    """Put the database and key of a backup in place; what was there is kept beside it.

    Nobody may be at work on the database. The configuration is left to the operator.
    """
    backup = read_backup(folder)
    with WriterLock(database), WriterLock(database.with_name(f"{database.name}.deliver")):
        pairs = [(folder / _DATABASE, database)]
        if _KEY in backup.files:
            pairs.append((folder / _KEY, _key_of(database)))
        try:
            for source, target in pairs:
                new = target.with_name(f"{target.name}.restored")
                shutil.copyfile(source, new)
                new.chmod(0o600)
                sync(new)
            aside = f"before-{now:%Y%m%dT%H%M%SZ}"
            # A backup without a key leaves the one that is there, so that links stay good.
            for old in {*(target for _, target in pairs), *_logs(database)}:
                if old.exists():
                    old.rename(old.with_name(f"{old.name}.{aside}"))
            for _, target in pairs:
                target.with_name(f"{target.name}.restored").rename(target)
            sync(database.parent)
        except OSError as error:
            raise StoreError(f"{database}: cannot be restored: {error.strerror or error}") from None
    return backup


def copy_database(source: Path, target: Path) -> str:
    """Copy a database as it is at this moment, and check the copy; the schema's revision."""
    with (
        closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=30)
        ) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new, pages=-1)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        damage = new.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise StoreError(f"{source}: is damaged: {damage}; no copy was made")
        schema: str = new.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    target.chmod(0o600)
    return schema


def _key_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.key")


def _logs(database: Path) -> list[Path]:
    return [database.with_name(f"{database.name}-{log}") for log in ("wal", "shm")]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
