"""Responses whose heads are sloppy, read as curl, wget and browsers read them.

aiohttp's parser refuses a whole response for one header line without a colon. Here every head is
put in order before that parser sees it (RFC 9112, sections 2 to 6): what cannot be a header is
dropped, as those clients drop it, and where a length and a chunked coding contradict each other
the coding counts. A body longer than its stated length is cut there.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

_MAX_HEAD = 262_144  # bytes; then the parser gets the head as it is, and refuses it
_MAX_FIRST = 4_096  # bytes in which the status line is looked for
_END = re.compile(rb"\r*\n\r*\n")
_LINE = re.compile(rb"\r*\n")
_STATUS = re.compile(rb"(HTTP/\d(?:\.\d)?|ICY)[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token (RFC 9110, section 5.6.2)
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# A head with nothing to put in order, as most are: no folded or broken line, and at most one of the
# headers that say where the body ends.
_OTHER = (
    rb"(?:\r\n(?!content-length|transfer-encoding)[!#$%&'*+.^_`|~0-9a-z-]+:[\t -~\x80-\xff]*+)*+"
)
_IN_ORDER = re.compile(
    rb"(?-i:HTTP)/1\.[01] [2-5]\d\d [\t -~\x80-\xff]*+" + _OTHER
    + rb"(?:\r\n(?:content-length: *(\d{1,18})|transfer-encoding: *chunked))?" + _OTHER,
    re.IGNORECASE,
)  # fmt: skip
_NO_BODY = frozenset({b"204", b"304"})
_SAME_NUMBER = re.compile(rb"(\d{1,18})(?:[ \t]*,[ \t]*\1)*")

_Headers = list[tuple[bytes, bytes]]


class LenientConnector(aiohttp.TCPConnector):
    """A connector whose connections put the head of each response in order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The library has no other way in; the tests of sloppy heads fail should it change.
        handler: Any = _Handler
        self._factory = partial(handler, loop=asyncio.get_running_loop())


class _Handler(ResponseHandler):
    """Holds a head back until it is complete, and a body to its stated length."""

    _head: bytearray | None = None  # None: in the body
    _left: int | None = None  # bytes of the body that are still to come, where a length is stated

    def set_response_params(self, **parameters: Any) -> None:
        """Prepare for the response to one request."""
        self._head, self._left = bytearray(), None
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """Pass on what the parser can read."""
        if self._parser is None or not data:
            super().data_received(data)
        elif self._head is None:
            self._pass_body(data)
        else:
            self._head += data
            self._pass_heads()

    def _pass_heads(self) -> None:
        while self._head is not None:
            end = _END.search(self._head)
            if end is None and not _is_hopeless(self._head):
                return
            raw = bytes(self._head)
            if end is None:  # for the parser to refuse
                self._head = None
                super().data_received(raw)
                return
            head, self._left = in_order(raw[: end.start()])
            body = raw[end.end() :]
            # An interim response (1xx) has a head only, and another one follows it.
            interim = _status(raw) in range(100, 200)
            self._head = bytearray(body) if interim else None
            super().data_received(head if interim else head + self._cut(body))

    def _pass_body(self, data: bytes) -> None:
        if data := self._cut(data):
            super().data_received(data)

    def _cut(self, data: bytes) -> bytes:
        """What of the data belongs to the body."""
        if self._left is None:
            return data
        if len(data) > self._left:
            self.force_close()
        data = data[: self._left]
        self._left -= len(data)
        return data


def _is_hopeless(head: bytearray) -> bool:
    """Is this no beginning of a response, or one without an end?"""
    first, line_end, _ = bytes(head[:_MAX_FIRST]).lstrip(b"\r\n").partition(b"\n")
    return len(head) > _MAX_HEAD or (bool(line_end) and _STATUS.match(first) is None)


def in_order(head: bytes) -> tuple[bytes, int | None]:
    """A response's head as HTTP/1 asks for it, and the length of its body where one is stated.

    A head that begins with no status line comes back as it is, for the parser to refuse.
    """
    if (well_kept := _IN_ORDER.fullmatch(head)) is not None:
        stated = well_kept[1] if head[9:12] not in _NO_BODY else None
        return head + b"\r\n\r\n", None if stated is None else int(stated)
    first, *lines = _LINE.split(head.lstrip(b"\r\n"))
    status = _STATUS.match(first)
    if status is None:
        return head + b"\r\n\r\n", None
    version = b"HTTP/1.1" if status[1].upper() == b"HTTP/1.1" else b"HTTP/1.0"
    headers, length = _framed(_headers_in(lines))
    if int(status[2]) in {204, 304} or int(status[2]) < 200:
        length = None
    reason = _CONTROLS.sub(b"", status[3])
    shown = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"%s %s %s\r\n%s\r\n" % (version, status[2], reason, shown), length


def _status(head: bytes) -> int:
    status = _STATUS.match(head.lstrip(b"\r\n"))
    return int(status[2]) if status else 0


def _headers_in(lines: list[bytes]) -> _Headers:
    """The lines that are headers; folded ones (RFC 9112, section 5.2) are unfolded."""
    headers: _Headers = []
    for line in lines:
        if line[:1] in {b" ", b"\t"} and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + b" " + _CONTROLS.sub(b"", line).strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            headers.append((name.strip(), _CONTROLS.sub(b"", value).strip()))
    return headers


def _framed(headers: _Headers) -> tuple[_Headers, int | None]:
    """The headers with one statement of where the body ends, and its length if they name one."""
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value)
    codings = b",".join(by_name.get(b"transfer-encoding", ())).lower().split(b",")
    chunked = any(coding.strip() == b"chunked" for coding in codings)
    framing = {b"transfer-encoding", b"content-length"}
    others = [(name, value) for name, value in headers if name.lower() not in framing]
    if chunked:
        return [*others, (b"Transfer-Encoding", b"chunked")], None
    lengths = [value for value in by_name.get(b"content-length", ()) if value]
    stated = _SAME_NUMBER.fullmatch(b",".join(lengths))
    if stated is not None:
        return [*others, (b"Content-Length", stated[1])], int(stated[1])
    # No telling where the body ends: with the connection, or the parser refuses what is stated.
    return [*others, *((b"Content-Length", value) for value in lengths)], None
