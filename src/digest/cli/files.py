"""`digest cluster` and `summarize`: the analysis alone, on plain files of articles."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.lines import STANDARD, read_articles, write
from digest.cli.logs import on_stderr
from digest.cli.output import bounded_line
from digest.memory import return_large_blocks
from digest.model import Article, DuplicateGroup, Story
from digest.stories.cluster import Background, index
from digest.stories.cluster import cluster as join
from digest.stories.dedup import deduplicate, near_duplicates
from digest.stories.summarize import summarize as summarized


def readable(name: str) -> Path:
    """The path of a file that exists, or of standard input."""
    path = Path(name)
    if path != STANDARD and not path.exists():
        raise typer.BadParameter(f"there is no file {name!r}")
    if path.is_dir():
        raise typer.BadParameter(f"{name!r} is a folder")
    return path


ArticlesArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ARTICLES.jsonl[.gz]",
        parser=readable,
        help="One article per line; - for standard input.",
    ),
]
ResultOption = Annotated[
    Path,
    typer.Option("--output", "-o", help="Write to this file; compressed if its name ends in .gz."),
]


def cluster(
    articles: ArticlesArgument,
    *,
    output: ResultOption = STANDARD,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Write pairs of near-duplicates instead.")
    ] = False,
) -> None:
    """Find near-duplicates and stories.

    Reads one object per line; ? marks optional fields:
    {"id", "title", "text", "url"?, "source"?, "published"?, "language"?}

    Writes, in the same order, {"id", "story", "copy_of", "group"}:
    articles of one group are copies of one text, the one that "copy_of" names.
    With --pairs: {"a", "b", "resemblance", "containment", "template"}; a template
    is one form filled in twice, such as two days' market reports.

    Invalid lines are reported and left out; the exit code is 1 then.
    """
    rows, sound = read_articles(articles)
    read = [row.article for row in rows]
    write(output, map(asdict, near_duplicates(read)) if pairs else _assignments(read))
    end(sound)


def summarize(
    articles: ArticlesArgument,
    *,
    output: ResultOption = STANDARD,
    words: Annotated[
        int | None,
        typer.Option(min=1, help="Length of a summary in words, instead of one to four sentences."),
    ] = None,
) -> None:
    """Summarize each story.

    Reads the lines that cluster reads, each with a field "story".

    Writes, for each story in order of appearance,
    {"story", "sentences": [{"text", "id"}]}: every sentence is quoted word for
    word from the article that "id" names.

    Invalid lines are reported and left out; the exit code is 1 then.
    """
    rows, sound = read_articles(articles, "story")
    stories: dict[str, list[Article]] = {}
    for row in rows:
        stories.setdefault(row.label, []).append(row.article)
    table = Background.shipped()
    write(output, (_summary(name, members, table, words) for name, members in stories.items()))
    end(sound)


def end(sound: bool) -> None:
    """Exit code 1 where lines were left out."""
    if not sound:
        raise typer.Exit(1)


# --- analysis ----------------------------------------------------------------------------------


def stories_of(articles: Sequence[Article]) -> tuple[Story, ...]:
    """The stories of texts, by the shipped counts and their own."""
    return_large_blocks()
    indexed = index(deduplicate(articles))
    return join(indexed, Background.of(indexed).plus([Background.shipped()]))


def _assignments(articles: Sequence[Article]) -> Iterator[dict[str, object]]:
    """The story and group of each article, in the order of the file."""
    stories = stories_of(articles)
    if bounded := sum(report.bounded for story in stories for report in story.reports):
        on_stderr(bounded_line(bounded), logging.WARNING)
    assigned = {
        article.id: (story.id, report.canonical.id)
        for story in stories
        for report in story.reports
        for article in report.articles
    }
    for article in articles:
        story, group = assigned[article.id]
        copy_of = None if group == article.id else group
        yield {"id": article.id, "story": story, "copy_of": copy_of, "group": group}


def _summary(
    name: str, articles: Sequence[Article], table: Background, length: int | None
) -> dict[str, object]:
    medoid, *others = _reports(articles, table)
    story = Story(id=name, medoid=medoid, others=tuple(others))
    summary = summarized(story, words=length).summary
    sentences = [{"text": sentence.text, "id": sentence.article} for sentence in summary.sentences]
    return {"story": name, "sentences": sentences}


def _reports(articles: Sequence[Article], table: Background) -> Sequence[DuplicateGroup]:
    """The reports of a given story: those that cluster together first, the medoid leading."""
    groups = deduplicate(articles)
    if len(groups) < 3:
        return groups
    parts = sorted(join(index(groups), table), key=lambda part: -len(part.reports))
    return [report for part in parts for report in part.reports]
