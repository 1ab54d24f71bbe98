"""The pages: reading changes nothing, links are narrow, answers tell nobody who is subscribed."""

from __future__ import annotations

import base64
import http.client
import os
import queue
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.mail.links import Keys, Purpose
from digest.model import Frequency, Section, SubscriberState
from digest.model.errors import DigestError
from digest.model.records import Envelope, Outcome, Publication
from digest.store import Outbox, SubscriberStore, Why
from digest.store.schema_mail import confirmation_mails
from digest.web import ConfirmationSender, web_app
from digest.web.middleware import RateLimit

from .mail_setup import MORNING, SECRET, MailSetup, edition, story
from .sink import running_sink
from .web_setup import Site, desk_of, free_port, serve, site

ANN = "ann@mail.example"
SOAK = bool(os.environ.get("DIGEST_SOAK"))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def room(tmp_path: Path) -> MailSetup:
    return one_reader(tmp_path)


@pytest.fixture
def web(room: MailSetup) -> Iterator[Site]:
    with archive(room) as served:
        yield served


def one_reader(folder: Path) -> MailSetup:
    """An edition is published, and Ann gets it."""
    made = MailSetup(folder)
    made.add(ANN)
    made.publish()
    return made


@contextmanager
def archive(room: MailSetup) -> Iterator[Site]:
    """The pages over an output folder in which something is being written."""
    output = room.folder / "output"
    (output / "2026-03-02").mkdir(parents=True)
    (output / "index.html").write_text("<p>All editions</p>", encoding="utf-8")
    (output / "2026-03-02" / "index.html").write_text("<p>One</p>", encoding="utf-8")
    (output / ".index.html.part").write_text("half", encoding="utf-8")
    with site(room, output) as served:
        yield served


def links_of(web: Site) -> list[str]:
    mine = [web.link(purpose, ANN) for purpose in Purpose]
    asked = [f"{mine[-1]}?{query}" for query in ("mute=s1", "frequency=weekly", "fewer=World")]
    return [*mine, *asked, "/", "/subscribe"]


def test_reading_changes_nothing(web: Site) -> None:
    """GET, HEAD, OPTIONS, ranges, prefetching, again and again: no row is another (F1)."""
    before = web.rows()
    kinds: list[tuple[str, dict[str, str]]] = [
        ("GET", {}),
        ("HEAD", {}),
        ("OPTIONS", {}),
        ("GET", {"Range": "bytes=0-10"}),
        ("GET", {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}),
        ("PUT", {}),
        ("DELETE", {}),
    ]
    for path in links_of(web):
        for method, headers in kinds * 3:
            assert web.ask(method, path, headers=headers).status in {200, 206, 405}
    assert before == web.rows()
    assert 200 == web.ask("POST", web.link(Purpose.UNSUBSCRIBE, ANN), ONE_CLICK).status
    assert "unsubscribed" == web.state(ANN)


def test_acting_on_get_loses_everybody(room: MailSetup, tmp_path: Path) -> None:
    """The control: where a GET acts, one scanner unsubscribes them."""
    with site(room, tmp_path / "output") as served:
        port = served.port

        async def eager(scope: Any, receive: Any, send: Any) -> None:
            token = scope["path"].rpartition("/")[2]
            grant = room.keys.read(Purpose.UNSUBSCRIBE, token)
            if scope["type"] == "http" and grant:
                state = SubscriberState.UNSUBSCRIBED
                room.people.set_state(grant.subscriber, state, Why(MORNING, "a scanner"))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        eager_port = free_port()
        with serve(eager, eager_port):
            path = served.link(Purpose.UNSUBSCRIBE, ANN)
            Site(room, eager_port).ask("GET", path)
        assert port != eager_port
        assert "unsubscribed" == served.state(ANN)


def multipart(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join([*parts, "--b--\r\n"]).encode()
    return body, {"Content-Type": "multipart/form-data; boundary=b"}


def chunked(body: bytes) -> tuple[bytes, dict[str, str]]:
    pieces = [body[at : at + 9] for at in range(0, len(body), 9)] + [b""]
    sent = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return sent, {
        "Transfer-Encoding": "chunked",
        "Content-Type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize("kind", ["urlencoded", "multipart", "chunked", "with a line end"])
def test_one_click(web: Site, room: MailSetup, kind: str) -> None:
    """RFC 8058: 200 at once, no redirect, no cookie, in both encodings, and twice (F2)."""
    path = web.link(Purpose.UNSUBSCRIBE, ANN)
    body, headers = multipart(ONE_CLICK)
    if kind == "chunked":
        body, headers = chunked(b"List-Unsubscribe=One-Click")
    if kind == "with a line end":
        body, headers = chunked(b"List-Unsubscribe=One-Click\r\n")
    for _ in range(2):
        if kind != "urlencoded":
            answer = web.ask("POST", path, body=body, headers=headers)
        else:
            answer = web.ask("POST", path, ONE_CLICK, headers={"Cookie": "a=b"})
        assert (200, "Unsubscribed.\n") == (answer.status, answer.text)
        assert {"set-cookie", "location"}.isdisjoint({name.lower() for name in answer.headers})
    assert "unsubscribed" == web.state(ANN)
    assert () == room.outbox.due(room.now, doubtful=False, limit=9)  # no claim from now on


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ({"List-Unsubscribe": "one-click"}, None),
        ({"something": "else"}, None),
        (None, b""),
        (None, b"\xff\x00" * 50),
        (None, b"List-Unsubscribe=One-Click"),  # and no content type
    ],
)
def test_a_wrong_click_changes_nothing(
    web: Site, form: dict[str, str] | None, body: bytes | None
) -> None:
    """400, and still subscribed (F2)."""
    answer = web.ask("POST", web.link(Purpose.UNSUBSCRIBE, ANN), form, body=body)
    assert (400, "active") == (answer.status, web.state(ANN))


