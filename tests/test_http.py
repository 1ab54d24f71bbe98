"""Facts about the client, seen from servers on loopback that behave well, badly and worse."""

from __future__ import annotations

import asyncio
import gzip
import random
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from digest.config import FetchSettings
from digest.fetch import decoding, headers
from digest.fetch.client import HttpClient, Permit, tls_context
from digest.fetch.concurrency import HostQueue, HostTooSlow
from digest.fetch.guard import Allowance, Guard
from digest.fetch.redirects import LinkError, follow
from digest.fetch.request import Accept
from digest.model import Document, Failure, NotModified, Validators

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
LOOPBACK = Guard((Allowance.parse("127.0.0.0/8"),))
QUICK = FetchSettings(host_gap=0, connect_timeout=5, total_timeout=20)
MB = 1_000_000

Answer = Document | NotModified | Failure
Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(status: str = "200 OK", content: bytes = b"", **stated: str) -> bytes:
    """A whole response with its length; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in stated.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def redirect(location: str, status: str = "302 Found") -> bytes:
    return reply(status, Location=location)


@dataclass
class Site:
    """A server that answers each path with bytes, or lets a handler write as it likes."""

    routes: Mapping[str, bytes | Handler]
    requests: list[str] = field(default_factory=list)
    active: int = 0
    most_active: int = 0
    port: int = 0

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(head)
            self.active += 1
            self.most_active = max(self.most_active, self.active)
            route = self.routes[head.split(" ")[1]]
            if isinstance(route, bytes):
                writer.write(route)
                await writer.drain()
            else:
                await route(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test has ended
        finally:
            self.active -= 1
            writer.close()

    def sent(self, name: str) -> list[str | None]:
        """What each request carried in a header, exactly."""
        found: list[str | None] = []
        for head in self.requests:
            lines = [line.partition(": ") for line in head.split("\r\n")[1:]]
            found.append(next((v for n, _, v in lines if n.lower() == name.lower()), None))
        return found


class Names(AbstractResolver):
    """DNS for a test: names to addresses."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host not in self._names:
            raise OSError(None, "no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._names[host]
        ]

    async def close(self) -> None:
        pass


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def monotonic(self) -> float:
        return self.now


def fetch(
    routes: Mapping[str, bytes | Handler] | bytes | Handler,
    url: str = "http://127.0.0.1:{port}/",
    *,
    settings: FetchSettings = QUICK,
    guard: Guard = LOOPBACK,
    validators: Validators = Validators(),
    accept: Accept = "feed",
    max_bytes: int = 10 * MB,
    names: Mapping[str, tuple[str, ...]] | None = None,
    permit: Permit | None = None,
) -> tuple[Answer, Site]:
    """Run a site and get one URL from it."""
    site = Site(routes if isinstance(routes, Mapping) else {"/": routes})

    async def main() -> Answer:
        resolver = None if names is None else Names(names)
        client = HttpClient(settings, guard, clock=lambda: NOW, resolver=resolver)
        async with site.running(), client:
            return await client.get(
                url.format(port=site.port),
                validators=validators,
                accept=accept,
                max_bytes=max_bytes,
                permit=permit,
            )

    return asyncio.run(main()), site


def reason(answer: Answer) -> str:
    assert isinstance(answer, Failure)
    return answer.reason


def document(answer: Answer) -> Document:
    assert isinstance(answer, Document)
    return answer


# --- a good answer ----------------------------------------------------------------------------


def test_a_document_carries_what_the_server_stated() -> None:
    """Body, final URL, media type, charset, validators and freshness."""
    answer, site = fetch(
        reply(
            content=b"<rss/>",
            Content_Type='Application/RSS+XML; Charset="ISO-8859-1"',
            ETag='W/"odd, one"',
            Last_Modified="yesterday-ish",
            Cache_Control="public, max-age=600",
            Age="100",
        )
    )

    expected = Document(
        url=f"http://127.0.0.1:{site.port}/",
        body=b"<rss/>",
        content_type="application/rss+xml",
        charset="ISO-8859-1",
        validators=Validators(etag='W/"odd, one"', last_modified="yesterday-ish"),
        max_age=500,
    )
    assert expected == answer


def test_requests_say_who_asks_and_what_for() -> None:
    """User-Agent as configured, feed types in Accept, only encodings that can be decoded."""
    _, site = fetch(reply())

    assert site.sent("User-Agent") == [QUICK.agent]
    assert site.sent("Accept-Encoding") == ["gzip, deflate, br"]
    assert "application/atom+xml" in str(site.sent("Accept"))
    _, site = fetch(reply(), accept="page")
    assert str(site.sent("Accept")[0]).startswith("text/html")


