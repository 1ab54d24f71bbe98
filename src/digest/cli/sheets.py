"""CSV files as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digest.model.errors import DigestError

Row = tuple[int, Sequence[str]]  # its line number and its cells

_DELIMITERS = ",;\t"


def read_sheet(path: str, source: str) -> tuple[Row, Iterator[Row]]:
    """The header of a CSV file (or of stdin, as "-"), and its rows, with their line numbers.

    Blank lines are skipped, and so is the line with which Excel names the delimiter (`sep=;`).

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
    lines = [
        (number, line)
        for number, line in enumerate(io.StringIO(text, newline=None), start=1)
        if line.strip()
    ]
    named = re.fullmatch(r"sep=(.)", lines[0][1].strip("\r\n"), re.IGNORECASE) if lines else None
    if named:
        del lines[0]
    first = lines[0][1] if lines else ""
    rows = _cells(lines, named[1] if named else max(_DELIMITERS, key=first.count))
    return next(rows, (1, ())), rows


def _cells(lines: Iterable[tuple[int, str]], delimiter: str) -> Iterator[Row]:
    """Rows with their line numbers; an invalid one becomes a row without an address.

    No value has a line break. Read line by line, a quote that is never closed spoils its own row
    only.
    """
    for number, line in lines:
        try:
            yield number, next(csv.reader([line], delimiter=delimiter), ())
        except csv.Error:
            yield number, ("?",)
