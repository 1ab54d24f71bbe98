"""Which part of a digest a process is, and what it needs for that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec

from digest.config import Settings
from digest.mail.keys import VARIABLE, load_keys
from digest.model.errors import ConfigError, StoreError, UsageError

COLLECT, BUILD, SEND, PLAN = "collect", "build", "send", "plan"  # the queues of jobs
_LIBRARY = "procrastinate"  # comes with `digest[postgres]`


def require_part(settings: Settings, queues: Sequence[str]) -> None:
    """Check that a process can work on these queues.

    UsageError where the database is a file; ConfigError where the key that signs links is not in
    the environment; StoreError where the queue's library is not installed.
    """
    require_server(settings)
    bounces = settings.smtp is not None and settings.smtp.bounces is not None
    if SEND in queues or (PLAN in queues and bounces):  # the scheduler reads what came back
        require_key(settings)
    if find_spec(_LIBRARY) is None:
        raise StoreError(
            f"workers need {_LIBRARY}, which is not installed; say: pip install 'digest[postgres]'"
        )


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
