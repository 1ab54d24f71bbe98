"""`digest cluster`, `summarize` and `eval`: the analysis alone, on plain files of articles."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.lines import STANDARD, name_of, read_articles, read_labels, read_pairs, write
from digest.cli.logs import on_stderr
from digest.cli.options import JsonOption
from digest.cli.output import bounded_line
from digest.model import Article, DuplicateGroup, Story
from digest.model.errors import DigestError
from digest.render.clean import clean
from digest.stories.cluster import Background, index
from digest.stories.cluster import cluster as join
from digest.stories.dedup import deduplicate, near_duplicates
from digest.stories.summarize import summarize as summarized
from digest.tools.evaluate import (
    PAIR_LABELS,
    Score,
    b_cubed,
    pair_counts,
    pairwise,
    v_measure,
)


def _readable(name: str) -> Path:
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
        parser=_readable,
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
    _end(sound)


def summarize(
    articles: ArticlesArgument,
    *,
    output: ResultOption = STANDARD,
    words: Annotated[
        int | None,
        typer.Option(min=1, help="Length of a summary, instead of two to four sentences."),
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
    _end(sound)


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD.jsonl[.gz]",
            parser=_readable,
            help="Articles with their true events; - for standard input.",
        ),
    ],
    *,
    predicted: Annotated[
        Path | None,
        typer.Option(
            metavar="RESULT.jsonl[.gz]",
            parser=_readable,
            help="Score this result, of cluster or of another method, instead.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS.jsonl[.gz]",
            parser=_readable,
            help="Score by these labelled pairs of articles instead of events.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well known events are found.

    Reads the lines that cluster reads, each with a field "event", clusters them
    and prints precision, recall and F1: as B-cubed, as pairs, as V-measure.

    With --predicted, a file of {"id", "story"} lines is scored instead. Gold lines then need
    only "id" and "event", and an article without a prediction counts as its own story.

    With --pairs, events are pairs of articles, {"a", "b", "label"}: "event" where both
    report one, "line" where they belong to one continuing story, "event_grey" or "line_grey"
    where that is doubtful. Pairs that are not listed are unrelated.

    Invalid lines are reported and left out; the exit code is 1 then.
    """
    if [gold, predicted, pairs].count(STANDARD) > 1:
        raise typer.BadParameter("only one of the files can be standard input")
    label = None if pairs else "event"
    if predicted:
        true, sound = read_labels(gold, label)
        found, whole = read_labels(predicted, "story")
        found, complete = _completed(found, true, predicted)
        sound = sound and whole and complete
    else:
        rows, sound = read_articles(gold, label)
        true = {row.article.id: row.label for row in rows}
        stories = _stories([row.article for row in rows])
        found = {article.id: story.id for story in stories for article in story.articles}
    if not true:
        needed = "an id" if pairs else "an id and an event"
        raise DigestError(f"{name_of(gold)}: no line with {needed}; nothing to measure")
    if pairs:
        listed, whole = read_pairs(pairs, PAIR_LABELS)
        labelled, complete = _known(listed, found, pairs)
        sound = sound and whole and complete
        _print_pairs(found, labelled, as_json=as_json)
    else:
        _print_scores(found, true, as_json=as_json)
    _end(sound)


def _end(sound: bool) -> None:
    if not sound:
        raise typer.Exit(1)


# --- analysis ----------------------------------------------------------------------------------


def _stories(articles: Sequence[Article]) -> tuple[Story, ...]:
    indexed = index(deduplicate(articles))
    return join(indexed, Background.of(indexed).plus([Background.shipped()]))


def _assignments(articles: Sequence[Article]) -> Iterator[dict[str, object]]:
    """The story and group of each article, in the order of the file."""
    stories = _stories(articles)
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


# --- scores -----------------------------------------------------------------------------------


def _completed(
    found: Mapping[str, str], true: Mapping[str, str], path: Path
) -> tuple[dict[str, str], bool]:
    """A story for every article, and whether the prediction has one for each."""
    missing = [article for article in true if article not in found]
    if missing:
        what = f"{len(missing)} of {len(true)} articles have no story, such as {missing[0]!r}"
        on_stderr(clean(f"{name_of(path)}: {what}; each counts as its own story"), logging.WARNING)
    stories = {
        article: f"story {found[article]}" if article in found else f"alone {article}"
        for article in true
    }
    return stories, not missing


_LabelledPairs = Sequence[tuple[frozenset[str], str]]


def _known(
    labelled: _LabelledPairs, found: Collection[str], path: Path
) -> tuple[_LabelledPairs, bool]:
    """The pairs of articles that there are, and whether those are all."""
    known = [(pair, label) for pair, label in labelled if all(article in found for article in pair)]
    if missing := len(labelled) - len(known):
        what = f"{missing} of {len(labelled)} pairs name an article that is missing; left out"
        on_stderr(clean(f"{name_of(path)}: {what}"), logging.WARNING)
    return known, not missing


def _print_scores(found: Mapping[str, str], true: Mapping[str, str], *, as_json: bool) -> None:
    scores = {
        "B-cubed": b_cubed(found, true),
        "pairwise": pairwise(found, true),
        "V-measure": v_measure(found, true),
    }
    counts = {
        "articles": len(true),
        "events": len(set(true.values())),
        "stories": len(set(found.values())),
    }
    if as_json:
        named = {name.lower().replace("-", "_"): _figures(score) for name, score in scores.items()}
        typer.echo(json.dumps(counts | named, indent=2))
        return
    typer.echo(", ".join(f"{number} {what}" for what, number in counts.items()))
    typer.echo(f"{'':10} precision  recall      F1")
    for name, score in scores.items():
        typer.echo(f"{name:10} {score.precision:9.3f} {score.recall:7.3f} {score.f1:7.3f}")


def _print_pairs(found: Mapping[str, str], labelled: _LabelledPairs, *, as_json: bool) -> None:
    stories: defaultdict[str, list[str]] = defaultdict(list)
    for article, story in found.items():
        stories[story].append(article)
    counted = pair_counts(stories.values(), labelled)
    sizes = {"articles": len(found), "stories": len(stories), "pairs": counted.joined}
    kinds = {"event": counted.event, "line": counted.line, "unrelated": counted.unrelated}
    scores = {"event": counted.strict, "event or line": counted.related}
    if as_json:
        named = {name.replace(" ", "_"): _figures(score) for name, score in scores.items()}
        typer.echo(json.dumps(sizes | {"joined": kinds} | named, indent=2))
        return
    typer.echo(", ".join(f"{number} {what}" for what, number in sizes.items()))
    typer.echo("in one story: " + ", ".join(f"{number} {what}" for what, number in kinds.items()))
    typer.echo(f"{'':13} precision  recall      F1")
    for name, score in scores.items():
        typer.echo(f"{name:13} {score.precision:9.3f} {score.recall:7.3f} {score.f1:7.3f}")


def _figures(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1}
