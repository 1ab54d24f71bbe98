"""`digest explain` and `digest stories`: explaining stories and correcting them."""

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
from digest.model import Article
from digest.render.clean import clean
from digest.services.database import open_database
from digest.services.editor import editor
from digest.services.explaining import render_lines

stories = typer.Typer(
    help="List an edition's stories and correct them.\n\n"
    "Corrections take effect at the next build and stay in effect.",
    no_args_is_help=True,
    add_completion=False,
)

NameArgument = Annotated[
    str, typer.Argument(metavar="STORY|ARTICLE", help="Id of a story, or id or URL of an article.")
]
StoryArgument = Annotated[str, typer.Argument(metavar="STORY", help="Id of a story.")]


def explain(
    name: NameArgument,
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="Another one to compare it with."),
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    now: NowOption = None,
) -> None:
    """Explain why articles are one story or two.

    Given one name, why its story holds together; given two, how they compare.
    """
    settings = settings_of(config, None, database)
    with open_database(settings) as opened:
        dropped = opened.feeds.dropped(name)
    if dropped is not None and other is None:
        feed, rule = dropped
        typer.echo(clean(f"In no edition: the configuration of {feed} keeps it out ({rule})."))
        return
    with editor(settings, clock=fixed_clock(now)) as corrections:
        for line in render_lines(corrections.explain(name, other)):
            typer.echo(line)


@stories.command("list")
def list_stories(
    *,
    edition: Annotated[
        str | None,
        typer.Option("--edition", metavar="DATE", help="This edition instead of the newest."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """List stories and articles with their ids."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        stories = corrections.edition(edition).stories
    if as_json:
        listed = [
            {
                "id": story.id,
                "headline": story.headline,
                "articles": [
                    {name: getattr(article, name) for name in ("id", "outlet", "title", "url")}
                    for article in story.articles
                ],
            }
            for story in stories
        ]
        typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for story in stories:
        typer.echo(clean(f"{story.id}  {story.headline}"))
        for article in story.articles:
            typer.echo("    " + clean(f"{article.id}  {article.outlet}: {article.title}"))


@stories.command()
def split(
    story: StoryArgument,
    articles: Annotated[
        list[str],
        typer.Argument(metavar="ARTICLE", help="The articles that do not belong to it."),
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Keep articles apart from their story."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        _recorded(corrections.split(story, articles))


@stories.command()
def merge(
    names: Annotated[
        list[str],
        typer.Argument(metavar="STORY|ARTICLE", help="The stories or articles that are one story."),
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Make stories or articles one story."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        _recorded(corrections.merge(names))


@stories.command()
def pin(
    story: StoryArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Keep a story together, and put it first.

    It comes first in every edition that has news of it.
    """
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        kept = corrections.pin(story)
        typer.echo(f"Pinned with {len(kept.articles)} articles. Takes effect at the next build.")


@stories.command()
def unpin(
    story: StoryArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Remove a pin."""
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        corrections.unpin(story)
        typer.echo("Unpinned. Takes effect at the next build.")


@stories.command("export-pairs")
def export_pairs(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print corrections as labelled pairs.

    One JSON object per line.
    """
    with editor(settings_of(config, None, database), clock=fixed_clock(None)) as corrections:
        for a, b, same_story in corrections.pairs():
            line = {"a": _named(a), "b": _named(b), "same_story": same_story}
            typer.echo(json.dumps(line, ensure_ascii=False))


def _named(article: Article) -> dict[str, str | None]:
    return {"id": article.id, "url": article.url, "title": article.title}


def _recorded(pairs: int) -> None:
    typer.echo(
        f"Recorded {pairs} {'pair' if pairs == 1 else 'pairs'}. Takes effect at the next build."
    )
