"""One writer at a time: a lock on a file beside the database, or on its server."""

from __future__ import annotations

import fcntl
import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Literal, Self

from digest.model.errors import StoreError

if TYPE_CHECKING:
    from digest.store.postgres import RoleLock


def lock(
    place: Path | str,
    role: Literal["write", "deliver", "build"] = "write",
    *,
    shared: bool = False,
) -> AbstractContextManager[WriterLock | RoleLock]:
    """Who collects and builds on a database (`write`), or who sends (`deliver`): one process each.

    On a server, workers hold these `shared`, and the one that builds holds `build` alone.
    Entering it raises StoreError where another process holds it.
    """
    if isinstance(place, str):
        from digest.store.postgres import RoleLock as Lock  # noqa: PLC0415 -- 50 ms, not for a file

        return Lock(place, role, shared=shared)
    return WriterLock(place if role == "write" else place.with_name(f"{place.name}.{role}"))


class WriterLock:
    """A lock file, held while a command writes and released by the kernel when it ends.

    The file names the process at work. It still does when that process was killed, or the machine
    lost power: then `ended_well` is False, as it is before the first holder.
    """

    ended_well = False

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = not self._path.exists()
            file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise StoreError(
                f"{self._path}: another digest (process {holder}) is at work on this database; "
                "wait for it or stop it"
            ) from None
        self.ended_well = self._path.stat().st_size == 0 and not new
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            if kind is None:
                self._file.truncate(0)
            self._file.close()  # kept: removing it would allow two holders
            self._file = None
