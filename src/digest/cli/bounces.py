"""`digest bounces`: mail that came back."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
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
from digest.mail.bounces import file_away, messages_of
from digest.services import mail_service
from digest.store import open_store


def bounces(
    path: Annotated[
        str, typer.Argument(metavar="PATH|-", help="A message, a Maildir, or - for stdin.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Read delivery reports and complaints; addresses that are no more get no more mail."""
    settings = settings_of(config, None, database)
    told: Counter[str] = Counter()
    with closing(open_store(settings.digest.database)) as store:
        service = mail_service(settings, store, fixed_clock(now))
        if path == "-":
            told[service.read_bounce(sys.stdin.buffer.read()) or "not understood"] += 1
        else:
            for file, raw in messages_of(Path(path)):
                told[service.read_bounce(raw) or "not understood"] += 1
                file_away(file)
    parts = ", ".join(f"{number} {what}" for what, number in told.items())
    typer.echo(f"Came back: {parts or 'nothing'}.")
