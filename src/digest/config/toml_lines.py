"""Line numbers of a TOML file's keys, which tomllib does not give."""

from __future__ import annotations

import re
from collections.abc import Iterator

TomlPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def lines_of(text: str) -> dict[TomlPath, int]:
    """The line number of every header and key.

    Values in inline tables and arrays have the line of their key. A line of a multi-line string
    that looks like a key does no harm, since the first line of a path counts.
    """
    lines: dict[TomlPath, int] = {}
    counts: dict[str, int] = {}
    prefix: TomlPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header and header[1] == "[[":
            name = header[2]
            prefix = (*_parts(name), counts.get(name, 0))
            counts[name] = counts.get(name, 0) + 1
            lines.setdefault(prefix[:-1], number)
            lines.setdefault(prefix, number)
        elif header:
            prefix = tuple(_parts(header[2]))
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            lines.setdefault((*prefix, *_parts(key[1])), number)
    return lines


def _parts(dotted: str) -> Iterator[str]:
    for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted):
        yield part.strip("\"'")


def line_of(location: TomlPath, lines: dict[TomlPath, int]) -> int:
    """The line of a path, or of the innermost table around it that has one, or 1."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 1
