"""`digest check`: whether a configuration and its templates can be used."""

from __future__ import annotations

import typer

from digest.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from digest.services.renderers import renderers


def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check configuration and templates; print all settings.

    Settings are printed with their defaults. Every mistake is reported with its line, and the exit
    code is 2 then.
    """
    settings = settings_of(config, None, None)
    renderers(settings).current()
    typer.echo(settings.model_dump_json(indent=2))
    if "+" not in settings.fetch.agent:
        typer.echo(
            f"{config}: fetch.contact: not set, so publishers cannot tell who reads their feeds; "
            "set a mail address or a page of yours",
            err=True,
        )