def test_cookies_live_as_long_as_one_chain_of_redirects() -> None:
    """One set on the way is sent on the way, and never again; a redirect is no referrer."""
    routes = {
        "/": reply("302 Found", Location="/b", Set_Cookie="id=1; Path=/"),
        "/b": reply(content=b"x", Set_Cookie="id=2"),
    }

    answer, site = fetch(routes, "http://me:secret@127.0.0.1:{port}/#top")

    assert document(answer).body == b"x"
    assert site.sent("Cookie") == [None, "id=1"]
    assert site.sent("Referer") == [None] * 2
    assert site.sent("Authorization") == [None] * 2


def test_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and key logs of the environment have no say."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    answer, _ = fetch(reply(content=b"x"))

    assert document(answer).body == b"x"
    assert list(tmp_path.iterdir()) == []


# --- conditional requests ---------------------------------------------------------------------


def test_validators_go_back_byte_for_byte() -> None:
    """Both conditions are sent as they came, and a 304 brings its new validators."""
    known = Validators(etag='W/"a b\\"', last_modified="Thu,  1 Jan 1970 nonsense")

    answer, site = fetch(
        reply("304 Not Modified", ETag='"new"', Cache_Control="max-age=60"), validators=known
    )

    expected = NotModified(validators=Validators(etag='"new"'), max_age=60)
    assert expected == answer
    assert site.sent("If-None-Match") == [known.etag]
    assert site.sent("If-Modified-Since") == [known.last_modified]


def test_validators_follow_a_redirect() -> None:
    """A feed that moved is still asked whether it has changed."""
    routes = {"/": redirect("/new", "301 Moved Permanently"), "/new": reply("304 Not Modified")}

    answer, site = fetch(routes, validators=Validators(etag='"a"'))

    expected = NotModified(moved_to=f"http://127.0.0.1:{site.port}/new")
    assert expected == answer
    assert site.sent("If-None-Match") == ['"a"', '"a"']


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [
        ("301 Moved Permanently", "308 Permanent Redirect", "/c"),
        ("301 Moved Permanently", "302 Found", "/b"),
        ("302 Found", "301 Moved Permanently", None),
        ("303 See Other", "307 Temporary Redirect", None),
    ],
)
def test_only_permanent_redirects_move_a_feed(first: str, second: str, moved: str | None) -> None:
    """As far as they go unbroken from the start; what follows a temporary one is not for good."""
    routes = {"/": redirect("/b", first), "/b": redirect("/c", second), "/c": reply(content=b"x")}

    answer, site = fetch(routes)

    assert isinstance(answer, Document)
    expected = None if moved is None else f"http://127.0.0.1:{site.port}{moved}"
    assert expected == answer.moved_to


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    """Without a condition there is nothing it could be equal to."""
    answer, _ = fetch(reply("304 Not Modified"))

    assert reason(answer) == "HTTP 304 Not Modified"


# --- redirects --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_redirects_are_followed(status: str) -> None:
    """All five kinds lead on; the document says where it was found."""
    answer, site = fetch({"/": redirect("b/c?d=e#f", status), "/b/c?d=e": reply(content=b"x")})

    assert document(answer).url == f"http://127.0.0.1:{site.port}/b/c?d=e"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("gopher://127.0.0.1/", "only http and https"),
        ("data:text/html,x", "only http and https"),
        ("ftp://127.0.0.1/", "only http and https"),
        ("http://[::1", "not a usable address"),
        ("http://127.0.0.1:99999/", "not a usable address"),
        ("/", "in a loop"),
        ("http://10.0.0.1/", "refused: 10.0.0.1 is a private address"),
        ("http://[::ffff:169.254.169.254]/", "is a link-local address"),
        ("//0.0.0.0/", "refused: 0.0.0.0"),
    ],
)
def test_redirects_to_bad_places_are_not_followed(location: str, words: str) -> None:
    """Other schemes, broken addresses, loops and private networks end in a Failure."""
    answer, site = fetch(redirect(location))

    assert words in reason(answer)
    assert len(site.requests) == 1
    assert isinstance(answer, Failure)
    assert not answer.permanent


def test_there_is_an_end_to_redirects() -> None:
    """Five hops are followed, the sixth is not."""
    routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)} | {"/": redirect("/1")}

    answer, site = fetch(routes)

    assert reason(answer) == "more than 5 redirects"
    assert len(site.requests) == 6
    answer, _ = fetch({**routes, "/5": reply(content=b"x")})
    assert document(answer).body == b"x"


