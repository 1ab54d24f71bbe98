"""email.html, kept below the size and the line length at which mail programs fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from unicodedata import bidirectional

import css_inline

from digest.model import Personal
from digest.render.plain_text import squeezed
from digest.render.size_limit import fit

LIMIT = 100_000  # bytes; large mail services clip a little above this
_LINE = 900  # octets; 998 are allowed (RFC 5322, 2.1.1)
_ADDRESS = 200  # octets that the place of a subscriber's own address counts for

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_REL = ' rel="noopener noreferrer nofollow"'
_PIECE = 50  # characters of a word without spaces
_NAME = re.compile(r"<bdi[^>]*>(.*?)</bdi>")
_TOKEN = re.compile(r"<[^>]*>|[^<]+")


class MailBudget(NamedTuple):
    """How many stories, from the first on, are shown, how many with their summaries."""

    stories: int
    summaries: int
    also: bool  # are there titles at the end?


def compact(stories: int, render: Callable[[MailBudget], str]) -> str:
    """The richest message of at most `LIMIT` bytes, styles inlined, no line too long.

    What matters least gives way first: the titles at the end, the summaries of the last stories,
    at last the stories themselves. Header and imprint never do.
    """
    rooms = [MailBudget(shown, 0, also=False) for shown in range(stories)]
    rooms += [MailBudget(stories, summaries, also=False) for summaries in range(stories + 1)]
    rooms += [MailBudget(stories, stories, also=True)]
    return fit(rooms, lambda room: _finished(render(room)), LIMIT, _filled)


def short_lines(html: str) -> str:
    """The same document in lines of at most 900 octets.

    A line ends at a space or between two tags; in running text without spaces at an empty
    comment, which shows nowhere.
    """
    return "\n".join(line if _filled(line) <= _LINE else _broken(line) for line in html.split("\n"))


def _broken(line: str) -> str:
    lines, current, size = [], "", 0
    for piece in _pieces(line):
        more = _filled(piece)
        if not current or size + more <= _LINE:
            current += piece
            size += more
        elif piece == " ":
            lines.append(current)
            current, size = "", 0
        else:
            # Within a tag there is no place for a comment: end the line at its last space.
            before, space, rest = current.rpartition(" ")
            inside = current.rfind("<") > current.rfind(">")
            if inside and space:
                lines.append(before)
                current = rest + piece
            elif inside:
                current += piece
            else:
                lines.append(f"{current}<!--")
                current = f"-->{piece}"
            size = _filled(current)
    return "\n".join([*lines, current])


def _pieces(line: str) -> Iterator[str]:
    """Spaces, tags cut at their spaces, and words cut to a size that fits any line."""
    for token in _TOKEN.findall(line):
        for part in re.split("( )", token):
            if token.startswith("<"):
                yield part
            else:
                yield from (part[at : at + _PIECE] for at in range(0, len(part), _PIECE))


def _filled(text: str) -> int:
    """The size of a text once subscribers' own addresses are in it."""
    places = sum(map(text.count, Personal())) if "%%" in text else 0
    return len(text.encode()) + _ADDRESS * places


def _finished(html: str) -> str:
    # What browsers heed in a link mail programs do not, and there are many links.
    plain = _isolated(html).replace(_REL, "")
    return short_lines(squeezed(_INLINER.inline(plain)))


def _isolated(html: str) -> str:
    """Mail programs do not know `bdi`: names that could turn a line around get a direction."""
    leftward = 'dir="rtl"' in html.partition(">\n<head>")[0]

    def name(found: re.Match[str]) -> str:
        turning = leftward or any(bidirectional(sign) in {"R", "AL"} for sign in found[1])
        return f'<span dir="auto">{found[1]}</span>' if turning else found[1]

    return _NAME.sub(name, html)
