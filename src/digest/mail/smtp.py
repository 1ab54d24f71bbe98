"""SMTP: connections, and what a server makes of a message (RFC 5321)."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from email.utils import parseaddr

from digest.config import Security, SmtpSettings
from digest.model.errors import DigestError, MailServerError
from digest.model.records import Envelope, Outcome, Stage

_GOOD: Mapping[Stage, int] = {"mail": 2, "rcpt": 2, "data": 3}  # the first digit says it all
_GONE = 421  # the server closes the connection, whatever was asked

Reply = tuple[int, bytes]


_CONNECT = 60.0  # seconds until a server that does not answer counts as not there
# RFC 5321, section 4.5.3.2.6: whoever waits less for the answer to a whole message sends copies.
_FINAL = 600.0


class SmtpTransport:
    """A mail server, as the configuration names it."""

    def __init__(
        self,
        settings: SmtpSettings,
        environment: Mapping[str, str] = os.environ,
        *,
        final_timeout: float = _FINAL,
    ) -> None:
        self._settings, self._final = settings, max(final_timeout, settings.timeout)
        self._password = _password(settings, environment)
        self._name = parseaddr(settings.sender)[1].rpartition("@")[2]

    def connect(self) -> SmtpConnection:
        """Open a connection, protected and authenticated; MailServerError where it cannot be."""
        settings = self._settings
        try:
            return SmtpConnection(self._open(), self._open, self._final)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # ValueError: what a server asks for at the login may be no base64.
            where = f"{settings.host}:{settings.service_port}"
            reached = isinstance(error, smtplib.SMTPResponseException)
            raise MailServerError(
                f"mail server {where}: {_in_words(error)}", reached=reached
            ) from error

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        where = (settings.host, settings.service_port)
        connecting = min(settings.timeout, _CONNECT)
        client: smtplib.SMTP
        if settings.security is Security.TLS:
            context = ssl.create_default_context()
            client = smtplib.SMTP_SSL(
                *where, local_hostname=self._name, timeout=connecting, context=context
            )
        else:
            client = smtplib.SMTP(*where, local_hostname=self._name, timeout=connecting)
        try:
            if client.sock is not None:
                # The end of a message is sent by itself; it must not wait for company.
                client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.sock.settimeout(settings.timeout)
            if settings.security is Security.STARTTLS:
                client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
            if settings.username is not None:
                _log_in(client, settings.username, self._password)
        except BaseException:
            client.close()
            raise
        return client


class SmtpConnection:
    """One connection. Used by one thread; `hang_up` may come from another."""

    def __init__(
        self, client: smtplib.SMTP, reopen: Callable[[], smtplib.SMTP], final_timeout: float
    ) -> None:
        self._client, self._reopen, self._final = client, reopen, final_timeout
        self._stage: Stage = "mail"  # of the message in hand

    def send(self, envelope: Envelope) -> Outcome:
        """Hand a message over. A connection that the server closed in between is opened anew.

        Whatever goes wrong before the end of the message was sent leaves it unsent; after that,
        without an answer, nobody knows.
        """
        try:
            return self._transaction(envelope)
        except smtplib.SMTPServerDisconnected:
            pass  # nothing of this message was taken: try once more
        except OSError as error:
            return self._broken(error)
        try:
            self._client.close()
            self._stage = "mail"
            self._client = self._reopen()
            return self._transaction(envelope)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return self._broken(error)

    def close(self) -> None:
        """Take leave."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._client.quit()
        self._client.close()

    def hang_up(self) -> None:
        """Cut the connection under the thread that waits on it."""
        if self._client.sock is not None:
            with contextlib.suppress(OSError):
                self._client.sock.shutdown(socket.SHUT_RDWR)

    def _broken(self, error: Exception) -> Outcome:
        """Of a message that was not sent whole."""
        self._client.close()
        return Outcome(answer="later", stage=self._stage, text=_in_words(error))

    def _transaction(self, envelope: Envelope) -> Outcome:
        client, self._stage = self._client, "mail"
        commands: tuple[tuple[Stage, str], ...] = (
            ("mail", f"MAIL FROM:<{envelope.sender}>\r\n"),
            ("rcpt", f"RCPT TO:<{envelope.recipient}>\r\n"),
            ("data", "DATA\r\n"),
        )
        if client.has_extn("pipelining"):
            return self._together(commands, envelope)
        for stage, command in commands:
            self._stage = stage
            client.send(command)
            reply = client.getreply()
            if reply[0] // 100 != _GOOD[stage]:
                return self._refused(stage, reply)
        return self._data(envelope.data)

    def _together(self, commands: tuple[tuple[Stage, str], ...], envelope: Envelope) -> Outcome:
        """All three in one packet, their answers in order (RFC 2920)."""
        client = self._client
        client.send("".join(command for _, command in commands))
        replies = []
        for stage, _ in commands:
            self._stage = stage
            replies.append((stage, client.getreply()))
        for stage, reply in replies:
            if reply[0] // 100 != _GOOD[stage]:
                if replies[-1][1][0] // 100 == _GOOD["data"]:
                    self._data(b"\r\n", discarded=True)  # it waits for a message to nobody
                return self._refused(stage, reply)
        return self._data(envelope.data)

    def _data(self, data: bytes, *, discarded: bool = False) -> Outcome:
        client = self._client
        if client.sock is None:
            raise smtplib.SMTPServerDisconnected("closed")
        try:
            # An error here means that the end, which makes it a message, was not sent.
            client.sock.sendall(data + b".\r\n")
        except OSError as error:
            client.close()
            return Outcome(answer="later", text=_in_words(error))
        patience = client.sock.gettimeout()
        if not discarded:
            client.sock.settimeout(self._final)
        try:
            reply = client.getreply()
        except (OSError, smtplib.SMTPException):
            client.close()
            return Outcome(answer="doubt", text="no answer to the end of the message")
        if client.sock is not None:
            client.sock.settimeout(patience)
        if 200 <= reply[0] < 300:
            return Outcome(answer="sent")
        if not 400 <= reply[0] < 600:
            client.close()
            return Outcome(answer="doubt", text="no understandable answer to the message")
        return self._refused("data", reply)

    def _refused(self, stage: Stage, reply: Reply) -> Outcome:
        code, words = reply
        text = f"{code} {words.decode('ascii', 'replace')}"
        if code == _GONE:
            self._client.close()
            if stage == "mail":
                raise smtplib.SMTPServerDisconnected(text)
        elif stage != "data":
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._client.rset()
        return Outcome(answer="refused" if 500 <= code < 600 else "later", stage=stage, text=text)


