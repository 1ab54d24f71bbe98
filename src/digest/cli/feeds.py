"""`digest feeds`: the feeds of a configuration, as they are, and changed by command."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from digest.cli.allow import AllowOption
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
from digest.config import Settings, edit
from digest.config.feeds import FeedTable, FiltersSettings
from digest.feeds.opml import Listed, read_opml, spelling, write_opml
from digest.model import Feed
from digest.model.errors import DigestError, UsageError

app = typer.Typer(
    help="List, try and change feeds; import and export OPML.",
    no_args_is_help=False,
)

UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="As the configuration names it.")]
SectionOption = Annotated[
    str | None, typer.Option("--section", help="The section the feeds belong to.")
]


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
    from digest.cli.feed_report import by_trouble, row_document, table  # noqa: PLC0415
    from digest.services.feeds import existing_database, feed_rows  # noqa: PLC0415

    settings = settings_of(config, None, database)
    at = fixed_clock(now)()
    with existing_database(settings) as known:
        rows = by_trouble(feed_rows(settings, known.store if known else None, at))
    if as_json:
        _print_json([row_document(row) for row in rows])
        return
    for line in table(rows, at):
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
    from digest.cli.feed_report import entry_line, one_feed, row_document  # noqa: PLC0415
    from digest.services.feeds import existing_database, feed_rows  # noqa: PLC0415

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


# --- changing the file --------------------------------------------------------------------------


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page that names one.")],
    *,
    title: Annotated[str | None, typer.Option("--title", help="What readers see.")] = None,
    section: SectionOption = None,
    allow_address: AllowOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a feed; a site's page finds its feeds."""
    from digest.services.feeds import try_feeds  # noqa: PLC0415

    set_up_logging(quiet=True, verbose=False)
    text = edit.read(config)
    settings = settings_of(config, None, None) if text.strip() else Settings(feeds=())
    clock = fixed_clock(None)

    def tried(address: str) -> Any:
        wanted = [_feed_table({"url": address}).feed(FiltersSettings())]
        (trial,) = asyncio.run(
            try_feeds(
                settings, None, wanted, clock=clock, allowed=allow_address or (), most_pages=0
            )
        )
        return trial

    trial = tried(url)
    if trial.failure is not None and trial.found:
        trial = tried(_chosen(url, trial.found))
    if trial.failure is not None:
        raise DigestError(f"{trial.feed.url}: {trial.failure}; nothing was added")
    _refuse_known(settings.feeds, trial.feed.url)
    title = title or _asked("Title", trial.title or "", settings)
    section = section or _asked("Section", "", settings)
    values = _values(trial.feed.url, None if title == trial.title else title, section)
    _feed_table(values)
    edit.write(config, edit.added(text, [values]))
    typer.echo(f"Added {trial.feed.url} ({title or trial.title or 'without a title'}).")


