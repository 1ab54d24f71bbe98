"""Which characters the bytes of a feed or page are: what is stated, weighed against the bytes.

Labels are those of the WHATWG Encoding Standard, which name what authors' tools really wrote:
"Shift_JIS" means Windows-31J, "ISO-8859-1" means windows-1252, "GB2312" means GB 18030.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

import charset_normalizer
import webencodings

_SIGNATURES = (  # byte order marks, and the first "<" of UTF-16 without one
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ESCAPES = (b"\x1b$", b"\x1b(")  # of ISO 2022, whose bytes would all be ASCII otherwise
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ms)[-_ ]?(\d{3,4})")
_UNUSABLE = {"replacement", "x-user-defined"}
_SUPERSETS = {"gbk": "gb18030"}  # beyond what the library maps
_HEAD = 65_536  # bytes at the start in which a document's own declaration is looked for
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']"
    rb"|<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)

_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s*([a-z]{2})|\blang=[\"']?([a-z]{2})", re.IGNORECASE)
_FOREIGN_TEXT = re.compile(rb"[^<>]*[\x80-\xff][^<>]*")
_SAMPLE = 20_000  # bytes that a guess is made from
# Encodings of the web, and those that the HTML Standard suggests for a language.
_OF_LANGUAGES = {
    "cp1250": "cs hr hu pl ro sk sl",
    "cp1251": "be bg mk ru sr uk",
    "cp1253": "el",
    "cp1254": "az ku tr",
    "cp1255": "he iw",
    "cp1256": "ar fa",
    "cp1257": "et lt lv",
    "cp1258": "vi",
}
_GUESSED = (
    "cp1252",
    *_OF_LANGUAGES,
    *("cp874", "koi8_r", "iso8859_2", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_CLOSE = 0.1  # coherence; encodings that differ by less are told apart by the stated language


def declared(body: bytes) -> str | None:
    """The encoding that a document names itself, in its XML declaration or a meta tag."""
    found = _DECLARED.search(body[:_HEAD])
    return (found[1] or found[2]).decode("ascii") if found else None


def codec_of(label: str) -> str | None:
    """Python's codec for a stated encoding; None for one that is unknown or that no page uses."""
    label = label.strip(" \t\"';,").lower()
    found = webencodings.lookup(label)
    if found is None and (number := _CODE_PAGE.fullmatch(label)):
        found = webencodings.lookup(f"windows-{number[1]}")
        if found is None:
            label = f"cp{number[1]}"
    if found is not None:
        name = str(found.codec_info.name)
        return None if found.name in _UNUSABLE else _SUPERSETS.get(name, name)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return name if name.startswith(("cp", "iso", "mac")) else None


def signed(body: bytes) -> str | None:
    """The text of a body that begins with a byte order mark, or with "<" in UTF-16."""
    codec = next((codec for start, codec in _SIGNATURES if body.startswith(start)), None)
    return body.decode(codec, "replace") if codec else None


def utf8(body: bytes) -> str | None:
    """The body if it is UTF-8, a few broken bytes aside; None if it is something else."""
    if b"\x1b" in body and any(escape in body for escape in _ESCAPES):
        return None
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return None if broken and broken * 10 > len(text.encode()) - len(text) else text


def stated(body: bytes, labels: Iterable[str | None]) -> str | None:
    """The body by the first label that fits all of its bytes, or else by the first known one.

    A label of UTF-8 is passed over: whoever asks has tried that (`utf8`). None where no label
    names another encoding.
    """
    codecs_of_labels = [codec for label in labels if label and (codec := codec_of(label))]
    candidates = [codec for codec in codecs_of_labels if codec != "utf-8"]
    for codec in candidates:
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return body.decode(candidates[0], "replace") if candidates else None


def guessed(body: bytes) -> str:
    """The body by the encoding of the web that makes the most sense of it, by charset-normalizer.

    Of two that do equally well, that of the stated language counts, then windows-1252. Use it
    where `utf8` and `stated` give nothing.
    """
    sample = b" ".join(_FOREIGN_TEXT.findall(body[: 50 * _SAMPLE]))[:_SAMPLE]
    found = charset_normalizer.from_bytes(sample, cp_isolation=list(_GUESSED))
    best = found.best()
    if best is None:
        return body.decode("utf-8", "replace")
    language = _LANGUAGE.search(body[:_HEAD])
    stated_language = (language[1] or language[2]).decode("ascii").lower() if language else ""
    close = {
        match.encoding: match.coherence
        for match in found
        if match.chaos <= best.chaos and match.coherence >= best.coherence - _CLOSE
    }
    codec = best.encoding
    if close.get("cp1252", -1) >= best.coherence:
        codec = "cp1252"
    for name, languages in _OF_LANGUAGES.items():
        if name in close and stated_language in languages.split():
            codec = name
    return body.decode(codec, "replace")
