"""`digest bounces`: delivery reports and complaints."""

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
from digest.services.mail import mail_service
from digest.store import open_store


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

    An address that does not exist any more gets no more mail, and neither does who complains.
    """
    settings = settings_of(config, None, database)
    outcomes: Counter[str] = Counter()
    with closing(open_store(settings.digest.database)) as store:
        service = mail_service(settings, store, fixed_clock(now))
        if path == "-":
            outcomes[service.read_bounce(sys.stdin.buffer.read()) or "not understood"] += 1
        else:
            for file, raw in messages_of(Path(path)):
                outcomes[service.read_bounce(raw) or "not understood"] += 1
                file_away(file)
    parts = ", ".join(f"{number} {what}" for what, number in outcomes.items())
    typer.echo(f"Bounces: {parts or 'none'}.")
