"""Mail headers: one function makes them all, whatever the text in them is."""

from __future__ import annotations

import re
import unicodedata
from email.header import Header
from email.utils import parseaddr

_LENGTH = 300  # characters of a value that people read

# What a line of a header may show as it is; "=?" begins an encoded word (RFC 2047), which a
# reader would decode into anything, a line break included.
_PLAIN = re.compile(r"[\x20-\x7e]*")
_LINE = 78


def header(name: str, value: str) -> bytes:
    """One header in lines of at most 78 characters, as RFC 5322 and RFC 2047 say.

    Control and format characters, line and paragraph separators and surrogates fall out. What is
    not plain ASCII, looks like an encoded word or has no room to fold becomes encoded words.
    """
    text = _clean(value)
    line = f"{name}: {text}"
    if _PLAIN.fullmatch(text) and "=?" not in text and len(line) <= _LINE:
        return line.encode("ascii") + b"\r\n"
    encoded = Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode("ascii")


def mailbox(name: str, value: str) -> bytes:
    """A header that holds one mailbox, "Name <address>" or an address alone."""
    display, address = parseaddr(value)
    bare = _token(address)
    display = _clean(display)
    if not display:
        return _fixed(name, f"<{bare}>" if name == "To" else bare)
    if _PLAIN.fullmatch(display) and "=?" not in display:
        quoted = re.sub(r'(["\\])', r"\\\1", display)
        return _fixed(name, f'"{quoted}"', f"<{bare}>")
    words = Header(display, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
    return f"{name}: {words}\r\n <{bare}>\r\n".encode("ascii")


def fixed(name: str, *parts: str) -> bytes:
    """A header for machines: its parts, such as URIs, are never broken or encoded (RFC 2369)."""
    return _fixed(name, *map(_token, parts))


def _fixed(name: str, *parts: str) -> bytes:
    lines = [f"{name}:"]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > _LINE and lines[-1].strip():
            lines.append(f" {part}")
        else:
            lines[-1] += f" {part}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _clean(value: str) -> str:
    kept = (
        " " if character in "\t\n\r\x0b\x0c\x85\u2028\u2029" else character
        for character in value
        if character in "\t\n\r\x0b\x0c\x85\u2028\u2029\u200c\u200d"
        or (
            unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
            # Emoji newer than Python's tables are unassigned to it, as these are, which are none.
            and not (0xFDD0 <= ord(character) <= 0xFDEF or ord(character) & 0xFFFE == 0xFFFE)
        )
    )
    return " ".join("".join(kept).split())[:_LENGTH]


def _token(part: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e ]+", part):
        raise ValueError("a header for machines holds something that is not printable ASCII")
    return part
