"""`digest run`, `collect`, `build` and `serve`: the flows, once or as they come due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from digest.cli.allow import AllowOption
from digest.cli.deliver import DELIVER_WAIT, print_delivered, stop_on_signals
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NowOption,
    OutputOption,
    QuietOption,
    VerboseOption,
    fixed_clock,
    pause_of,
    running_clock,
    set_up_logging,
    settings_of,
)
from digest.cli.output import Screen, print_built, print_collected, print_json
from digest.cli.web import pages_of
from digest.config import LiveSettings, Settings
from digest.edition.schedule import edition_id
from digest.fetch import Allowance
from digest.flows import BuildReport, CollectReport
from digest.flows.scheduler import Scheduler
from digest.model.errors import DigestError, NothingReadError
from digest.services import Application, application, live_application, renderers
from digest.web import serving


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
        application(
            settings,
            clock=clock,
            observer=screen,
            allowed=tuple(allowed or ()),
            pause=pause_of(clock),
        ) as flows,
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


def run(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    no_deliver: Annotated[
        bool, typer.Option("--no-deliver", help="Send nothing, though mail is set up.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Collect what is new, build today's edition and write it; send it where mail is set up."""
    settings = settings_of(config, output, database)
    clock = fixed_clock(now)

    failed = False

    def work(flows: Application) -> tuple[CollectReport, BuildReport | None]:
        nonlocal failed
        collected = asyncio.run(flows.collect(patient=False))
        built = None
        try:
            built = flows.build(edition_id(clock(), settings.digest.zone))
        except NothingReadError as error:
            typer.echo(f"digest: {error}", err=True)
            failed = True
        if settings.smtp and not no_deliver:
            stop_on_signals(flows.stop)
            delivered = flows.deliver(wait=DELIVER_WAIT)
            print_delivered(delivered, quiet=quiet or as_json)
            failed = failed or bool(delivered.error or delivered.backoff)
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
    if failed:
        raise typer.Exit(1)


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
    live = LiveSettings(config, partial(settings_of, config, output, database))
    settings = live.current()
    clock = running_clock(now)
    with application(
        settings,
        clock=clock,
        observer=Screen(quiet=True, verbose=verbose),
        allowed=tuple(allow_address or ()),
    ) as flows:
        # A mistake in a template shows now; one that is made later leaves this set in use.
        flows.renderers.current()
        scheduler = Scheduler(flows=live_application(live, flows), clock=clock, since=clock())
        listen = settings.web.listen
        if listen is None:
            asyncio.run(scheduler.serve())
            return
        with pages_of(settings, flows.store, clock) as pages:
            asyncio.run(scheduler.serve(partial(serving, pages, listen)))


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


def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check configuration and templates; print the settings with every default filled in."""
    settings = settings_of(config, None, None)
    renderers(settings).current()
    typer.echo(settings.model_dump_json(indent=2))
    if "+" not in settings.fetch.agent:
        typer.echo(
            f"{config}: fetch.contact: not stated, so publishers cannot tell who reads them; "
            "write a mail address or a page of yours",
            err=True,
        )
