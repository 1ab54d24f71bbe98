"""Options that several commands share, and the settings they result in."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from digest.config import Settings, load
from digest.config.settings import StoreSettings


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not an ISO 8601 time, such as 2026-11-21T07:00:00+00:00"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", show_default=True)
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write editions to this folder instead of the configured one."
    ),
]
DatabaseOption = Annotated[
    Path | None, typer.Option("--database", help="Use this database instead of the configured one.")
]
NowOption = Annotated[
    datetime | None,
    typer.Option(
        "--now", metavar="ISO", parser=_instant, help="Use this time instead of the current one."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only failures.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print details, such as every feed and page.")
]

DEFAULT_CONFIG = Path("feeds.toml")


def settings_of(config: Path, output: Path | None, database: Path | None) -> Settings:
    """The configuration; options of the command line take precedence."""
    settings = load(config)
    changes = {
        name: path.expanduser().absolute()
        for name, path in (("output", output), ("database", database))
        if path is not None
    }
    given: dict[str, object] = {"digest": settings.digest.model_copy(update=changes)}
    if database is not None:
        given["store"] = StoreSettings()
    return settings.model_copy(update=given)


class GivenClock:
    """A clock that shows a given time; waiting sets it forward and takes no time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def wait(self, seconds: float) -> bool:
        """Let time pass; never says to stop."""
        self._now += timedelta(seconds=seconds)
        return False


def fixed_clock(now: datetime | None) -> Callable[[], datetime]:
    """A clock that shows `now` all the time, or the real one."""
    return GivenClock(now) if now else (lambda: datetime.now(UTC))


def pause_of(clock: Callable[[], datetime]) -> Callable[[float], bool] | None:
    """How to wait by a clock; None where time passes by itself."""
    return clock.wait if isinstance(clock, GivenClock) else None


def running_clock(now: datetime | None) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs, or the real one."""
    if now is None:
        return fixed_clock(None)
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)


def set_up_logging(*, quiet: bool, verbose: bool) -> None:
    """Set the level from which events are logged."""
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    logging.getLogger().setLevel(level)
    # Of what libraries log, only warnings matter to an operator.
    for name in (
        "apscheduler",
        "asyncio",
        "aiohttp",
        "alembic",
        "trafilatura",
        "htmldate",
        "procrastinate",
    ):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


__all__ = [
    "DEFAULT_CONFIG",
    "ConfigOption",
    "DatabaseOption",
    "JsonOption",
    "NowOption",
    "OutputOption",
    "QuietOption",
    "VerboseOption",
    "fixed_clock",
    "pause_of",
    "running_clock",
    "set_up_logging",
    "settings_of",
]
