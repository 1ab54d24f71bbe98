"""`digest check`: whether a configuration and its templates can be used, and what to mend."""

from __future__ import annotations

import logging
import os
from typing import Annotated

import typer

from digest.cli.logs import on_stderr
from digest.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from digest.services.advice import problems_of, suggestions_of
from digest.services.renderers import renderers


def check(
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Print all settings as JSON, defaults included.")
    ] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Also connect to the mail server, sending nothing.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Check configuration and templates; report what to fix.

    Mistakes that keep digest from starting are reported with their line, and the exit code is 2
    then. It is 1 for what fails later: a missing password, a folder that cannot be written, feeds
    or sections spelled in two ways, and with --online a mail server that cannot be used.
    """
    settings = settings_of(config, None, None)
    renderers(settings).current()
    if show:
        typer.echo(settings.model_dump_json(indent=2))
    problems = list(problems_of(settings, os.environ))
    if online and settings.smtp is not None and not problems:
        from digest.services.mail import smtp_problem  # noqa: PLC0415 -- loads the network

        problem = smtp_problem(settings.smtp)
        problems += [problem] if problem else []
    for line in (*problems, *suggestions_of(settings)):
        on_stderr(f"{config}: {line}", logging.WARNING)
    if problems:
        raise typer.Exit(1)
    if not show:
        number = len(settings.feeds)
        typer.echo(f"{config}: OK, {number} {'feed' if number == 1 else 'feeds'}")
