"""`digest feeds`: the feeds of a configuration, as they are, and changed by command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.allow import AllowOption
from digest.cli.feed_changes import (
    UrlArgument,
    add,
    export,
    feed_of,
    import_,
    move,
    remove,
    rename,
)
from digest.cli.feed_report import (
    article_lines,
    entry_line,
    one_feed,
    row_document,
    table_lines,
    trial_document,
    trial_lines,
)
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NowOption,
    fixed_clock,
    set_up_logging,
    settings_of,
)
from digest.config import Settings
from digest.feeds.health import by_trouble
from digest.model.errors import UsageError

app = typer.Typer(
    help="List, try and change feeds; import and export OPML.",
    no_args_is_help=False,
)


@app.callback(invoke_without_command=True)
def table(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """List all feeds with their state, the ones in trouble first; or run a command below."""
    if context.invoked_subcommand is not None:
        return
    from digest.services.feeds import existing_database, feed_rows  # noqa: PLC0415 -- loads the network

    settings = settings_of(config, None, database)
    at = fixed_clock(now)()
    with existing_database(settings) as known:
        rows = by_trouble(feed_rows(settings, known.store if known else None, at))
    if as_json:
        _print_json([row_document(row) for row in rows])
        return
    for line in table_lines(rows, at):
        typer.echo(line)


@app.command()
def show(
    url: UrlArgument,
    *,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Only the entries that filters kept out.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many entries.")] = 10,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Show a feed with its last polls and entries."""
    from digest.services.feeds import existing_database, feed_rows  # noqa: PLC0415 -- loads the network

    settings = settings_of(config, None, database)
    at = fixed_clock(now)()
    with existing_database(settings) as known:
        rows = feed_rows(settings, known.store if known else None, at)
        row = next((row for row in rows if row.feed.url == url), None)
        if row is None:
            raise UsageError(f"{url}: no feed of that URL; `digest feeds` lists them")
        polls = known.feeds.polls(url, 10) if known else ()
        entries = known.feeds.entries(url, limit, dropped=dropped) if known else ()
    if as_json:
        more = {"polls": [_document(poll) for poll in polls]}
        _print_json(row_document(row) | more | {"entries": [_document(entry) for entry in entries]})
        return
    lines = map(entry_line, entries) if dropped else one_feed(row, polls, entries)
    for line in lines:
        typer.echo(line)


@app.command()
def check(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...|all", help="URLs of any feeds, or all.")
    ],
    *,
    pages: Annotated[int, typer.Option("--pages", min=0, help="Pages to read per feed.")] = 20,
    allow_address: AllowOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Fetch feeds once and show what they would yield; nothing is stored."""
    from digest.services.feeds import existing_database, try_feeds  # noqa: PLC0415 -- loads the network

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, database)
    clock = fixed_clock(now)
    wanted = (
        [feed for feed in settings.feeds if feed.enabled]
        if urls == ["all"]
        else [feed_of(settings, url) for url in urls]
    )
    with existing_database(settings) as known:
        trials = asyncio.run(
            try_feeds(
                settings,
                known.store if known else None,
                wanted,
                clock=clock,
                allowed=allow_address or (),
                most_pages=pages,
            )
        )
    if as_json:
        _print_json([trial_document(trial) for trial in trials])
    else:
        for trial in trials:
            for line in trial_lines(trial, clock()):
                typer.echo(line)
    if any(trial.failure is not None for trial in trials):
        raise typer.Exit(1)


@app.command()
def record(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of any feed.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    *,
    pages: Annotated[int, typer.Option("--pages", min=0, help="Pages to read.")] = 20,
    allow_address: AllowOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    now: NowOption = None,
) -> None:
    """Record what a feed and its pages answer now, for a bug report or a test.

    Requests are not recorded; secrets in addresses and bodies are replaced.
    """
    from digest.services.recordings import record_feed  # noqa: PLC0415 -- loads the network

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, None) if config.exists() else Settings(feeds=())
    feed = feed_of(settings, url)
    clock = fixed_clock(now)
    number = record_feed(
        settings, feed, folder, clock=clock, allowed=allow_address or (), pages=pages
    )
    typer.echo(f"{folder}: {number} answers. `digest feeds play {folder}` runs them offline.")


@app.command()
def play(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a recording.")],
    *,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Run a recorded feed offline: its entries, texts and dates.

    The feed's keys in the configuration apply, such as `selector` and `exclude`.
    """
    from digest.services.recordings import Recording, play_feed  # noqa: PLC0415 -- loads the network

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, None) if config.exists() else Settings(feeds=())
    recording = Recording.read(folder)
    trial = play_feed(settings, feed_of(settings, recording.url), recording)
    if as_json:
        texts = [{"title": article.title, "text": article.text} for article in trial.articles]
        _print_json(trial_document(trial) | {"texts": texts})
    else:
        for line in (*trial_lines(trial, recording.at), *article_lines(trial)):
            typer.echo(line)
    if trial.failure is not None:
        raise typer.Exit(1)


app.command()(add)
app.command()(remove)
app.command()(rename)
app.command()(move)
app.command("import")(import_)
app.command()(export)


# --- parts --------------------------------------------------------------------------------------


def _document(value: Any) -> dict[str, Any]:
    return {
        name: item.isoformat() if hasattr(item, "isoformat") else item
        for name in value.__slots__
        for item in [getattr(value, name)]
    }


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