def test_a_body_without_end_is_refused(web: Site) -> None:
    """A form of ours has 20,000 bytes at most."""
    path = web.link(Purpose.UNSUBSCRIBE, ANN)
    assert 413 == web.ask("POST", path, {"x": "y" * 100_000}).status
    body, headers = chunked(b"List-Unsubscribe=One-Click&x=" + b"y" * 100_000)
    assert 413 == web.ask("POST", path, body=body, headers=headers).status
    assert "active" == web.state(ANN)


def forgeries(number: int) -> Iterator[tuple[Purpose, str]]:
    """Tokens that we never signed for their purpose, made from one that we did."""
    chance = random.Random(3)
    keys, other = Keys([SECRET]), Keys([b"another list's secret, also long"])
    mine = keys.sign(Purpose.UNSUBSCRIBE, "00112233aabbccdd", 2)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for turn in range(number):
        at = chance.randrange(len(mine))
        kind = turn % 8
        if kind == 0:
            swapped = chance.choice(alphabet.replace(mine[at], ""))
            yield Purpose.UNSUBSCRIBE, mine[:at] + swapped + mine[at + 1 :]
        elif kind == 1:
            yield Purpose.UNSUBSCRIBE, mine[:at]
        elif kind == 2:
            yield Purpose.UNSUBSCRIBE, mine + chance.choice(alphabet + "=\n .%")
        elif kind == 3:
            yield Purpose.UNSUBSCRIBE, other.sign(Purpose.UNSUBSCRIBE, f"{turn:016x}", 2)
        elif kind == 4:
            yield chance.choice([Purpose.CONFIRM, Purpose.PREFERENCES]), mine
        elif kind == 5:
            # The same bytes spelt otherwise: spare bits of the last character.
            spare = alphabet[alphabet.index(mine[-1]) ^ (1 + turn % 3)]
            yield Purpose.UNSUBSCRIBE, mine[:-1] + spare
        elif kind == 6:
            raw = bytearray(base64.urlsafe_b64decode(mine + "="))
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            yield Purpose.UNSUBSCRIBE, base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        else:
            yield Purpose.UNSUBSCRIBE, "".join(chance.choices(alphabet, k=len(mine)))


def test_forged_links_are_refused() -> None:
    """100,000 bit flips, cuts, other lists, other purposes and spellings: none is taken (F3)."""
    keys = Keys([SECRET])
    assert [] == [token for purpose, token in forgeries(100_000) if keys.read(purpose, token)]
    genuine = keys.sign(Purpose.CONFIRM, "00112233aabbccdd", 7)
    grant = keys.read(Purpose.CONFIRM, genuine)
    assert grant is not None
    assert ("00112233aabbccdd", 7) == (grant.subscriber, grant.generation)


def test_a_lenient_reader_takes_other_spellings() -> None:
    """The control: base64 that is only decoded has several spellings of one token."""
    genuine = base64.urlsafe_b64decode(
        Keys([SECRET]).sign(Purpose.UNSUBSCRIBE, "00112233aabbccdd", 2) + "="
    )

    def lenient(token: str) -> bool:
        try:
            return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) == genuine
        except ValueError:
            return False

    assert 0 < sum(lenient(token) for _, token in forgeries(8_000))


def test_links_outlive_their_key() -> None:
    """A year of mails works on after the key was changed; a key that is dropped ends them (F3)."""
    old, new = b"the key of last year, long enough", b"the key of this year, long enough"
    token = Keys([old]).sign(Purpose.UNSUBSCRIBE, "00112233aabbccdd", 1)
    assert Keys([new, old]).read(Purpose.UNSUBSCRIBE, token)
    assert not Keys([new]).read(Purpose.UNSUBSCRIBE, token)
    assert not Keys([old]).read(Purpose.UNSUBSCRIBE, Keys([new, old]).sign(Purpose(2), "00" * 8, 1))


def test_a_link_of_an_earlier_subscription_does_nothing(web: Site, room: MailSetup) -> None:
    """Who came back is not thrown out by an old mail (F3)."""
    old = web.link(Purpose.UNSUBSCRIBE, ANN)
    web.ask("POST", old, ONE_CLICK)
    web.ask("POST", "/subscribe", {"address": ANN})
    assert 200 == web.ask("POST", web.link(Purpose.CONFIRM, ANN), {"confirm": "yes"}).status
    assert "active" == web.state(ANN)
    assert 404 == web.ask("POST", old, ONE_CLICK).status
    assert "active" == web.state(ANN)