def test_https_does_not_lead_down_to_http() -> None:
    """From https only https is followed; from http both are."""
    with pytest.raises(LinkError, match="from https down to http"):
        follow(URL("https://a.example/"), "http://a.example/")
    assert follow(URL("https://a.example/x"), "/y") == URL("https://a.example/y")
    assert follow(URL("http://a.example/"), "https://b.example/") == URL("https://b.example/")


def test_a_failure_behind_a_redirect_names_the_place() -> None:
    """The operator sees which address did not work."""
    answer, site = fetch({"/": redirect("/gone"), "/gone": reply("410 Gone")})

    expected = (
        "HTTP 410 Gone: its publisher has removed it for good,"
        f" after a redirect to http://127.0.0.1:{site.port}/gone"
    )
    assert expected == reason(answer)


def test_every_hop_asks_for_its_permit() -> None:
    """What is not permitted is not asked; the reason names where it was met."""
    hops: list[str] = []

    async def permit(url: str) -> Failure | None:
        hops.append(URL(url).path)
        return Failure(reason="not here", permanent=True) if url.endswith("/closed") else None

    routes = {"/": redirect("/open"), "/open": redirect("/closed"), "/closed": reply()}
    answer, site = fetch(routes, permit=permit)

    assert ["/", "/open", "/closed"] == hops
    assert 2 == len(site.requests)
    assert reason(answer).startswith("not here, after a redirect to http://127.0.0.1:")
    answer, site = fetch(reply(), "http://127.0.0.1:{port}/closed", permit=permit)
    assert ("not here", 0) == (reason(answer), len(site.requests))


def test_a_redirect_without_location_is_a_failure() -> None:
    """There is nowhere to go."""
    answer, _ = fetch(reply("302 Found"))

    assert reason(answer) == "HTTP 302 Found"


# --- addresses --------------------------------------------------------------------------------


def test_nothing_on_this_machine_is_reached_without_an_allowance() -> None:
    """A literal address is refused for good, and no request arrives."""
    answer, site = fetch(reply(), guard=Guard())

    expected = Failure(reason="127.0.0.1: refused: 127.0.0.1 is a loopback address", permanent=True)
    assert expected == answer
    assert site.requests == []


def test_a_name_is_judged_by_all_its_addresses() -> None:
    """DNS may answer with what it likes: each address is looked at where the socket is made."""
    for addresses in [("127.0.0.1",), ("127.0.0.1", "10.0.0.1"), ("::1", "127.0.0.1")]:
        answer, site = fetch(
            reply(), "http://a.test:{port}/", guard=Guard(), names={"a.test": addresses}
        )

        assert reason(answer).startswith("a.test: refused: ")
        assert isinstance(answer, Failure)
        assert not answer.permanent
        assert site.requests == []


def test_an_allowed_address_is_used_where_another_is_refused() -> None:
    """Of a mixed answer the good part serves."""
    answer, _ = fetch(
        reply(content=b"x"),
        "http://a.test:{port}/",
        names={"a.test": ("10.0.0.1", "127.0.0.1")},
    )

    assert document(answer).body == b"x"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "feeds.xml", "", "http://", "http://[", "mailto:a@b.example"]
)
def test_what_is_no_web_address_fails_for_good(url: str) -> None:
    """It comes back as a Failure, and without any request."""
    answer, site = fetch(reply(), url)

    assert isinstance(answer, Failure)
    assert answer.permanent
    assert site.requests == []


# --- statuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words", "permanent"),
    [
        ("404 Nope", "HTTP 404 Not Found", True),
        ("410 Nope", "HTTP 410 Gone: its publisher has removed it for good", True),
        ("403 \x1b[31m", "HTTP 403 Forbidden", False),
        ("500 Oh", "HTTP 500 Internal Server Error", False),
        ("599 Oh", "HTTP 599", False),
        ("204 Empty", "HTTP 204 No Content", False),
    ],
)
def test_a_status_is_told_in_our_words(status: str, words: str, permanent: bool) -> None:
    """The server's own phrase is not repeated; only 404 and 410 are for good."""
    answer, _ = fetch(reply(status))

    assert reason(answer) == words
    assert isinstance(answer, Failure)
    assert (answer.status, answer.permanent) == (int(status[:3]), permanent)


