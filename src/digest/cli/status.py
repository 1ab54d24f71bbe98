"""`digest status`: the state of deliveries."""

from __future__ import annotations

import json
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
from digest.model import DeliveryState
from digest.model.records import Backoff
from digest.services.database import open_database, warnings_of


def status(
    *,
    held: Annotated[
        bool, typer.Option("--held", help="List every held, failed or bounced delivery.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Show the state of deliveries, edition by edition."""
    settings = settings_of(config, None, database)
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


def in_wait(backoff: Backoff) -> str:
    """The line on a mail server that refuses everything."""
    return (
        f"sending waits until {backoff.until:%Y-%m-%d %H:%M} UTC, refused {backoff.times} times"
        f" in a row: {backoff.reason}; `digest deliver --resume` tries at once"
    )


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items()) or "none"
