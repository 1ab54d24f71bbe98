"""`digest check`: whether a configuration and its templates can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from digest.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from digest.config import Settings
from digest.services.renderers import renderers


def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check configuration and templates; print all settings.

    Settings are printed with their defaults. Every mistake is reported with its line, and the exit
    code is 2 then.
    """
    settings = settings_of(config, None, None)
    renderers(settings).current()
    typer.echo(settings.model_dump_json(indent=2))
    for warning in warnings(settings, os.environ):
        typer.echo(f"{config}: {warning}", err=True)
    if "+" not in settings.fetch.agent:
        typer.echo(
            f"{config}: fetch.contact: not set, so publishers cannot tell who reads their feeds; "
            "set a mail address or a page of yours",
            err=True,
        )


def warnings(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """What is no mistake in the file and will fail all the same, with the key it is about."""
    smtp, base = settings.smtp, settings.web.base_url
    if smtp is not None and base is not None and base.startswith("http:"):
        yield "web.base_url: begins with http:, so mail programs offer no one-click unsubscribe"
    if smtp is not None and smtp.username is not None:
        if smtp.password_env is not None and not environment.get(smtp.password_env):
            yield f"smtp.password_env: {smtp.password_env} is not set here, so no mail can be sent"
        if smtp.password_file is not None and not os.access(smtp.password_file, os.R_OK):
            yield f"smtp.password_file: {smtp.password_file} cannot be read"
    for key, path in (("output", settings.digest.output), ("database", settings.digest.database)):
        place = path if key == "output" else path.parent
        if not os.access(_existing(place), os.W_OK):
            yield f"digest.{key}: {place} cannot be written; see who owns it"


def _existing(path: Path) -> Path:
    """A folder, or the nearest above it that there is."""
    return next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
