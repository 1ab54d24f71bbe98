"""Messages as a server receives them, and what a connection makes of every answer."""

from __future__ import annotations

import base64
import random
import re
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config import SmtpSettings
from digest.mail.dkim import dkim_signer
from digest.mail.headers import fixed, header, mailbox
from digest.mail.keys import load_keys
from digest.mail.links import Purpose
from digest.mail.message import MimeMessageBuilder
from digest.mail.smtp import SmtpTransport
from digest.model import Mail, Section
from digest.model.errors import DigestError, MailServerError
from digest.model.records import Envelope

from .mail_setup import MORNING, MailSetup, edition, story
from .sink import Manner, running_sink
from .web_setup import free_port, site

HOSTILE = (
    "=?UTF-8?Q?=0A?=Bcc: i@x", "=?utf-8?B?CkJjYzogaUB4?=", "a\r\nBcc: i@x", "a\nBcc: i@x",
    "a\rBcc: i@x", "a\x85Bcc: i@x", "a\u2028Bcc: i@x", "a\x00b", "x" * 10_000, "\ud800", "é" * 300,
    "=?utf-8?q?a?= =?utf-8?q?=0d=0aBcc:_i@x?=", "\u202eevil", "=?", "?=", "=?x", " " * 500,
    "漢" * 99,
)  # fmt: skip


def lines_of(raw: bytes) -> list[tuple[str, str]]:
    """The headers by the letter of RFC 5322: a second parser, which forgives nothing."""
    head, _, _ = raw.partition(b"\r\n\r\n")
    found: list[tuple[str, str]] = []
    for line in head.split(b"\r\n"):
        assert not re.search(rb"[\r\n\x00]|[^\x20-\x7e\t]", line)
        if line[:1] in {b" ", b"\t"}:
            name, value = found[-1]
            found[-1] = (name, value + line.decode())
        else:
            name, colon, rest = line.decode().partition(":")
            assert colon
            assert re.fullmatch(r"[!-9;-~]+", name)
            found.append((name, rest))
    return found


ENCODED = st.text().map(lambda text: f"=?utf-8?q?{text}?=")


@settings(deadline=None)
@given(text=st.text() | st.sampled_from(HOSTILE) | ENCODED)
def test_no_text_adds_a_header(text: str) -> None:
    """Whatever is in it, one header comes of it, in lines of at most 78, and it reads as text."""
    for name in ("Subject", "From", "To", "Reply-To", "List-Id", "X-One", "Comments", "Keywords"):
        raw = header(name, text)
        assert raw.endswith(b"\r\n")
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert [name] == [each for each, _ in lines_of(raw + b"\r\n")]
        message = message_from_bytes(b"X-Before: 1\r\n" + raw + b"X-After: 2\r\n\r\n")
        assert ["X-Before", name, "X-After"] == message.keys()
    modern = message_from_bytes(header("Subject", text) + b"\r\n", policy=policy.default)
    assert ["Subject"] == modern.keys()
    assert not re.search(r"[\r\n\x00]", str(modern["Subject"]))


def test_the_standard_library_alone_is_injected() -> None:
    """The control: an encoded word smuggles a line break through it."""
    message = EmailMessage()
    message["Subject"] = HOSTILE[0]
    message.set_content("x")
    assert "Bcc" in message_from_bytes(message.as_bytes())


def test_names_of_senders_are_names(tmp_path: Path) -> None:
    """Quotes, commas, letters of any script; the address is left alone."""
    for name in ('News, "daily"', "Zürich täglich", "=?utf-8?q?x?=", "a\nb", "x" * 400):
        raw = mailbox("From", f'"{name}" <a@b.example>'.replace('"News, "daily""', '"News, daily"'))
        parsed = message_from_bytes(raw + b"\r\n", policy=policy.default)["From"]
        assert ["a@b.example"] == [address.addr_spec for address in parsed.addresses]
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    with pytest.raises(ValueError, match="printable"):
        fixed("List-Id", "<a\r\nb>")


def test_a_thousand_mails_read_back(tmp_path: Path) -> None:
    """Headers exactly as planned, lines within limits, both parts, the text unchanged (E9-E11)."""
    read_back(tmp_path, 1000)


