"""`digest run`, `collect`, `build`, `serve` and `resume`: the flows, once or when due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.allow import AllowOption
from digest.cli.logs import on_stderr
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
from digest.config import LiveSettings, Settings
from digest.edition.schedule import edition_id
from digest.fetch.guard import Allowance
from digest.model import DeliveryState
from digest.model.errors import DigestError, NothingReadError
from digest.services.application import Application, application
from digest.services.database import open_database

if TYPE_CHECKING:
    from digest.flows import BuildReport, CollectReport, DeliverReport

TolerantOption = Annotated[
    bool, typer.Option("--tolerant", help="Exit with 0 unless every feed failed.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What a command did; `problems` are why there is no edition, or no mail at all."""

    collected: CollectReport | None = None
    built: BuildReport | None = None
    delivered: DeliverReport | None = None
    problems: tuple[str, ...] = ()

    def failed(self, *, tolerant: bool) -> bool:
        """Did anything fail? Tolerant: did every feed?"""
        failures = self.collected.count("failed") if self.collected else 0
        if tolerant:
            return bool(failures) and failures == len(
                self.collected.feeds if self.collected else ()
            )
        mail = self.delivered
        stopped = mail and (mail.counts[DeliveryState.FAILED] or mail.error or mail.backoff)
        return bool(failures or self.problems or stopped)


def _flows(
    settings: Settings,
    work: Callable[[Application], _Done],
    *,
    clock: Callable[[], datetime],
    allowed: list[Allowance] | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    tolerant: bool = False,
) -> None:
    """Run flows and print their reports; exit code 1 if something failed."""
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
        done = work(flows)
    failed = done.failed(tolerant=tolerant)
    if as_json:
        print_json(
            done.collected, done.built, settings, done.delivered, done.problems, failed=failed
        )
    else:
        if done.collected is not None:
            print_collected(done.collected, quiet=quiet)
        if done.built is not None and not quiet:
            print_built(done.built, settings)
        if done.delivered is not None:
            from digest.cli.deliver import print_delivered  # noqa: PLC0415 -- loads mail

            print_delivered(done.delivered, quiet=quiet)
    for problem in done.problems:
        on_stderr(f"digest: {problem}")
    if failed:
        raise typer.Exit(1)


def run(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    no_deliver: Annotated[
        bool, typer.Option("--no-deliver", help="Send no mail, even if [smtp] is configured.")
    ] = False,
    tolerant: TolerantOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Collect, build today's edition and send it.

    Mail is sent to subscribers if [smtp] is configured. The exit code is 1 if a feed or the mail
    failed, though everything else was done.
    """
    settings = settings_of(config, output, database)
    clock = fixed_clock(now)

    def work(flows: Application) -> _Done:
        collected = asyncio.run(flows.collect(patient=False))
        built, delivered, problems = None, None, []
        try:
            built = flows.build(edition_id(clock(), settings.digest.zone))
        except NothingReadError as error:
            problems.append(str(error))
        if settings.smtp and not no_deliver:
            from digest.cli.deliver import DELIVER_WAIT, stop_on_signals  # noqa: PLC0415 -- likewise

            stop_on_signals(flows.stop)
            try:
                delivered = flows.deliver(wait=DELIVER_WAIT)
            except DigestError as error:  # the reports of the rest must not be lost
                problems.append(str(error))
        return _Done(
            collected=collected, built=built, delivered=delivered, problems=tuple(problems)
        )

    _flows(
        settings,
        work,
        clock=clock,
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
        tolerant=tolerant,
    )


def collect(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    due: Annotated[
        bool, typer.Option("--due", help="Poll only feeds that are due, as serve does.")
    ] = False,
    tolerant: TolerantOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Poll the feeds and store new articles.

    The exit code is 1 if a feed failed.
    """
    _flows(
        settings_of(config, None, database),
        lambda flows: _Done(collected=asyncio.run(flows.collect(patient=due))),
        clock=fixed_clock(now),
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
        tolerant=tolerant,
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
    """Build today's edition from the stored articles."""
    settings = settings_of(config, output, database)
    clock = fixed_clock(now)
    _flows(
        settings,
        lambda flows: _Done(built=flows.build(edition_id(clock(), settings.digest.zone))),
        clock=clock,
        allowed=allow_address,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )


class Part(StrEnum):
    """What `digest serve` is for."""

    ALL = "all"
    SCHEDULER = "scheduler"
    WEB = "web"


def serve(
    *,
    role: Annotated[
        Part,
        typer.Option(
            "--role", help="Do everything; or, beside `digest worker`: plan, or serve pages."
        ),
    ] = Part.ALL,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Keep running: poll feeds, publish and send when due.

    A changed configuration takes effect without a restart, and so do changed templates. Pages are
    served at [web] listen, if it is set. With [store] url, `digest worker` can do the rest.
    """
    set_up_logging(quiet=quiet, verbose=verbose)
    live = LiveSettings(config, partial(settings_of, config, output, database))
    common: dict[str, Any] = {
        "clock": running_clock(now),
        "observer": Screen(quiet=True, verbose=verbose),
        "allowed": tuple(allow_address or ()),
    }
    if role is Part.SCHEDULER:
        from digest.cli.worker import work  # noqa: PLC0415 -- no other needs the queue
        from digest.services.roles import PLAN  # noqa: PLC0415

        work(live, [PLAN], **common)
        return
    from digest.services.web import serve as serve_flows  # noqa: PLC0415 -- no other needs pages

    serve_flows(live, alone=role is Part.ALL, **common)


def resume(
    url: Annotated[str, typer.Argument(help="The feed's URL as in the configuration.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Poll a stopped or held feed again.

    A feed stops when its server answers 410 Gone. It is held when its address serves another feed.
    """
    with open_database(settings_of(config, None, database)) as stored:
        if not stored.store.resume(url):
            raise DigestError(
                f"{url}: no stopped or held feed has this URL; `digest run` reports those"
            )
