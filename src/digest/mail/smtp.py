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
from digest.model.errors import DigestError
from digest.model.records import Envelope, Outcome, Stage

_GOOD: Mapping[Stage, int] = {"mail": 2, "rcpt": 2, "data": 3}  # the first digit says it all
_GONE = 421  # the server closes the connection, whatever was asked

Reply = tuple[int, bytes]


class MailServerError(DigestError):
    """The server cannot be used at all: nothing was wrong with a message."""


class SmtpTransport:
    """A mail server, as the configuration names it."""

    def __init__(self, settings: SmtpSettings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings = settings
        self._password = _password(settings, environment)
        self._name = parseaddr(settings.sender)[1].rpartition("@")[2]

    def connect(self) -> SmtpConnection:
        """Open a connection, protected and authenticated; MailServerError where it cannot be."""
        settings = self._settings
        try:
            return SmtpConnection(self._open(), self._open)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # ValueError: what a server asks for at the login may be no base64.
            where = f"{settings.host}:{settings.service_port}"
            raise MailServerError(f"mail server {where}: {_told(error)}") from error

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        where = (settings.host, settings.service_port)
        client: smtplib.SMTP
        if settings.security is Security.TLS:
            context = ssl.create_default_context()
            client = smtplib.SMTP_SSL(
                *where, local_hostname=self._name, timeout=settings.timeout, context=context
            )
        else:
            client = smtplib.SMTP(*where, local_hostname=self._name, timeout=settings.timeout)
        try:
            # The end of a message is sent by itself; it must not wait for company.
            if client.sock is not None:
                client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if settings.security is Security.STARTTLS:
                client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
            if settings.username is not None:
                client.login(settings.username, self._password)
        except BaseException:
            client.close()
            raise
        return client


class SmtpConnection:
    """One connection. Used by one thread; `hang_up` may come from another."""

    def __init__(self, client: smtplib.SMTP, reopen: Callable[[], smtplib.SMTP]) -> None:
        self._client, self._reopen = client, reopen

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
            return Outcome(answer="later", stage="mail", text=_told(error))
        try:
            self._client.close()
            self._client = self._reopen()
            return self._transaction(envelope)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Outcome(answer="later", stage="mail", text=_told(error))

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

    def _transaction(self, envelope: Envelope) -> Outcome:
        client = self._client
        commands: tuple[tuple[Stage, str], ...] = (
            ("mail", f"MAIL FROM:<{envelope.sender}>\r\n"),
            ("rcpt", f"RCPT TO:<{envelope.recipient}>\r\n"),
            ("data", "DATA\r\n"),
        )
        if client.has_extn("pipelining"):
            return self._together(commands, envelope)
        for stage, command in commands:
            client.send(command)
            reply = client.getreply()
            if reply[0] // 100 != _GOOD[stage]:
                return self._refused(stage, reply)
        return self._data(envelope.data)

    def _together(self, commands: tuple[tuple[Stage, str], ...], envelope: Envelope) -> Outcome:
        """All three in one packet, their answers in order (RFC 2920)."""
        client = self._client
        client.send("".join(command for _, command in commands))
        replies = [(stage, client.getreply()) for stage, _ in commands]
        for stage, reply in replies:
            if reply[0] // 100 != _GOOD[stage]:
                if replies[-1][1][0] // 100 == _GOOD["data"]:
                    self._data(b"")  # it waits for a message to nobody: end it
                return self._refused(stage, reply)
        return self._data(envelope.data)

    def _data(self, data: bytes) -> Outcome:
        client = self._client
        if client.sock is None:
            raise smtplib.SMTPServerDisconnected("closed")
        try:
            # An error here means that the end, which makes it a message, was not sent.
            client.sock.sendall(data + b".\r\n")
        except OSError as error:
            client.close()
            return Outcome(answer="later", text=_told(error))
        try:
            reply = client.getreply()
        except (OSError, smtplib.SMTPException):
            client.close()
            return Outcome(answer="doubt", text="no answer to the end of the message")
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


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"refuses name and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answers {error.smtp_code}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{error}; see smtp.security"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)