def read_back(tmp_path: Path, mails: int) -> None:
    """Send so many mails of hostile pieces, and check each as the server has it."""
    chance = random.Random(10)
    short = tuple(piece[:300] for piece in HOSTILE)
    pieces = (*short, ".", "..", ".\n.", "From x", "=3D", "%%0%%", "%%%%", "tab\t", "trail ", "漢é")
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port, return_path="back@news.example")
        room.crowd(1)
        builder = MimeMessageBuilder(room.smtp, "https://news.example", room.keys)
        line = SmtpTransport(room.smtp).connect()
        room.publish()
        (delivery,) = room.outbox.due(room.now, doubtful=False, limit=1)
        texts = []
        for number in range(mails):
            text = "\n".join(" ".join(chance.choices(pieces, k=9)) for _ in range(9))
            html = f'<p>{text}</p><a href="%%UNSUBSCRIBE%%">x</a><a href="%%PREFERENCES%%?mute=s">'
            mail = Mail(subject=chance.choice(pieces), html=html, text=text)
            envelope = builder.edition(delivery, f"{number:032x}", mail)
            assert "sent" == line.send(envelope).answer
            texts.append((text, html, envelope))
        line.close()
        taken = sink.taken()
    for (text, html, envelope), mail_taken in zip(texts, taken, strict=True):
        check_received(room, envelope, mail_taken, text, html)


PLANNED = [
    "Message-ID", "To", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "From", "List-Id",
    "Precedence", "Auto-Submitted", "Subject", "MIME-Version", "Content-Type",
]  # fmt: skip


def check_received(
    room: MailSetup, envelope: Envelope, taken: dict[str, Any], text: str, html: str
) -> None:
    raw = taken["body"]
    assert envelope.data == raw
    assert envelope.recipient == taken["to"]
    assert re.fullmatch(r"back\+[a-z2-7]{32}@news\.example", taken["from"])
    # An address cannot be folded (RFC 2369); all else keeps to 78.
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert [] == [line for line in head if len(line) > 78 and line[:2] != b" <"]
    assert max(map(len, raw.split(b"\r\n"))) <= 200
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    headers = lines_of(raw)
    assert PLANNED == [name for name, _ in headers]
    message = message_from_bytes(raw, policy=policy.default)
    assert PLANNED == message.keys()
    assert MORNING == parsedate_to_datetime(str(message["Date"]))
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    leave = re.fullmatch(r"\s*<(https://[^<>\s]+)>", dict(headers)["List-Unsubscribe"])
    assert leave is not None
    link = leave[1]
    grant = room.keys.read(Purpose.UNSUBSCRIBE, link.rpartition("/")[2])
    assert grant is not None
    assert "@" not in link
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    expected = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    expected = expected.encode("utf-8", "replace").decode()
    said = plain.get_payload(decode=True)
    assert isinstance(said, bytes)
    number = expected.count("\n") + 1
    assert expected.split("\n") == said.decode().split("\r\n")[:number]
    shown = rich.get_payload(decode=True)
    assert isinstance(shown, bytes)
    assert link.encode() in shown
    assert b"/preferences/" in shown
    assert b"%%UNSUBSCRIBE%%" not in raw


def test_a_large_edition_stays_below_what_mail_services_cut(tmp_path: Path) -> None:
    """Under 100 kB of HTML with a hundred stories and every link in place."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        room.crowd(1)
        many = tuple(story(number, headline="A long headline " * 8) for number in range(100))
        room.publish(edition(MORNING.date(), Section(title="World", stories=many)))
        room.deliverer().deliver()
        (taken,) = sink.taken()
    message = message_from_bytes(taken["body"], policy=policy.default)
    part = message.get_body(("html",))
    assert part is not None
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert len(payload) <= 100_000


def test_the_header_of_a_received_mail_unsubscribes(tmp_path: Path) -> None:
    """A POST to the link in List-Unsubscribe, as a mail program sends it."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        room.add("one@mail.example")
        room.publish()
        room.deliverer().deliver()
        (taken,) = sink.taken()
    message = message_from_bytes(taken["body"], policy=policy.default)
    link = str(message["List-Unsubscribe"]).strip(" <>\r\n")
    with site(room, tmp_path / "output") as web:
        path = link.removeprefix("https://news.example")
        assert 200 == web.ask("POST", path, {"List-Unsubscribe": "One-Click"}).status
        assert "unsubscribed" == web.state("one@mail.example")


