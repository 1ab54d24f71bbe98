"""Backups of a configuration: taken, pruned, put back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from digest.config import Settings
from digest.model.errors import UsageError
from digest.store.backup import Backup, back_up, prune, restore


def take_backup(
    settings: Settings, config: Path, folder: Path, *, keep: int | None, now: datetime
) -> tuple[Backup, int]:
    """Take a backup into a folder and keep the newest so many; how many older ones are gone."""
    made = back_up(settings.digest.database, config, folder, now)
    return made, prune(folder, keep) if keep is not None else 0


def put_back(settings: Settings, folder: Path, *, replace: bool, now: datetime) -> Backup:
    """Restore a backup; UsageError where there is a database, unless it is to be replaced."""
    path = settings.digest.database
    if path.exists() and not replace:
        raise UsageError(f"{path}: exists; --replace keeps it under another name")
    return restore(folder, path, now)
