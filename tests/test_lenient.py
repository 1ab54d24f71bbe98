"""Heads of responses are put in order, whatever a server writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from digest.fetch.lenient import in_order
from digest.fetch.redirects import LinkError, follow


@pytest.mark.parametrize(
    ("head", "ordered", "length"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", None),
        (b"ICY 200 OK\nA: b", b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n", None),
        (b"\r\nHTTP/2 200", b"HTTP/1.0 200 \r\n\r\n", None),
        (
            b"HTTP/1.1 200 OK\r\nA : b\r\r\n c\r\nrubbish\r\n\xe9: d",
            b"HTTP/1.1 200 OK\r\nA: b c\r\n\r\n",
            None,
        ),
        (
            b"HTTP/1.1 200 OK\nContent-Length: 7\nContent-Length: 7, 7",
            b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
            7,
        ),
        (
            b"HTTP/1.1 200 OK\nContent-Length: 7\nTransfer-Encoding: Chunked",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            None,
        ),
        (
            b"HTTP/1.1 200 OK\nContent-Length: 7\nContent-Length: 9",
            b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 9\r\n\r\n",
            None,
        ),
        (
            b"HTTP/1.1 304 Not Modified\nContent-Length: 7",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
            None,
        ),
        (b"SSH-2.0-x", b"SSH-2.0-x\r\n\r\n", None),
    ],
)
def test_a_sloppy_head_is_put_in_order(head: bytes, ordered: bytes, length: int | None) -> None:
    """What is no header goes, and one statement of the body's end is left, or none."""
    assert (ordered, length) == in_order(head)


@given(st.binary(max_size=200))
def test_a_head_in_order_stays_as_it_is(noise: bytes) -> None:
    """Whatever it holds, doing it twice changes nothing."""
    once, length = in_order(b"HTTP/1.1 200 OK\r\n" + noise)
    assert (once, length) == in_order(once.removesuffix(b"\r\n\r\n"))


_LINES = st.sampled_from(
    (b"Content-Length: 7", b"content-length:  12", b"Transfer-Encoding: chunked", b"ETag: \"\xe9\"",
     b"X-Empty:", b"Content-Lengthy: 3", b"Transfer-Encoding: gzip, chunked", b"Content-Length: -1")
)  # fmt: skip


@given(
    st.sampled_from((b"200 OK", b"304 Not Modified", b"204 No Content", b"404 ")),
    st.lists(_LINES, min_size=1, max_size=5),
)
def test_a_well_kept_head_is_read_as_a_sloppy_one(status: bytes, lines: list[bytes]) -> None:
    """Most heads pass as they are; with bare line feeds each is taken apart, and says the same."""

    def said(end: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], int | None]:
        head, length = in_order(end.join((b"HTTP/1.1 " + status, *lines)))
        first, *rest = head.split(b"\r\n")
        fields = (line.partition(b":") for line in rest if line)
        return first, sorted((name.lower(), value.strip()) for name, _, value in fields), length

    assert said(b"\n") == said(b"\r\n")


_SENT = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='#"<>\\^`{|}?'),
    max_size=40,
)


@given(_SENT, _SENT)
def test_an_address_is_asked_for_as_it_is_written(path: str, query: str) -> None:
    """Byte for byte, whatever its escapes mean."""
    address = f"http://a.example/{path}" + (f"?{query}" if query else "")
    asked = follow(None, address)
    assert address == str(asked)
    assert address.removeprefix("http://a.example") == asked.raw_path_qs


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b c?d=é", "https://a.example/b%20c?d=%C3%A9"),
        ("/\udce9", "https://a.example/%E9"),  # a Latin-1 byte, as the HTTP library gives it
        ("//münchen.example/x", "https://xn--mnchen-3ya.example/x"),
        ("c%2Fd#top", "https://a.example/x/c%2Fd"),
        ("?q=%27", "https://a.example/x/y?q=%27"),
        ("https://me:secret@b.example:8443", "https://b.example:8443/"),
    ],
)
def test_what_no_request_can_carry_is_escaped(location: str, target: str) -> None:
    """And nothing else: fragments and user names stay behind."""
    assert target == str(follow(URL("https://a.example/x/y"), location))


@pytest.mark.parametrize("location", ["ftp://a.example/", "https://[bad/", "\ud800", "https://"])
def test_what_is_no_address_is_not_followed(location: str) -> None:
    """Each with a clear word."""
    with pytest.raises(LinkError):
        follow(None, location)