def openssl(*arguments: str) -> bytes:
    """What openssl prints."""
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def test_dkim(tmp_path: Path) -> None:
    """Signed with both list headers covered; one changed byte is noticed."""
    key = tmp_path / "dkim.pem"
    openssl("genrsa", "-traditional", "-out", str(key), "2048")
    public = openssl("rsa", "-in", str(key), "-pubout", "-outform", "DER")
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port, dkim_selector="mail", dkim_key=key)
        room.add("one@mail.example")
        room.publish()
        signer = dkim_signer(room.smtp)
        builder = MimeMessageBuilder(room.smtp, "https://news.example", room.keys, signer)
        room.deliverer(builder=builder).deliver()
        (taken,) = sink.taken()

    def record_of(name: bytes, timeout: int = 5) -> bytes:
        assert b"mail._domainkey.news.example." == name
        return record

    body = taken["body"]
    assert dkim.verify(body, dnsfunc=record_of)
    signature = message_from_bytes(body)["DKIM-Signature"]
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(re.split(r"[\s:;=]+", signature))
    assert not dkim.verify(body.replace(b"Headline", b"Headlune", 1), dnsfunc=record_of)


def test_dkim_without_a_key_says_so(tmp_path: Path) -> None:
    """One line, before anything is sent."""
    room = MailSetup(tmp_path, dkim_selector="mail", dkim_key=tmp_path / "none.pem")
    with pytest.raises(DigestError, match="none.pem: cannot be read"):
        dkim_signer(room.smtp)


@contextmanager
def certified(folder: Path) -> Iterator[ssl.SSLContext]:
    """A certificate for loopback that is its own authority."""
    made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    openssl(*request, *made, *subject)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    yield context


class Keeper:
    """Keeps what a server is given."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope.content)
        return "250 ok"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (b"me", b"pass") == (data.login, data.password)
    return AuthResult(success=good, handled=False)


ENVELOPE = Envelope(
    sender="a@news.example",
    recipient="b@mail.example",
    message_id="<1@news.example>",
    data=b"Subject: x\r\n\r\n=2Edot\r\nend\r\n",
)


def settings_for(port: int, **changes: Any) -> SmtpSettings:
    given = {"host": "localhost", "port": port, "sender": "a@news.example", "timeout": 10.0}
    return SmtpSettings.model_validate(given | changes)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_every_kind_of_security(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """Plain, STARTTLS and TLS against another's server, with name and password from a file."""
    keeper = Keeper()
    with certified(tmp_path) as context:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        port = free_port()
        server = Controller(
            keeper,
            hostname="localhost",
            port=port,
            ssl_context=context if security == "tls" else None,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=authenticate,
            auth_required=security == "starttls",
        )
        server.start()
        try:
            (tmp_path / "password").write_text("pass\n", encoding="utf-8")
            name = {"username": "me", "password_file": tmp_path / "password"}
            chosen = settings_for(
                port, security=security, **(name if security == "starttls" else {})
            )
            line = SmtpTransport(chosen).connect()
            assert "sent" == line.send(ENVELOPE).answer
            assert "sent" == line.send(ENVELOPE).answer
            line.close()
            if security == "starttls":
                wrong = chosen.model_copy(update={"password_file": None, "password_env": "PW"})
                with pytest.raises(MailServerError, match="login refused: 535 5.7.8"):
                    SmtpTransport(wrong, {"PW": "guess"}).connect()
                with pytest.raises(DigestError, match="PW is not set"):
                    SmtpTransport(wrong, {})
        finally:
            server.stop()
    assert [ENVELOPE.data] * 2 == keeper.taken


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    """Nothing is sent to a server that cannot show who it is."""
    with certified(tmp_path) as context:
        port = free_port()
        server = Controller(Keeper(), hostname="localhost", port=port, ssl_context=context)
        server.start()
        try:
            with pytest.raises(MailServerError, match="TLS fails"):
                SmtpTransport(settings_for(port, security="tls")).connect()
        finally:
            server.stop()


def test_a_server_that_is_not_there() -> None:
    """One line with its address."""
    with pytest.raises(MailServerError, match=r"mail server localhost:9: .*refused"):
        SmtpTransport(settings_for(9, security="none")).connect()


