"""The output folder: files appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from digest.disk import sync
from digest.model import RenderedFile
from digest.model.errors import DigestError


class OutputFolder:
    """Puts rendered files in place, each by an atomic rename, in the given order.

    A reader sees the old bytes or the new ones. What is named by an index must come before the
    index. Files that hold the right bytes already are left alone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, files: Sequence[RenderedFile]) -> None:
        """Write `files`; DigestError, naming the file, where the disk does not let us."""
        for file in files:
            target = self._root / file.path
            if not target.resolve().is_relative_to(self._root.resolve()):
                raise DigestError(f"{target}: lies outside the output folder {self._root}")
            try:
                _put(target, file.body)
            except OSError as error:
                what = f"cannot be written: {error.strerror}; see who owns it and if there is room"
                raise DigestError(f"{target}: {what}") from error

    def has(self, path: str) -> bool:
        """Is there such a file?"""
        return (self._root / path).is_file()


def _put(target: Path, body: bytes) -> None:
    # One name a target: what a killed run left behind is overwritten or removed by the next.
    partial = target.with_name(f".{target.name}.part")
    if target.is_file() and target.read_bytes() == body:
        partial.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    sync(target.parent)  # the rename itself
