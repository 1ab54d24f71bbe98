"""The project's own words: the field's terms and plain English, no images.

`DIGEST_PROSE=all` looks into every room, not only into those that are finished.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from .conftest import ROOT

# What to avoid, as patterns, and what to write instead.
AVOIDED = {
    r"furniture": "boilerplate",
    r"\btold\b": "published, listed, reported; a count",
    r"\bletters?\b": "confirmation mail; character",
    r"\b(?:stationery|letterhead|letterbox)\b": "message builder, confirmation sender",
    r"\bpress\b": "renderer",
    r"\bvoices?\b": "localized pages",
    r"\bdoors?\b": "HTTP client, address guard",
    r"\btwins?\b": "mutant, negative control",
    r"\bmanners\b": "politeness",
    r"\b(?:can|cannot|could|not) be had\b|\b(?:is|are) had\b": "available",
    r"\b(?:stands?|stood)\b": "is, appears, is listed",
    r"\bc(?:ome|omes|oming|ame) to nothing\b": "fails, has no effect",
    r"\b(?:is|are|all|went|goes|go|ends?|ended) well\b": "valid, succeeds",
    r"\bsay\(": "translate",
    r"\bfor (?:each|one|it) in\b": "a loop variable that says what it is",
    r"\bspecimens?\b": "sample",
    r"\bpaint(?:s|ed|er)?\b": "render",
    r"\bshel(?:f|ves)\b": "source, store",
    r"\bdesks?\b": "editor, store, context",
    r"\bobey(?:s|ed)?\b": "follow, take effect",
    r"\bspoilt\b|\bdearest\b": "invalid; most expensive",
    r"\bof before\b": "previous",
}
# Exact uses of the same words, which are taken out before a line is searched.
EXACT = re.compile(
    r"stands? (?:for|in for)\b|stand-ins?\b|bandstands?\b"
    r"|(?:capital|small|Latin|wide|upper-case|lower-case|combining|single|without|as) letters?\b"
    r"|letters (?:of 1 px|and digits|of an? (?:alphabet|script|word))|[12345]\d* letters"
    r"|\.press\(|[Pp]ress (?:release|agency)|(?:Wire|News)\|Press\b"
    r"|well[ -](?:formed|known|kept)"
)
PATTERNS = {word: re.compile(word, re.IGNORECASE) for word in AVOIDED}
SUFFIXES = {".py", ".md", ".toml", ".j2", ".css", ".mjs", ".yml", ".yaml", ".lock", ""}
# Invented news; migrations, whose names are in databases; expected output; this list itself.
OTHERS = (
    "examples/newsroom/",
    "src/digest/store/migrations/versions/",
    "tests/golden/",
    "tests/browser/node_modules/",
    "tests/test_prose.py",
)
# What a room of its own is, by the beginning of its paths; the rest goes by its folder.
ROOMS = {
    "command line": (
        *("src/digest/cli", "src/digest/config", "src/digest/tools", "src/digest/__"),
        *("tests/test_cli", "tests/test_config", "tests/test_live_settings", "tests/test_install"),
        *("tests/test_docs", "tests/test_demo", "tests/test_jsonl", "tests/test_evaluate"),
        *("tests/test_newsroom", "scripts", "examples", "Makefile", "pyproject.toml"),
    ),
    "guides": (
        *("README.md", "CONTRIBUTING.md", ".github", ".pre-commit", "docs/cli.md"),
        *("docs/configuration.md", "docs/releasing.md", "docs/security.md", "docs/files.md"),
        *("docs/architecture.md", "docs/explain.md", "docs/reliability.md", "docs/output.md"),
        "CHANGELOG.md",
    ),
}
FINISHED = {"command line", "guides"}


def _files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in ("src", "tests", "bench", "scripts", "docs", "templates", "examples", ".github"):
        yield from (ROOT / folder).rglob("*")


def _room(name: str) -> str:
    """The part of the project that a path belongs to."""
    for room, beginnings in ROOMS.items():
        if name.startswith(beginnings):
            return room
    parts = Path(name).parts
    return "/".join(parts[:3] if parts[:2] == ("src", "digest") else parts[:1])


def _words(line: str) -> Iterator[str]:
    bare = EXACT.sub("", line)
    for word, pattern in PATTERNS.items():
        if pattern.search(bare):
            yield f"{word}: {AVOIDED[word]}"


@cache
def _found() -> dict[str, list[str]]:
    """What is found in each room, as `FILE:LINE: word: instead`."""
    found: dict[str, list[str]] = {}
    for path in sorted(_files()):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in SUFFIXES or not path.is_file() or name.startswith(OTHERS):
            continue
        lines = found.setdefault(_room(name), [])
        if "__pycache__" not in name and ".lock" not in name and ".gitkeep" not in name:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                lines += [f"{name}:{number}: {word}" for word in _words(line)]
    return found


EVERYWHERE = os.environ.get("DIGEST_PROSE") == "all"


@pytest.mark.parametrize("room", sorted(_found()) if EVERYWHERE else sorted(FINISHED))
def test_prose_is_plain(room: str) -> None:
    """No word of the list above in code, comments, messages, tests and documents."""
    found = _found()[room]
    assert [] == found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("for each in places:  # where it stands", 2),
        ("raise LookupError('the body cannot be had')", 1),
        ("page.keyboard.press('Tab')  # an ellipsis stands for whatever is there", 0),
        ("in capital letters, well formed", 0),
        ("A letter is sent", 1),
    ],
)
def test_the_list_finds_what_it_names(line: str, number: int) -> None:
    """Controls: images are found, and exact uses of the same words are not."""
    assert number == len([*_words(line)])
