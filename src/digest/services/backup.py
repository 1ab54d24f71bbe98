"""Backups of a configuration: taken, pruned, put back; databases moved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from digest.config import Settings
from digest.model.errors import UsageError
from digest.store import lock
from digest.store.backup import Backup, back_up, prune, restore
from digest.store.copy import copy_store


def take_backup(
    settings: Settings, config: Path, folder: Path, *, keep: int | None, now: datetime
) -> tuple[Backup, int]:
    """Take a backup into a folder and keep the newest so many; how many older ones are gone."""
    _refuse_server(settings)
    made = back_up(settings.digest.database, config, folder, now)
    return made, prune(folder, keep) if keep is not None else 0


def put_back(settings: Settings, folder: Path, *, replace: bool, now: datetime) -> Backup:
    """Restore a backup; UsageError where there is a database, unless it is to be replaced."""
    _refuse_server(settings)
    path = settings.digest.database
    if path.exists() and not replace:
        raise UsageError(f"{path}: exists; --replace keeps it under another name")
    return restore(folder, path, now)


def copy_place(source: Path | str, target: Path | str) -> dict[str, int]:
    """Copy a database into a place that has none; rows by table.

    StoreError where another digest is at work on the source.
    """
    with lock(source), lock(source, "deliver"):
        return copy_store(source, target)


def _refuse_server(settings: Settings) -> None:
    if settings.store.url is not None:
        raise UsageError(
            f"{settings.store.url}: a server's database is backed up with pg_dump; or let"
            " `digest store copy` make a file of it"
        )
