"""`digest maintain`: what `serve` does after each edition, by hand."""

from __future__ import annotations

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.model.errors import StoreError
from digest.services.database import maintain_database


def maintain(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Drop what is no longer kept, shrink and check the database.

    Every build does the same. A database of an earlier version is rewritten once, which needs as
    much free space as it takes. The exit code is 1 if it is damaged.
    """
    settings = settings_of(config, None, database)
    done = maintain_database(settings, fixed_clock(now)())
    typer.echo(
        f"Dropped {done.texts} texts and {done.signatures} signatures;"
        f" the database is {done.freed / 1e6:.1f} MB smaller."
    )
    if done.damage:
        raise StoreError(f"{settings.place}: is damaged: {done.damage}; restore a backup")
