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
      | <(?P<dropped>script|style|iframe|head|figcaption)\b .*? (?:</(?P=dropped)\s*>|\Z)
      | <r[tp]\b[^<>]*> .*? (?:</r[tp]\s*>|(?=</?(?:ruby|rb|rt|rp)\b)|\Z)   # a reading
      | <(?P<captioned>p|span|small)\b[^<>]*\bclass\s*=\s*["']?[^"'<>]*caption[^<>]*>
        .*? (?:</(?P=captioned)\s*>|\Z)
      | </?(?:(?P<block>{_BLOCK})(?![a-z0-9:-]) | (?P<cell>t[dh])(?![a-z0-9:-]) | [a-z])
        (?:[^<>"']++ | "[^"]*+" | '[^']*+' | ["'])*+ >
      | <[!?/][^<>]*+>""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
# A pair of tags, or an empty element with attributes, a slash or no space around it: prose that
# names <b>, <br> or List<T> holds none.
_MARKUP = re.compile(
    rf"""<({_BLOCK}|{_INLINE})\b[^<>]*> .*? </\1\s*>
      | <(?:br|hr|img)(?:\s[^<>]*[=/][^<>]*|/)> | (?<=[^\s])<(?:br|hr)> | <(?:br|hr)>(?=[^\s])""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
# Entities that nobody writes to be read as such.
_TYPOGRAPHY = re.compile(
    r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|nbsp|[lr][sd]?a?quo|[bs]dquo|[nm]dash|hellip"
    r"|[aeiou](?:acute|uml));",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_ESCAPED_TWICE = 2  # rounds of decoding after the first
# What has no width and breaks words where it is not shown: soft hyphen, zero-width space, word
# joiner. Joiners of letters (U+200C, U+200D) are part of the spelling.
_INVISIBLE = {0xAD: None, 0x200B: None, 0x2060: None, 0xFEFF: None}
# C0 and C1 controls but tab and line ends, halves of surrogate pairs, two noncharacters.
_UNPRINTABLE = re.compile(rf"[{CONTROLS}\x0b\x0c\x1c-\x1f\x85{SURROGATES}\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without control characters (tab and line ends stay) and lone surrogates."""
    return _UNPRINTABLE.sub("", text)


def _visible(text: str) -> str:
    shown = printable(text)
    return shown if shown.isascii() else shown.translate(_INVISIBLE)  # none of which is ASCII


def reads_as_html(text: str) -> bool:
    """Does the text hold common HTML tags or an entity, whatever type it was declared as?"""
    text = text[:CONTENT_LIMIT]
    return _MARKUP.search(text) is not None or _ENTITY.search(text) is not None


def plain_text(text: str) -> str:
    """The lines of a plain text: spaces collapsed, empty lines and controls removed.

    At most CONTENT_LIMIT characters are read.
    """
    shown = _visible(text[:CONTENT_LIMIT])
    lines = (" ".join(line.split()) for line in shown.splitlines())
    return "\n".join(line for line in lines if line)


def html_to_text(html: str) -> str:
    """The text a reader would see, one paragraph a line, entities decoded.

    Blocks and <br> begin a new line; scripts, styles, frames, heads, captions, readings of
    characters and comments are dropped. HTML that holds no tag of its own but pairs of tags when
    it is decoded was escaped twice, and so were typographic entities that are left. Takes any
    string and never fails; at most CONTENT_LIMIT characters are read.
    """
    if len(html) > CONTENT_LIMIT:
        html = html[:CONTENT_LIMIT]
        html = html[: html.rfind("<")] if html.rfind("<") > html.rfind(">") else html
    text = _decoded(html)
    bare = _ANY_TAG.search(html) is None
    for _ in range(_ESCAPED_TWICE):
        if bare and _MARKUP.search(text):
            text = _decoded(text)
        elif _TYPOGRAPHY.search(text):
            text = entities.unescape(text)
    return plain_text(text)


def _decoded(html: str) -> str:
    return entities.unescape(_TAG.sub(_replacement, " ".join(html.split())))


def one_line(text: str, *, is_html: bool = False) -> str:
    """A title or name as one line of plain text; at most SHORT_LIMIT characters are read.

    In what is not declared as HTML a pair of tags is markup; a tag alone is what a title is
    about, and is kept.
    """
    text = text[:SHORT_LIMIT]
    for _ in range(1 + _ESCAPED_TWICE):
        if is_html or _MARKUP.search(text):
            text, is_html = html_to_text(text), False
        elif _ENTITY.search(text):
            text = entities.unescape(text)
    return " ".join(_visible(text).split())


def body_text(text: str, *, is_html: bool) -> str:
    """A summary or body as plain text; HTML that was declared as plain text is seen through."""
    return html_to_text(text) if is_html or reads_as_html(text) else plain_text(text)


def _replacement(tag: re.Match[str]) -> str:
    if tag["block"]:
        return "\n"
    return " " if tag["cell"] else ""
