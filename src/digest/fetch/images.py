"""What kind of picture some bytes are, by the bytes themselves, and whether readers may see it."""

from __future__ import annotations

from struct import unpack_from
from typing import NamedTuple

_NARROWEST, _LOWEST, _LARGEST = 200, 100, 8000  # pixels
_LONGEST = 4  # times the other side; beyond it is a banner or a rule
# Frames of JPEG that state a size (ITU-T T.81, table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Measured(NamedTuple):
    """A picture's kind, as its file name ends, and its size in pixels."""

    kind: str
    width: int
    height: int


def measure(body: bytes) -> Measured | None:
    """A still JPEG, PNG or WebP picture large enough to show something; None for all else.

    A counter of one pixel is none, nor is what moves, what is written as a document (SVG), and
    what only claims to be a picture.
    """
    found = _jpeg(body) or _png(body) or _webp(body)
    if found is None:
        return None
    short, long = sorted((found.width, found.height))
    fits = found.width >= _NARROWEST and found.height >= _LOWEST and long <= _LARGEST
    return found if fits and long <= _LONGEST * short else None


def _jpeg(body: bytes) -> Measured | None:
    if not body.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(body) and body[at] == 0xFF:
        marker = body[at + 1]
        if marker in _FRAMES:
            height, width = unpack_from(">HH", body, at + 5)
            return Measured("jpg", width, height)
        length = unpack_from(">H", body, at + 2)[0]
        at += 1 if marker == 0xFF else 2 + max(length, 2)
    return None


def _png(body: bytes) -> Measured | None:
    if not body.startswith(b"\x89PNG\r\n\x1a\n") or body[12:16] != b"IHDR" or len(body) < 24:
        return None
    if b"acTL" in body.partition(b"IDAT")[0]:
        return None
    width, height = unpack_from(">II", body, 16)
    return Measured("png", width, height)


def _webp(body: bytes) -> Measured | None:
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP" or len(body) < 30:
        return None
    chunk = body[12:16]
    if chunk == b"VP8X" and not body[20] & 0x02:  # the bit says that it moves
        sides = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (24, 27))
    elif chunk == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        sides = ((bits >> shift & 0x3FFF) + 1 for shift in (0, 14))
    elif chunk == b"VP8 ":
        sides = (side & 0x3FFF for side in unpack_from("<HH", body, 26))
    else:
        return None
    width, height = sides
    return Measured("webp", width, height)
