"""Progress, and the reports that commands end with."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

from digest.cli.logs import on_stderr
from digest.render.clean import clean

if TYPE_CHECKING:
    from rich.progress import Progress

    from digest.config import Settings
    from digest.flows import BuildReport, CollectReport, DeliverReport, FeedOutcome


class Screen:
    """Progress while a flow runs: a bar on a terminal, plain lines elsewhere, on standard error.

    An `Observer` of the collect flow.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet, self._verbose = quiet, verbose
        self._bar = None if quiet else _progress_bar()

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def started(self, feeds: int) -> None:
        """Polling of this many feeds begins."""
        if self._bar:
            self._bar.add_task("Reading feeds", total=feeds)
        elif not self._quiet:
            on_stderr(f"Reading {_count(feeds, 'feed')}", logging.INFO)

    def polled(self, outcome: FeedOutcome) -> None:
        """One feed has been polled."""
        if self._bar:
            self._bar.advance(self._bar.task_ids[-1])
        if self._verbose:
            new = f", {outcome.new} new" if outcome.new else ""
            self._line(f"{outcome.outcome}{new}: {outcome.title} ({outcome.url})")
            for note in outcome.notes:
                self._line(note, indent="  ")

    def _line(self, text: str, indent: str = "") -> None:
        line = indent + clean(text)
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            on_stderr(line, logging.INFO)


def _progress_bar() -> Progress | None:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 -- cron has no terminal, and rich takes 30 ms

    console = Console(stderr=True)
    if not console.is_terminal:
        return None
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def print_collected(report: CollectReport, *, quiet: bool) -> None:
    """Print the report of collect: every failure with its reason."""
    if not quiet:
        parts = (
            (report.count("read"), "read"),
            (report.count("unchanged"), "unchanged"),
            (report.count("waiting"), "not due yet"),
            (report.count("failed"), "failed"),
        )
        counts = ", ".join(f"{number} {word}" for number, word in parts if number)
        typer.echo(f"Feeds: {counts or 'none'}. New articles: {report.new_articles}.")
    for feed in report.feeds:
        if feed.outcome == "failed":
            line = clean(f"failed: {feed.title} ({feed.url}): {feed.reason}")
            if quiet:
                on_stderr(f"  {line}", logging.WARNING)
            else:
                typer.echo(f"  {line}")
    if report.page_problems and not quiet:
        reasons = report.page_problems.most_common()
        listed = ", ".join(f"{number} {clean(reason)}" for reason, number in reasons)
        typer.echo(f"Articles with their feed's text: {report.page_problems.total()} ({listed}).")


def print_built(report: BuildReport, settings: Settings) -> None:
    """Print the report of build, the page's path last."""
    counts = report.edition.counts
    if report.closed:
        articles = _count(report.waiting, "article")
        typer.echo(
            f"Edition {report.edition.id}: mail of it has left, so it stays as it is;"
            f" {articles} of since then will be in the next one."
        )
        typer.echo(str(page_of(report, settings)))
        return
    typer.echo(
        f"Edition {report.edition.id}: {_count(counts.articles, 'article')}, "
        f"{_count(counts.copies, 'copy', 'copies')}, {_count(counts.stories, 'story', 'stories')}."
    )
    if report.bounded:
        typer.echo(bounded_line(report.bounded))
    if settings.llm is not None:
        worded = sum(story.written_by is not None for story in report.edition.stories)
        typer.echo(f"Summaries in a model's words: {worded}, not used: {len(report.unused)}.")
        for reason, times in Counter(report.unused).most_common():
            typer.echo(f"  {_count(times, 'summary', 'summaries')}: {clean(reason)}")
    typer.echo(str(page_of(report, settings)))


def bounded_line(articles: int) -> str:
    """What is said where copies may be missing."""
    return (
        f"{_count(articles, 'article')} looked like too many others, as texts of one form do:"
        " each was compared with those likeliest to be its copies."
    )


def page_of(report: BuildReport, settings: Settings) -> Path:
    """The path of the edition's page."""
    return settings.digest.output / report.edition.id / "index.html"


def print_json(
    collected: CollectReport | None,
    built: BuildReport | None,
    settings: Settings,
    delivered: DeliverReport | None = None,
    problems: Sequence[str] = (),
    *,
    failed: bool = False,
) -> None:
    """Print the whole report as one JSON object."""
    document: dict[str, object] = {}
    if collected is not None:
        document["feeds"] = [asdict(feed) for feed in collected.feeds]
        document["new_articles"] = collected.new_articles
    if built is not None:
        document["edition"] = {"id": built.edition.id, **asdict(built.edition.counts)}
        document["bounded"] = built.bounded
        document["unused_summaries"] = dict(Counter(built.unused))
        document["page"] = str(page_of(built, settings))
    if delivered is not None:
        counts = {state.value: number for state, number in delivered.counts.items() if number}
        document["mail"] = counts | {"held": delivered.held, "error": delivered.error}
    if problems:
        document["problems"] = list(problems)
    document["exit_code"] = int(failed)
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
