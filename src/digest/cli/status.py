"""`digest status`: the state of deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.config import Settings
from digest.model import DeliveryState
from digest.model.errors import UsageError
from digest.model.records import Backoff
from digest.services.database import open_database, warnings_of


def status(
    *,
    held: Annotated[
        bool, typer.Option("--held", help="List every held, failed or bounced delivery.")
    ] = False,
    workers: Annotated[
        bool, typer.Option("--workers", help="Show how the workers keep up with what is due.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Show the state of deliveries, edition by edition."""
    settings = settings_of(config, None, database)
    if workers:
        _workers(settings, fixed_clock(now), as_json=as_json)
        return
    with open_database(settings) as stored:
        outbox = stored.outbox
        people = stored.people.counts()
        table: dict[str, dict[str, int]] = {}
        for count in outbox.delivery_counts():
            table.setdefault(count.edition, {})[count.state.value] = count.number
        paused, backoff = outbox.paused(), outbox.backoff()
        looked = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.BOUNCED)
        rows = outbox.all_of(looked) if held else ()
        warnings = warnings_of(stored.store, settings, fixed_clock(now)())
    if as_json:
        document = {
            "subscribers": people,
            "editions": table,
            "paused": paused,
            "backoff": {
                "until": backoff.until.isoformat(),
                "refusals": backoff.times,
                "reason": backoff.reason,
            }
            if backoff
            else None,
            "warnings": warnings,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"Subscribers: {_listed(people)}.{' Sending is paused.' if paused else ''}")
    if backoff is not None:
        typer.echo(f"Mail: {in_wait(backoff)}.")
    for warning in warnings:
        typer.echo(f"Note: {warning}.")
    for name, states in table.items():
        open_ = any(states.get(state) for state in ("pending", "sending", "held"))
        typer.echo(f"{name}: {_listed(states)}{'' if open_ else ', done'}.")
    for delivery, state, reason in rows:
        typer.echo(f"  {delivery.edition} {state} {delivery.address}: {reason}")


def _workers(settings: Settings, clock: Callable[[], datetime], *, as_json: bool) -> None:
    from digest.services.monitoring import Monitor  # noqa: PLC0415 -- with a library for metrics

    with open_database(settings) as stored:
        monitor = Monitor(settings=lambda: settings, store=stored.store, clock=clock)
        state = monitor.workers()
        rows = monitor.rows()
        overdue = monitor.overdue(rows)
    if state is None:
        raise UsageError("no worker ever worked on this database; see docs/workers.md")
    if as_json:
        document = {"feeds": len(rows), "feeds_overdue": overdue, **asdict(state)}
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(f"Feeds overdue by more than an hour: {overdue} of {len(rows)}.")
    typer.echo(f"Roles at work: {state.alive}.")
    for queue in sorted(state.waiting.keys() | state.working.keys()):
        waits = state.waiting.get(queue)
        oldest = f"the oldest job waits for {waits:.0f} s" if waits is not None else "nothing waits"
        typer.echo(f"{queue}: {oldest}, {state.working.get(queue, 0)} in hand.")
    if state.failed:
        typer.echo(f"Jobs that a fault of the program ended: {state.failed}; see the logs.")


def in_wait(backoff: Backoff) -> str:
    """The line on a mail server that refuses everything."""
    return (
        f"sending waits until {backoff.until:%Y-%m-%d %H:%M} UTC, refused {backoff.times} times"
        f" in a row: {backoff.reason}; `digest deliver --resume` tries at once"
    )


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items()) or "none"