@pytest.mark.parametrize("status", ["429 Slow", "503 Later"])
@pytest.mark.parametrize(
    ("stated", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("1" + "0" * 5000, timedelta(days=7)),
        ("Fri, 20 Nov 2026 09:00:00 GMT", timedelta(hours=2)),
        ("Fri, 20 Nov 2026 09:00:00 -0000", timedelta(hours=2)),
        ("Fri, 20 Nov 2020 09:00:00 GMT", timedelta(0)),
        ("Fri, 20 Nov 2099 09:00:00 GMT", timedelta(days=7)),
        ("-5", None),
        ("soon", None),
        ("99999999999 Foo 99999999999", None),
    ],
)
def test_retry_after_is_read(status: str, stated: str, wait: timedelta | None) -> None:
    """Seconds or a date, never in the past, never more than a week; nonsense says nothing."""
    answer, _ = fetch(reply(status, Retry_After=stated))

    assert isinstance(answer, Failure)
    assert answer.retry_after == (None if wait is None else NOW + wait)


# --- freshness --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ([], None),
        ([("Cache-Control", "public")], None),
        ([("Cache-Control", "max-age=60")], 60),
        ([("Cache-Control", "public"), ("Cache-Control", 'MAX-AGE="60"')], 60),
        ([("Cache-Control", "s-maxage=9, x-max-age=8, max-age=60, max-age=7")], 60),
        ([("Cache-Control", "max-age=1" + "0" * 5000)], 86_400),
        ([("Cache-Control", "max-age=-1")], 0),
        ([("Cache-Control", "max-age=soon")], 0),
        ([("Cache-Control", "max-age=60, no-cache")], 0),
        ([("Cache-Control", "no-store")], 0),
        ([("Cache-Control", "max-age=60"), ("Age", "20")], 40),
        ([("Cache-Control", "max-age=60"), ("Age", "90")], 0),
        ([("Cache-Control", "max-age=60"), ("Age", "old")], 60),
        ([("Cache-Control", "max-age=60"), ("Expires", "0")], 60),
        ([("Expires", "Fri, 20 Nov 2026 07:10:00 GMT")], 600),
        (
            [
                ("Expires", "Fri, 20 Nov 2020 07:10:00 GMT"),
                ("Date", "Fri, 20 Nov 2020 07:00:00 GMT"),
            ],
            600,
        ),
        ([("Expires", "Fri, 20 Nov 2099 07:10:00 GMT")], 86_400),
        ([("Expires", "0")], 0),
    ],
)
def test_freshness_is_read_as_the_standard_says(
    stated: list[tuple[str, str]], seconds: int | None
) -> None:
    """RFC 9111: max-age less Age goes before Expires less Date; at most a day."""
    assert seconds == headers.max_age(CIMultiDict(stated), NOW)


@given(
    name=st.sampled_from(["Cache-Control", "Expires", "Age", "Date", "Retry-After"]),
    value=st.text(),
)
def test_any_header_value_can_be_read(name: str, value: str) -> None:
    """No text makes the reading raise, and what it gives stays within bounds."""
    stated = CIMultiDict([(name, value)])

    assert (headers.max_age(stated, NOW) or 0) in range(86_401)
    after = headers.retry_after(stated, NOW)
    assert after is None or NOW <= after <= NOW + timedelta(days=7)


@given(value=st.text())
def test_what_is_kept_of_headers_can_be_stored(value: str) -> None:
    """Media type, charset and validators are printable text or absent."""
    stated = CIMultiDict([("Content-Type", value), ("ETag", value), ("Last-Modified", value)])

    media_type, charset = headers.content_type(stated)
    validators = headers.validators(stated)

    assert media_type.isascii()
    assert (charset or "").isascii()
    assert (validators.etag or "").isprintable()


def test_an_etag_that_is_no_text_is_not_kept() -> None:
    """Bytes that could not be sent back the same way are not sent back at all."""
    answer, _ = fetch(reply(ETag='"\xe9"', Last_Modified="now"))

    assert document(answer).validators == Validators(last_modified="now")


# --- bodies -----------------------------------------------------------------------------------

TEXT = b"<rss>" + bytes(range(256)) * 2000 + b"</rss>"


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


ENCODED = {
    "identity": TEXT,
    "gzip": gzip.compress(TEXT),
    "X-GZIP": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "deflate ": _raw_deflate(TEXT),
    "br": brotli.compress(TEXT),
    "gzip, identity": gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]) + b"\0\0",
}


@pytest.mark.parametrize("coding", ENCODED)
def test_encoded_bodies_are_decoded(coding: str) -> None:
    """gzip with all its members, both kinds of deflate, brotli, and nothing at all."""
    answer, _ = fetch(reply(content=ENCODED[coding], Content_Encoding=coding))

    assert document(answer).body == TEXT


