"""Which part of a digest a process is, and what it needs for that.

The queue's library is imported where a process has a part; it comes with `digest[postgres]`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime

from digest.config import LiveSettings, Settings
from digest.fetch import Allowance
from digest.flows import Observer
from digest.mail.keys import VARIABLE, load_keys
from digest.model.errors import ConfigError, StoreError, UsageError

COLLECT, BUILD, SEND, PLAN = "collect", "build", "send", "plan"  # the queues of jobs


def work(
    live: LiveSettings,
    queues: Sequence[str],
    *,
    clock: Callable[[], datetime],
    observer: Observer,
    allowed: tuple[Allowance, ...] = (),
) -> None:
    """Work on these queues until SIGINT or SIGTERM.

    UsageError where the database is a file; ConfigError where the scheduler has another
    configuration, or the key that signs links is not in the environment.
    """
    settings = live.current()
    require_server(settings)
    bounces = settings.smtp is not None and settings.smtp.bounces is not None
    if SEND in queues or (PLAN in queues and bounces):  # the scheduler reads what came back
        require_key(settings)
    try:
        from digest.services.worker import serve_worker  # noqa: PLC0415 -- not without the extra
    except ImportError as error:
        raise StoreError(
            f"workers need what is not installed ({error}); say: pip install 'digest[postgres]'"
        ) from None
    serve_worker(live, queues, clock=clock, observer=observer, allowed=allowed)


def require_server(settings: Settings) -> None:
    """UsageError where the database is a file."""
    if settings.store.url is None:
        raise UsageError(
            "several processes share a database on a server only: set [store] url"
            " (docs/workers.md), or run `digest serve` without --role"
        )


def require_key(settings: Settings) -> None:
    """ConfigError where mail is sent and its key is not in the environment, or is no key."""
    if settings.smtp is None:
        return
    if not os.environ.get(VARIABLE):
        raise ConfigError(
            (f"{VARIABLE}: is not set; all processes that sign links need the same key in it",)
        )
    load_keys(settings.digest.database)
