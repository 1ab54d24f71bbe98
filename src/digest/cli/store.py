"""`digest store`: the database as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from digest.config.settings import StoreSettings
from digest.model.errors import UsageError
from digest.services.backup import copy_place

app = typer.Typer(no_args_is_help=True, help="Move the database to PostgreSQL, or back.")
_PLACE = "A file, or postgresql://USER@HOST/DATABASE."


@app.callback()
def _group() -> None:
    """Move the database to PostgreSQL, or back."""


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_PLACE)],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same, and empty or new.")],
) -> None:
    """Copy a whole database to another place; FROM stays as it is.

    `digest serve` must not be running. The key that signs links
    is not copied: it is taken from DIGEST_SECRET_KEY or the file beside `digest.database`.
    """
    counts = copy_place(_place(source), _place(target))
    typer.echo(f"{target}: {sum(counts.values()):,} rows in {len(counts)} tables")
    for name, number in counts.items():
        if number:
            typer.echo(f"  {name}: {number:,}")


def _place(written: str) -> Path | str:
    if "://" not in written:
        return Path(written).expanduser().absolute()
    try:
        return StoreSettings(url=written).url or ""
    except ValidationError as error:
        raise UsageError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
