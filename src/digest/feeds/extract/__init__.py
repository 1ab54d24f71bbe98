"""A web page -> its article text and what its metadata states.

The text is found by trafilatura in its fast mode, without comments; the metadata by a reader of
our own (`extract.metadata`) in the same parsed tree. Pages are hostile input: run this in a
worker process, where it can be killed.
"""

from __future__ import annotations

import codecs
import re
from itertools import chain

import trafilatura
from lxml.etree import _Element
from trafilatura.utils import detect_encoding

from digest.feeds.extract.metadata import Metadata, read_metadata
from digest.feeds.extract.statements import one_line
from digest.model import Document, PageText

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
_MAX_WALL_WORDS = 400  # a consent wall has no more


def extract(document: Document) -> PageText:
    """Find the article in a page; whatever the page holds, the answer is a value.

    The text is in NFC, free of control characters, one paragraph a line. `problem` is one of
    "not a web page", "too large", "no text", "consent wall", "needs JavaScript", "too short", or
    None when the text can be used. `refresh_url` is only given where there is no usable text.
    """
    if not re.search(r"html|xml|^$", document.content_type):
        return PageText(text="", problem="not a web page")
    markup = _CONTROL_REFERENCE.sub("", _decode(document))
    tags = markup.count("<")
    if tags > _TOO_MANY_TAGS or _too_wide(markup):
        return PageText(text="", problem="too large")
    tree = trafilatura.load_html(markup)
    if tree is None:
        return PageText(text="", problem="no text")
    for cell in tree.iter("td", "th"):  # for each column trafilatura would add an empty cell
        cell.attrib.pop("colspan", None)
    stated = read_metadata(tree, document.url)
    text = _article_text(tree, stated, giant=tags > _MAX_TAGS)
    problem = _problem(text, tree)
    return PageText(
        text=text,
        problem=problem,
        title=stated.title,
        published_at=stated.published_at,
        author=stated.author,
        language=stated.language,
        canonical_url=stated.canonical_url,
        image=stated.image,
        paywalled=stated.paywalled,
        refresh_url=stated.refresh_url if problem else None,
    )


def _too_wide(markup: str) -> bool:
    """Does a tag hold more than 10,000 attributes? Each is compared with all before it."""
    if markup.count("=") <= _ATTRIBUTES:
        return False
    return any(tag[0].count("=") > _ATTRIBUTES for tag in _LONG_TAG.finditer(markup))


# --- bytes to characters ----------------------------------------------------------------------

# How pages name an encoding and what they mean by it, after the WHATWG Encoding Standard: the
# superset is what their authors' tools wrote. Others are decoded as named, if a page may use them.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
_ALLOWED = re.compile(
    r"utf-8|utf-16-[bl]e|cp(?:125\d|866|874|932|949)|iso8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|gb18030|big5hkscs|euc_jp|iso2022_jp"
)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _decode(document: Document) -> str:
    """Decode by byte order mark, UTF-8 if it is that, HTTP, meta, and detection, in this order.

    UTF-8 goes before what is declared, since text in another encoding is practically never valid
    UTF-8, while servers that declare a wrong one are common.
    """
    body = document.body
    for mark, marked in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, errors="replace")
    in_meta = _META_CHARSET.search(body[:4096])
    labels = (document.charset or "", in_meta[1].decode("ascii") if in_meta else "")
    declared = [encoding for label in labels if (encoding := _encoding(label))]
    utf8 = [] if declared[:1] == ["iso2022_jp"] else ["utf-8"]  # that one looks like ASCII
    for candidate in utf8 + declared:
        try:
            return body.decode(candidate)
        except UnicodeDecodeError:
            continue
    best = next(iter(declared or detect_encoding(body)), "utf-8")
    return body.decode(best, errors="replace")


def _encoding(label: str) -> str | None:
    """Python's name of a declared encoding; None for one that no page should use."""
    try:
        name = codecs.lookup(label.strip(" \"'")).name
    except (LookupError, ValueError):
        return None
    meant = _MEANT.get(name, name)
    return meant if _ALLOWED.fullmatch(meant) else None


# --- text -------------------------------------------------------------------------------------


def _article_text(tree: _Element, stated: Metadata, *, giant: bool) -> str:
    """The article's paragraphs, by the first way that is not clearly outdone by another one."""
    try:
        text = _clean(_flat_text(tree) if giant else _main_text(tree, fast=True))
        if not giant and len(text) < _SHORT and _LITTLE * len(text) < _prose(tree):
            text = _longer(text, _clean(_main_text(tree, fast=False)))
    except Exception:  # noqa: BLE001 -- odd pages find every corner of a large library
        text = ""
    return _longer(text, _clean(stated.article_body))[:_MAX_TEXT].rstrip()


def _main_text(tree: _Element, *, fast: bool) -> str:
    return trafilatura.extract(tree, fast=fast, include_comments=False) or ""


def _flat_text(tree: _Element) -> str:
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

_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_WALL = re.compile(
    r"cookie|consent|gdpr|rgpd|dsgvo|privacy|personal data|our partners|legitimate interest"
    r"|datenschutz|einwillig|zustimm|personenbezogen|tracking|akzeptier"
    r"|confidentialité|consentement|données personnelles|partenaires|accepter"
    r"|privacidad|consentimiento|datos personales|aceptar"
    r"|privacidade|consentimento|dados pessoais|aceitar"
    r"|riservatezza|consenso|dati personali|accett"
    r"|toestemming|persoonsgegevens|accepteren|samtykke|personopplysninger|personoplysninger"
    r"|informasjonskapsler|godkänn|samtycke|personuppgifter|evästee|tietosuoj|suostumu"
    r"|ciasteczk|zgod[aęy]|danych osobowych|souhlas|osobních údajů|çerez|kişisel veri"
    r"|クッキー|同意|隐私|隱私|쿠키|개인정보",
)
_SHELL_IDS = ("root", "app", "__next", "__nuxt", "___gatsby")


def _problem(text: str, tree: _Element) -> str | None:
    words = _words(text)
    if words <= _MAX_WALL_WORDS and _is_consent_wall(text):
        return "consent wall"
    if words >= _MIN_WORDS:
        return None
    if _needs_javascript(text, tree):
        return "needs JavaScript"
    return "too short" if text else "no text"


def _words(text: str) -> float:
    """Words, where scripts without spaces are counted as two characters a word."""
    spaced, unspaced = _UNSPACED.subn(" ", text)
    return len(re.findall(r"\w+", spaced)) + unspaced / 2


def _is_consent_wall(text: str) -> bool:
    """Do most of the text's lines, by length, speak of consent, and with several terms?"""
    folded = text.casefold()  # matching folded text is several times as fast as IGNORECASE
    if len(set(_WALL.findall(folded))) < 3:
        return False
    about = sum(len(line) for line in folded.split("\n") if _WALL.search(line))
    return 2 * about > len(folded)


def _needs_javascript(text: str, tree: _Element) -> bool:
    """Does the page say so, or has it only an empty element for a script to fill?"""
    said = chain([text], ("".join(element.itertext()) for element in tree.iter("noscript")))
    if any("javascript" in part.lower() for part in said):
        return True
    return any(
        element.get("id") in _SHELL_IDS and not "".join(element.itertext()).strip()
        for element in tree.iter("div")
    )
