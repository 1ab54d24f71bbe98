"""The digest command. Exit codes: 0 well, 1 something failed, 2 usage or configuration."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from digest.cli.logs import LogFormat
from digest.cli.options import log_as
from digest.model.errors import ConfigError, DigestError, UsageError

# Each command by the module of this package that has it, under its own name if no other is said.
COMMANDS = {
    "run": "flows",
    "collect": "flows",
    "build": "flows",
    "serve": "flows",
    "resume": "flows",
    "check": "flows",
    "preview": "preview",
    "demo": "demo",
    "search": "search",
    "explain": "stories",
    "stories": "stories",
    "feeds": "feeds:app",
    "subscribers": "subscribers:app",
    "deliver": "deliver",
    "status": "status",
    "bounces": "bounces",
    "web": "web",
    "cluster": "files",
    "summarize": "files",
    "eval": "files:evaluate",
}


class _Commands(TyperGroup):
    """Imports a command when it is called for: a list of subscribers needs no language models."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)  # for lists; made below

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of a name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"digest.cli.{module}"), name or cmd_name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            single.command()(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
    name="digest",
    help="One finite edition a day from the feeds you follow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def common(
    *,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Write events as text or as JSON lines.")
    ] = LogFormat.TEXT,
) -> None:
    """One finite edition a day from the feeds you follow."""
    log_as(log_format)


def main() -> None:
    """Run the command; errors meant for people end it with one clear line each."""
    try:
        app()
    except ConfigError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except UsageError as error:
        typer.echo(f"digest: {error}", err=True)
        sys.exit(2)
    except DigestError as error:
        typer.echo(f"digest: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
