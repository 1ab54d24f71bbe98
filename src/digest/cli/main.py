"""The `digest` command line.

Exit codes: 0 success, 1 something failed, 2 wrong usage or configuration.
"""

from __future__ import annotations

import logging
import re
import sys
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import HAS_RICH, TyperCommand, TyperGroup

from digest import __version__
from digest.cli.logs import LogFormat, is_json, log_as, on_stderr
from digest.model.errors import ConfigError, DigestError, UsageError

_EDITIONS, _MAIL = "Editions", "Subscribers and mail"
_STORIES, _FILES = "Stories", "Plain files of articles"
_STYLE = re.compile(r"\[(?=[a-z#/@][^\[]*\])")


class Command(NamedTuple):
    """What `digest --help` shows of a command, and where its code is."""

    panel: str
    module: str  # of this package; then `:NAME` if the function is not called like the command
    help: str


COMMANDS = {
    "init": Command(_EDITIONS, "init", "Write a commented feeds.toml to start from."),
    "check": Command(_EDITIONS, "check", "Check configuration and templates; report what to fix."),
    "run": Command(_EDITIONS, "flows", "Collect, build today's edition and send it."),
    "collect": Command(_EDITIONS, "flows", "Poll the feeds and store new articles."),
    "build": Command(_EDITIONS, "flows", "Build today's edition from the stored articles."),
    "serve": Command(_EDITIONS, "flows", "Keep running: poll feeds, publish and send when due."),
    "worker": Command(
        _EDITIONS, "worker", "Poll, build and send what a scheduler plans, beside other workers."
    ),
    "resume": Command(_EDITIONS, "flows", "Poll a stopped or held feed again."),
    "preview": Command(_EDITIONS, "preview", "Show the newest edition and its mail in a browser."),
    "demo": Command(_EDITIONS, "demo", "Build three editions from an invented newsroom, offline."),
    "feeds": Command(_EDITIONS, "feeds:app", "List, try and change feeds; import and export OPML."),
    "replay": Command(
        _STORIES, "replay", "Show what another configuration would change in past editions."
    ),
    "backup": Command(_EDITIONS, "backup", "Copy database, key and configuration."),
    "restore": Command(_EDITIONS, "backup", "Restore a backup."),
    "store": Command(_EDITIONS, "store:app", "Move the database to PostgreSQL, or back."),
    "maintain": Command(
        _EDITIONS, "maintain", "Drop what is no longer kept, shrink and check the database."
    ),
    "subscribers": Command(_MAIL, "subscribers:app", "Manage who receives the digest by mail."),
    "deliver": Command(_MAIL, "deliver", "Send the mail that is due."),
    "status": Command(_MAIL, "status", "Show the state of deliveries, edition by edition."),
    "bounces": Command(_MAIL, "bounces", "Process bounces and complaints."),
    "web": Command(_MAIL, "web", "Serve the archive and the subscribers' pages only."),
    "search": Command(_STORIES, "search", "Find stories in all editions by their words."),
    "explain": Command(_STORIES, "stories", "Explain why articles are one story or two."),
    "stories": Command(_STORIES, "stories", "List an edition's stories and correct them."),
    "cluster": Command(_FILES, "files", "Find near-duplicates and stories."),
    "summarize": Command(_FILES, "files", "Summarize each story."),
    "eval": Command(_FILES, "evaluation:evaluate", "Measure how well known events are found."),
}


class _Commands(TyperGroup):
    """Lists commands from the table above and imports one only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What lists need to know of a command: its name and help line."""
        if cmd_name not in COMMANDS:
            return None
        panel, _, text = COMMANDS[cmd_name]
        return TyperCommand(cmd_name, help=text, rich_help_panel=panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _literally(load_command(args[0])), rest


def _literally(command: Any) -> Any:
    """The command with help texts as they are meant to be read.

    Rich takes "[smtp]" for a style and drops it, and keeps the ends of a docstring's lines; those
    of paragraphs that show JSON have to stay.
    """
    if HAS_RICH:
        for described in (command, *command.params):
            paragraphs = (described.help or "").split("\n\n")
            text = "\n\n".join(
                part if "\n{" in part else part.replace("\n", " ") for part in paragraphs
            )
            described.help = _STYLE.sub(r"\\[", text) or None
        for sub in getattr(command, "commands", {}).values():
            _literally(sub)
    return command


def load_command(name: str) -> Any:
    """Import a command of the table."""
    panel, target, text = COMMANDS[name]
    module, _, function = target.partition(":")
    found = getattr(import_module(f"digest.cli.{module}"), function or name)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(short_help=text, rich_help_panel=panel)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(
    cls=_Commands,
    name="digest",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"digest {__version__}")
        raise typer.Exit


@app.callback()
def common(
    *,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Write log lines as text or as JSON.")
    ] = LogFormat.TEXT,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Publish one edition a day from the feeds you follow: a page, a mail and a feed."""
    log_as(log_format)


def main() -> None:
    """Run the command line; an error meant for people ends it with one line on standard error."""
    try:
        app(prog_name="digest")
    except ConfigError as error:
        on_stderr(str(error))
        sys.exit(2)
    except UsageError as error:
        on_stderr(f"digest: {error}")
        sys.exit(2)
    except DigestError as error:
        on_stderr(f"digest: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        if not is_json():
            raise
        logging.getLogger("digest").exception("a fault of the program; please report it")
        sys.exit(1)
