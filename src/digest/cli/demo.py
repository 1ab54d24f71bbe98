"""`digest demo`: the real pipeline over three days of an offline newsroom."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import QuietOption, VerboseOption, set_up_logging
from digest.cli.output import Screen, print_built, print_collected
from digest.config import load
from digest.edition.schedule import edition_id
from digest.fetch import Allowance
from digest.services import application
from digest.tools.newsroom import READINGS, Newsroom

_PORT = 8765  # so that links, and with them ids, are the same in every demo; another if taken


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Write the three editions here.")
    ] = Path("output"),
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep feeds.toml and the database here, for digest explain."),
    ] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the real pipeline over three days of an invented newsroom, offline."""
    set_up_logging(quiet=quiet, verbose=verbose)
    run_demo(output.absolute(), keep and keep.absolute(), quiet=quiet, verbose=verbose)


def run_demo(output: Path, keep: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Serve the newsroom on loopback, read it on three evenings, write three editions.

    Configuration and database stand in the folder `keep`, made anew, or nowhere afterwards.
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


def examples() -> Path:
    """The folder of examples: in the package, or beside it in a checkout."""
    packaged = Path(str(resources.files("digest"))) / "examples"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples"
