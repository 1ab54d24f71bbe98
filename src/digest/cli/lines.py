"""Files of lines, plain or compressed, - for the standard streams; bad lines are named."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import typer

from digest.model.errors import DigestError
from digest.render.clean import clean
from digest.tools import jsonl

STANDARD = Path("-")
_GZIP = b"\x1f\x8b"


def read_articles(path: Path, label: str | None = None) -> tuple[tuple[jsonl.Labelled, ...], bool]:
    """The articles of a file, and whether all its lines were good; the bad ones are named."""
    with _opened(path) as stream:
        rows, problems = jsonl.articles(stream, label)
    return rows, _named(path, problems)


def read_labels(path: Path, label: str) -> tuple[dict[str, str], bool]:
    """The label of each id in a file, and whether all its lines were good."""
    with _opened(path) as stream:
        rows, problems = jsonl.labels(stream, label)
    return rows, _named(path, problems)


def _named(path: Path, problems: Sequence[jsonl.Problem]) -> bool:
    for problem in problems:
        typer.echo(clean(f"{name_of(path)}:{problem.line}: {problem.what}"), err=True)
    return not problems


def name_of(path: Path) -> str:
    """The file as messages call it."""
    return "<stdin>" if path == STANDARD else str(path)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read; what is compressed is known by its first bytes, whatever its name."""
    try:
        raw = sys.stdin.buffer if path == STANDARD else path.open("rb")
    except OSError as error:
        what = f"cannot be read: {error.strerror}; see who owns it"
        raise DigestError(f"{path}: {what}") from error
    with io.BufferedReader(cast("io.RawIOBase", raw)) as file:
        if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one line for each row; a file appears whole or not at all.

    DigestError, naming the file, where the disk does not let us.
    """
    try:
        if path == STANDARD:
            sys.stdout.buffer.writelines(map(jsonl.line, rows))
            sys.stdout.buffer.flush()
        elif path.exists() and not path.is_file():  # a pipe, /dev/null: never replaced
            _fill(path, path, rows)
        else:
            _replace(path, rows)
    except BrokenPipeError:  # who reads has seen enough: no failure to tell of
        raise
    except OSError as error:
        name = "<stdout>" if path == STANDARD else path
        what = f"cannot be written: {error.strerror}; see who owns it and if there is room"
        raise DigestError(f"{name}: {what}") from error


def _replace(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    target = path.resolve()
    partial = target.with_name(f".{target.name}.part")
    try:
        _fill(partial, path, rows)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _fill(place: Path, named: Path, rows: Iterable[Mapping[str, object]]) -> None:
    lines = map(jsonl.line, rows)
    with place.open("wb") as file:
        if named.suffix == ".gz":
            # No name and no time in the header: equal results are equal bytes.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                packed.writelines(lines)
        else:
            file.writelines(lines)
