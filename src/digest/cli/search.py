"""`digest search`: what editions told, by its words."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, settings_of
from digest.render import clean, story_place
from digest.store import Search, open_readonly

_MOST = 100


def search(
    asked: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS...", help='All of these; "two words" in one after the other.'
        ),
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Print the stories whose headline, summary or outlets have all the words, newest first.

    Exit code 1: there is none.
    """
    settings = settings_of(config, None, database)
    digest = settings.digest
    # What a shell took as one argument was quoted there: it is one phrase.
    question = " ".join(f'"{request}"' if " " in request else request for request in asked)
    with open_readonly(digest.database) as store:
        found = Search(store.engine).find(question, _MOST + 1)
    base = settings.web.base_url
    root = f"{base.rstrip('/')}/" if base else f"{digest.output}/"
    for match in found[:_MOST]:
        typer.echo(f"{match.edition}  {clean(match.story)}  {clean(match.headline)}")
        typer.echo(f"    {root}{story_place(match.edition, match.story)}")
    if len(found) > _MOST:
        typer.echo(f"These are the newest {_MOST}; more words find fewer.", err=True)
    if not found:
        typer.echo("Nothing found.", err=True)
        raise typer.Exit(1)
