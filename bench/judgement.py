"""How well copies, stories and summaries are judged, beside what others do: one table of each.

Usage: python -m bench.judgement CORPUS [SEEDS] [--write]

Markdown on standard output, with the day and the commit; `--write` puts it into
docs/judgement.md instead. Ours has one setting for all sets; the baselines are those of
bench/baselines.py and bench/summaries.py, and the oracle knows the events.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import IO, cast

import numpy as np
from tests.factories import labelled

from bench import baselines, copies, summaries
from bench.background import SETS, counted, frequent
from bench.stories import measure, mixed_stream, streams
from bench.stories import stories as found_stories
from digest.model import Article
from digest.stories.cluster import Background
from digest.stories.dedup import deduplicate
from digest.tools import jsonl
from digest.tools.evaluate import rouge

DOCUMENT = Path(__file__).parents[1] / "docs" / "judgement.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
MEAN_OF = 3  # the first sets: stories as an edition has them
LENGTH = 100  # words of a summary

METHODS: dict[str, Callable[[Sequence[Article]], baselines.Labels]] = {
    "every text alone": lambda read: range(len(read)),
    "titles share 3 words, .6 of the shorter": baselines.by_overlap,
    "titles, Jaccard .55": baselines.by_jaccard,
    "SimHash of the text, Hamming 10": lambda read: baselines.connected(
        read, baselines.simhash_links
    ),
    "MinHash of the text, .5": lambda read: baselines.connected(read, baselines.minhash_links),
}


def table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """The lines of a table in Markdown, the first column being names."""
    yield "| " + " | ".join(heads) + " |"
    yield "|---" + "|---:" * (len(heads) - 1) + "|"
    yield from (f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows)


# --- stories ----------------------------------------------------------------------------------


def stories(corpus: Path) -> Iterator[str]:
    """B-cubed F1 of every method on every set."""
    paths = [corpus / f"stories/{name}.jsonl.gz" for name in SETS]
    measured = [measure(path) for path in paths]
    tables = {name: counted(corpus, name) for name in SETS}
    unseen = [
        measure(path, frequent(each for other, each in tables.items() if other != name))[1].f1
        for name, path in zip(SETS, paths, strict=True)
    ]
    compared = np.array([_baselines(path) for path in paths]).T
    stream = compared[len(METHODS) : -2]
    at = int(stream.mean(axis=1).argmax())
    rows = [
        ("**ours**", [score.f1 for _, score, _ in measured]),
        ("ours, background counts from the other sets only", unseen),
        *zip(METHODS, compared.tolist(), strict=False),
        (f"TF-IDF, single pass, {baselines.SINGLE_PASS:g}", compared[-2]),
        (f"TF-IDF, single pass, {baselines.STREAM[at]:.3g}: best for all sets", stream[at]),
        ("TF-IDF, average linkage, best for each set (oracle)", compared[-1]),
    ]
    heads = ["stories, B-cubed F1", *SETS, f"mean of the first {MEAN_OF}", "mean"]
    yield from table(heads, ((name, _with_means(figures)) for name, figures in rows))
    yield ""
    parts = [
        ("ours, precision", [score.precision for _, score, _ in measured]),
        ("ours, recall", [score.recall for _, score, _ in measured]),
    ]
    sizes = [f"{size:,}" for size, _, _ in measured]
    yield from table(
        ["", *SETS],
        [*((name, _figures(each)) for name, each in parts), ("texts", sizes)],
    )


def _baselines(path: Path) -> list[float]:
    """F1 of each method, of the single pass at each threshold and at the usual one, the oracle."""
    read = labelled(path)
    texts, events = [article for article, _ in read], [event for _, event in read]
    found = [baselines.score(method(texts), events) for method in METHODS.values()]
    event_of = {article.id: event for article, event in read}
    cosines, ordered = baselines.plain_cosines(texts)
    true = [event_of[article.id] for article in ordered]
    found += [
        baselines.score(baselines.single_pass(cosines, float(threshold)), true)
        for threshold in (*baselines.STREAM, baselines.SINGLE_PASS)
    ]
    return [*found, baselines.oracle(cosines, true)]


def _with_means(figures: Sequence[float]) -> list[str]:
    means = (float(np.mean(figures[:MEAN_OF])), float(np.mean(figures)))
    return _figures([*figures, *means])


def _figures(figures: Iterable[float]) -> list[str]:
    return [f"{figure:.3f}" for figure in figures]


# --- real streams and languages ---------------------------------------------------------------


def real_streams(corpus: Path) -> Iterator[str]:
    """What is joined of real streams, in which most items are alone: in one batch, by editions."""
    found = streams(corpus)
    heads = ["real streams, whole windows", "pairs joined", "one event", "related", "event recall"]
    shares = [found.strict.precision, found.related.precision, found.strict.recall]
    yield from table(heads, [("**ours**", [f"{found.joined}", *_figures(shares)])])
    yield ""
    windows = sorted((corpus / "stream").glob("*_pairs.jsonl.gz"))
    counts = {path.name.partition("_pairs")[0]: _edition_by_edition(path) for path in windows}
    counts["all"] = [sum(column) for column in zip(*counts.values(), strict=True)]
    heads = ["real streams, by editions", "pairs shown", "one event", "related", "updates right"]
    rows = []
    for name, (joined, event, line, right, updates) in counts.items():
        shares = [event / (joined or 1), (event + line) / (joined or 1)]
        rows.append((name, [f"{joined:.0f}", *_figures(shares), f"{right:.0f} of {updates:.0f}"]))
    yield from table(heads, rows)


def _edition_by_edition(pairs: Path) -> list[int]:
    """Of the editions of a window: pairs shown as one story, of one event, of one line, updates."""
    window = pairs.with_name(pairs.name.replace("_pairs", ""))
    with tempfile.TemporaryDirectory() as folder:
        digest = Path(folder) / "digest"
        digest.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m digest "$@"\n')
        digest.chmod(0o755)
        said = _scored(pairs.parents[1], "stream_editions.py", window, pairs, digest, folder)
    wanted = r"as one (\d+): event (\d+), same line (\d+).* updates right (\d+) of (\d+)"
    numbers = re.search(wanted, said)
    if numbers is None:
        raise SystemExit(f"{window}: {said.strip()[-300:]}")
    return [int(number) for number in numbers.groups()]


def languages(corpus: Path) -> Iterator[str]:
    """Pair F1 within each of ten languages."""
    path = corpus / "stories/multilingual.jsonl.gz"
    with gzip.open(path) as lines:
        read = [row.article for row in jsonl.articles(cast("IO[bytes]", lines))[0]]
    with tempfile.NamedTemporaryFile("wb") as result:
        for story in found_stories(read, Background.shipped()):
            for article in story.articles:
                result.write(jsonl.line({"id": article.id, "story": story.id}))
        result.flush()
        pairs = path.with_name("multilingual_pairs.jsonl.gz")
        said = _scored(corpus, "graded_score.py", pairs, Path(result.name))
    found = dict(re.findall(r"^([a-z]{2}) .* F1 (\S+)$", said, re.MULTILINE))
    found["mean"] = said.rpartition(" ")[2].strip()
    yield from table(["languages, pair F1", *found], [("**ours**", list(found.values()))])


def _scored(corpus: Path, scorer: str, *arguments: Path | str) -> str:
    """What a scorer beside the corpus prints."""
    command = [sys.executable, str(corpus.parent / "tools" / scorer), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


# --- copies -----------------------------------------------------------------------------------


def wire(corpus: Path) -> Iterator[str]:
    """Precision and recall of the pairs found among the wire stories, grey ones ignored."""
    read = [article for article, _ in labelled(corpus / "copies/wire.jsonl.gz")]
    labels = copies.wire_labels(corpus)
    texts = [article.text for article in read]

    def linked(links: baselines.Links) -> copies.Pairs:
        return {frozenset((read[a].id, read[b].id)) for a, b in links}

    methods = {
        "**ours**": copies.pairs_in(deduplicate(read)),
        "MinHash, three words, .5": linked(baselines.minhash_links(texts)),
        "SimHash, Hamming 10": linked(baselines.simhash_links(texts)),
    }
    rows = []
    for name, found in methods.items():
        judged = found - labels["grey"]
        right = len(judged & labels["copy"])
        rows.append((name, _figures([right / len(judged), right / len(labels["copy"])])))
    yield from table(["copies, wire", "precision", "recall"], rows)


# --- summaries --------------------------------------------------------------------------------


def multinews(corpus: Path) -> Iterator[str]:
    """ROUGE F1 of summaries of equal length against those that editors wrote."""
    written = summaries.references(corpus)
    summarized_of = [
        story for story in summaries.stories(corpus, "multinews") if story.id in written
    ]
    methods = {
        "**ours**": summaries.ours(LENGTH),
        "lead of the medoid": summaries.by(summaries.lead, summaries.plain, LENGTH),
        "LexRank": summaries.by(summaries.lexrank, summaries.plain, LENGTH),
        "centroid and MMR": summaries.by(summaries.centroid, summaries.plain, LENGTH),
    }
    rows = []
    for name, summarizer in methods.items():
        texts = [summarizer(story) for story in summarized_of]
        references = [written[story.id] for story in summarized_of]
        scores = list(starmap(rouge, zip(texts, references, strict=True)))
        figures = np.mean([(s.one.f1, s.two.f1, s.longest.f1) for s in scores], axis=0)
        length = np.mean([len(text.split()) for text in texts])
        rows.append((name, [*_figures(figures), f"{length:.0f}"]))
    heads = [f"summaries, {len(summarized_of)} stories", "ROUGE-1", "ROUGE-2", "ROUGE-L", "words"]
    yield from table(heads, rows)


# --- all of it --------------------------------------------------------------------------------


def report(corpus: Path, seeds: Path | None) -> Iterator[str]:
    """The tables, with the day and the commit."""
    command = ["git", "-C", str(DOCUMENT.parent), "describe", "--always", "--dirty"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit {commit} by `make judgement`."
    for part in (stories, real_streams, languages, wire, multinews):
        yield ""
        yield from part(corpus)
    if seeds:
        yield ""
        yield f"All sets and five seeds in one stream: {mixed_stream(corpus, seeds)}."


def main(arguments: Sequence[str]) -> None:
    """Print the report, or write it between its marks in the document."""
    places = [Path(argument) for argument in arguments if argument != "--write"]
    text = "".join(f"{line}\n" for line in report(places[0], places[1] if places[1:] else None))
    if "--write" not in arguments:
        print(text, end="")
        return
    before = DOCUMENT.read_text(encoding="utf-8")
    marked = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
    DOCUMENT.write_text(marked.sub(lambda _: BEGIN + text + END, before), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
