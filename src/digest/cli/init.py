"""`digest init`: a configuration to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import typer

from digest.cli.options import DEFAULT_CONFIG, ConfigOption
from digest.model.errors import UsageError


def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write a commented feeds.toml to start from.

    An existing file is never overwritten.
    """
    try:
        with config.open("xb") as file:
            file.write((examples() / "feeds.toml").read_bytes())
    except FileExistsError:
        raise UsageError(
            f"{config}: already exists; remove it, or name another file with --config"
        ) from None
    except OSError as error:
        raise UsageError(f"{config}: cannot be written: {error.strerror}") from None
    option = "" if config == DEFAULT_CONFIG else f" --config {config}"
    typer.echo(f"Wrote {config}. Edit its feeds, then try `digest check{option}`.")


def examples() -> Path:
    """The folder of examples: in the installed package, or beside it in a checkout."""
    packaged = Path(str(resources.files("digest"))) / "examples"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples"
