"""`digest bounces`: delivery reports and complaints."""

from __future__ import annotations

import sys
from collections import Counter
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
from digest.services.mail import open_mail


def bounces(
    path: Annotated[
        str, typer.Argument(metavar="PATH|-", help="A message, a Maildir, or - for standard input.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Process bounces and complaints.

    Addresses that no longer exist or that complained get no more mail.
    """
    settings = settings_of(config, None, database)
    outcomes: Counter[str] = Counter()
    with open_mail(settings, fixed_clock(now)) as service:
        if path == "-":
            outcomes[service.read_bounce(sys.stdin.buffer.read()) or "not understood"] += 1
        else:
            for kind in service.read_bounces(Path(path)):
                outcomes[kind or "not understood"] += 1
    parts = ", ".join(f"{number} {what}" for what, number in outcomes.items())
    typer.echo(f"Bounces: {parts or 'none'}.")
