"""`digest subscribers`: who gets the digest. What it prints is for its operator's eyes."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.cli.sheets import read_sheet
from digest.mail.address import address_key, normal_address
from digest.mail.slots import slots
from digest.mail.subscriber_rows import (
    FIELDS,
    InvalidRow,
    SubscriberRow,
    parse_fields,
    parse_rows,
    row_of,
)
from digest.model import Subscriber, SubscriberState
from digest.model.errors import DigestError
from digest.store import Put, SlotOf, SubscriberStore, Why, open_store

app = typer.Typer(help="Who gets the digest by mail.", no_args_is_help=True)

_PIECE = 500  # rows of a list

AddressArgument = Annotated[str, typer.Argument(help="The mail address.", show_default=False)]
ConfirmOption = Annotated[
    bool, typer.Option("--confirm", help="Ask them by letter first; without, you vouch for them.")
]


@contextmanager
def _people(config: Path, database: Path | None) -> Iterator[tuple[SubscriberStore, SlotOf]]:
    settings = settings_of(config, None, database)
    with closing(open_store(settings.digest.database)) as store:
        yield SubscriberStore(store.engine), slots(settings.digest)


def _known(people: SubscriberStore, address: str) -> Subscriber:
    subscriber = people.find(address_key(_address(address)))
    if subscriber is None:
        raise DigestError("no such subscriber; `digest subscribers list` names all")
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
    language: Annotated[str, typer.Option(metavar="TAG")] = "",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Such as Europe/Berlin.")] = "",
    hour: Annotated[str, typer.Option(metavar="0-23", help="Of their own clock.")] = "",
    frequency: Annotated[str, typer.Option(metavar="daily|weekdays|weekly")] = "",
    sections: Annotated[str, typer.Option(metavar="A;B", help="Only these.")] = "",
    confirm: ConfirmOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Add somebody, or change what somebody known gets."""
    stated = {
        "language": language,
        "timezone": timezone,
        "hour": hour,
        "frequency": frequency,
        "sections": sections,
    }
    try:
        fields = parse_fields({name: text for name, text in stated.items() if text})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    cause = "asked to confirm by the operator" if confirm else "added: the operator vouches"
    with _people(config, database) as (people, slot_of):
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
        list[SubscriberState] | None, typer.Option(help="Only these (repeatable).")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """List subscribers: state, address, rhythm."""
    with _people(config, database) as (people, _):
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
    """Print all that is known of somebody, as JSON: for a person who asks."""
    with _people(config, database) as (people, _):
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
    with _people(config, database) as (people, _):
        subscriber = _known(people, address)
        settled = (SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.PENDING)
        if state is not SubscriberState.UNSUBSCRIBED and subscriber.state in settled:
            raise DigestError(f"is {subscriber.state}; only they can change that: `add --confirm`")
        people.set_state(subscriber.id, state, Why(at, "said by the operator"))


@app.command()
def pause(
    address: AddressArgument,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Send to them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Send nothing to somebody until they are resumed."""
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
    """Send again to people whose subscription ended because mail came back.

    Such as after a fault of the sender's own. Who unsubscribed or complained stays so.
    """
    if not reason.strip() or bool(addresses) == (since is not None):
        raise typer.BadParameter("name addresses or --since, and a --reason")
    why = Why(fixed_clock(now)(), f"reactivated by the operator: {reason.strip()}"[:300])
    with _people(config, database) as (people, _):
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
        bool, typer.Option("--erase", help="Forget all about them but a hash of the address.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Unsubscribe somebody; no import brings them back."""
    at = fixed_clock(now)()
    if not erase:
        state = SubscriberState.UNSUBSCRIBED
        _set(address, state, at, config, database)
        return
    with _people(config, database) as (people, _):
        people.erase(_known(people, address).id, at=at)


@app.command(name="import")
def import_(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="A CSV file; - reads from stdin.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    confirm: ConfirmOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Add the people of a CSV file with a header; rows that are wrong are named, the rest goes in.

    Columns: `address`, and any of language, timezone, hour, frequency, sections, fewer, muted
    (several separated by semicolons) and state.
    """
    source = "stdin" if path == "-" else path
    header, rows = read_sheet(path, source)
    try:
        read = parse_rows(header, rows)
    except ValueError as error:
        typer.echo(f"{source}:1: {error}", err=True)
        raise typer.Exit(2) from None
    cause = "asked to confirm: imported" if confirm else "imported: the operator vouches"
    why = Why(fixed_clock(now)(), cause)
    told: Counter[str] = Counter()
    with _people(config, database) as (people, slot_of):
        # A piece at a time, so that who sends or serves meanwhile has its turn to write.
        while piece := list(islice(read, _PIECE)):
            good = [row for row in piece if isinstance(row, SubscriberRow)]
            done = people.put(
                [(person.address, person.fields) for person in good],
                why=why,
                confirm=confirm,
                slot_of=slot_of,
                dry_run=dry_run,
            )
            told.update(_report(source, piece, good, done))
    wrong = told.pop("wrong", 0)
    parts = [f"{number} {what}" for what, number in told.items()]
    parts += [f"{wrong} wrong"] if wrong else []
    typer.echo(f"{'Would be: ' if dry_run else ''}{', '.join(parts) or 'nothing'}.")
    if wrong:
        raise typer.Exit(1)


def _report(
    source: str,
    piece: Sequence[SubscriberRow | InvalidRow],
    good: Sequence[SubscriberRow],
    done: Sequence[Put],
) -> Iterator[str]:
    """A line for each row that did not go in; what became of each."""
    for row in piece:
        if isinstance(row, InvalidRow):
            typer.echo(f"{source}:{row.line}: {row.problem}", err=True)
            yield "wrong"
    for person, what in zip(good, done, strict=True):
        if what.suppression is not None:
            typer.echo(f"{source}:{person.line}: {what}", err=True)
        yield str(what)


@app.command()
def export(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print everybody as CSV, as `import` reads it."""
    writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    writer.writeheader()
    with _people(config, database) as (people, _):
        writer.writerows(map(row_of, people.all()))