def test_starttls_is_not_left_out(tmp_path: Path) -> None:
    """A server without it is not spoken to in the clear."""
    with running_sink(tmp_path / "sink") as sink, pytest.raises(MailServerError, match="security"):
        SmtpTransport(settings_for(sink.port, host="127.0.0.1", security="starttls")).connect()


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("manner", "recipient", "expected"),
    [
        ({}, "b@mail.example", ("sent", "data")),
        ({}, "nobody@mail.example", ("refused", "rcpt")),
        ({"greylist": True}, "b@mail.example", ("later", "rcpt")),
        ({"refuse_mail_from": True}, "b@mail.example", ("refused", "mail")),
        ({"refuse_data": True}, "b@mail.example", ("refused", "data")),
        ({"fates": {"later": 1.0}}, "b@mail.example", ("later", "data")),
        ({"fates": {"drop_after_dot": 1.0}}, "b@mail.example", ("doubt", "data")),
        ({"fates": {"stall": 1.0}, "stall": 30.0}, "b@mail.example", ("doubt", "data")),
        ({"fates": {"stall": 1.0}, "stall": 1.5}, "b@mail.example", ("sent", "data")),
    ],
)
def test_what_each_answer_means(
    tmp_path: Path,
    pipelining: bool,
    manner: dict[str, Any],
    recipient: str,
    expected: tuple[str, str],
) -> None:
    """Command by command or in one packet; and the next message on the line gets its own answer."""
    with running_sink(tmp_path / "sink", Manner(**manner, pipelining=pipelining)) as sink:
        chosen = settings_for(sink.port, host="127.0.0.1", security="none", timeout=1.0)
        line = SmtpTransport(chosen, final_timeout=2.0).connect()
        for number in range(2):
            outcome = line.send(replace(ENVELOPE, recipient=f"{number}{recipient}"))
            assert expected == (outcome.answer, outcome.stage)
        line.close()


POLITE = {
    "": b"220 hello\r\n",
    "EHLO": b"250-me\r\n250 8BITMIME\r\n",
    "HELO": b"250 me\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 taken\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}


@contextmanager
def scripted(script: dict[str, bytes]) -> Iterator[tuple[int, list[str]]]:
    """A server that says what a script says, whatever it means; how often it took a mail."""
    said = {**POLITE, **script}
    heard: list[str] = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.wfile.write(said[""])
                inside = False
                while line := self.rfile.readline():
                    verb = "." if line == b".\r\n" else "" if inside else line[:4].decode().upper()
                    if not verb:
                        continue
                    heard.append(verb)
                    inside = verb == "DATA" and said["DATA"].startswith(b"3")
                    self.wfile.write(said.get(verb, b"502 what?\r\n"))
                    if said.get(verb, b"").startswith(b"421"):
                        return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join()


GONE = b"421 4.3.2 closing\r\n"
NONSENSE = b"nonsense\r\n"


@pytest.mark.parametrize(
    ("script", "expected", "messages"),
    [
        ({}, "sent", 1),
        ({"": b"220-one\r\n220-two\r\n220 three\r\n"}, "sent", 1),
        ({"EHLO": b"502 no such thing\r\n"}, "sent", 1),
        ({"EHLO": b"250-me\r\n250-SIZE x y z\r\n250-=?\r\n250 \xff\xfe\r\n"}, "sent", 1),
        ({"MAIL": b"250-ok\r\n250 \xe4\r\n", "RCPT": b"252 perhaps\n"}, "sent", 1),
        ({".": b"251 as you like\r\n"}, "sent", 1),
        ({".": b"250-taken\r\n250-as\r\n250 number 7\r\n"}, "sent", 1),
        ({"": GONE}, MailServerError, 0),
        ({"": NONSENSE}, MailServerError, 0),
        ({"": b"554 not you\r\n"}, MailServerError, 0),
        ({"EHLO": GONE, "HELO": GONE}, MailServerError, 0),
        ({"EHLO": b"250 " + b"x" * 20_000 + b"\r\n", "HELO": GONE}, MailServerError, 0),
        ({"MAIL": GONE}, "later", 0),
        ({"RCPT": GONE}, "later", 0),
        ({"DATA": GONE}, "later", 0),
        ({"MAIL": NONSENSE}, "later", 0),
        ({"RCPT": NONSENSE}, "later", 0),
        ({"RCPT": b"250 " + b"x" * 20_000 + b"\r\n"}, "later", 0),
        ({"DATA": b"250 ok\r\n"}, "later", 0),
        ({"DATA": b"554 5.5.1 no\r\n"}, "refused", 0),
        ({".": GONE}, "later", 1),
        ({".": b"452 4.3.1 full\r\n"}, "later", 1),
        ({".": b"554 5.7.1 spam\r\n"}, "refused", 1),
        ({".": NONSENSE}, "doubt", 1),
        ({".": b"354 go on\r\n"}, "doubt", 1),
        ({".": b"250 " + b"x" * 20_000 + b"\r\n"}, "doubt", 1),
    ],
)
def test_strange_servers(script: dict[str, bytes], expected: Any, messages: int) -> None:
    """Whatever is said: sent only where a message was taken, in doubt only where nobody knows."""
    with scripted(script) as (port, heard):
        chosen = settings_for(port, host="127.0.0.1", security="none", timeout=2.0)
        if expected is MailServerError:
            with pytest.raises(MailServerError, match=f"mail server 127.0.0.1:{port}: "):
                SmtpTransport(chosen).connect()
        else:
            line = SmtpTransport(chosen).connect()
            assert expected == line.send(ENVELOPE).answer
            line.close()
        assert messages == heard.count(".")


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ({"EHLO": b"250 me\r\n"}, "offers no login"),
        (
            {"EHLO": b"250-me\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 5.7.8 no\r\n"},
            "refused: 535",
        ),
        ({"EHLO": b"250-me\r\n250 AUTH CRAM-MD5\r\n", "AUTH": b"334 =no=\r\n"}, "mail server"),
    ],
)
def test_a_login_that_fails(
    monkeypatch: pytest.MonkeyPatch, login: dict[str, bytes], said: str
) -> None:
    """One line that says why, and never the password."""
    monkeypatch.setenv("SECRET", "s3cret-password")
    with scripted(login) as (port, _):
        options = {"username": "me", "password_env": "SECRET", "timeout": 2.0}
        chosen = settings_for(port, host="127.0.0.1", security="none", **options)
        with pytest.raises(MailServerError, match=said) as caught:
            SmtpTransport(chosen).connect()
    assert "s3cret" not in str(caught.value)


