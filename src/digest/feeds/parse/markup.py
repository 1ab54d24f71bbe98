"""HTML from feeds -> plain text, in one linear pass.

No tree is built: text needs none, and a tree parser drops what lies deeper than its limit
and takes seconds on one tag with thousands of attributes.
"""

from __future__ import annotations

import html as entities
import re

from digest.text import CONTROLS, SURROGATES

CONTENT_LIMIT = 262_144  # characters of a body or summary that are read
SHORT_LIMIT = 65_536  # characters of a title, name or identifier that are read

_BLOCK = (
    "address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption"
    "|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot"
    "|thead|tr|ul"
)
_INLINE = "a|abbr|b|cite|code|em|font|i|mark|q|s|small|span|strike|strong|sub|sup|tt|u"

# Possessive repeats keep a hostile run of quotes or brackets from being tried twice.
_TAG = re.compile(
    rf"""<!--.*?(?:-->|\Z)
      | <(?P<dropped>script|style|iframe)\b .*? (?:</(?P=dropped)\s*>|\Z)
      | </?(?:(?P<block>{_BLOCK})(?![a-z0-9:-]) | (?P<cell>t[dh])(?![a-z0-9:-]) | [a-z])
        (?:[^<>"']++ | "[^"]*+" | '[^']*+' | ["'])*+ >
      | <[!?/][^<>]*+>""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
# A closing tag, an empty element or an entity: prose that names <b> or List<b> holds none.
_HTML = re.compile(
    rf"</(?:{_BLOCK}|{_INLINE})\s*>|<(?:br|hr|img)\b[^<>]*>"
    r"|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});",
    re.IGNORECASE,
)
# C0 and C1 controls but tab and line ends, halves of surrogate pairs, two noncharacters.
_UNPRINTABLE = re.compile(rf"[{CONTROLS}\x0b\x0c\x1c-\x1f\x85{SURROGATES}\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without control characters (tab and line ends stay) and lone surrogates."""
    return _UNPRINTABLE.sub("", text)


def reads_as_html(text: str) -> bool:
    """Does the text hold a common HTML tag or an entity, whatever type it was declared as?"""
    return _HTML.search(text[:CONTENT_LIMIT]) is not None


def plain_text(text: str) -> str:
    """The lines of a plain text: spaces collapsed, empty lines and controls removed.

    At most CONTENT_LIMIT characters are read.
    """
    lines = (" ".join(line.split()) for line in printable(text[:CONTENT_LIMIT]).splitlines())
    return "\n".join(line for line in lines if line)


def html_to_text(html: str) -> str:
    """The text a reader would see, one paragraph a line, entities decoded.

    Blocks and <br> begin a new line; scripts, styles, frames and comments are dropped. Takes
    any string and never fails; at most CONTENT_LIMIT characters are read.
    """
    if len(html) > CONTENT_LIMIT:
        html = html[:CONTENT_LIMIT]
        html = html[: html.rfind("<")] if html.rfind("<") > html.rfind(">") else html
    flowing = " ".join(html.split())
    return plain_text(entities.unescape(_TAG.sub(_replacement, flowing)))


def one_line(text: str, *, is_html: bool = False) -> str:
    """A title or name as one line of plain text; at most SHORT_LIMIT characters are read."""
    text = text[:SHORT_LIMIT]
    if is_html or reads_as_html(text):
        text = html_to_text(text)
    return " ".join(printable(text).split())


def body_text(text: str, *, is_html: bool) -> str:
    """A summary or body as plain text; HTML that was declared as plain text is seen through."""
    return html_to_text(text) if is_html or reads_as_html(text) else plain_text(text)


def _replacement(tag: re.Match[str]) -> str:
    if tag["block"]:
        return "\n"
    return " " if tag["cell"] else ""
