"""What is read from files that may change at run time: the newest valid version is in use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from digest.config.settings import Settings
from digest.model.errors import DigestError

T = TypeVar("T")

_log = logging.getLogger(__name__)

_Stamp = tuple[tuple[str, int, int, int], ...]


class Live(Generic[T]):
    """The current version of what a file, or all files of a folder, say.

    Files with a mistake are reported once, and the previous version stays in use; `problem` is
    the mistake as long as that is so.
    """

    def __init__(self, path: Path, read: Callable[[], T], *, what: str) -> None:
        """`read` makes a version, or raises DigestError; `what` names it in the log."""
        self._path = path
        self._read = read
        self._what = what
        self._stamp: _Stamp | None = None
        self._value: T | None = None
        self.problem: DigestError | None = None

    def current(self) -> T:
        """The same object as long as no file changes; raises while no version was valid yet."""
        stamp = _stamp(self._path)
        if self._value is None or stamp != self._stamp:
            self._stamp = stamp  # taken first: a change during reading is noticed next time
            self._value = self._reloaded(self._value)
        return self._value

    def _reloaded(self, previous: T | None) -> T:
        try:
            value = self._read()
        except DigestError as error:
            if previous is None:
                raise
            self.problem = error
            _log.error("%s; keeping the previous %s", error, self._what)
            return previous
        if previous is not None:
            _log.info("%s: reloaded", self._path)
        self.problem = None
        return value


class LiveSettings(Live[Settings]):
    """The current settings of a file.

    `database`, [store], `listen` and [admin] take effect at the next start only, since they are
    open.
    """

    def __init__(self, path: Path, read: Callable[[], Settings]) -> None:
        """`read` loads the file at `path`, or raises ConfigError."""
        super().__init__(path, lambda: self._kept(read()), what="configuration")
        self.current()

    def _kept(self, new: Settings) -> Settings:
        if self._value is None:
            return new
        fixed = {
            "digest": new.digest.model_copy(update={"database": self._value.digest.database}),
            "store": self._value.store,
            "web": new.web.model_copy(update={"listen": self._value.web.listen}),
            "admin": self._value.admin,
        }
        if any(getattr(new, table) != value for table, value in fixed.items()):
            _log.warning(
                "%s: database, [store], listen and [admin] take effect at the next start",
                self._path,
            )
        return new.model_copy(update=fixed)


def _stamp(path: Path) -> _Stamp:
    found = []
    for file in (path, *sorted(path.rglob("*"))):
        try:
            status = file.stat()
        except OSError:  # an editor is replacing it
            continue
        found.append((str(file), status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)
