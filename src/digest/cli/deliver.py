"""`digest deliver`: sending mail."""

from __future__ import annotations

import logging
import signal
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.logs import on_stderr
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    QuietOption,
    VerboseOption,
    fixed_clock,
    pause_of,
    set_up_logging,
    settings_of,
)
from digest.cli.status import in_wait
from digest.mail.address import normal_address
from digest.mail.settlement import PATIENCE
from digest.model import Cause, DeliveryState
from digest.model.errors import DigestError
from digest.services.mail import MailService, open_mail

if TYPE_CHECKING:
    from digest.flows import DeliverReport


class Held(StrEnum):
    """What to do with deliveries that are held in doubt."""

    SEND = "send"
    DROP = "drop"


class Retry(StrEnum):
    """What is to be tried again."""

    FAILED = "failed"


DELIVER_WAIT = timedelta(minutes=10)  # for what a server put off, unless said otherwise
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="MINUTES",
        min=0,
        max=240,
        help="Wait this long for mail that a server deferred (greylisting).",
    ),
]
EditionOption = Annotated[
    str | None, typer.Option("--edition", metavar="DATE", help="Only deliveries of this edition.")
]


def deliver(
    *,
    edition: EditionOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print who would get what, and who would not, and why."),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="ADDRESS", help="Send a test to this address; nothing is recorded."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also send overdue mail.")] = False,
    held: Annotated[
        Held | None, typer.Option("--held", help="First send or drop mail that is held in doubt.")
    ] = None,
    pause: Annotated[
        bool, typer.Option("--pause", help="Stop all sending, in `serve` as well.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Resume after --pause, or after the server refused mail."),
    ] = False,
    retry: Annotated[
        Retry | None,
        typer.Option(
            "--retry", help="First retry mail that failed in the last five days, or of --edition."
        ),
    ] = None,
    wait: WaitOption = DELIVER_WAIT / timedelta(minutes=1),
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over", help="Send from this machine even though another one did before."
        ),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Send the mail that is due.

    What has been sent is never sent again.
    """
    set_up_logging(quiet=quiet, verbose=verbose)
    settings = settings_of(config, None, database)
    clock = fixed_clock(now)
    stop = stop_on_signals(Event())
    pausing = pause_of(clock)
    with open_mail(
        settings,
        clock,
        stop=stop,
        pause=pausing,
        new_key=not dry_run,
        take_over=take_over,
    ) as service:
        if edition is not None and service.outbox.newest(edition) is None:
            raise DigestError(f"--edition: there is no edition {edition!r}; see `digest status`")
        if pause:
            service.outbox.pause(clock())
            return
        if dry_run:
            _dry_run(service, clock(), edition)
            return
        if to is not None:
            service.test(_address(to), edition)
            return
        _decide(service, clock(), resume=resume, held=held, retry=retry, edition=edition)
        report = service.deliver(
            edition, force=force, take_over=take_over, wait=timedelta(minutes=wait)
        )
        print_delivered(report, quiet=quiet)
        _print_waiting(service, quiet=quiet)
    if report.error or report.backoff:
        raise typer.Exit(1)


def _decide(
    service: MailService,
    now: datetime,
    *,
    resume: bool,
    held: Held | None,
    retry: Retry | None,
    edition: str | None,
) -> None:
    """Carry out what the operator decided on mail that waits."""
    if resume:
        service.outbox.pause(None)
        service.outbox.back_off(None)
    if held is not None:
        send = held is Held.SEND
        service.outbox.release(Cause.IN_DOUBT, send=send, at=now, edition=edition)
    if retry is not None:
        opened = service.outbox.retry_failed(now - PATIENCE, now, edition)
        typer.echo(f"Opened again: {opened}.")


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def stop_on_signals(stop: Event) -> Event:
    """Set `stop` on SIGTERM and SIGINT, so that sending ends after the messages in progress."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def print_delivered(report: DeliverReport, *, quiet: bool) -> None:
    """The closing report of deliver."""
    words = {
        DeliveryState.SENT: "sent",
        DeliveryState.PENDING: "postponed",
        DeliveryState.FAILED: "refused",
        DeliveryState.SKIPPED: "skipped",
    }
    parts = [(report.counts[state], word) for state, word in words.items()]
    parts.append((report.held + report.counts[DeliveryState.HELD], "held"))
    if not quiet:
        counts = ", ".join(f"{number} {word}" for number, word in parts if number)
        typer.echo(f"Mail: {counts or 'nothing due'}.")
    if report.error:
        on_stderr(f"digest: {report.error}")
    if report.backoff:
        on_stderr(f"digest: {in_wait(report.backoff)}")


def _print_waiting(service: MailService, *, quiet: bool) -> None:
    counts = service.outbox.delivery_counts()
    waiting = sum(count.number for count in counts if count.state is DeliveryState.PENDING)
    if waiting and not quiet:
        typer.echo(f"Waiting for their hour or a retry: {waiting}.")
    if service.outbox.paused():
        on_stderr("Sending is paused; resume it with `digest deliver --resume`.", logging.WARNING)


def _dry_run(service: MailService, now: datetime, edition: str | None) -> None:
    for line in service.preview(now, edition):
        typer.echo(line)
