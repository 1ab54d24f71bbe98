"""`digest web`: the pages only; `digest serve` serves them beside everything else."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    OutputOption,
    QuietOption,
    VerboseOption,
    running_clock,
    set_up_logging,
    settings_of,
)
from digest.services.web import serve_web


def web(
    *,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Serve at this address instead of the configured one.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Serve the archive and the subscribers' pages only."""
    set_up_logging(quiet=quiet, verbose=verbose)
    serve_web(settings_of(config, output, database), listen, running_clock(now))
