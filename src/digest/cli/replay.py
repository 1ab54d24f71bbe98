"""`digest replay`: what past editions would have been with another configuration."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.config import load
from digest.edition.difference import Difference, StoryChange
from digest.render.clean import clean


def replay(
    *,
    days: Annotated[
        int, typer.Option("--days", min=1, help="Replay the editions of this many days.")
    ] = 7,
    other: Annotated[
        Path | None,
        typer.Option("--with", metavar="OTHER.toml", help="The configuration to try."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Show what another configuration would change in past editions.

    They are built again in a copy of the database; nothing else is written. Without --with, it
    shows what building them again today would change.
    """
    from digest.services.replay import replay as replayed  # noqa: PLC0415

    settings = settings_of(config, None, database)
    tried = load(other) if other else settings
    found = list(replayed(settings.place, tried, days=days, clock=fixed_clock(now)))
    if as_json:
        typer.echo(json.dumps([asdict(edition) for edition in found], indent=2, ensure_ascii=False))
        return
    for edition in found:
        for line in _lines(edition):
            typer.echo(line)
    if not found:
        typer.echo("No editions in these days.")


def _lines(found: Difference) -> Iterator[str]:
    kinds = Counter(change.kind for change in found.changes)
    counts = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "no difference"
    yield f"{found.edition}: {found.stories_before} stories, now {found.stories_after}: {counts}"
    for change in found.changes:
        yield f"  {_line(change)}"


def _line(change: StoryChange) -> str:
    before, after = (
        " + ".join(f"“{clean(headline, 70)}”" for headline in headlines)
        for headlines in (change.before, change.after)
    )
    sides = f"{before} to {after}" if before and after and before != after else before or after
    return f"{change.kind}: {sides}{f' ({change.detail})' if change.detail else ''}"
