"""`digest backup` and `digest restore`: a copy of everything that is kept, and its way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.services.backup import put_back, take_backup


def backup(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder for backups; each gets a folder of its own there."
        ),
    ],
    *,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="Keep only this many backups.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Copy database, key and configuration.

    `digest serve` may keep running: the copy is of one moment.
    """
    settings = settings_of(config, None, database)
    made, removed = take_backup(settings, config, folder, keep=keep, now=fixed_clock(now)())
    typer.echo(f"{made.folder}: {', '.join(made.files)}")
    if removed:
        typer.echo(f"Removed {removed} older.")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of one backup.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move the existing database aside first.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Restore a backup.

    Its database and key are used from then on; `digest serve` must not be running. The backup's
    own configuration is used if there is none yet.
    """
    saved = folder / config.name
    if not config.exists() and saved.exists():
        config.write_bytes(saved.read_bytes())
        typer.echo(f"{config}: restored")
    settings = settings_of(config, None, database)
    made = put_back(settings, folder, replace=replace, now=fixed_clock(now)())
    path = settings.digest.database
    typer.echo(f"{path}: restored as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC")
