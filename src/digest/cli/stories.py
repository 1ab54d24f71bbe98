"""`digest explain` and `digest stories`: why a story is as it is, and an operator's word on it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from digest.cli.explaining import render_lines
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    fixed_clock,
    settings_of,
)
from digest.model import Article
from digest.render.clean import clean
from digest.services import editor
from digest.store import FeedStore, open_readonly

stories = typer.Typer(
    help="List an edition's stories and correct them; every later build obeys.",
    no_args_is_help=True,
)

NameArgument = Annotated[
    str, typer.Argument(metavar="STORY|ARTICLE", help="A story's id, an article's id or address.")
]
StoryArgument = Annotated[str, typer.Argument(metavar="STORY", help="A story's id.")]


def explain(
    name: NameArgument,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[OTHER]", help="Another one, to compare it with."),
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Say why a story's articles are one story, or how two articles stand to each other."""
    settings = settings_of(config, None, database)
    with open_readonly(settings.digest.database) as store:
        dropped = FeedStore(store.engine).dropped(name)
    if dropped is not None and other is None:
        feed, rule = dropped
        typer.echo(clean(f"In no edition: the configuration of {feed} keeps it out ({rule})."))
        return
    with editor(settings, clock=fixed_clock(now)) as desk:
        for line in render_lines(desk.explain(name, other)):
            typer.echo(line)


@stories.command("list")
def list_stories(
    *,
    edition: Annotated[
        str | None, typer.Option("--edition", metavar="DATE", help="Not the newest but this one.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print the ids of an edition's stories and of their articles."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        for story in desk.edition(edition).stories:
            typer.echo(clean(f"{story.id}  {story.headline}"))
            for article in story.articles:
                typer.echo("    " + clean(f"{article.id}  {article.outlet}: {article.title}"))


@stories.command()
def split(
    story: StoryArgument,
    articles: Annotated[
        list[str], typer.Argument(metavar="ARTICLE...", help="What does not belong to it.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Keep articles apart from the rest of their story."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        _kept(desk.split(story, articles))


@stories.command()
def merge(
    names: Annotated[
        list[str], typer.Argument(metavar="STORY|ARTICLE...", help="What is one story.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Keep stories or articles together as one story."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        _kept(desk.merge(names))


@stories.command()
def pin(
    story: StoryArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Keep a story together as it is, and let it lead whenever there is news of it."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        kept = desk.pin(story)
        typer.echo(f"Pinned with {len(kept.articles)} articles. `digest build` obeys.")


@stories.command()
def unpin(
    story: StoryArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Take a pin back."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        desk.unpin(story)
        typer.echo("Unpinned. `digest build` obeys.")


@stories.command("export-pairs")
def export_pairs(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print every pair that was judged by hand, one JSON object a line: labelled data."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as desk:
        for a, b, same_story in desk.pairs():
            line = {"a": _named(a), "b": _named(b), "same_story": same_story}
            typer.echo(json.dumps(line, ensure_ascii=False))


def _named(article: Article) -> dict[str, str | None]:
    return {"id": article.id, "url": article.url, "title": article.title}


def _kept(pairs: int) -> None:
    typer.echo(f"Kept {pairs} {'pair' if pairs == 1 else 'pairs'}. `digest build` obeys.")
