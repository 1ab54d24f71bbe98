"""JSON lines files, plain or compressed, and `-` for the standard streams."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from digest.cli.logs import on_stderr
from digest.model.errors import DigestError
from digest.render.clean import clean
from digest.tools import jsonl

STANDARD = Path("-")
_GZIP = b"\x1f\x8b"


def read_articles(path: Path, label: str | None = None) -> tuple[tuple[jsonl.Labelled, ...], bool]:
    """The articles of a file, and whether all lines were valid; invalid ones are reported."""
    with _opened(path) as stream:
        rows, problems = jsonl.articles(stream, label)
    return rows, _named(path, problems)


def read_labels(path: Path, label: str | None) -> tuple[dict[str, str], bool]:
    """The label of each id in a file, "" if none is needed, and whether all lines were valid."""
    with _opened(path) as stream:
        rows, problems = jsonl.labels(stream, label)
    return rows, _named(path, problems)


def read_pairs(
    path: Path, allowed: Collection[str]
) -> tuple[tuple[tuple[frozenset[str], str], ...], bool]:
    """The pairs of ids in a file with their labels, and whether all lines were valid."""
    with _opened(path) as stream:
        rows, problems = jsonl.pairs(stream, allowed)
    return rows, _named(path, problems)


def _named(path: Path, problems: Sequence[jsonl.Problem]) -> bool:
    for problem in problems:
        on_stderr(clean(f"{name_of(path)}:{problem.line}: {problem.what}"))
    return not problems


def name_of(path: Path) -> str:
    """The name of a file in messages."""
    return "<stdin>" if path == STANDARD else str(path)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read; its first bytes tell whether it is compressed, not its name."""
    try:
        raw = sys.stdin.buffer if path == STANDARD else path.open("rb")
    except OSError as error:
        raise DigestError(
            f"{path}: cannot be read: {error.strerror}; check its permissions"
        ) from error
    with io.BufferedReader(cast("io.RawIOBase", raw)) as file:
        if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one line for each row; a file appears whole or not at all.

    Raises DigestError, which names the file, if it cannot be written.
    """
    try:
        if path == STANDARD:
            sys.stdout.buffer.writelines(map(jsonl.line, rows))
            sys.stdout.buffer.flush()
        elif path.exists() and not path.is_file():  # a pipe, /dev/null: never replaced
            _fill(path, path, rows)
        else:
            _replace(path, rows)
    except BrokenPipeError:  # the reader has seen enough: not a failure
        raise
    except OSError as error:
        name = "<stdout>" if path == STANDARD else path
        what = f"cannot be written: {error.strerror}; check permissions and free space"
        raise DigestError(f"{name}: {what}") from error


def _replace(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    target = path.resolve()
    partial = target.with_name(f".{target.name}.part")
    try:
        _fill(partial, path, rows)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _fill(target: Path, named: Path, rows: Iterable[Mapping[str, object]]) -> None:
    lines = map(jsonl.line, rows)
    with target.open("wb") as file:
        if named.suffix == ".gz":
            # No name and no time in the header: equal results are equal bytes.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                packed.writelines(lines)
        else:
            file.writelines(lines)