def _read(parts: list[bytes], coding: str) -> bytes:
    async def chunks() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return asyncio.run(decoding.read(chunks(), coding=coding, max_bytes=MB))


@given(
    coding=st.sampled_from(["gzip", "deflate", "deflate ", "br"]),
    pieces=st.integers(min_value=0, max_value=9),
    more=st.integers(min_value=-2, max_value=2),
    cut=st.integers(min_value=1),
)
def test_no_byte_is_lost_where_pieces_meet(coding: str, pieces: int, more: int, cut: int) -> None:
    """Sizes around those of the decoder's pieces, cut in two anywhere, are read whole."""
    plain = bytes(max(0, pieces * 65_536 + more))
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "deflate ": _raw_deflate,
        "br": brotli.compress,
    }
    packed = pack[coding](plain)
    at = cut % len(packed)

    parts = [part for part in (packed[:at], packed[at:]) if part]
    assert plain == _read(parts, coding.strip())


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity"])
def test_an_empty_body_is_empty_in_any_encoding(coding: str) -> None:
    """Nothing was broken off where nothing was sent."""
    answer, _ = fetch(reply(Content_Encoding=coding))

    assert document(answer).body == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate ", "br"])
def test_a_truncated_encoded_body_is_a_failure(coding: str) -> None:
    """Half an article is none, though the HTTP message itself is whole."""
    data = ENCODED[coding]
    answer, _ = fetch(reply(content=data[: len(data) // 2], Content_Encoding=coding))

    assert reason(answer) == f"its {coding.strip()} body broke off before its end"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_that_is_not_what_it_says_is_a_failure(coding: str) -> None:
    """A wrong label is reported as such."""
    answer, _ = fetch(reply(content=b"\xff<rss>\xff", Content_Encoding=coding))

    assert reason(answer) == f"its body is not valid {coding} data"


def test_stacked_encodings_are_refused() -> None:
    """In one header or in two, a bomb in a bomb is not opened."""
    twice = gzip.compress(gzip.compress(bytes(MB)))

    answer, _ = fetch(reply(content=twice, Content_Encoding="gzip, gzip"))
    assert reason(answer) == "its body is encoded 2 times over"
    answer, _ = fetch(reply(content=twice, Content_Encoding="gzip", content_encoding="br"))
    assert reason(answer) == "its body is encoded 2 times over"


@pytest.mark.parametrize("name", ["utf-8", "none", "binary", "identity", "gzip;q=1", "", " , "])
def test_a_name_that_codes_nothing_is_passed_over(name: str) -> None:
    """Some servers write a charset there; a parameter is no part of a coding's name."""
    content = gzip.compress(b"<rss/>") if "gzip" in name else b"<rss/>"
    answer, _ = fetch(reply(content=content, Content_Encoding=name))

    assert b"<rss/>" == document(answer).body


def test_an_unknown_encoding_is_refused() -> None:
    """Only what was asked for is read."""
    answer, _ = fetch(reply(content=b"x", Content_Encoding="compress"))

    assert reason(answer) == "its body has an encoding that was not asked for: 'compress'"


def test_endless_gzip_members_are_refused() -> None:
    """Members that hold nothing never reach the size limit; their number is limited."""
    answer, _ = fetch(reply(content=gzip.compress(b"") * 1000, Content_Encoding="gzip"))

    assert reason(answer) == "its gzip body has more than 100 members"


@cache
def _bomb(coding: str) -> bytes:
    """A gigabyte of zeros, packed piece by piece."""
    piece, count = bytes(4 << 20), 256
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join([*(packer.process(piece) for _ in range(count)), packer.finish()])
    deflater = zlib.compressobj(1, wbits=31 if coding == "gzip" else 15)
    return b"".join([*(deflater.compress(piece) for _ in range(count)), deflater.flush()])


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb_is_stopped_at_the_limit(coding: str) -> None:
    """A gigabyte in a megabyte is cut off, and memory grows by less than 64 MB."""
    response = reply(content=_bomb(coding), Content_Encoding=coding)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer, _ = fetch(response)

    assert reason(answer) == "larger than 10 MB"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_large_body_is_refused_by_its_stated_length() -> None:
    """Where the length is known, nothing of it is read; 2.5 MB reads as 2.5 MB."""
    answer, _ = fetch(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", max_bytes=2_500_000)

    assert reason(answer) == "larger than 2.5 MB"


def test_an_endless_body_is_stopped_at_the_limit() -> None:
    """A body without length is counted while it comes."""

    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()

    answer, _ = fetch(flood)

    assert reason(answer) == "larger than 10 MB"


def test_the_limit_itself_is_allowed() -> None:
    """Exactly the limit passes."""
    answer, _ = fetch(reply(content=bytes(1000)), max_bytes=1000)

    assert len(document(answer).body) == 1000


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n5\r\n<",
    ],
)
def test_a_body_that_is_cut_off_is_a_failure(response: bytes) -> None:
    """Fewer bytes than stated, and chunks without an end."""
    answer, _ = fetch(response)

    assert "its answer broke off before its end, or is garbled" in reason(answer)


def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    """Without a length the end of the connection is the end of the body."""
    answer, _ = fetch(b"HTTP/1.0 200 OK\r\n\r\n<rss/>")

    assert document(answer).body == b"<rss/>"


@pytest.mark.parametrize(
    "media_type",
    [
        "image/png",
        "image/svg+xml",
        "video/mp4",
        "audio/mpeg",
        "application/pdf",
        "font/woff2",
        "application/zip",
        "application/vnd.ms-excel",
        "Application/PDF; charset=x",
    ],
)
def test_binary_types_are_refused_unread(media_type: str) -> None:
    """What can be neither feed nor page is not downloaded: here it would never end."""

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n\r\n".encode())
        await writer.drain()
        await asyncio.Event().wait()

    answer, _ = fetch(stall)

    expected = f"it is neither a feed nor a page but {media_type.partition(';')[0].lower()}"
    assert expected == reason(answer)


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/octet-stream", "application/vnd.wap.xhtml+xml", "nonsense"],
)
def test_doubtful_types_are_read(media_type: str) -> None:
    """Feeds come under many names: the parser decides."""
    answer, _ = fetch(reply(content=b"x", Content_Type=media_type))

    assert document(answer).body == b"x"


# --- servers that do not play along -----------------------------------------------------------


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_stalling_server_ends_at_the_deadline(start: bytes) -> None:
    """Before, within and after its headers a silent server costs no more than the total."""

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        await asyncio.Event().wait()

    answer, _ = fetch(stall, settings=QUICK.model_copy(update={"total_timeout": 0.2}))

    assert reason(answer) == "no complete answer within 0.2 s"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_dripping_server_ends_at_the_deadline(start: bytes) -> None:
    """The deadline is for the whole answer, not for each byte."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    answer, _ = fetch(drip, settings=QUICK.model_copy(update={"total_timeout": 0.3}))

    assert reason(answer) == "no complete answer within 0.3 s"


def test_the_deadline_covers_all_hops() -> None:
    """What a redirect took is missing for the next one."""
    time = Clock()

    async def slow_redirect(writer: asyncio.StreamWriter) -> None:
        time.now += QUICK.total_timeout - 0.1
        writer.write(redirect("/b"))

    async def stall(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    site = Site({"/": slow_redirect, "/b": stall})

    async def main() -> Answer:
        client = HttpClient(QUICK, LOOPBACK, clock=lambda: NOW, monotonic=time.monotonic)
        async with site.running(), client:
            return await client.get(f"http://127.0.0.1:{site.port}/", accept="feed", max_bytes=MB)

    answer = asyncio.run(main())

    assert reason(answer).startswith("no complete answer within 20 s, after a redirect to")


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (b"", "it closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "its answer is not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9999 + b"\r\n", "its answer is not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "its answer is not proper HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
            "its answer is not proper HTTP",
        ),
    ],
)
def test_what_is_not_http_is_a_failure(response: bytes, words: str) -> None:
    """Silence, other protocols, floods of headers and lies about length."""
    answer, _ = fetch(response)

    assert words in reason(answer)


def test_long_headers_of_real_sites_are_read() -> None:
    """A content security policy of 20 KB is no attack."""
    answer, _ = fetch(reply(content=b"x", Content_Security_Policy="x" * 20_000))

    assert document(answer).body == b"x"


def test_a_server_that_resets_the_connection_is_a_failure() -> None:
    """A reset is described in words."""

    async def cut(writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    answer, _ = fetch(cut)

    assert reason(answer).startswith("127.0.0.1: the connection broke")


def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    """Refused connections and failed look-ups have words of their own."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        answer, _ = fetch(reply(), f"http://127.0.0.1:{port}/")
    assert reason(answer) == "127.0.0.1: connection refused"

    answer, _ = fetch(reply(), "http://nowhere.test/", names={})
    assert reason(answer) == "nowhere.test: its host name cannot be resolved (no such name)"


def test_random_answers_never_raise() -> None:
    """Whatever bytes come back, the result is a value."""
    source = random.Random(7)
    whole = reply(content=gzip.compress(TEXT[:300]), Content_Encoding="gzip", ETag='"a"', Age="5")
    routes: dict[str, bytes | Handler] = {}
    for number in range(300):
        data = bytearray(whole)
        for _ in range(source.randrange(1, 8)):
            data[source.randrange(len(data))] = source.randrange(256)
        routes[f"/{number}"] = bytes(data)
    site = Site(routes)

    async def main() -> list[Answer]:
        settings = QUICK.model_copy(update={"total_timeout": 2.0})
        client = HttpClient(settings, LOOPBACK, clock=lambda: NOW)
        async with site.running(), client:
            base = f"http://127.0.0.1:{site.port}"
            return [await client.get(base + path, accept="feed", max_bytes=MB) for path in routes]

    answers = asyncio.run(main())

    assert len(answers) == 300
    assert {Document, Failure} <= {type(answer) for answer in answers}


def test_random_addresses_never_raise() -> None:
    """Whatever is where a URL should be, the result is a Failure in printable words."""
    source = random.Random(5)
    parts = (
        *("http://", "https://", "//", ".", "..", ":", "@", "[", "]", "::1", "80", "99999", "/"),
        *("?", "#", "\\", " ", "\n", "\0", "%", "%zz", "xn--", "é", "ß", "a", "b.c", "x" * 70),
        *("127.0.0.1", "0x7f.1", "\u2028", "\ud800", "\u3002", "\uff0f", "\u0661"),
    )
    urls = ["http://" + "".join(source.choices(parts, k=1 + n % 6)) for n in range(1500)]

    async def main() -> list[Answer]:
        client = HttpClient(QUICK, Guard(), clock=lambda: NOW, resolver=Names({}))
        async with client:
            return [await client.get(url, accept="page", max_bytes=MB) for url in urls]

    answers = asyncio.run(main())

    assert [answer for answer in answers if not isinstance(answer, Failure)] == []
    assert [answer for answer in answers if not reason(answer).isprintable()] == []


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate can be made")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path) + ".key",
         "-out", str(path)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return path


def _fetch_tls(certificate: Path, response: bytes) -> tuple[Answer, Site]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, str(certificate) + ".key")
    site = Site({"/": response})
    tls_context.cache_clear()  # the environment of this test says who is trusted

    async def main() -> Answer:
        client = HttpClient(QUICK, LOOPBACK, clock=lambda: NOW)
        async with site.running(tls), client:
            return await client.get(f"https://127.0.0.1:{site.port}/", accept="feed", max_bytes=MB)

    try:
        return asyncio.run(main()), site
    finally:
        tls_context.cache_clear()


