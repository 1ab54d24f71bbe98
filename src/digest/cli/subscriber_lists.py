"""`digest subscribers import` and `export`: all of them as a CSV file."""

from __future__ import annotations

import csv
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from digest.mail.subscriber_rows import FIELDS, InvalidRow, SubscriberRow, parse_rows, row_of
from digest.model import SlotOf
from digest.model.records import Put, Why
from digest.services.database import has_database, open_database

if TYPE_CHECKING:
    from digest.store import SubscriberStore

_BATCH = 500  # rows of a CSV file

ConfirmOption = Annotated[
    bool,
    typer.Option(
        "--confirm", help="Send a confirmation mail first; without it, you vouch for them."
    ),
]


@contextmanager
def subscribers_of(
    config: Path, database: Path | None, *, create: bool = False, dry_run: bool = False
) -> Iterator[tuple[SubscriberStore, SlotOf]]:
    """The subscribers of a configuration, and when their mail is due.

    Raises UsageError where there is no database, unless it is to be created.
    """
    if create:
        set_up_logging(quiet=False, verbose=False)  # a new database is announced
    settings = settings_of(config, None, database)
    with open_database(settings, create=create, dry_run=dry_run) as stored:
        yield stored.people, stored.slot_of


def sections_of(config: Path, database: Path | None) -> tuple[str, ...]:
    """The sections that may be chosen: those of feeds, and those of late editions."""
    settings = settings_of(config, None, database)
    names = dict.fromkeys(feed.section for feed in settings.feeds)
    if has_database(settings):
        with open_database(settings) as stored:
            for edition in stored.outbox.recent():
                names |= dict.fromkeys(section.title for section in edition.sections)
    return tuple(names)


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
        read = parse_rows(names, rows, sections_of(config, database))
    except ValueError as error:
        on_stderr(f"{source}:{line}: {error}")
        raise typer.Exit(2) from None
    cause = "asked to confirm: imported" if confirm else "imported: the operator vouches"
    why = Why(fixed_clock(now)(), cause)
    outcomes: Counter[str] = Counter()
    with subscribers_of(config, database, create=True, dry_run=dry_run) as (people, slot_of):
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


def export(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print all subscribers, for `import`."""
    writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    writer.writeheader()
    with subscribers_of(config, database) as (people, _):
        writer.writerows(map(row_of, people.all()))