@app.command()
def remove(url: UrlArgument, *, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Remove a feed; what was read of it stays in past editions."""
    edit.write(config, edit.removed(edit.read(config), url))
    typer.echo(f"Removed {url}.")


@app.command()
def rename(
    url: UrlArgument,
    title: Annotated[str | None, typer.Argument(help="What readers see.")] = None,
    *,
    section: SectionOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Give a feed another title or section."""
    stated = {"title": title, "section": section}
    changes = {key: value for key, value in stated.items() if value is not None}
    if not changes:
        raise UsageError("name a title, --section, or both")
    edit.write(config, edit.changed(edit.read(config), url, changes))
    typer.echo(f"Changed {url}.")


@app.command()
def move(
    url: UrlArgument,
    new_url: Annotated[str, typer.Argument(metavar="NEW_URL", help="Where the feed is now.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Give a feed another URL; what is known of its entries goes with it, so none comes again."""
    from digest.services.feeds import move_feed  # noqa: PLC0415

    settings = settings_of(config, None, database)
    text = edit.changed(edit.read(config), url, {"url": new_url})
    _feed_table({"url": new_url})
    others = [feed for feed in settings.feeds if feed.url != url]
    _refuse_known(others, new_url, exact=True)
    articles = move_feed(settings, url, new_url)
    edit.write(config, text)
    typer.echo(f"Moved {url} to {new_url} with {articles} articles.")


@app.command(name="import")
def import_(
    path: Annotated[str, typer.Argument(metavar="FILE.opml|-", help="A list; - reads stdin.")],
    *,
    section: SectionOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be added.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add the feeds of an OPML list; its folders become sections."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        listed = read_opml(raw)
    except OSError as error:
        raise DigestError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DigestError(f"{path}: {error}") from None
    text = edit.read(config)
    known = {spelling(url) for url in edit.urls(text)}
    new, repeated, wrong = _sorted_out(listed, known, section)
    for line, problem in wrong:
        typer.echo(f"{path}:{line}: {problem}", err=True)
    if dry_run:
        for values in new:
            typer.echo(values["url"])
    elif new:
        edit.write(config, edit.added(text, new))
    counts = ((repeated, "there already"), (len(wrong), "cannot be used"))
    more = "".join(f", {number} {what}" for number, what in counts if number)
    typer.echo(f"{'Would add' if dry_run else 'Added'} {len(new)} feeds{more}.", err=dry_run)
    if wrong:
        raise typer.Exit(1)


@app.command()
def export(*, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print all feeds as OPML 2.0."""
    settings = settings_of(config, None, None)
    sys.stdout.write(write_opml(settings.digest.title, settings.feeds).decode())


@app.command()
def check(
    urls: Annotated[list[str], typer.Argument(metavar="URL...|all", help="Of any feeds, or all.")],
    *,
    pages: Annotated[int, typer.Option("--pages", min=0, help="Pages to read of each.")] = 20,
    allow_address: AllowOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Fetch feeds once and show what they would yield; nothing is stored."""
    from digest.cli.feed_report import trial_document, trial_lines  # noqa: PLC0415
    from digest.services.feeds import existing_database, try_feeds  # noqa: PLC0415

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, database)
    clock = fixed_clock(now)
    configured = {feed.url: feed for feed in settings.feeds}
    wanted = (
        [feed for feed in settings.feeds if feed.enabled]
        if urls == ["all"]
        else [
            configured.get(url) or _feed_table({"url": url}).feed(FiltersSettings()) for url in urls
        ]
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
    """Keep what a feed and its pages answer now, for a report of a fault or a test.

    Nothing that is sent is kept; values of secrets in addresses and bodies are replaced.
    """
    from digest.services.recordings import record_feed  # noqa: PLC0415

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, None) if config.exists() else Settings(feeds=())
    feed = _feed_of(settings, url)
    clock = fixed_clock(now)
    number = record_feed(
        settings, feed, folder, clock=clock, allowed=allow_address or (), pages=pages
    )
    typer.echo(f"{folder}: {number} answers. `digest feeds play {folder}` runs them offline.")


@app.command()
def play(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Of a recording.")],
    *,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Run a recorded feed offline: its entries, texts and dates.

    The keys of the feed in the configuration count, such as `selector` and `exclude`.
    """
    from digest.cli.feed_report import article_lines, trial_document, trial_lines  # noqa: PLC0415
    from digest.services.recordings import Recording, play_feed  # noqa: PLC0415

    set_up_logging(quiet=True, verbose=False)
    settings = settings_of(config, None, None) if config.exists() else Settings(feeds=())
    recording = Recording.read(folder)
    trial = play_feed(settings, _feed_of(settings, recording.url), recording)
    if as_json:
        texts = [{"title": one.title, "text": one.text} for one in trial.articles]
        _print_json(trial_document(trial) | {"texts": texts})
    else:
        for line in (*trial_lines(trial, recording.at), *article_lines(trial)):
            typer.echo(line)
    if trial.failure is not None:
        raise typer.Exit(1)


# --- parts --------------------------------------------------------------------------------------


def _feed_of(settings: Settings, url: str) -> Feed:
    """The feed as it is configured, or with every default."""
    configured = {feed.url: feed for feed in settings.feeds}
    return configured.get(url) or _feed_table({"url": url}).feed(FiltersSettings())


def _feed_table(values: dict[str, str]) -> FeedTable:
    try:
        return FeedTable.model_validate(values)
    except ValidationError as error:
        raise UsageError(_problem(error)) from None


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"


def _values(url: str, title: str | None, section: str | None) -> dict[str, str]:
    stated = {"url": url, "title": title, "section": section}
    return {key: value for key, value in stated.items() if value}


def _sorted_out(
    listed: Sequence[Listed], known: set[str], section: str | None
) -> tuple[list[dict[str, str]], int, list[tuple[int, str]]]:
    """The feeds to add, how many are there already, and the lines that cannot be used."""
    new, repeated, wrong = [], 0, []
    for feed in listed:
        values = _values(feed.url, feed.title, section or feed.section)
        try:
            FeedTable.model_validate(values)
        except ValidationError as error:
            wrong.append((feed.line, f"{_problem(error)} ({feed.url[:100]})"))
            continue
        if spelling(feed.url) in known:
            repeated += 1
            continue
        known.add(spelling(feed.url))
        new.append(values)
    return new, repeated, wrong


def _refuse_known(feeds: Sequence[Feed], url: str, *, exact: bool = False) -> None:
    for feed in feeds:
        if feed.url == url or (not exact and spelling(feed.url) == spelling(url)):
            raise UsageError(f"{url}: is in the file already, as {feed.url}")


def _chosen(page: str, urls: Sequence[str]) -> str:
    """The feed that is meant of those that a page names."""
    if len(urls) == 1:
        return urls[0]
    if not sys.stdin.isatty():
        raise UsageError(f"{page}: names {len(urls)} feeds; add one of them:\n" + "\n".join(urls))
    for number, url in enumerate(urls, start=1):
        typer.echo(f"{number}  {url}")
    number = int(typer.prompt("Which", type=int, default=1))
    if not 1 <= number <= len(urls):
        raise UsageError(f"write a number from 1 to {len(urls)}")
    return urls[number - 1]


def _asked(what: str, default: str, settings: Settings) -> str | None:
    """The answer of a person at a terminal; None elsewhere."""
    if not sys.stdin.isatty():
        return None
    sections = dict.fromkeys(feed.section for feed in settings.feeds)
    hint = f" ({', '.join(sections)})" if what == "Section" and sections else ""
    answer: str = typer.prompt(f"{what}{hint}", default=default, show_default=bool(default))
    return answer.strip() or None


def _document(value: Any) -> dict[str, Any]:
    return {
        name: item.isoformat() if hasattr(item, "isoformat") else item
        for name in value.__slots__
        for item in [getattr(value, name)]
    }


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