def test_the_page_to_leave_leads_nowhere_else(web: Site, room: MailSetup) -> None:
    """Who holds a link to unsubscribe can do that, or less, and take the less back."""
    path = web.link(Purpose.UNSUBSCRIBE, ANN)
    page = web.ask("GET", path)
    assert 200 == page.status
    assert "/preferences/" not in page.text
    for kind, value, said in (
        ("pause", "", "Your emails are paused"),
        ("resume", "", "Undone"),
        ("frequency", "weekly", "You now get the weekly edition"),
        ("frequency", "daily", "Undone"),
    ):
        answer = web.ask("POST", path, {"act": kind, "value": value})
        assert (200, True) == (answer.status, said in answer.text)
        assert "/preferences/" not in answer.text
    for form in ({"act": "mute", "value": "s1"}, {"act": "less", "value": "World"}, {"hour": "6"}):
        before = web.rows()
        assert 400 == web.ask("POST", path, form).status
        assert before == web.rows()
    ann = room.people.find(ANN)
    assert ann is not None
    assert (Frequency.DAILY, "active") == (ann.rhythm.frequency, ann.state)
    assert "You’re unsubscribed" in web.ask("POST", path, {"act": "unsubscribe"}).text
    assert "unsubscribed" == web.state(ANN)
    assert 404 == web.ask("POST", path, {"act": "resume"}).status
    assert "unsubscribed" == web.state(ANN)


def test_answers_tell_nobody_who_is_subscribed(web: Site, room: MailSetup) -> None:
    """Known, unknown, gone, complained: one status, one body, one length; no address (F4)."""
    room.add("gone@mail.example", state="unsubscribed")
    room.add("angry@mail.example")
    angry = room.people.find("angry@mail.example")
    assert angry is not None
    complaint = Why(MORNING, "complaint")
    room.people.set_state(angry.id, SubscriberState.UNSUBSCRIBED, complaint)
    addresses = [ANN, "new@mail.example", "gone@mail.example", "angry@mail.example"]
    answers = [web.ask("POST", "/subscribe", {"address": address}) for address in addresses]
    answered = {(answer.status, answer.body, tuple(sorted(answer.headers))) for answer in answers}
    assert 1 == len(answered)
    pages = [web.ask("GET", path) for path in links_of(web)] + answers
    assert all(b"@mail.example" not in page.body for page in pages)


def test_nothing_but_an_address_is_taken(web: Site) -> None:
    """What is no address is said at the field, and not noted."""
    before = web.rows()
    for text in ("", "nobody", "a@b", "a@b.example\nBcc: x@y.example", "<script>@x.example"):
        answer = web.ask("POST", "/subscribe", {"address": text})
        assert 400 == answer.status
        assert 'aria-invalid="true"' in answer.text
        assert "<script>" not in answer.text
    assert before == web.rows()


def nothing_waits(room: MailSetup) -> None:
    """Waits until all confirmation mails are sent, for 10 s at most."""
    until = time.monotonic() + 10
    query = select(confirmation_mails.c.id).where(confirmation_mails.c.state == "pending")
    while time.monotonic() < until:
        with room.store.engine.connect() as connection:
            if connection.execute(query).first() is None:
                return
        time.sleep(0.02)


def test_nobody_can_be_buried_in_letters(tmp_path: Path) -> None:
    """Three mails a day to an address, twenty an hour for one network, no edition unasked (F5)."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        with site(room, tmp_path / "output") as web:
            for _ in range(10):
                web.ask("POST", "/subscribe", {"address": "victim@mail.example"})
                nothing_waits(room)  # one that waits to be sent is enough, however often one asks
            statuses = [
                web.ask("POST", "/subscribe", {"address": f"v{number}@mail.example"}).status
                for number in range(15)
            ]
            room.publish()
            room.deliverer().deliver()
        taken = sink.taken()
    assert [200] * 10 + [429] * 5 == statuses
    to_victim = [mail for mail in taken if mail["to"] == "victim@mail.example"]
    assert len(to_victim) <= 3
    assert all(b"confirm/" in mail["body"] for mail in taken)
    assert {"pending": 11} == room.people.counts()


def test_who_was_asked_and_is_vouched_for_waits_no_longer(room: MailSetup) -> None:
    """An import makes them active, unless it is to ask itself or says otherwise."""
    room.people.ask("new@mail.example", "new@mail.example", at=room.now)

    def put(*, confirm: bool = False, **fields: object) -> tuple[str, str]:
        why = Why(room.now, "imported")
        people = [("new@mail.example", fields)]
        (done,) = room.people.put(people, why=why, confirm=confirm, slot_of=room.slot_of)
        found = room.people.find("new@mail.example")
        return str(done), found.state if found else "unknown"

    assert ("known", "pending") == put(confirm=True)
    assert ("known", "pending") == put(state=SubscriberState.PENDING)
    assert ("changed", "active") == put()
    assert ("changed", "paused") == put(state=SubscriberState.PAUSED)
    assert ("known", "paused") == put()


def test_a_confirmation_sender_outlives_its_errors() -> None:
    """A busy database or a fault of ours: who asks next is written to."""
    asked: queue.Queue[int] = queue.Queue()
    errors = iter([RuntimeError("busy"), DigestError("no server")])

    def send() -> int:
        asked.put(1)
        for error in errors:
            raise error
        return 0

    box = ConfirmationSender(send)
    box.start()
    for _ in range(3):
        asked.get(timeout=20)
        box.wake()
    box.end()
    box.join()


def test_who_never_confirms_is_forgotten(room: MailSetup) -> None:
    """A week after the last confirmation mail."""
    room.people.ask("new@mail.example", "new@mail.example", at=room.now)
    room.wait(days=8)
    assert 1 == room.people.forget_unconfirmed(room.now.replace(day=room.now.day - 7))
    assert None is room.people.find("new@mail.example")


def test_a_limit_forgets_after_its_hour() -> None:
    """And keeps no more places than it needs."""
    now = 0.0
    limit = RateLimit(2, seconds=60, clock=lambda: now)
    assert [True, True, False] == [limit.allows("a") for _ in range(3)]
    assert limit.allows("b")
    now = 61.0
    assert limit.allows("a")
    for number in range(10_001):
        limit.allows(str(number))
    now = 200.0
    assert limit.allows("c")
    assert 1 == len(limit._seen)


def test_who_owns_a_network_is_one_place() -> None:
    """An IPv6 caller can take any of 2**64 addresses; the neighbour's network is another place."""
    limit = RateLimit(2, clock=lambda: 0.0)
    assert limit.allows("2001:db8:1:1::1")
    assert limit.allows("2001:db8:1:1:ffff::2")
    assert not limit.allows("2001:db8:1:1::3")
    assert limit.allows("2001:db8:1:2::1")
    mapped = [
        limit.allows("::ffff:192.0.2.1"),
        limit.allows("192.0.2.1"),
        limit.allows("192.0.2.1"),
    ]
    assert [True, True, False] == mapped
    assert limit.allows("::ffff:192.0.2.2")
    assert limit.allows("fe80::1%eth0")
    assert limit.allows("no:address")


