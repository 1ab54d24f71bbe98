"""The project's own words: the field's terms and plain English, no images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

# What to avoid, as patterns, and what to write instead.
AVOIDED = {
    r"furniture": "boilerplate",
    r"\btold(?:\(|\[|\.\w|,?\)| = | in )|_told\b"
    r"|\b(?:is|are|was|were|been?) told\b(?! (?:about|apart|by|of|that|to|when|who)\b)": (
        "published, listed, reported; a count"
    ),
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
# Where mail is sent, a letter is no character.
AVOIDED_OF_MAIL = {r"\bletters?\b": "confirmation mail"}
OF_MAIL = re.compile(
    r"(?<!render_)mail|web|store/|services/|deliver|subscri|smtp|outbox|bounce|cli/|README"
)
# Exact uses of the same words, which are taken out before a line is searched.
EXACT = re.compile(
    r"stands? (?:for|in for|in,)|stand-ins?\b|bandstands?\b"
    r"|st(?:and|ood) on the quay|rain stands at|ruling stands"  # in invented news
    r"|letters of (?:1 px|any script)|by the letter of|Latin letters?\b"
    r"|\.press\(|Press the |press (?:release|agency)|(?:Wire|News)\|Press\b"
    r"|\"letters\"|f\"letter \{|\"stand-alone\"|\|(?:stands|told)\b"
    r"|Science Desk|well[ -](?:formed|known|kept)",
    re.IGNORECASE,
)
PATTERNS = {
    word: (re.compile(word, re.IGNORECASE), instead)
    for word, instead in (AVOIDED | AVOIDED_OF_MAIL).items()
}
SUFFIXES = {".py", ".md", ".toml", ".j2", ".css", ".mjs", ".yml", ".yaml", ".lock", ""}
# Invented news; migrations, whose names are in databases; expected output; coverage; this list.
OTHERS = (
    "examples/newsroom/",
    "src/digest/store/migrations/versions/",
    "tests/golden/",
    ".coverage",
    "tests/browser/node_modules/",
    "tests/test_prose.py",
)


def _files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in ("src", "tests", "bench", "scripts", "docs", "templates", "examples", ".github"):
        yield from (ROOT / folder).rglob("*")


def _words(line: str, name: str = "") -> Iterator[str]:
    """What to avoid in a line of a file."""
    bare = EXACT.sub("", line)
    for word, (pattern, instead) in PATTERNS.items():
        if (word not in AVOIDED_OF_MAIL or OF_MAIL.search(name)) and (
            found := pattern.search(bare)
        ):
            yield f"{found[0]}: {instead}"


def _found() -> Iterator[str]:
    """What is found in all files, as `FILE:LINE: word: instead`."""
    for path in sorted(_files()):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in SUFFIXES or not path.is_file() or name.startswith(OTHERS):
            continue
        if "__pycache__" not in name and ".lock" not in name and ".gitkeep" not in name:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                yield from (f"{name}:{number}: {word}" for word in _words(line, name))


def test_prose_is_plain() -> None:
    """No word of the list above in code, comments, messages, tests and documents."""
    found = [*_found()]
    assert [] == found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("for each in places:  # where it is", 1),
        ("raise LookupError('the body cannot be had')", 1),
        ("page.keyboard.press('Tab')  # an ellipsis stands for whatever is there", 0),
        ("in capital letters, well formed", 0),
        ("where it stands alone", 1),
        ('months["stand-alone"], r"said|told)"', 0),
        ("Readers were told; told = 3", 1),
    ],
)
def test_the_list_finds_what_it_names(line: str, number: int) -> None:
    """Controls: images are found, and exact uses of the same words are not."""
    assert number == len([*_words(line)])


def test_letters_are_avoided_where_mail_is_sent() -> None:
    """In a parser they are characters."""
    line = "three letters a day"
    assert 1 == len([*_words(line, "src/digest/mail/smtp.py")])
    assert [] == [*_words(line, "src/digest/feeds/parse/dates.py")]
    assert [] == [*_words('Table("letters"), f"letter {id}"', "src/digest/mail/smtp.py")]
