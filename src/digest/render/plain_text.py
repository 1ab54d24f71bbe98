"""Text as lines: in columns for email.txt, without its indentation for pages."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from unicodedata import east_asian_width
from urllib.parse import quote

from digest.render.paths import MAIL_URL_LENGTH

WIDTH = 78


def columns(text: str) -> int:
    """How many columns a text takes on a terminal: wide characters (UAX 11) take two."""
    if text.isascii():
        return len(text)
    widths = [*map(east_asian_width, text)]
    return len(widths) + widths.count("W") + widths.count("F")


def fill(text: str, indent: int = 0, mark: str = "") -> str:
    """The text broken into lines of at most 78 columns, each after `indent` spaces.

    Lines break between words; a word that is longer than a line is cut. A `mark` such as "- "
    is put into the indent of the first line.
    """
    room = WIDTH - indent
    lines, line, used = [], "", 0
    for word in text.split():
        rest, width = word, columns(word)
        if line and used + 1 + width <= room:
            line, used = f"{line} {rest}", used + 1 + width
            continue
        if line:
            lines.append(line)
        while width > room:
            cut = bisect_right(list(accumulate(map(columns, rest[: room + 1]))), room)
            lines.append(rest[:cut])
            rest = rest[cut:]
            width = columns(rest)
        line, used = rest, width
    lines.append(line)
    filled = "\n".join(" " * indent + line for line in lines)
    return " " * (indent - len(mark)) + mark + filled[indent:] if mark else filled


def mailable(url: str | None) -> str | None:
    """The URL if it fits into a line of mail, else None."""
    return url if url and len(url) <= MAIL_URL_LENGTH else None


def mailto(subject: str, url: str, note: str = "") -> str | None:
    """An address that begins a mail about a page (RFC 6068), short enough for a line of mail.

    The subject is cut and the note left out where they are too long; None where the URL is.
    """
    start = len("mailto:?subject=&body=")
    for body in dict.fromkeys((f"{url}\n\n{note}".strip(), url)):
        text = quote(body, safe="")
        cut = _cut(subject, MAIL_URL_LENGTH - start - len(text))
        if cut is not None:
            return f"mailto:?subject={quote(cut, safe='')}&body={text}"
    return None


def _cut(text: str, room: int) -> str | None:
    """As much of a text as takes so many octets of a URL; None where that is too little to say."""
    if len(quote(text, safe="")) <= room:
        return text
    for length in range(min(len(text), room), 20, -1):
        cut = f"{text[:length].rstrip()}…"
        if len(quote(cut, safe="")) <= room:
            return cut
    return None


def squeezed(html: str) -> str:
    """A document without what only the eyes of template writers need: indents, empty lines."""
    return re.sub(r"\n\s+", "\n", html)
