"""`digest search`: full-text search in all editions."""

from __future__ import annotations

import json
import logging
from typing import Annotated

import typer

from digest.cli.logs import on_stderr
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    settings_of,
)
from digest.render.clean import clean
from digest.render.paths import story_place
from digest.services.database import open_database

_MOST = 100


def search(
    asked: Annotated[
        list[str],
        typer.Argument(metavar="WORD", help='Words that must all occur; "two words" as a phrase.'),
    ],
    *,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Find stories in all editions by their words.

    Searches headlines, summaries and outlets. Prints the newest first; the exit code is 1 if there
    are none.
    """
    settings = settings_of(config, None, database)
    digest = settings.digest
    # An argument with spaces was quoted in the shell: it is a phrase.
    question = " ".join(f'"{request}"' if " " in request else request for request in asked)
    with open_database(settings) as stored:
        found = stored.search.find(question, _MOST + 1)
    base = settings.web.base_url
    root = f"{base.rstrip('/')}/" if base else f"{digest.output}/"
    if as_json:
        shown = [
            {
                "edition": match.edition,
                "story": match.story,
                "headline": match.headline,
                "place": f"{root}{story_place(match.edition, match.story)}",
            }
            for match in found[:_MOST]
        ]
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    for match in () if as_json else found[:_MOST]:
        typer.echo(f"{match.edition}  {clean(match.story)}  {clean(match.headline)}")
        typer.echo(f"    {root}{story_place(match.edition, match.story)}")
    if len(found) > _MOST:
        on_stderr(f"Showing the newest {_MOST}; add words to narrow the search.", logging.INFO)
    if not found:
        on_stderr("Nothing found.", logging.INFO)
        raise typer.Exit(1)
