"""`digest feeds add`, `remove`, `rename`, `move`, `import`, `export`: feeds.toml by command."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from digest.cli.allow import AllowOption
from digest.cli.logs import on_stderr
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    fixed_clock,
    set_up_logging,
    settings_of,
)
from digest.config import Settings, edit
from digest.config.feeds import FeedTable, FiltersSettings
from digest.feeds.opml import Listed, read_opml, write_opml
from digest.model import Feed
from digest.model.errors import DigestError, UsageError
from digest.urls import spelling

UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="As the configuration names it.")]
SectionOption = Annotated[
    str | None, typer.Option("--section", help="The section the feeds belong to.")
]


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page that names one.")],
    *,
    title: Annotated[str | None, typer.Option("--title", help="What readers see.")] = None,
    section: SectionOption = None,
    allow_address: AllowOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a feed; a site's page finds its feeds."""
    from digest.services.feeds import try_feeds  # noqa: PLC0415 -- loads the network

    set_up_logging(quiet=True, verbose=False)
    text = edit.read(config)
    if edit.urls(text):
        settings = settings_of(config, None, None)
    else:  # the first feed of a file that may have settings already
        first = edit.loaded(config, edit.added(text, [{"url": url}]))
        settings = first.model_copy(update={"feeds": ()})
    clock = fixed_clock(None)

    def tried(address: str) -> Any:
        wanted = [feed_table({"url": address}).feed(FiltersSettings())]
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
    feed_table(values)
    edit.write(config, edit.added(text, [values]))
    typer.echo(f"Added {trial.feed.url} ({title or trial.title or 'without a title'}).")


def remove(url: UrlArgument, *, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Remove a feed; its articles stay in past editions."""
    edit.write(config, edit.removed(edit.read(config), url))
    typer.echo(f"Removed {url}.")


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


def move(
    url: UrlArgument,
    new_url: Annotated[str, typer.Argument(metavar="NEW_URL", help="Where the feed is now.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Give a feed another URL; its known entries move with it, so none appears again."""
    from digest.services.feeds import move_feed  # noqa: PLC0415 -- loads the network

    settings = settings_of(config, None, database)
    text = edit.changed(edit.read(config), url, {"url": new_url})
    feed_table({"url": new_url})
    others = [feed for feed in settings.feeds if feed.url != url]
    _refuse_known(others, new_url, exact=True)
    articles = move_feed(settings, url, new_url)
    edit.write(config, text)
    typer.echo(f"Moved {url} to {new_url} with {articles} articles.")


def import_(
    path: Annotated[
        str, typer.Argument(metavar="FILE.opml|-", help="An OPML file, or - for standard input.")
    ],
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
        on_stderr(f"{path}:{line}: {problem}", logging.WARNING)
    if dry_run:
        for values in new:
            typer.echo(values["url"])
    elif new:
        edit.write(config, edit.added(text, new))
    counts = ((repeated, "there already"), (len(wrong), "cannot be used"))
    more = "".join(f", {number} {what}" for number, what in counts if number)
    done = f"{len(new)} {'feed' if len(new) == 1 else 'feeds'}{more}."
    if dry_run:
        on_stderr(f"Would add {done}", logging.INFO)
    else:
        typer.echo(f"Added {done}")
    if wrong:
        raise typer.Exit(1)


def export(*, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print all feeds as OPML 2.0."""
    settings = settings_of(config, None, None)
    sys.stdout.write(write_opml(settings.digest.title, settings.feeds).decode())


def feed_of(settings: Settings, url: str) -> Feed:
    """The feed as it is configured, or with every default."""
    configured = {feed.url: feed for feed in settings.feeds}
    return configured.get(url) or feed_table({"url": url}).feed(FiltersSettings())


def feed_table(values: dict[str, str]) -> FeedTable:
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
