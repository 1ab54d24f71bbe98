"""A web page -> its article text and what its metadata states.

The text is found by trafilatura in its fast mode, without comments; the metadata by a reader of
our own (`extract.metadata`) in the same parsed tree. Pages are hostile input: run this in a
worker process, where it can be killed.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import Any

from lxml.etree import ElementDefaultClassLookup, _Element
from lxml.html import HtmlElement

from digest.feeds import characters
from digest.feeds.extract.metadata import Metadata, read_metadata
from digest.feeds.extract.prepare import drop_sides, prepare, whole
from digest.feeds.extract.statements import one_line, words
from digest.feeds.extract.walls import wall_in
from digest.feeds.parse.markup import body_text
from digest.model import Document, PageProblem, PageText

__all__ = ["extract"]

# trafilatura's time grows with the square of the number of elements; the largest real page of
# a news site that was measured has 10,112 of them.
_MAX_TAGS = 40_000
_TOO_MANY_TAGS = 250_000  # its tree alone takes seconds

_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(r"<[a-z][^<>]{20000,}", re.IGNORECASE)

# A text that is short and little of the page's prose is worth a second, slower search.
_SHORT = 1_000  # characters
_LITTLE = 5  # times as much prose
_PARAGRAPH = 80  # characters; what is shorter may be a label or a teaser

_MAX_TEXT = 300_000  # characters; a book, not an article

# One of these in a page is enough for trafilatura to give up all of its text.
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|x0*(?:[0-8bcef]|1[\da-f])(?![\da-f]));?",
    re.IGNORECASE,
)

_MIN_WORDS = 60
_START = 1_000  # characters, which nearly always hold so many words
_HTML_START = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)", re.IGNORECASE
)


def extract(document: Document) -> PageText:
    """Find the article in a page; whatever the page holds, the answer is a value.

    The text is in NFC, free of control characters, one paragraph a line; of a page with a wall it
    is what the page tells before it. `refresh_url` is only given where there is no usable text.
    """
    if _is_plain(document):
        return _plain_page(document)
    if not re.search(r"html|xml|plain|^$", document.content_type):
        return PageText(text="", problem=PageProblem.NOT_A_PAGE)
    markup = whole(_CONTROL_REFERENCE.sub("", _decode(document)))
    tags = markup.count("<")
    if tags > _TOO_MANY_TAGS or _too_wide(markup):
        return PageText(text="", problem=PageProblem.TOO_LARGE)
    tree = _tree_of(markup)
    if tree is None:
        return PageText(text="", problem=PageProblem.NO_TEXT)
    # A giant is read by another way, which takes all of its paragraphs.
    has_teasers = tags <= _MAX_TAGS and prepare(tree, document.url)
    stated = read_metadata(tree, document.url)
    drop_sides(tree)
    text = _article_text(tree, stated, giant=tags > _MAX_TAGS)
    wall = wall_in(text, stated.title or "")
    if wall is not None and (wall.kind is PageProblem.SUBSCRIPTION or _is_enough(wall.before)):
        text = wall.before
    problem = _problem(text, tree, has_teasers=has_teasers)
    if wall is not None and (wall.kind is PageProblem.SUBSCRIPTION or text != wall.before):
        problem = wall.kind
    return PageText(
        text=text,
        problem=problem,
        title=stated.title,
        published_at=stated.published_at,
        dates_article=stated.dates_article,
        author=stated.author,
        language=stated.language,
        canonical_url=stated.canonical_url,
        image=stated.image,
        paywalled=stated.paywalled or problem is PageProblem.SUBSCRIPTION,
        labels=stated.labels,
        refresh_url=stated.refresh_url if problem else None,
    )


def _is_plain(document: Document) -> bool:
    """Is this plain text, and not HTML that a server calls so?"""
    plain = document.content_type in {"text/plain", "text/markdown", "text/x-markdown"}
    return plain and not _HTML_START.match(document.body)


def _plain_page(document: Document) -> PageText:
    """Plain text: paragraphs are parted by blank lines, or else every line is one."""
    text = _decode(document)
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    if len(paragraphs) > 1:
        text = "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    text = _clean(text)[:_MAX_TEXT].rstrip()
    return PageText(text=text, problem=None if _is_enough(text) else PageProblem.TOO_SHORT)


def _too_wide(markup: str) -> bool:
    """Does a tag hold more than 10,000 attributes? Each is compared with all before it."""
    if markup.count("=") <= _ATTRIBUTES:
        return False
    return any(tag[0].count("=") > _ATTRIBUTES for tag in _LONG_TAG.finditer(markup))


# --- bytes to characters ----------------------------------------------------------------------


def _decode(document: Document) -> str:
    """Decode by byte order mark, UTF-8 if it is that, HTTP, meta, and detection, in this order.

    UTF-8 goes before what is declared, since text in another encoding is practically never valid
    UTF-8, while servers that declare a wrong one are common.
    """
    body = document.body
    text = characters.signed(body)
    if text is None:
        text = characters.utf8(body)
    if text is None:
        text = characters.stated(body, (document.charset, characters.declared(body)))
    return characters.guessed(body) if text is None else text


def _tree_of(markup: str) -> HtmlElement | None:
    from trafilatura.utils import HTML_PARSER, load_html  # noqa: PLC0415 -- for workers only

    # The library's classes for forms and inputs, which nobody asks for, are found by a call of
    # Python for each element each time it is met; this way lxml needs none.
    HTML_PARSER.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    return load_html(markup)


# --- text -------------------------------------------------------------------------------------


def _article_text(tree: _Element, stated: Metadata, *, giant: bool) -> str:
    """The article's paragraphs, by the first way that is not clearly outdone by another one."""
    try:
        text = _clean(_flat_text(tree) if giant else _main_text(tree, fast=True))
        if not giant and len(text) < _SHORT and _LITTLE * len(text) < _prose(tree):
            text = _longer(text, _clean(_main_text(tree, fast=False)))
    except Exception:  # noqa: BLE001 -- odd pages find every corner of a large library
        text = ""
    body = stated.article_body
    return _longer(text, _clean(body_text(body, is_html=False)))[:_MAX_TEXT].rstrip()


