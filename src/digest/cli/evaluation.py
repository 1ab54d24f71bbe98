"""`digest eval`: how well known events, or labelled pairs of articles, are found in a file."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.files import end, readable, stories_of
from digest.cli.lines import STANDARD, name_of, read_articles, read_labels, read_pairs
from digest.cli.logs import on_stderr
from digest.cli.options import JsonOption
from digest.model.errors import DigestError
from digest.render.clean import clean
from digest.tools.evaluate import (
    PAIR_LABELS,
    Score,
    b_cubed,
    pair_counts,
    pairwise,
    v_measure,
)

_LabelledPairs = Sequence[tuple[frozenset[str], str]]


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD.jsonl[.gz]",
            parser=readable,
            help="Articles with their true events; - for standard input.",
        ),
    ],
    *,
    predicted: Annotated[
        Path | None,
        typer.Option(
            metavar="RESULT.jsonl[.gz]",
            parser=readable,
            help="Score this result, of cluster or of another method, instead.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS.jsonl[.gz]",
            parser=readable,
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
        stories = stories_of([row.article for row in rows])
        found = {article.id: story.id for story in stories for article in story.articles}
    if not true:
        needed = "an id" if pairs else "an id and an event"
        raise DigestError(f"{name_of(gold)}: no line with {needed}; nothing to measure")
    if pairs:
        listed, whole = read_pairs(pairs, PAIR_LABELS)
        labelled, complete = _known(listed, found, pairs)
        if not labelled:
            raise DigestError(f"{name_of(pairs)}: no pair of these articles; nothing to measure")
        sound = sound and whole and complete
        _print_pairs(found, labelled, as_json=as_json)
    else:
        _print_scores(found, true, as_json=as_json)
    end(sound)


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
    _print_table(scores, 10)


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
    _print_table(scores, 13)


def _print_table(scores: Mapping[str, Score], width: int) -> None:
    typer.echo(f"{'':{width}} precision  recall      F1")
    for name, score in scores.items():
        figures = f"{score.precision:9.3f} {score.recall:7.3f} {score.f1:7.3f}"
        typer.echo(f"{name:{width}} {figures}")


def _figures(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1}