def _password(settings: SmtpSettings, environment: Mapping[str, str]) -> str:
    if settings.username is None:
        return ""
    if settings.password_env is not None:
        stated = environment.get(settings.password_env)
        if not stated:
            raise DigestError(f"smtp.password_env: {settings.password_env} is not set")
        return stated
    path = settings.password_file
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except OSError as error:
        raise DigestError(f"{path}: cannot be read: {error.strerror}") from error


class _Utf8(str):
    """Text that smtplib, which encodes as ASCII, sends as UTF-8 (RFC 4616)."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """As UTF-8, whatever is asked for."""
        del encoding, errors
        return super().encode("utf-8")


def _log_in(client: smtplib.SMTP, user: str, password: str) -> None:
    """One try by one method: a server that counts failed logins locks the account soon."""
    client.user, client.password = _Utf8(user), _Utf8(password)
    methods: Mapping[str, Callable[..., str | None]] = {
        "PLAIN": client.auth_plain,
        "LOGIN": client.auth_login,
        "CRAM-MD5": client.auth_cram_md5,
    }
    protected = isinstance(client.sock, ssl.SSLSocket)
    order = ("PLAIN", "LOGIN", "CRAM-MD5") if protected else ("CRAM-MD5", "PLAIN", "LOGIN")
    offered = client.esmtp_features.get("auth", "").upper().split()
    method = next((name for name in order if name in offered), None)
    if method is None:
        raise smtplib.SMTPNotSupportedError(
            f"offers no login by name and password (it offers {', '.join(offered) or 'none'})"
        )

    def answer(challenge: bytes | None = None) -> str:
        return _Utf8(methods[method](challenge) or "")

    client.auth(method, answer, initial_response_ok=method != "CRAM-MD5")


def _in_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"login refused: {error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{str(error).rstrip('.')}; see smtp.security"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _text(words: bytes | str) -> str:
    """A server's words, without what no log may hold."""
    text = words if isinstance(words, str) else words.decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text)[:300]
