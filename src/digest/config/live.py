"""A configuration that may change while we run: the newest without a mistake is in use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from digest.config.settings import Settings
from digest.model.errors import ConfigError

_log = logging.getLogger(__name__)


class LiveSettings:
    """Gives the settings of a file as it is now.

    A file with mistakes is reported once, and the settings of before stay. Where the database
    lies and where pages are served counts from the next start: both are held open.
    """

    def __init__(self, path: Path, read: Callable[[], Settings]) -> None:
        """`read` makes the settings of the file at `path`; ConfigError where it cannot."""
        self._path = path
        self._read = read
        self._stamp = _stamp(path)
        self._settings = read()

    def current(self) -> Settings:
        """The same object as long as nothing has changed."""
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._settings = self._kept(self._read())
                _log.info("%s: read again", self._path)
            except ConfigError as error:
                _log.error("%s; the configuration of before stays in use", error)
        return self._settings

    def _kept(self, new: Settings) -> Settings:
        held = {
            "digest": new.digest.model_copy(update={"database": self._settings.digest.database}),
            "web": new.web.model_copy(update={"listen": self._settings.web.listen}),
        }
        if held != {"digest": new.digest, "web": new.web}:
            _log.warning("%s: database and listen count from the next start", self._path)
        return new.model_copy(update=held)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:  # between two versions of an editor
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