HOSTS = (
    "evil.example",
    "evil.example:80",
    "news.example@evil.example",
    "127.0.0.1",
    "[::1]",
    "x" * 200,
)


def test_links_come_from_the_configuration(web: Site) -> None:
    """Whatever Host and forwarding headers say (F6)."""
    for host in HOSTS:
        for path in links_of(web):
            headers = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher",
                       "Forwarded": f"host={host}", "X-Original-URL": "//evil.example"}  # fmt: skip
            answer = web.ask("GET", path, headers=headers)
            links = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
            strange = [
                link for link in links if not link.startswith(("https://news.example/", "#"))
            ]
            assert [] == strange
            assert "evil.example" not in answer.text


TARGETS = (
    "//evil.example",
    "/\\evil.example",
    "/%2f%2fevil.example",
    "/%09/evil.example",
    "/2026-03-02",
    "//2026-03-02",
    "///2026-03-02",
    "/2026-03-02/..%2f..%2fevil.example",
    "/user@evil.example/",
    "//evil.example/2026-03-02",
    "/./2026-03-02",
    "/.//evil.example/..",
)


def test_no_redirect_leads_outside(web: Site) -> None:
    """The one redirect there is, to a folder, is relative (F7)."""
    seen = 0
    for target in TARGETS:
        for host in HOSTS:
            answer = web.ask("GET", target, headers={"Host": host})
            location = answer.headers.get("location", "")
            seen += bool(location)
            assert re.fullmatch(r"(\./[^/]*/)?", location), target
    assert 0 < seen


def changed_requests(path: str, number: int) -> Iterator[tuple[bytes, bool]]:
    """A good request of which bytes are changed, and whether its end is cut off.

    In the first, one byte of the body is no UTF-8: as a request it is whole.
    """
    chance = random.Random(8)
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
    good = head.encode() + b"hello"
    yield good[:-1] + b"\xff", False
    for turn in range(1, number):
        noise = bytearray(good)
        for _ in range(1 + turn % 9):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        cut = turn % 2 == 0
        yield bytes(noise[: chance.randrange(1, len(noise)) if cut else None]), cut


def raw_answer(port: int, request: bytes, *, end: bool, patience: float = 10) -> bytes:
    """All that a server answers to these bytes until it closes, or waits for more in vain."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        if end:
            client.shutdown(socket.SHUT_WR)
        client.settimeout(patience)
        with suppress(ConnectionResetError, TimeoutError):
            while part := client.recv(65536):
                answer += part
    return answer


def test_malformed_requests_change_nothing(web: Site) -> None:
    """Noise on the wire: no traceback goes out, and the server answers on (F8)."""
    before = web.rows()
    path = web.link(Purpose.UNSUBSCRIBE, ANN)
    answers = [
        raw_answer(web.port, noise, end=cut, patience=10 if cut else 0.2)
        for noise, cut in changed_requests(path, 20_000 if SOAK else 600)
    ]
    assert {False} == {b"Traceback" in answer for answer in answers}
    assert {b"HTTP/1.1 400", b"HTTP/1.1 404"} <= {answer[:12] for answer in answers}
    assert before == web.rows()
    assert 200 == web.ask("GET", "/").status


def test_a_server_that_shows_its_errors_is_noticed() -> None:
    """The control: one that believes its requests, and prints what goes wrong."""

    async def trusting(request: Request) -> Response:
        body = (await request.body()).decode()
        return PlainTextResponse(str(int(request.headers["content-length"]) / len(body)))

    app = Starlette(debug=True, routes=[Route("/{rest:path}", trusting, methods=["POST"])])
    port = free_port()
    with serve(app, port):
        noise, cut = next(changed_requests("/x", 1))
        assert b"Traceback" in raw_answer(port, noise, end=cut)


def latencies(port: int, slow: int, number: int) -> list[float]:
    """How long healthy requests take while so many others send a byte now and then."""
    with ExitStack() as stack:
        lazy = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(slow)
        ]
        for image in lazy:
            image.sendall(b"POST /subscribe HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n")
        taken = []
        for turn in range(number):
            with suppress(OSError):
                lazy[turn % slow].sendall(b"X")
            before = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            with closing(connection), suppress(OSError):
                connection.request("GET", "/")
                connection.getresponse().read()
            taken.append(time.monotonic() - before)
    return sorted(taken)


def test_slow_visitors_hold_nobody_up(web: Site) -> None:
    """Two hundred connections that send a byte now and then (F8).

    The control: a server that hears one after the other answers nobody else.
    """
    healthy = latencies(web.port, 200, 100)
    assert healthy[98] < 1

    class Deaf(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            """Answer, if anybody is there still."""
            with suppress(OSError):
                self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever has left hears nothing."""

    with Server(("127.0.0.1", 0), Deaf) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert latencies(server.server_port, 1, 1)[0] > 1
        server.shutdown()
        thread.join()


