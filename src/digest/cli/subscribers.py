"""`digest subscribers`: who receives the digest. Prints addresses, so only for its operator."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
)
from digest.cli.subscriber_lists import (
    ConfirmOption,
    export,
    import_,
    sections_of,
    subscribers_of,
)
from digest.mail.address import address_key, normal_address
from digest.mail.subscriber_rows import parse_fields
from digest.model import Subscriber, SubscriberState
from digest.model.errors import DigestError
from digest.model.records import Why

if TYPE_CHECKING:
    from digest.store import SubscriberStore

app = typer.Typer(
    help="Manage who receives the digest by mail.", no_args_is_help=True, add_completion=False
)

AddressArgument = Annotated[str, typer.Argument(help="The email address.", show_default=False)]


def _known(people: SubscriberStore, address: str) -> Subscriber:
    subscriber = people.find(address_key(_address(address)))
    if subscriber is None:
        raise DigestError("no such subscriber; see `digest subscribers list`")
    return subscriber


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def add(
    address: AddressArgument,
    *,
    language: Annotated[
        str, typer.Option(metavar="TAG", help="Language of their mail, such as de.")
    ] = "",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Such as Europe/Berlin.")] = "",
    hour: Annotated[str, typer.Option(metavar="0-23", help="In their own timezone.")] = "",
    frequency: Annotated[
        str, typer.Option(metavar="daily|weekdays|weekly", help="How often.")
    ] = "",
    sections: Annotated[str, typer.Option(metavar="A;B", help="Only these sections.")] = "",
    confirm: ConfirmOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Add a subscriber, or change an existing one."""
    stated = {
        "language": language,
        "timezone": timezone,
        "hour": hour,
        "frequency": frequency,
        "sections": sections,
    }
    try:
        given = {name: text for name, text in stated.items() if text}
        fields = parse_fields(given, sections_of(config, database) if sections else None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    cause = "asked to confirm by the operator" if confirm else "added: the operator vouches"
    with subscribers_of(config, database, create=True) as (people, slot_of):
        (done,) = people.put(
            [(_address(address), fields)],
            why=Why(fixed_clock(now)(), cause),
            confirm=confirm,
            slot_of=slot_of,
        )
    typer.echo(str(done))
    if done.suppression is not None:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    *,
    state: Annotated[
        list[SubscriberState] | None,
        typer.Option(help="Only subscribers in this state (repeatable)."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """List subscribers and what they chose."""
    with subscribers_of(config, database) as (people, _):
        for subscriber in people.all(state or ()):
            rhythm = subscriber.rhythm
            hour = "" if rhythm.hour is None else f"{rhythm.hour}:00"
            parts = (
                subscriber.state,
                subscriber.address,
                rhythm.frequency,
                hour,
                rhythm.timezone or "",
            )
            typer.echo("  ".join(part for part in parts if part))


@app.command()
def show(
    address: AddressArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print everything stored about somebody."""
    with subscribers_of(config, database) as (people, _):
        subscriber = _known(people, address)
        document = asdict(subscriber) | {
            "history": [
                {"at": change.at.isoformat(), "cause": change.cause, "what": change.what}
                for change in people.history(subscriber.id)
            ],
            "mails": people.mails(subscriber.id),
        }
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _set(
    address: str, state: SubscriberState, at: datetime, config: Path, database: Path | None
) -> None:
    with subscribers_of(config, database) as (people, _):
        subscriber = _known(people, address)
        settled = (SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.PENDING)
        if state is not SubscriberState.UNSUBSCRIBED and subscriber.state in settled:
            raise DigestError(
                f"{address}: is {subscriber.state}, which only they can change; ask them with"
                " `digest subscribers add --confirm`"
            )
        people.set_state(subscriber.id, state, Why(at, "said by the operator"))


@app.command()
def pause(
    address: AddressArgument,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Send mail again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Pause a subscriber's mail until it is resumed."""
    state = SubscriberState.ACTIVE if resume else SubscriberState.PAUSED
    _set(address, state, fixed_clock(now)(), config, database)


@app.command()
def reactivate(
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", show_default=False)
    ] = None,
    *,
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="All that ended since then."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for their history.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Resume mail to subscribers whose mail had bounced.

    For example after a fault on our side. Those who unsubscribed or complained are left out.
    """
    if not reason.strip() or bool(addresses) == (since is not None):
        raise typer.BadParameter("name addresses or --since, and a --reason")
    why = Why(fixed_clock(now)(), f"reactivated by the operator: {reason.strip()}"[:300])
    with subscribers_of(config, database) as (people, _):
        if since is not None:
            chosen = people.bounced_since(since.replace(tzinfo=UTC))
        else:
            chosen = tuple(_known(people, address) for address in addresses or ())
        count = people.reactivate([subscriber.id for subscriber in chosen], why)
    typer.echo(f"Reactivated: {count} of {len(chosen)}.")
    if count < len(chosen):
        raise typer.Exit(1)


@app.command()
def remove(
    address: AddressArgument,
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase everything, keeping only a hash of the address.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Unsubscribe somebody; later imports leave them out."""
    at = fixed_clock(now)()
    if not erase:
        state = SubscriberState.UNSUBSCRIBED
        _set(address, state, at, config, database)
        return
    with subscribers_of(config, database) as (people, _):
        people.erase(_known(people, address).id, at=at)


app.command("import")(import_)
app.command()(export)
