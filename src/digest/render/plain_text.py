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
    stands in the indent of the first line.
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


def mailto(subject: str, body: str) -> str:
    """An address that begins a mail (RFC 6068): short enough for a line of mail.

    Where the two are too long together the subject is cut; one of the two is never left out.
    """
    text = quote(body, safe="")
    room = MAIL_URL_LENGTH - len("mailto:?subject=&body=") - len(text)
    while len(cut := quote(subject, safe="")) > max(room, 0) and len(subject) > 1:
        subject = subject[: len(subject) * 3 // 4].rstrip() + "…" if len(subject) > 8 else subject[:-1]
    return f"mailto:?subject={cut}&body={text}"


def squeezed(html: str) -> str:
    """A document without what only the eyes of template writers need: indents, empty lines."""
    return re.sub(r"\n\s+", "\n", html)
