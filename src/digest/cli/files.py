"""`digest cluster`, `summarize` and `eval`: the judgements alone, on plain files of articles."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, cast

import typer

from digest import jsonl
from digest.cli.options import JsonOption
from digest.cluster import Background, index
from digest.cluster import cluster as join
from digest.deduplicate import deduplicate, near_duplicates
from digest.errors import DigestError
from digest.evaluate import Score, b_cubed, pairwise, v_measure
from digest.model import Article, DuplicateGroup, Story
from digest.render.clean import clean
from digest.summarize import summarize as summarized

_STANDARD = Path("-")
_GZIP = b"\x1f\x8b"

ArticlesArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ARTICLES.jsonl[.gz]",
        help="One article a line; - for standard input.",
        exists=True,
        dir_okay=False,
        allow_dash=True,
    ),
]
ResultOption = Annotated[
    Path,
    typer.Option("--output", "-o", help="Write here; compressed where the name ends in .gz."),
]


def register(app: typer.Typer) -> None:
    """Add the three commands."""
    app.command()(cluster)
    app.command()(summarize)
    app.command("eval")(evaluate)


def cluster(
    articles: ArticlesArgument,
    *,
    output: ResultOption = _STANDARD,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Write the pairs of near-duplicates instead.")
    ] = False,
) -> None:
    """Say which articles of a file are copies, and which tell one event.

    Reads one object a line, ? marks what may be missing:
    {"id", "title", "text", "url"?, "source"?, "published"?, "language"?}

    Writes, in the same order, {"id", "story", "copy_of", "group"}:
    articles of one group print one text, "copy_of" names the article it is of.
    With --pairs: {"a", "b", "resemblance", "containment"}.

    A line that cannot be used is named and left out; the exit code is 1 then.
    """
    rows, sound = _articles(articles)
    read = [row.article for row in rows]
    _write(output, map(asdict, near_duplicates(read)) if pairs else _places(read))
    _end(sound)


def summarize(
    articles: ArticlesArgument,
    *,
    output: ResultOption = _STANDARD,
    words: Annotated[
        int | None,
        typer.Option(min=1, help="Length of a summary; else two to four sentences."),
    ] = None,
) -> None:
    """Say what each story of a file tells, in sentences of its articles.

    Reads the lines that cluster reads, each with a field "story".

    Writes, for each story in order of appearance,
    {"story", "sentences": [{"text", "id"}]}: every sentence stands word for word
    in the text of the article that "id" names.

    A line that cannot be used is named and left out; the exit code is 1 then.
    """
    rows, sound = _articles(articles, "story")
    stories: dict[str, list[Article]] = {}
    for row in rows:
        stories.setdefault(row.label, []).append(row.article)
    table = Background.shipped()
    _write(output, (_told(name, members, table, words) for name, members in stories.items()))
    _end(sound)


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD.jsonl[.gz]",
            help="Articles with their true events; - for standard input.",
            exists=True,
            dir_okay=False,
            allow_dash=True,
        ),
    ],
    *,
    predicted: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            allow_dash=True,
            help="Score this result of cluster, or of another method, instead.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well stories are found in articles whose events are known.

    Reads the lines that cluster reads, each with a field "event", clusters them
    and prints precision, recall and F1: as B-cubed, as pairs, as V-measure.

    With --predicted, lines of {"id", "story"}, nothing is clustered:
    gold lines then need no more than "id" and "event", and an article
    without a prediction counts as a story of its own.

    A line that cannot be used is named and left out; the exit code is 1 then.
    """
    if predicted:
        true, sound = _labels(gold, "event")
        found, whole = _labels(predicted, "story")
        found, complete = _completed(found, true, predicted)
        sound = sound and whole and complete
    else:
        rows, sound = _articles(gold, "event")
        true = {row.article.id: row.label for row in rows}
        told = _stories([row.article for row in rows])
        found = {article.id: story.id for story in told for article in story.articles}
    if not true:
        raise DigestError(f"{_name(gold)}: no line with an id and an event; nothing to measure")
    _print_scores(found, true, as_json=as_json)
    _end(sound)


# --- judging ----------------------------------------------------------------------------------


def _stories(articles: Sequence[Article]) -> tuple[Story, ...]:
    indexed = index(deduplicate(articles))
    return join(indexed, Background.of(indexed).plus([Background.shipped()]))


