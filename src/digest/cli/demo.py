"""`digest demo`: the real pipeline over three days of an invented newsroom, offline."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.init import examples
from digest.cli.options import QuietOption, VerboseOption, set_up_logging
from digest.cli.output import Screen, print_built, print_collected
from digest.config import load
from digest.edition.schedule import edition_id
from digest.fetch.guard import Allowance
from digest.services.application import application
from digest.tools.newsroom import READINGS, Newsroom

_PORT = 8765  # if free: links, and with them ids, are then the same in every demo


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write the three editions to this folder.")
    ] = Path("output"),
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", help="Keep feeds.toml and the database in this folder, for `digest explain`."
        ),
    ] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build three editions from an invented newsroom, offline.

    The real pipeline reads the newsroom's feeds and pages over HTTP on this machine.
    """
    set_up_logging(quiet=quiet, verbose=verbose)
    # The reports name the feed that fails on purpose; a log line would say it again.
    logging.getLogger("digest.services.alerts").setLevel(logging.ERROR)
    run_demo(output.absolute(), keep and keep.absolute(), quiet=quiet, verbose=verbose)


def run_demo(output: Path, keep: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Serve the newsroom on loopback, read it on three evenings, write three editions.

    Configuration and database are new, and kept in the folder `keep` if there is one.
    """
    with ExitStack() as stack:
        newsroom = _open_newsroom(stack)
        config = _folder(keep, stack) / "feeds.toml"
        config.write_text(newsroom.config(output=str(output), database="demo.db"), encoding="utf-8")
        settings = load(config)
        for now in READINGS:
            newsroom.now = now
            with (
                Screen(quiet=quiet, verbose=verbose) as screen,
                application(
                    settings,
                    clock=lambda now=now: now,  # type: ignore[misc]
                    observer=screen,
                    allowed=(Allowance.parse("127.2.0.0/16"),),
                    announce=False,
                ) as flows,
            ):
                collected = asyncio.run(flows.collect(patient=False))
                built = flows.build(edition_id(now, settings.digest.zone))
            print_collected(collected, quiet=quiet)
            if not quiet:
                print_built(built, settings)
    if not quiet:
        typer.echo(f"Open {output / 'index.html'} for all three.")


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digest-demo-")))
    keep.mkdir(parents=True, exist_ok=True)
    for old in keep.glob("demo.db*"):
        old.unlink()
    return keep


def _open_newsroom(stack: ExitStack) -> Newsroom:
    folder = examples() / "newsroom"
    try:
        return stack.enter_context(Newsroom(folder, port=_PORT))
    except OSError:
        return stack.enter_context(Newsroom(folder))
