"""CSV files as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from digest.errors import DigestError


def read_sheet(path: str, source: str) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    """The header of a CSV file (or of stdin, as "-"), and its rows with their line numbers.

    DigestError names `source` where it cannot be read.
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
            f"{source}: byte {error.start} cannot be read; save it as UTF-8"
        ) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = _numbered(reader)
    return next(rows, (1, ()))[1], rows


def _numbered(reader: Any) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with the line each ends on; one that is no CSV becomes one that is no address."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            row = ["?"]
        if row is None:
            return
        yield reader.line_num, row
