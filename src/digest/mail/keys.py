"""Where the keys that sign links come from: the environment, or a file made at first use."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from digest.mail.links import Keys
from digest.model.errors import ConfigError, DigestError

_log = logging.getLogger(__name__)

VARIABLE = "DIGEST_SECRET_KEY"


def load_keys(
    database: Path, environment: Mapping[str, str] = os.environ, *, make: bool = True
) -> Keys:
    """The keys of a database, the newest first: one a line, or separated by blanks.

    Without DIGEST_SECRET_KEY they are kept in a file beside the database that its owner alone may
    read; a new one is logged. Unless `make`, a missing file is not written, and what is signed
    opens nothing. Raises DigestError with what to do, ConfigError for a key that is too short.
    """
    path = database.with_name(database.name + ".key")
    stated = environment.get(VARIABLE)
    source = VARIABLE if stated else str(path)
    try:
        text = stated or (_read_or_make(path) if make or path.exists() else _drawn())
    except OSError as error:
        raise DigestError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return Keys([line.encode() for line in text.split()])
    except ValueError:
        raise ConfigError(
            (f"{source}: needs a key of at least 32 characters: openssl rand -hex 32 makes one",)
        ) from None


def _read_or_make(path: Path) -> str:
    try:
        # Nobody else may ever read it, not even for the moment before it is whole.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise DigestError(f"{path}: others may read it; say: chmod 600 {path}") from None
        return path.read_text(encoding="ascii", errors="replace")
    made = _drawn()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{made}\n")
        file.flush()
        os.fsync(file.fileno())
    _log.info("new key, which signs subscribers' links: %s", path)
    return made


def _drawn() -> str:
    return secrets.token_urlsafe(32)