def _places(articles: Sequence[Article]) -> Iterator[dict[str, object]]:
    """Where each article stands, in the order of the file."""
    places = {
        article.id: (story.id, report.canonical.id)
        for story in _stories(articles)
        for report in story.reports
        for article in report.articles
    }
    for article in articles:
        story, group = places[article.id]
        copy_of = None if group == article.id else group
        yield {"id": article.id, "story": story, "copy_of": copy_of, "group": group}


def _told(
    name: str, articles: Sequence[Article], table: Background, length: int | None
) -> dict[str, object]:
    medoid, *others = _reports(articles, table)
    story = Story(id=name, medoid=medoid, others=tuple(others))
    summary = summarized(story, words=length).summary
    told = [{"text": each.text, "id": each.article} for each in summary.sentences]
    return {"story": name, "sentences": told}


def _reports(articles: Sequence[Article], table: Background) -> Sequence[DuplicateGroup]:
    """The reports of a story that is given: the closest knit of them first, the medoid leading."""
    groups = deduplicate(articles)
    if len(groups) < 3:
        return groups
    parts = sorted(join(index(groups), table), key=lambda part: -len(part.reports))
    return [report for part in parts for report in part.reports]


# --- scores -----------------------------------------------------------------------------------


def _completed(
    found: Mapping[str, str], true: Mapping[str, str], path: Path
) -> tuple[dict[str, str], bool]:
    """A story for every article, and whether the prediction had one."""
    missing = [article for article in true if article not in found]
    if missing:
        what = f"{len(missing)} of {len(true)} articles have no story, such as {missing[0]!r}"
        typer.echo(clean(f"{_name(path)}: {what}; each counts as one of its own"), err=True)
    told = {
        article: f"story {found[article]}" if article in found else f"alone {article}"
        for article in true
    }
    return told, not missing


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
        named = {name.lower().replace("-", "_"): _figures(each) for name, each in scores.items()}
        typer.echo(json.dumps(counts | named, indent=2))
        return
    typer.echo(", ".join(f"{number} {what}" for what, number in counts.items()))
    typer.echo(f"{'':10} precision  recall      F1")
    for name, each in scores.items():
        typer.echo(f"{name:10} {each.precision:9.3f} {each.recall:7.3f} {each.f1:7.3f}")


def _figures(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1}


# --- files ------------------------------------------------------------------------------------


def _articles(path: Path, label: str | None = None) -> tuple[tuple[jsonl.Labelled, ...], bool]:
    """The articles of a file, and whether all its lines were good; the bad ones are named."""
    with _opened(path) as stream:
        rows, problems = jsonl.articles(stream, label)
    return rows, _named(path, problems)


def _labels(path: Path, label: str) -> tuple[dict[str, str], bool]:
    with _opened(path) as stream:
        rows, problems = jsonl.labels(stream, label)
    return rows, _named(path, problems)


def _named(path: Path, problems: Sequence[jsonl.Problem]) -> bool:
    for problem in problems:
        typer.echo(clean(f"{_name(path)}:{problem.line}: {problem.what}"), err=True)
    return not problems


def _name(path: Path) -> str:
    return "<stdin>" if path == _STANDARD else str(path)


def _end(sound: bool) -> None:
    if not sound:
        raise typer.Exit(1)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read; what is compressed is known by its first bytes, whatever its name."""
    raw = sys.stdin.buffer if path == _STANDARD else path.open("rb")
    with io.BufferedReader(cast("io.RawIOBase", raw)) as file:
        if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write the lines; a file appears whole or not at all."""
    if path == _STANDARD:
        sys.stdout.buffer.writelines(map(jsonl.line, rows))
        sys.stdout.buffer.flush()
        return
    # What is no file (a pipe, /dev/null) is written to, never replaced; of a link, its target is.
    target = path.resolve()
    in_place = path.exists() and not path.is_file()
    partial = target if in_place else target.with_name(f".{target.name}.part")
    lines = map(jsonl.line, rows)
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                # No name and no time in the header: equal results are equal bytes.
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                    packed.writelines(lines)
            else:
                file.writelines(lines)
        if not in_place:
            partial.replace(target)
    except OSError as error:
        what = f"cannot be written: {error.strerror}; see who owns it and if there is room"
        raise DigestError(f"{path}: {what}") from error