def _main_text(tree: HtmlElement, *, fast: bool) -> str:
    import trafilatura  # noqa: PLC0415

    found: Any = trafilatura.bare_extraction(tree, options=_options(fast=fast))
    return found.text or "" if found else ""


@cache
def _options(*, fast: bool) -> Any:
    """How trafilatura is to work; for a short page to read its settings is a tenth of the time."""
    from trafilatura.settings import Extractor  # noqa: PLC0415

    return Extractor(output_format="python", fast=fast, comments=False)


def _flat_text(tree: _Element) -> str:
    import trafilatura  # noqa: PLC0415

    return "\n".join(trafilatura.baseline(tree)[0].itertext())


def _prose(tree: _Element) -> int:
    """Characters in the page's longer paragraphs, wherever they are."""
    lengths = (len("".join(element.itertext())) for element in tree.iter("p"))
    return sum(length for length in lengths if length >= _PARAGRAPH)


def _longer(text: str, other: str) -> str:
    """The other text where this one can only be a part of it: less than half as long."""
    return other if len(other) > 2 * len(text) else text


def _clean(text: str) -> str:
    """One paragraph a line, without the lines that hold no letter or digit."""
    lines = (one_line(line) for line in text.split("\n"))
    return "\n".join(line for line in lines if re.search(r"\w", line))


# --- can it be used? --------------------------------------------------------------------------

_SHELL_IDS = ("root", "app", "__next", "__nuxt", "___gatsby")


def _problem(text: str, tree: _Element, *, has_teasers: bool) -> PageProblem | None:
    if _is_enough(text):
        return None
    if has_teasers:
        return PageProblem.LIST
    if _needs_javascript(text, tree):
        return PageProblem.NEEDS_JAVASCRIPT
    return PageProblem.TOO_SHORT if text else PageProblem.NO_TEXT


def _is_enough(text: str) -> bool:
    return words(text[:_START]) >= _MIN_WORDS or words(text) >= _MIN_WORDS


def _needs_javascript(text: str, tree: _Element) -> bool:
    """Does the page say so, or has it only an empty element for a script to fill?"""
    said = chain([text], ("".join(element.itertext()) for element in tree.iter("noscript")))
    if any("javascript" in part.lower() for part in said):
        return True
    return any(
        element.get("id") in _SHELL_IDS and not "".join(element.itertext()).strip()
        for element in tree.iter("div")
    )
