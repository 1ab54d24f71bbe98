"""A configuration that may change at run time: the newest valid one is in use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from digest.config.settings import Settings
from digest.model.errors import ConfigError

_log = logging.getLogger(__name__)


class LiveSettings:
    """The current settings of a file.

    A file with mistakes is reported once, and the previous settings stay in use. `database` and
    `listen` take effect at the next start only, since both are open.
    """

    def __init__(self, path: Path, read: Callable[[], Settings]) -> None:
        """`read` loads the file at `path`, or raises ConfigError."""
        self._path = path
        self._read = read
        self._stamp = _stamp(path)
        self._settings = read()

    def current(self) -> Settings:
        """The settings; the same object as long as the file is unchanged."""
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._settings = self._kept(self._read())
                _log.info("%s: reloaded", self._path)
            except ConfigError as error:
                _log.error("%s; keeping the previous configuration", error)
        return self._settings

    def _kept(self, new: Settings) -> Settings:
        fixed = {
            "digest": new.digest.model_copy(update={"database": self._settings.digest.database}),
            "web": new.web.model_copy(update={"listen": self._settings.web.listen}),
        }
        if fixed != {"digest": new.digest, "web": new.web}:
            _log.warning("%s: database and listen take effect at the next start", self._path)
        return new.model_copy(update=fixed)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:  # an editor is replacing it
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