def test_a_login_that_is_nonsense_later_leaves_the_message_unsent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that has to be opened anew: nothing went out, so it is put off and not in doubt."""

    def nonsense() -> None:
        raise ValueError("Incorrect padding")

    with scripted({"MAIL": GONE}) as (port, _):
        line = SmtpTransport(settings_for(port, host="127.0.0.1", security="none")).connect()
        monkeypatch.setattr(line, "_reopen", nonsense)
        assert "later" == line.send(ENVELOPE).answer


def test_a_line_is_opened_again(tmp_path: Path) -> None:
    """A server that takes three messages a connection gets ten over four."""
    with running_sink(tmp_path / "sink", Manner(per_connection=3)) as sink:
        line = SmtpTransport(settings_for(sink.port, host="127.0.0.1", security="none")).connect()
        assert ["sent"] * 10 == [line.send(ENVELOPE).answer for _ in range(10)]
        line.hang_up()
        assert "sent" == line.send(ENVELOPE).answer
        assert 11 == len(sink.taken())
        assert {ENVELOPE.data} == {mail["body"] for mail in sink.taken()}
    assert "later" == line.send(ENVELOPE).answer
    line.close()


def test_keys_are_made_once_and_kept_to_their_owner(tmp_path: Path) -> None:
    """In a 0600 file beside the database, or in the environment; a weak one is refused."""
    database = tmp_path / "digest.db"
    token = load_keys(database, {}).sign(Purpose.CONFIRM, "00" * 8, 1)
    assert load_keys(database, {}).read(Purpose.CONFIRM, token)
    path = tmp_path / "digest.db.key"
    assert 0o600 == path.stat().st_mode & 0o777
    stated = {"DIGEST_SECRET_KEY": "a key in the environment".replace(" ", "-") + "-long-enough"}
    assert not load_keys(database, stated).read(Purpose.CONFIRM, token)
    with pytest.raises(DigestError, match="DIGEST_SECRET_KEY: needs a key of at least 32"):
        load_keys(database, {"DIGEST_SECRET_KEY": "short"})
    path.chmod(0o644)
    with pytest.raises(DigestError, match="chmod 600"):
        load_keys(database, {})
