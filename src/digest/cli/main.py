"""The digest command. Exit codes: 0 well, 1 something failed, 2 usage or configuration."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from digest.cli import files
from digest.cli.bounces import bounces
from digest.cli.deliver import deliver, print_delivered, status
from digest.cli.demo import run_demo
from digest.cli.logs import LogFormat
from digest.cli.options import (
    DEFAULT_CONFIG,
    AllowOption,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NowOption,
    OutputOption,
    QuietOption,
    VerboseOption,
    fixed_clock,
    log_as,
    running_clock,
    set_up_logging,
    settings_of,
)
from digest.cli.output import Screen, print_built, print_collected, print_json
from digest.cli.preview import HOST, Stage, server
from digest.cli.search import search
from digest.cli.stories import explain, stories
from digest.cli.subscribers import app as subscribers_app
from digest.cli.web import pages_of, web
from digest.config import Settings
from digest.errors import ConfigError, DigestError, UsageError
from digest.fetch import Allowance
from digest.pipeline import BuildReport, CollectReport
from digest.schedule import edition_id
from digest.scheduler import Scheduler
from digest.web import serving
from digest.wiring import Application, application, renderers, shelf

app = typer.Typer(
    name="digest",
    help="One finite edition a day from the feeds you follow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(subscribers_app, name="subscribers")
app.command()(deliver)
app.command()(status)
app.command()(bounces)
app.command()(web)


@app.callback()
def common(
    *,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Write events as text or as JSON lines.")
    ] = LogFormat.TEXT,
) -> None:
    """One finite edition a day from the feeds you follow."""
    log_as(log_format)


def _flows(
    settings: Settings,
    work: Callable[[Application], tuple[CollectReport | None, BuildReport | None]],
    *,
    clock: Callable[[], datetime],
    allowed: list[Allowance] | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Run flows and print their reports."""
    set_up_logging(quiet=quiet, verbose=verbose)
    with (
        Screen(quiet=quiet or as_json, verbose=verbose) as screen,
        application(settings, clock=clock, observer=screen, allowed=tuple(allowed or ())) as flows,
    ):
        collected, built = work(flows)
    if as_json:
        print_json(collected, built, settings)
    else:
        if collected is not None:
            print_collected(collected, quiet=quiet)
        if built is not None and not quiet:
            print_built(built, settings)
    if (
        collected is not None
        and collected.feeds
        and collected.count("failed") == len(collected.feeds)
    ):
        raise typer.Exit(1)


@app.command()
def run(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    no_deliver: Annotated[
        bool, typer.Option("--no-deliver", help="Send nothing, though [smtp] is set.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Collect what is new, build today's edition and write it; send it where [smtp] is set."""
    settings = settings_of(config, output, database)
    clock = fixed_clock(now)

    def work(flows: Application) -> tuple[CollectReport, BuildReport]:
        collected = asyncio.run(flows.collect(patient=False))
        built = flows.build(edition_id(clock(), settings.digest.zone))
        if settings.smtp and not no_deliver:
            print_delivered(flows.deliver(), quiet=quiet or as_json)
        return collected, built

    _flows(
        settings,
        work,
        clock=clock,
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


@app.command()
def collect(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only feeds whose own rhythm says so, as serve does.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read the feeds and store what is new."""
    _flows(
        settings_of(config, None, database),
        lambda flows: (asyncio.run(flows.collect(patient=due)), None),
        clock=fixed_clock(now),
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


@app.command()
def build(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build today's edition from what is stored and write it."""
    settings = settings_of(config, output, database)
    clock = fixed_clock(now)
    _flows(
        settings,
        lambda flows: (None, flows.build(edition_id(clock(), settings.digest.zone))),
        clock=clock,
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


@app.command()
def serve(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Stay and do everything when it is due: poll feeds, publish each day's edition."""
    set_up_logging(quiet=quiet, verbose=verbose)
    settings = settings_of(config, output, database)
    clock = running_clock(now)
    with application(
        settings,
        clock=clock,
        observer=Screen(quiet=True, verbose=verbose),
        allowed=tuple(allow_address or ()),
    ) as flows:
        # A mistake in a template shows now; one that is made later leaves this set in use.
        flows.renderers.current()
        scheduler = Scheduler(settings=settings, flows=flows, clock=clock, since=clock())
        listen = settings.web.listen
        if listen is None:
            asyncio.run(scheduler.serve())
            return
        with pages_of(settings, flows.store, clock) as pages:
            asyncio.run(scheduler.serve(partial(serving, pages, listen)))


@app.command()
def resume(
    url: Annotated[str, typer.Argument(help="The feed's URL as the configuration names it.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Read a feed again that has stopped (410) or is held because it became another."""
    settings = settings_of(config, None, database)
    screen = Screen(quiet=True, verbose=False)
    with application(settings, clock=fixed_clock(None), observer=screen) as flows:
        if not flows.resume(url):
            raise DigestError(f"{url}: no feed of that URL waits for you; see the report of a run")


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check configuration and templates; print the settings with every default filled in."""
    settings = settings_of(config, None, None)
    renderers(settings).current()
    typer.echo(settings.model_dump_json(indent=2))


@app.command()
def preview(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    port: Annotated[int, typer.Option("--port", help="0 takes any that is free.")] = 8000,
    watch: Annotated[
        bool, typer.Option("--watch", help="Render again whenever a template changes.")
    ] = False,
) -> None:
    """Show the newest edition, its mail and its text side by side, on this machine only."""
    settings = settings_of(config, output, database)
    with shelf(settings) as editions:
        stage = Stage(
            editions=editions,
            live=renderers(settings),
            output=settings.digest.output,
            watch=watch,
        )
        stage.get("-/state")  # a mistake in a template ends the command now
        with server(stage, port) as serving:
            typer.echo(f"Open http://{HOST}:{serving.server_port}/ (Ctrl-C ends)")
            serving.serve_forever()


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write the three editions here.")
    ] = Path("output"),
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep feeds.toml and the database here, for digest explain."),
    ] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the real pipeline over three days of an invented newsroom, offline."""
    set_up_logging(quiet=quiet, verbose=verbose)
    run_demo(output.absolute(), keep and keep.absolute(), quiet=quiet, verbose=verbose)


app.command()(search)
app.command()(explain)
app.add_typer(stories, name="stories")


files.register(app)


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