def test_a_trusted_certificate_is_accepted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """TLS works, and writes no session keys to a place that the environment names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    answer, _ = _fetch_tls(certificate, reply(content=b"x"))

    assert document(answer).body == b"x"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_certificate_is_refused(certificate: Path) -> None:
    """A certificate nobody vouches for is a Failure that says so."""
    answer, site = _fetch_tls(certificate, reply(content=b"x"))

    assert reason(answer).startswith("127.0.0.1: its TLS certificate is not valid: self")
    assert site.requests == []


def test_https_is_not_followed_down_to_http(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect of an https site to plain http is not followed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    answer, _ = _fetch_tls(certificate, redirect("http://127.0.0.1/"))

    assert "from https down to http" in reason(answer)


def test_a_plain_server_on_an_https_address_is_a_failure() -> None:
    """No TLS on the other side is reported as such."""

    async def main() -> Answer:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(reply("400 Bad Request"))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpClient(QUICK, LOOPBACK, clock=lambda: NOW) as client:
            return await client.get(f"https://127.0.0.1:{port}/", accept="feed", max_bytes=MB)

    assert "no TLS connection could be made" in reason(asyncio.run(main()))


def test_a_host_that_does_not_take_the_connection_is_a_failure() -> None:
    """A handshake that never comes is given up after the time for connecting."""

    async def main() -> Answer:
        settings = QUICK.model_copy(update={"connect_timeout": 0.2})
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            async with HttpClient(settings, LOOPBACK, clock=lambda: NOW) as client:
                return await client.get(f"https://127.0.0.1:{port}/", accept="feed", max_bytes=MB)

    assert reason(asyncio.run(main())) == "no connection within 0.2 s"


# --- politeness --------------------------------------------------------------------------------


def _polite(
    urls: list[str], *, settings: FetchSettings, routes: Mapping[str, bytes | Handler]
) -> tuple[Site, Clock]:
    """Get all URLs at once, under a clock of its own."""
    site, clock = Site(routes), Clock()
    names = {f"{letter}.test": ("127.0.0.1",) for letter in "abcdefgh"}

    async def main() -> None:
        client = HttpClient(
            settings,
            LOOPBACK,
            clock=lambda: NOW,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            resolver=Names(names),
        )
        async with site.running(), client:
            answers = await asyncio.gather(
                *(
                    client.get(url.format(port=site.port), accept="feed", max_bytes=MB)
                    for url in urls
                )
            )
        assert {type(answer) for answer in answers} == {Document}

    asyncio.run(main())
    return site, clock


async def _yielding(writer: asyncio.StreamWriter) -> None:
    # Long enough for every request that may run at the same time to have arrived.
    await asyncio.sleep(0.05)
    writer.write(reply(content=b"x"))
    await writer.drain()


def test_a_host_is_asked_one_thing_at_a_time_with_a_gap() -> None:
    """Five URLs of one host, however its name is written, take four gaps."""
    urls = ["http://a.test:{port}/", "http://A.test:{port}/", "http://a.test.:{port}/"]
    site, clock = _polite(
        [*urls[:2], *urls[:2], urls[0]],
        settings=QUICK.model_copy(update={"host_gap": 2.0}),
        routes={"/": _yielding},
    )

    assert (site.most_active, clock.slept) == (1, [2.0] * 4)


def test_the_hops_of_a_redirect_wait_their_turn_too() -> None:
    """A redirect within a host is one more request to that host."""
    _, clock = _polite(
        ["http://a.test:{port}/"],
        settings=QUICK.model_copy(update={"host_gap": 2.0}),
        routes={"/": redirect("/b"), "/b": reply(content=b"x")},
    )

    assert clock.slept == [2.0]


def test_different_hosts_are_asked_at_once() -> None:
    """Hosts do not wait for each other, save for the limit on all of them."""
    urls = [f"http://{letter}.test:{{port}}/" for letter in "abcdefgh"]
    routes: dict[str, bytes | Handler] = {"/": _yielding}

    site, clock = _polite(urls, settings=QUICK, routes=routes)
    assert (site.most_active > 1, clock.slept) == (True, [])

    site, _ = _polite(urls, settings=QUICK.model_copy(update={"concurrency": 2}), routes=routes)
    assert site.most_active == 2
    assert len(site.requests) == 8


def test_a_cancelled_request_frees_its_host() -> None:
    """Cancellation goes through, and the next request to the host is served."""

    async def stall(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    site = Site({"/stall": stall, "/": reply(content=b"x")})

    async def main() -> Answer:
        client = HttpClient(QUICK, LOOPBACK, clock=lambda: NOW)
        async with site.running(), client:
            base = f"http://127.0.0.1:{site.port}"
            task = asyncio.create_task(client.get(base + "/stall", accept="feed", max_bytes=MB))
            while not site.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.get(base + "/", accept="feed", max_bytes=MB)

    assert document(asyncio.run(main())).body == b"x"


def test_a_host_that_is_slow_for_long_is_left_alone() -> None:
    """Pages that drip up to the deadline: three of them and a little more, not a hundred."""
    clock = Clock()
    turns = HostQueue(size=5, gap=2, limit=180, sleep=clock.sleep, monotonic=clock.monotonic)

    async def asked(host: str, seconds: float) -> int:
        for number in range(100):
            try:
                async with turns.turn(host):
                    clock.now += seconds
            except HostTooSlow as error:
                assert "left alone until the next" in str(error)
                return number
        return 100

    async def main() -> list[int]:
        return [
            await asked("drip.example", 59), await asked("Drip.example.", 59),
            await asked("slow.example", 3), await asked("fast.example", 2),
        ]  # fmt: skip

    assert [4, 0, 60, 100] == asyncio.run(main())


def test_what_a_worn_out_host_is_asked_is_a_failure_that_says_so() -> None:
    """Its requests stop; those of other hosts go on."""
    site = Site({"/": reply(content=b"x")})
    ticks = iter(range(0, 10**6, 100))  # every look at the clock is a hundred seconds later

    async def main() -> list[Answer]:
        client = HttpClient(QUICK, LOOPBACK, clock=lambda: NOW, monotonic=lambda: next(ticks))
        async with site.running(), client:
            url = f"http://127.0.0.1:{site.port}/"
            return [await client.get(url, accept="page", max_bytes=MB) for _ in range(3)]

    first, *_, last = asyncio.run(main())
    assert b"x" == document(first).body
    assert "over its answers in this run, and is left alone until the next" in reason(last)
