"""CSV files as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digest.model.errors import DigestError


def read_sheet(path: str, source: str) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    """The header of a CSV file (or of stdin, as "-"), and its rows with their line numbers.

    Raises DigestError, which names `source`, if it cannot be read.
    """
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        # A spreadsheet's "Unicode text" is UTF-16.
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except OSError as error:
        raise DigestError(f"{source}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DigestError(
            f"{source}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = _numbered(io.StringIO(text, newline=None), delimiter)
    return next(rows, (1, ()))[1], rows


def _numbered(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with their line numbers; an invalid one becomes a row without an address.

    No value has a line break. Read line by line, a quote that is never closed spoils its own row
    only.
    """
    for number, line in enumerate(lines, start=1):
        try:
            yield number, next(csv.reader([line], delimiter=delimiter), ())
        except csv.Error:
            yield number, ("?",)
