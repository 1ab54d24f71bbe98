"""Editing feeds.toml by command: the lines of one feed change, every other byte stays.

tomlkit writes the values of one table. It is not given the whole file, because it gathers the
tables of an array that other tables interrupt and moves the comments between them.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from digest.config.load import load, text_of
from digest.config.settings import Settings
from digest.model.errors import ConfigError, DigestError

Values = Mapping[str, Any]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_HEADER = re.compile(r"^[ \t]*\[\[?[^\n]*$", re.MULTILINE)
_FEED = re.compile(r"[ \t]*\[\[[ \t]*(?:feeds|\"feeds\"|'feeds')[ \t]*\]\]")
_BELOW_FEED = re.compile(r"[ \t]*\[\[?[ \t]*(?:feeds|\"feeds\"|'feeds')[ \t]*\.")


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the table of one feed begins and ends in the text, comments after it left out."""

    start: int
    end: int


def added(text: str, feeds: Sequence[Values]) -> str:
    """The text with these feeds after the last one; raises DigestError where that cannot be."""
    blocks = _blocks(text)
    at = blocks[-1].end if blocks else len(text)
    head = text[:at]
    if head and not head.endswith("\n"):
        head += _newline(text)
    tables = "".join(f"\n[[feeds]]\n{tomlkit.dumps(dict(feed))}" for feed in feeds)
    if not head:
        tables = tables.removeprefix("\n")
    new = head + tables.replace("\n", _newline(text)) + text[at:]
    return _proved(new, text, [*_feeds(text), *map(dict, feeds)])


def removed(text: str, url: str) -> str:
    """The text without a feed; comments above its table stay."""
    index = _index(text, url)
    block = _blocks(text)[index]
    rest = text[block.end :]
    blank = re.match(r"(?:[ \t]*\r?\n)?", rest)
    rest = rest[blank.end() if blank else 0 :]
    feeds = _feeds(text)
    return _proved(text[: block.start] + rest, text, feeds[:index] + feeds[index + 1 :])


def changed(text: str, url: str, values: Values) -> str:
    """The text with other values for some keys of a feed; None removes a key."""
    index = _index(text, url)
    block = _blocks(text)[index]
    newline = _newline(text)
    document = tomlkit.parse(text[block.start : block.end].replace("\r\n", "\n"))
    table: Any = document["feeds"][0]
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    lines = tomlkit.dumps(document).replace("\n", newline)
    feeds = _feeds(text)
    known = {
        key: value for key, value in (feeds[index] | dict(values)).items() if value is not None
    }
    return _proved(
        text[: block.start] + lines + text[block.end :],
        text,
        [*feeds[:index], known, *feeds[index + 1 :]],
    )


def read(path: Path) -> str:
    """The text of a configuration file with its byte order mark; "" where there is none yet."""
    return text_of(path) if path.exists() else ""


def urls(text: str) -> list[str]:
    """The URLs of the feeds that the text names."""
    return [str(feed.get("url", "")) for feed in _feeds(text)]


def loaded(path: Path, text: str) -> Settings:
    """The settings that a text would give at a path, which stays as it is."""
    with _written_beside(path, text) as new:
        return load(new)


def write(path: Path, text: str) -> None:
    """Replace a configuration file, if the new text is one that can be loaded.

    Raises ConfigError, and changes nothing, where it is not. Its permissions stay.
    """
    target = path.resolve()
    with _written_beside(path, text) as new:
        if target.exists():
            shutil.copymode(target, new)
        load(new)
        os.replace(new, target)  # noqa: PTH105 -- says what it does


@contextmanager
def _written_beside(path: Path, text: str) -> Iterator[Path]:
    """A new text in a file beside a configuration, since paths in it are relative to its folder.

    The file is removed in the end, and errors name the configuration in its place.
    """
    target = path.resolve()
    new = target.with_name(f".{target.name}.new")
    try:
        new.write_bytes(text.encode())
        yield new
    except ConfigError as error:
        raise _renamed(error, new, path) from None
    except OSError as error:
        raise DigestError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        new.unlink(missing_ok=True)


def _renamed(error: ConfigError, new: Path, path: Path) -> ConfigError:
    return ConfigError(tuple(line.replace(str(new), str(path)) for line in error.problems))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _feeds(text: str) -> list[dict[str, Any]]:
    try:
        feeds = tomllib.loads(text.removeprefix("\ufeff")).get("feeds", [])
    except ValueError as error:
        raise ConfigError((f"not valid TOML: {error}; `digest check` says more",)) from None
    return [dict(feed) for feed in feeds] if isinstance(feeds, list) else []


def _index(text: str, url: str) -> int:
    urls = [feed.get("url") for feed in _feeds(text)]
    if url not in urls:
        raise DigestError(f"{url}: no feed of that URL in the file; `digest feeds` lists them")
    if len(_blocks(text)) != len(urls):
        raise _by_hand()
    return urls.index(url)


def _blocks(text: str) -> list[_Block]:
    """The [[feeds]] tables in the order of the file, subtables included."""
    hidden = [found.span() for found in _STRING_OR_COMMENT.finditer(text)]
    long = [(start, end) for start, end in hidden if "\n" in text[start:end]]
    headers = [
        found
        for found in _HEADER.finditer(text)
        if not any(start <= found.start() < end for start, end in long)
    ]
    blocks = []
    for number, header in enumerate(headers):
        if not _FEED.match(header[0].lstrip("\ufeff")):
            continue
        later = (after for after in headers[number + 1 :] if not _BELOW_FEED.match(after[0]))
        following = next(later, None)
        end = following.start() if following else len(text)
        blocks.append(_Block(header.start(), _last_line(text, header.start(), end)))
    return blocks


def _last_line(text: str, start: int, end: int) -> int:
    """Where the last line between two places ends that is neither empty nor a comment."""
    lines = text[start:end].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return start + sum(map(len, lines))


def _proved(new: str, old: str, feeds: Sequence[Values]) -> str:
    """The new text, once it is sure that it says exactly what is meant."""
    try:
        before = tomllib.loads(old.removeprefix("\ufeff"))
        after = tomllib.loads(new.removeprefix("\ufeff"))
    except ValueError:
        raise _by_hand() from None
    before["feeds"] = [dict(feed) for feed in feeds]
    if after.get("feeds", []) != before["feeds"] or after | {"feeds": []} != before | {"feeds": []}:
        raise _by_hand()
    return new


def _by_hand() -> DigestError:
    return DigestError(
        "the file is written in a way that cannot be edited by command; give each feed a"
        " [[feeds]] table of its own, or edit it by hand"
    )
