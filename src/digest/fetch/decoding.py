"""Read a response body: undo its content coding in small pieces, within a limit.

Decoding is done here and not by the HTTP library because three things must be known that it
does not tell: that a compressed body reached its end, that the decoded size stays within the
limit before memory is spent on it, and that no coding is stacked on another.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

import brotli  # type: ignore[import-untyped]

ACCEPT_ENCODING = "gzip, deflate, br"

_GZIP_FILE = b"\x1f\x8b\x08"  # RFC 1952, section 2.3: the method is always deflate
_PIECE = 65_536
# RFC 1952 lets members follow one another; each one costs a copy of what is left, and an
# endless row of empty ones would never reach the size limit.
_MAX_MEMBERS = 100


class BodyError(Exception):
    """The body could not be read; the message says why, in words for an operator."""


class _Decoder(Protocol):
    def pieces(self, data: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class _Inflater(Protocol):
    """What zlib.decompressobj makes; its own type has no public name."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Identity:
    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data

    def is_complete(self) -> bool:
        return True  # the length of a body without coding is checked by the HTTP library


def _inflate(inflater: _Inflater, data: bytes) -> Iterator[bytes]:
    # Output may wait within even when all input is taken: only an empty answer is the end.
    while piece := inflater.decompress(data, _PIECE):
        yield piece
        data = inflater.unconsumed_tail


class _Gzip:
    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._members = 1

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflater.eof:
                if not data.startswith(b"\x1f"):
                    return  # padding after the last member
                self._members += 1
                if self._members > _MAX_MEMBERS:
                    raise BodyError(f"its gzip body has more than {_MAX_MEMBERS} members")
                self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield from _inflate(self._inflater, data)
            data = self._inflater.unused_data

    def is_complete(self) -> bool:
        return self._inflater.eof


class _Deflate:
    """zlib format as RFC 9110 asks, or the bare deflate stream that some servers send."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj()
        self._started = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if not self._started:
            self._started = True
            if data[0] & 0x0F != zlib.DEFLATED:
                self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        yield from _inflate(self._inflater, data)

    def is_complete(self) -> bool:
        return self._inflater.eof


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        # As with zlib: it holds output back even when it says that it can take more input.
        while piece := self._decompressor.process(data, output_buffer_limit=_PIECE):
            yield piece
            data = b""

    def is_complete(self) -> bool:
        return bool(self._decompressor.is_finished())


_DECODERS: dict[str, type[_Decoder]] = {
    "identity": _Identity,
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}
# Codings that exist and were not asked for. Any other name codes nothing: servers write "utf-8",
# "none" or "binary" there and send the body as it is, which is how browsers take it.
_FOREIGN = frozenset(
    {"aes128gcm", "bzip2", "compress", "dcb", "dcz", "exi", "lzma", "pack200-gzip", "x-bzip2"}
    | {"x-compress", "xz", "zstd"}
)


def coding(headers: Sequence[str]) -> str:
    """The one content coding that all Content-Encoding headers state together.

    Raises BodyError for codings stacked on each other and for one that was not asked for.
    """
    stated = (part for header in headers for part in header.split(","))
    named = [part.partition(";")[0].strip().lower() for part in stated]
    named = [name for name in named if name in _FOREIGN or name in _DECODERS.keys() - {"identity"}]
    if len(named) > 1:
        raise BodyError(f"its body is encoded {len(named)} times over")
    if named and named[0] in _FOREIGN:
        raise BodyError(f"its body has an encoding that was not asked for: {named[0]!r}")
    return named[0] if named else "identity"


async def read(chunks: AsyncIterator[bytes], *, coding: str, max_bytes: int) -> bytes:
    """Collect a body and decode it.

    Raises BodyError as soon as it is larger than `max_bytes` when decoded, is not what its
    coding says, or ends too early.
    """
    decoder = _DECODERS[coding]()
    body = bytearray()
    received = False
    try:
        async for chunk in chunks:
            received = True
            for piece in decoder.pieces(chunk):
                body += piece
                if len(body) > max_bytes:
                    raise BodyError(too_large(max_bytes))
    except (zlib.error, brotli.error):
        raise BodyError(f"its body is not valid {coding} data") from None
    if received and not decoder.is_complete():
        raise BodyError(f"its {coding} body broke off before its end")
    return bytes(body)


def unzipped(data: bytes, *, max_bytes: int) -> bytes:
    """What a gzip file holds; anything else comes back as it is.

    Raises BodyError as `read` does.
    """
    if not data.startswith(_GZIP_FILE):
        return data
    decoder, content = _Gzip(), bytearray()
    try:
        for piece in decoder.pieces(data):
            content += piece
            if len(content) > max_bytes:
                raise BodyError(too_large(max_bytes))
    except zlib.error:
        raise BodyError("it is a damaged gzip file") from None
    if not decoder.is_complete():
        raise BodyError("its gzip file broke off before its end")
    return bytes(content)


def too_large(max_bytes: int) -> str:
    """Words for a body over the limit."""
    return f"larger than {max_bytes / 1e6:g} MB"