def test_a_fault_of_ours_has_a_page_and_its_headers(
    web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, with nothing of the fault on it (F9)."""

    def fail(*_: object) -> None:
        raise RuntimeError("ann@mail.example")

    monkeypatch.setattr(SubscriberStore, "get", fail)
    answer = web.ask("GET", web.link(Purpose.PREFERENCES, ANN))
    assert (500, False) == (answer.status, "ann@" in answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Something went wrong</h1>" in answer.text


def test_a_page_that_is_not_there_says_where_others_are(web: Site) -> None:
    """In the reader's language, like every page."""
    for language, hint, link in (
        ("en", "All editions are linked below.", ">All editions</a>"),
        ("de", "Alle Ausgaben finden Sie weiter unten.", ">Alle Ausgaben</a>"),
    ):
        answer = web.ask("GET", "/nowhere", headers={"Accept-Language": language})
        assert (404, True, True) == (answer.status, hint in answer.text, link in answer.text)


def test_a_page_to_leave_offers_only_what_would_change_something(
    web: Site, room: MailSetup
) -> None:
    """Of weekly and pause those that are not chosen yet; no heading without a button."""
    path = web.link(Purpose.UNSUBSCRIBE, ANN)
    offered = []
    for form in ({}, {"act": "frequency", "value": "weekly"}, {"act": "pause"}):
        if form:
            assert 200 == web.ask("POST", path, form).status
        page = web.ask("GET", path).text
        offered.append(
            [text in page for text in ("Too many emails?", "Switch to weekly", "Pause all emails")]
        )
    assert [[True, True, True], [True, False, True], [False, False, False]] == offered


def test_every_answer_carries_its_headers(web: Site) -> None:
    """A strict policy, no sniffing, no referrer, no framing; private pages are not kept (F9)."""
    paths = [*links_of(web), "/2026-03-02/", "/no-such-page", "/unsubscribe/forged"]
    for path in paths:
        answer = web.ask("GET", path)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert "default-src 'none'" in headers.get("content-security-policy", "")
        assert "frame-ancestors 'none'" in headers.get("content-security-policy", "")
        assert "nosniff" == headers.get("x-content-type-options", "")
        assert "no-referrer" == headers.get("referrer-policy", "")
        if re.match("/(confirm|unsubscribe|preferences)/", path):
            assert "no-store" == headers.get("cache-control", "")
            assert "noindex" in headers.get("x-robots-tag", "")
            assert "unsafe-inline" not in headers.get("content-security-policy", "")


def test_the_archive_is_a_folder_and_nothing_else(web: Site, tmp_path: Path) -> None:
    """No path leads outside, to the database, or to a file that is being written (F10)."""
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    (tmp_path / "output" / "way").symlink_to(tmp_path / "secret.txt")
    names = ("secret.txt", "digest.db", "digest.db.key")
    ups = ("..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "....//", "..;", "%252e%252e", ".%00.")
    for name in names:
        for up in ups:
            for depth in range(1, 6):
                answer = web.ask("GET", f"/{'/'.join([up] * depth)}/{name}")
                assert answer.status in {400, 404}, answer
    for path in ("/way", "/.index.html.part", "/%2eindex.html.part", "//etc/passwd", "/a%00b"):
        answer = web.ask("GET", path)
        assert (404, False) == (answer.status, b"SECRET" in answer.body)
    assert "<p>All editions</p>" == web.ask("GET", "/").text
    assert "<p>One</p>" == web.ask("GET", "/2026-03-02/").text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("feed.xml", "application/atom+xml; charset=utf-8"),
        ("sections/world/feed.xml", "application/atom+xml; charset=utf-8"),
        ("stories.json", "application/feed+json"),
        ("2026-03-02/digest.json", "application/json"),
        ("sources.opml", "text/x-opml; charset=utf-8"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("2026-03/sitemap.xml", "application/xml; charset=utf-8"),
        ("2026-03-02/email.txt", "text/plain; charset=utf-8"),
        ("2026-03-02/email.html", "text/html; charset=utf-8"),
        ("2026-03-02/pictures/a.png", "image/png"),
        ("2026-03-02/pictures/a.webp", "image/webp"),
        ("robots.txt", "text/plain; charset=utf-8"),
    ],
)
def test_files_have_their_media_type(web: Site, tmp_path: Path, name: str, kind: str) -> None:
    """Whatever the machine's own table of types holds."""
    path = tmp_path / "output" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"ours")
    answer = web.ask("GET", f"/{name}")
    assert (200, kind, b"ours") == (answer.status, answer.headers["content-type"], answer.body)
    again = web.ask("GET", f"/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (304, b"") == (again.status, again.body)


@pytest.mark.parametrize("path", ["", "/digest"])
def test_browsers_and_search_engines_find_what_they_ask_every_site_for(
    tmp_path: Path, path: str
) -> None:
    """An icon, and a robots.txt that keeps readers' own pages out and names the sitemap."""
    with site(one_reader(tmp_path), tmp_path / "output", base=f"https://news.example{path}") as web:
        icon = web.ask("GET", "/favicon.ico")
        assert (200, "image/png") == (icon.status, icon.headers["content-type"])
        assert icon.body.startswith(b"\x89PNG")
        rules = web.ask("GET", "/robots.txt").text
    robots = RobotFileParser()
    robots.parse(rules.splitlines())
    site_of = "https://news.example"
    assert [True, True, False, False, False] == [
        robots.can_fetch("a robot", f"{site_of}{path}/{page}")
        for page in ("", "2026-03-02/", "preferences/x", "unsubscribe/x", "search?q=x")
    ]
    assert [f"{site_of}{path}/sitemap.xml"] == robots.site_maps()


@pytest.mark.parametrize(
    ("accepted", "language", "said"),
    [
        ("", "en", "Your email address"),
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Ihre E-Mail-Adresse"),
        ("ja, fr;q=0.5, de;q=0.4", "fr", "Votre adresse électronique"),
        ("en;q=0, es-419;q=0.001", "es", "Su correo electrónico"),
        ("tlh", "en", "Your email address"),
        ("*;q=x,,;q=1,de;q=2,\xff", "en", "Your email address"),
        ("de," * 5000, "de", "Ihre E-Mail-Adresse"),
    ],
)
def test_pages_speak_the_language_of_the_browser(
    web: Site, accepted: str, language: str, said: str
) -> None:
    """Of those that have a catalogue; the edition's where there is none."""
    answer = web.ask("GET", "/subscribe", headers={"Accept-Language": accepted})
    assert (200, language) == (answer.status, answer.headers["content-language"])
    assert "Accept-Language" == answer.headers["vary"]
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert said in answer.text


def test_a_subscriber_is_spoken_to_in_their_language(tmp_path: Path) -> None:
    """That in which they subscribed, whatever the browser says later, until they choose another."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        with site(room, tmp_path / "output") as web:
            german = {"Accept-Language": "de"}
            web.ask("POST", "/subscribe", {"address": "neu@mail.example"}, headers=german)
            until = time.monotonic() + 20
            while not (taken := sink.taken()) and time.monotonic() < until:
                time.sleep(0.02)
            page = web.ask("GET", web.link(Purpose.CONFIRM, "neu@mail.example"))
            assert "Abonnement bestätigen" in page.text
            web.ask("POST", web.link(Purpose.CONFIRM, "neu@mail.example"), {"confirm": "yes"})
            choose = web.link(Purpose.PREFERENCES, "neu@mail.example")
            assert "Ihr Abonnement" in web.ask("GET", choose).text
            spanish = web.ask("POST", choose, {"language": "es"})
            assert "Su suscripción" in spanish.text
            assert 'value="es" lang="es" selected' in spanish.text
    confirmation = message_from_bytes(taken[0]["body"], policy=policy.default)
    assert "Bitte bestätigen Sie Ihr Abonnement: The Digest" == confirmation["Subject"]
    part = confirmation.get_body(("plain",))
    assert part is not None
    assert "Abonnement bestätigen" in part.get_content()


def test_what_is_not_published_has_no_address(web: Site, room: MailSetup) -> None:
    """An edition that is stored only is on no page and in no mail; looking sends none (F11).

    The control: published, it goes out.
    """
    hidden = edition("2026-03-05", Section(title="Secret", stories=(story("secret"),)))
    room.store.save_edition(Publication(edition=hidden, considered=(), terms=b""))
    before = web.rows()
    for path in ("/2026-03-05/", "/2026-03-05/index.html", "/2026-03-05/email.html", "/stories/"):
        assert 404 == web.ask("GET", path).status
    for path in ("/search?q=secret", "/", web.link(Purpose.PREFERENCES, ANN)):
        assert "Secret" not in web.ask("GET", path).text
    sent: list[str] = []

    class Wire:
        def connect(self) -> Wire:
            return self

        def send(self, envelope: Envelope) -> Outcome:
            sent.append(envelope.data.decode())
            return Outcome(answer="sent")

        def close(self) -> None:
            """Nothing to close."""

    room.deliverer(mailer=Wire()).deliver()
    assert [False] == ["Headline secret" in message for message in sent]
    room.store.mark_published("2026-03-05", room.now, room.slot_of)
    room.wait(days=1)
    room.deliverer(mailer=Wire()).deliver()
    assert [False, True] == ["Headline secret" in message for message in sent]
    assert before != web.rows()


def test_without_a_mail_server_nobody_can_subscribe(room: MailSetup, tmp_path: Path) -> None:
    """No page takes an address that no mail could be sent to."""
    port = free_port()
    with serve(web_app(desk_of(room, "", None), tmp_path / "output"), port):
        alone = Site(room, port)
        before = alone.rows()
        for method in ("GET", "POST"):
            assert 404 == alone.ask(method, "/subscribe", {"address": "new@mail.example"}).status
        assert before == alone.rows()


def test_a_letter_that_is_confirmed_by_many_at_once(web: Site, room: MailSetup) -> None:
    """Ten clicks in one moment are one: one change, one generation."""
    web.ask("POST", "/subscribe", {"address": "new@mail.example"})
    path = web.link(Purpose.CONFIRM, "new@mail.example")
    gate = threading.Barrier(10)
    statuses: list[int] = []

    def click() -> None:
        gate.wait()
        statuses.append(web.ask("POST", path, {"confirm": "yes"}).status)

    threads = [threading.Thread(target=click) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200] * 10 == statuses
    reader = room.people.find("new@mail.example")
    assert reader is not None
    assert ("active", 2) == (reader.state, reader.generation)
    assert 1 == sum("active" in change.what for change in room.people.history(reader.id))


def test_preferences_are_shown_and_saved(web: Site, room: MailSetup) -> None:
    """Each field that the form has; words are muted beside stories."""
    path = web.link(Purpose.PREFERENCES, ANN)
    page = web.ask("GET", path).text
    assert 'value="daily" checked' in page
    assert "Same as the edition (07:00)" in page
    assert "Same as the edition (UTC)" in page
    form = {
        "words": " Kardashian,derby ,, derby;x, ~no, " + "y" * 61,
        "frequency": "weekdays",
        "hour": "6",
        "timezone": "Asia/Tokyo",
        "section:World": "fewer",
        "section:Science": "none",
        "muted": ["s2026-03-02-1", "<b>", "x" * 99],
    }
    answer = web.ask("POST", path, form)
    assert 200 == answer.status
    assert "Saved." in answer.text
    ann = room.people.find(ANN)
    assert ann is not None
    assert ("Asia/Tokyo", 6, Frequency.WEEKDAYS) == (
        ann.rhythm.timezone,
        ann.rhythm.hour,
        ann.rhythm.frequency,
    )
    assert (("World",), ("World",), ("s2026-03-02-1",), ("Kardashian", "derby")) == (
        ann.choice.sections,
        ann.choice.fewer,
        ann.choice.stories,
        ann.choice.words,
    )
    assert 'value="Kardashian, derby"' in answer.text
    assert '<option value="Asia/Tokyo" selected>Tokyo</option>' in answer.text
    assert "Headline 2026-03-02-1" in answer.text
    history = [change.what for change in room.people.history(ann.id)]
    assert "hour: 6" in history
    web.ask("POST", path, {**form, "paused": "yes"})
    assert "paused" == web.state(ANN)
    web.ask("POST", path, form)
    assert "active" == web.state(ANN)


@pytest.mark.parametrize(
    "form",
    [
        {"timezone": "Mars/Olympus"},
        {"hour": "25"},
        {"frequency": "hourly"},
        {"section:World": "none", "section:Science": "none"},
        {"timezone": "x" * 9000},
        {"language": "no language"},
    ],
)
def test_a_wrong_form_changes_nothing(web: Site, form: dict[str, str]) -> None:
    """It is shown again with what is wrong."""
    before = web.rows()
    answer = web.ask("POST", web.link(Purpose.PREFERENCES, ANN), form)
    assert 400 == answer.status
    assert 'role="alert"' in answer.text
    assert before == web.rows()


def test_who_has_left_has_nothing_to_choose(web: Site) -> None:
    """Their link says so; it brings nobody back."""
    path = web.link(Purpose.PREFERENCES, ANN)
    assert 200 == web.ask("POST", path, {"act": "unsubscribe"}).status
    for form in ({"frequency": "daily"}, {"act": "resume"}, {"act": "mute", "value": "s1"}):
        assert 404 == web.ask("POST", path, form).status
    assert "unsubscribed" == web.state(ANN)


@pytest.mark.parametrize(
    ("query", "asked", "done", "undo"),
    [
        (
            "mute=s2026-03-02-1&in=2026-03-02",
            ["Mute this story", "Headline 2026-03-02-1"],
            ["Story muted", "Headline 2026-03-02-1"],
            {"act": "unmute", "value": "s2026-03-02-1"},
        ),
        (
            "fewer=World",
            ["Less from World", "Top 3 only"],
            ["You’ll now get less from World", "top 3"],
            {"act": "more", "value": "World"},
        ),
        (
            "frequency=weekly",
            ["Weekly instead", "on Saturday"],
            ["You now get the weekly edition"],
            {"act": "frequency", "value": "daily"},
        ),
    ],
)
def test_a_link_in_a_mail_names_one_thing_and_does_it_with_one_button(
    web: Site, query: str, asked: list[str], done: list[str], undo: dict[str, str]
) -> None:
    """The page asks, the button does, the next one takes it back; reading does nothing."""
    room = web.room
    path = f"{web.link(Purpose.PREFERENCES, ANN)}?{query}"
    before = room.people.find(ANN)
    page = web.ask("GET", path).text
    assert [] == [said for said in asked if said not in page]
    assert 1 == page.count("<button")
    assert before == room.people.find(ANN)
    form = dict(re.findall(r'name="(act|value)" value="([^"]*)"', page))
    answer = web.ask("POST", path, form).text
    assert [] == [said for said in done if said not in answer]
    after = room.people.find(ANN)
    assert before is not None and after is not None
    assert (before.choice, before.rhythm) != (after.choice, after.rhythm)
    assert undo == dict(re.findall(r'name="(act|value)" value="([^"]*)"', answer))
    again = web.ask("GET", path).text
    assert done[0] in again
    assert "Undone" in web.ask("POST", path, undo).text
    back = room.people.find(ANN)
    assert back is not None
    assert (before.choice, before.rhythm) == (back.choice, back.rhythm)


@pytest.mark.parametrize(
    "query",
    ["mute=<script>", "fewer=Nothing+of+ours", "frequency=hourly", "mute=", "in=2026-03-02"],
)
def test_a_link_that_asks_for_nothing_we_know_shows_the_preferences(web: Site, query: str) -> None:
    """As one without a question; what it says is nowhere on the page."""
    page = web.ask("GET", f"{web.link(Purpose.PREFERENCES, ANN)}?{query}").text
    assert "Your subscription" in page
    assert "&lt;script" not in page
    assert "<script" not in page
    assert "Nothing of ours" not in page


def test_a_story_of_long_ago_is_muted_by_the_headline_that_was_seen(
    web: Site, room: MailSetup
) -> None:
    """The mail's link names its edition; without a trace of it the page says so."""
    for day in range(3, 12):
        room.publish(edition(f"2026-03-{day:02}"))
    path = f"{web.link(Purpose.PREFERENCES, ANN)}?mute=s2026-03-02-1"
    assert "Headline 2026-03-02-1" in web.ask("GET", f"{path}&in=2026-03-02").text
    for query in ("", "&in=2026-02-01", "&in=%27"):
        assert "a story from an earlier day" in web.ask("GET", path + query).text


def test_who_leaves_while_they_choose_has_left(
    web: Site, room: MailSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail program's one click, while the form is on its way: it is the click that counts."""
    path = web.link(Purpose.PREFERENCES, ANN)
    leave = web.link(Purpose.UNSUBSCRIBE, ANN)
    recent = room.outbox.recent

    def meanwhile(*_: object) -> object:
        one_click = {"List-Unsubscribe": "One-Click"}
        assert 200 == web.ask("POST", leave, one_click).status
        return recent()

    monkeypatch.setattr(Outbox, "recent", meanwhile)
    assert 404 == web.ask("POST", path, {"frequency": "weekly"}).status
    assert "unsubscribed" == web.state(ANN)


def test_a_confirmation_is_for_one_letter(web: Site, room: MailSetup) -> None:
    """Nothing but the button confirms; twice is once; another generation's link is stale."""
    web.ask("POST", "/subscribe", {"address": "new@mail.example"})
    path = web.link(Purpose.CONFIRM, "new@mail.example")
    assert 400 == web.ask("POST", path, {"confirm": "no"}).status
    assert "pending" == web.state("new@mail.example")
    assert 200 == web.ask("POST", path, {"confirm": "yes"}).status
    assert 200 == web.ask("POST", path, {"confirm": "yes"}).status
    assert "active" == web.state("new@mail.example")
    web.ask("POST", web.link(Purpose.UNSUBSCRIBE, "new@mail.example"), ONE_CLICK)
    assert 404 == web.ask("POST", path, {"confirm": "yes"}).status
    assert "unsubscribed" == web.state("new@mail.example")
    assert 404 == web.ask("GET", "/confirm/forged").status


def test_a_new_address_takes_over_when_its_owner_says_yes(web: Site, room: MailSetup) -> None:
    """With all that was chosen and what waits to be sent; until then the old one gets the mail."""
    room.add("old@mail.example", frequency="weekly", sections="World", muted="s1;~derby")
    room.publish(edition("2026-03-03"))
    old = room.people.find("old@mail.example")
    assert old is not None
    path = web.link(Purpose.PREFERENCES, "old@mail.example")
    form = {"act": "address", "address": "New@mail.example"}
    assert "Check your inbox" in web.ask("POST", path, form).text
    assert ("active", "pending") == (web.state("old@mail.example"), web.state("new@mail.example"))
    assert [True] == ["pending" == mail["state"] for mail in room.people.mails(old.id)]
    confirm = web.link(Purpose.CONFIRM, "new@mail.example")
    assert 200 == web.ask("POST", confirm, {"confirm": "yes"}).status
    new = room.people.find("new@mail.example")
    assert new is not None
    assert "unsubscribed" == web.state("old@mail.example")
    assert (old.choice, old.rhythm) == (new.choice, new.rhythm)
    assert ["2026-03-03"] == [mail["edition"] for mail in room.people.mails(new.id)]
    assert () == room.people.mails(old.id)
    assert 404 == web.ask("GET", path).status


def test_a_new_address_is_taken_once_and_by_nobody_else(web: Site, room: MailSetup) -> None:
    """A wrong one changes nothing, one that is subscribed stays as it is, no move comes twice."""
    room.add("old@mail.example", "taken@mail.example", sections="World")
    path = web.link(Purpose.PREFERENCES, "old@mail.example")
    before = web.rows()
    answer = web.ask("POST", path, {"act": "address", "address": "nowhere"})
    assert (400, True) == (answer.status, "It should look like name@example.org." in answer.text)
    assert before == web.rows()
    taken = room.people.find("taken@mail.example")
    for address in ("taken@mail.example", "old@mail.example"):
        assert 200 == web.ask("POST", path, {"act": "address", "address": address}).status
    assert taken == room.people.find("taken@mail.example")
    assert "active" == web.state("old@mail.example")
    web.ask("POST", path, {"act": "address", "address": "new@mail.example"})
    web.ask("POST", web.link(Purpose.CONFIRM, "new@mail.example"), {"confirm": "yes"})
    # Both subscribe anew, each for themselves.
    for address in ("new@mail.example", "old@mail.example"):
        web.ask("POST", web.link(Purpose.UNSUBSCRIBE, address), ONE_CLICK)
        web.ask("POST", "/subscribe", {"address": address})
        web.ask("POST", web.link(Purpose.CONFIRM, address), {"confirm": "yes"})
    assert ("active", "active") == (web.state("old@mail.example"), web.state("new@mail.example"))
