"""`digest subscribers`: who receives the digest. Prints addresses, so only for its operator."""

from __future__ import annotations

import csv
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.logs import on_stderr
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
    set_up_logging,
    settings_of,
)
from digest.cli.sheets import read_sheet
from digest.mail.address import address_key, normal_address
from digest.mail.subscriber_rows import (
    FIELDS,
    InvalidRow,
    SubscriberRow,
    parse_fields,
    parse_rows,
    row_of,
)
from digest.model import SlotOf, Subscriber, SubscriberState
from digest.model.errors import DigestError
from digest.model.records import Put, Why
from digest.services.database import has_database, open_database

if TYPE_CHECKING:
    from digest.store import SubscriberStore

app = typer.Typer(
    help="Manage who receives the digest by mail.", no_args_is_help=True, add_completion=False
)

_BATCH = 500  # rows of a CSV file

AddressArgument = Annotated[str, typer.Argument(help="The mail address.", show_default=False)]
ConfirmOption = Annotated[
    bool,
    typer.Option(
        "--confirm", help="Send a confirmation mail first; without it, you vouch for them."
    ),
]


@contextmanager
def _people(
    config: Path, database: Path | None, *, create: bool = False, dry_run: bool = False
) -> Iterator[tuple[SubscriberStore, SlotOf]]:
    if create:
        set_up_logging(quiet=False, verbose=False)  # a new database is announced
    settings = settings_of(config, None, database)
    with open_database(settings, create=create, dry_run=dry_run) as stored:
        yield stored.people, stored.slot_of


def _sections(config: Path, database: Path | None) -> tuple[str, ...]:
    """The sections that may be chosen: those of feeds, and those of late editions."""
    settings = settings_of(config, None, database)
    names = dict.fromkeys(feed.section for feed in settings.feeds)
    if has_database(settings):
        with open_database(settings) as stored:
            for edition in stored.outbox.recent():
                names |= dict.fromkeys(section.title for section in edition.sections)
    return tuple(names)


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
        fields = parse_fields(given, _sections(config, database) if sections else None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    cause = "asked to confirm by the operator" if confirm else "added: the operator vouches"
    with _people(config, database, create=True) as (people, slot_of):
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
    """Print everything stored about somebody."""
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
    """Send a subscriber no mail until resumed."""
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
        bool, typer.Option("--erase", help="Erase everything, keeping only a hash of the address.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Unsubscribe somebody, also for imports."""
    at = fixed_clock(now)()
    if not erase:
        state = SubscriberState.UNSUBSCRIBED
        _set(address, state, at, config, database)
        return
    with _people(config, database) as (people, _):
        people.erase(_known(people, address).id, at=at)


@app.command(name="import")
def import_(
    path: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A CSV file, or - for standard input.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done.")] = False,
    confirm: ConfirmOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Add the subscribers of a CSV file.

    Invalid rows are reported and left out. The first row names the columns: `address`, and any of
    language, timezone, hour, frequency, sections, fewer, muted (several separated by semicolons)
    and state.
    """
    source = "stdin" if path == "-" else path
    header, rows = read_sheet(path, source)
    line, names = header
    try:
        read = parse_rows(names, rows, _sections(config, database))
    except ValueError as error:
        on_stderr(f"{source}:{line}: {error}")
        raise typer.Exit(2) from None
    cause = "asked to confirm: imported" if confirm else "imported: the operator vouches"
    why = Why(fixed_clock(now)(), cause)
    outcomes: Counter[str] = Counter()
    with _people(config, database, create=True, dry_run=dry_run) as (people, slot_of):
        # In batches, so that processes that send or serve meanwhile get their turn to write.
        while batch := list(islice(read, _BATCH)):
            good = [row for row in batch if isinstance(row, SubscriberRow)]
            done = people.put(
                [(person.address, person.fields) for person in good],
                why=why,
                confirm=confirm,
                slot_of=slot_of,
                dry_run=dry_run,
            )
            outcomes.update(_report(source, batch, good, done))
    invalid = outcomes.pop("invalid", 0)
    parts = [f"{number} {what}" for what, number in outcomes.items()]
    parts += [f"{invalid} invalid"] if invalid else []
    typer.echo(f"{'Dry run: ' if dry_run else ''}{', '.join(parts) or 'nothing to do'}.")
    if invalid:
        raise typer.Exit(1)


def _report(
    source: str,
    batch: Sequence[SubscriberRow | InvalidRow],
    good: Sequence[SubscriberRow],
    done: Sequence[Put],
) -> Iterator[str]:
    """Report each row that is left out; what became of every row."""
    for row in batch:
        if isinstance(row, InvalidRow):
            on_stderr(f"{source}:{row.line}: {row.problem}", logging.WARNING)
            yield "invalid"
    for person, what in zip(good, done, strict=True):
        if what.suppression is not None:
            on_stderr(f"{source}:{person.line}: {what}", logging.WARNING)
        yield str(what)


@app.command()
def export(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print all subscribers, for `import`."""
    writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    writer.writeheader()
    with _people(config, database) as (people, _):
        writer.writerows(map(row_of, people.all()))
