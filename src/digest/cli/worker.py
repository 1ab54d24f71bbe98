"""`digest worker`: a process that shares the work of a digest with others."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from digest.cli.allow import AllowOption
from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    NowOption,
    OutputOption,
    QuietOption,
    VerboseOption,
    running_clock,
    set_up_logging,
    settings_of,
)
from digest.cli.output import Screen
from digest.config import LiveSettings
from digest.services.roles import require_part


class Role(StrEnum):
    """What a worker does."""

    COLLECT = "collect"
    BUILD = "build"
    SEND = "send"


def worker(
    *,
    role: Annotated[
        list[Role] | None,
        typer.Option("--role", help="What it does; may be given several times. [default: all]"),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    now: NowOption = None,
    allow_address: AllowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Poll, build and send what a scheduler plans, beside other workers.

    Any number may run, on any machine that reaches the PostgreSQL database of [store] url. What is
    due is planned by `digest serve --role scheduler`.
    """
    set_up_logging(quiet=quiet, verbose=verbose)
    work(
        LiveSettings(config, partial(settings_of, config, output, None)),
        [part.value for part in Role if role is None or part in role],
        clock=running_clock(now),
        observer=Screen(quiet=True, verbose=verbose),
        allowed=tuple(allow_address or ()),
    )


def work(live: LiveSettings, queues: Sequence[str], **common: Any) -> None:
    """Work on these queues as `serve_worker` does; see `require_part` for errors."""
    require_part(live.current(), queues)
    from digest.services.worker import serve_worker  # noqa: PLC0415 -- not without the extra

    serve_worker(live, queues, **common)
