"""One rendered mail -> the bytes for each subscriber.

What all readers of a mail share is encoded once; for each, the few lines that are theirs alone are
put in: the address, the Message-ID, the links. Quoted-printable throughout, so that no server on
the way has a reason to touch it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from threading import Lock

from digest.config import SmtpSettings
from digest.mail.headers import fixed, header, mailbox
from digest.mail.links import Keys, Purpose
from digest.model import Mail, Personal, Subscriber
from digest.model.records import Delivery, Envelope

_UNSUBSCRIBE, _PREFERENCES = Personal()
_SLOTS = {_UNSUBSCRIBE: b"%%0%%", _PREFERENCES: b"%%1%%"}  # never left by quoted-printable
_KEPT = 32  # encoded mails; each takes about 100 kB

Sign = Callable[[bytes], bytes]  # message -> a header to put before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a reader's links lead."""

    unsubscribe: str
    preferences: str


class MimeMessageBuilder:
    """Addresses, links and identifiers of one sender."""

    def __init__(
        self, smtp: SmtpSettings, base_url: str, keys: Keys, sign: Sign | None = None
    ) -> None:
        self._smtp, self._keys, self._sign = smtp, keys, sign
        self._base = base_url.rstrip("/")
        self._domain = parseaddr(smtp.sender)[1].rpartition("@")[2]
        self._bounces = parseaddr(smtp.return_path or smtp.sender)[1]
        self._fixed = self._shared()
        self._bodies = lru_cache(_KEPT)(_Body)
        self._turn = Lock()

    def message_id(self, edition: str, subscriber: str) -> str:
        """The Message-ID of an edition for a subscriber."""
        return f"<{self.key(edition, subscriber)}@{self._domain}>"

    def key(self, edition: str, subscriber: str) -> str:
        """The left side of a Message-ID."""
        return self._keys.message_id(edition, subscriber)

    def confirmation_link(self, subscriber: Subscriber, *, known: bool) -> str:
        """The link in a confirmation mail: to the preferences, or to the confirmation page."""
        if known:
            return self.links(subscriber.id, subscriber.generation).preferences
        token = self._keys.sign(Purpose.CONFIRM, subscriber.id, subscriber.generation)
        return f"{self._base}/confirm/{token}"

    def links(self, subscriber: str, generation: int) -> Links:
        """The links of a subscription."""
        leave = self._keys.sign(Purpose.UNSUBSCRIBE, subscriber, generation)
        choose = self._keys.sign(Purpose.PREFERENCES, subscriber, generation)
        return Links(
            unsubscribe=f"{self._base}/unsubscribe/{leave}",
            preferences=f"{self._base}/preferences/{choose}",
        )

    def edition(self, delivery: Delivery, key: str, mail: Mail) -> Envelope:
        """A delivery's message; the same delivery and mail give the same bytes."""
        links = self.links(delivery.subscriber, delivery.generation)
        message_id = delivery.message_id or self.message_id(delivery.edition, delivery.subscriber)
        head = b"".join(
            (
                fixed("Message-ID", message_id),
                fixed("To", f"<{delivery.address}>"),
                _date(delivery.tried_at or delivery.due_at),
                fixed("List-Unsubscribe", f"<{links.unsubscribe}>"),
                b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                self._fixed,
            )
        )
        data = self._body(key, mail).filled(head, links)
        return Envelope(
            sender=self._return_path(delivery),
            recipient=delivery.address,
            message_id=message_id,
            data=self._sign(data) + data if self._sign else data,
        )

    def transactional(self, address: str, key: str, mail: Mail, at: datetime) -> Envelope:
        """A message to one person, such as a confirmation; its links are filled in already."""
        message_id = f"<{key}@{self._domain}>"
        head = b"".join(
            (
                fixed("Message-ID", message_id),
                mailbox("To", address),
                _date(at),
                mailbox("From", self._smtp.sender),
                b"Auto-Submitted: auto-generated\r\n",
            )
        )
        data = _Body(key, mail).filled(head, Links(unsubscribe="", preferences=""))
        return Envelope(
            sender=self._bounces,
            recipient=address,
            message_id=message_id,
            data=self._sign(data) + data if self._sign else data,
        )

    def _shared(self) -> bytes:
        reply = self._smtp.reply_to
        return b"".join(
            (
                mailbox("From", self._smtp.sender),
                mailbox("Reply-To", reply) if reply else b"",
                fixed("List-Id", f"<digest.{self._domain}>"),
                b"Precedence: bulk\r\nAuto-Submitted: auto-generated\r\n",
            )
        )

    def _return_path(self, delivery: Delivery) -> str:
        if self._smtp.return_path is None:
            return self._bounces
        local, _, domain = self._bounces.rpartition("@")
        return f"{local}+{self._keys.bounce_to(delivery.subscriber, delivery.slot)}@{domain}"

    def _body(self, key: str, mail: Mail) -> _Body:
        with self._turn:  # one thread encodes it, the others wait
            return self._bodies(key, mail)


class _Body:
    """Subject and both parts, encoded, with places for the links."""

    def __init__(self, key: str, mail: Mail) -> None:
        boundary = f"=_{key}".encode()
        parts = [(b"text/plain", mail.text), (b"text/html", mail.html)]
        # No place of a link is looked for in the head, whatever a subject looks like.
        self._head = header("Subject", mail.subject) + (
            b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
            b' boundary="' + boundary + b'"\r\n\r\n'
        )
        whole = b"".join(_part(boundary, kind, text) for kind, text in parts)
        whole += b"--" + boundary + b"--\r\n"
        # Every second piece is a place; the text between them is looked through only here.
        self._pieces = re.split(b"(" + b"|".join(_SLOTS.values()) + b")", whole)

    def filled(self, head: bytes, links: Links) -> bytes:
        """With one reader's head and links."""
        mine = {
            _SLOTS[_UNSUBSCRIBE]: _lines(links.unsubscribe),
            _SLOTS[_PREFERENCES]: _lines(links.preferences),
        }
        return b"".join((head, self._head, *(mine.get(piece, piece) for piece in self._pieces)))


def _part(boundary: bytes, kind: bytes, text: str) -> bytes:
    head = b"--" + boundary + b"\r\nContent-Type: " + kind + b'; charset="utf-8"\r\n'
    return head + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _encoded(text) + b"\r\n"


def _encoded(text: str) -> bytes:
    """Quoted-printable with lines of its own, softly broken, for each place of a link."""
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    whole = "\r\n".join(lines).encode("utf-8", "replace")
    for token, slot in _SLOTS.items():
        whole = whole.replace(token.encode(), b"\0" + slot + b"\0")
    return b"".join(
        b"=\r\n" + piece + b"=\r\n" if number % 2 else _quoted(piece)
        for number, piece in enumerate(whole.split(b"\0"))
    )


def _quoted(piece: bytes) -> bytes:
    # What looks like a place for a link and is none must not be taken for one. Soft breaks
    # follow the kind of line end that a piece has; some have none.
    quoted = binascii.b2a_qp(piece).replace(b"%%", b"%=25")
    # No line begins with a dot, so that no message has to be looked through for them (RFC 5321).
    # Nor with "From ", before which mailboxes of old put a mark.
    lines = re.sub(rb"(?<!\r)\n", b"\r\n", quoted)
    return re.sub(rb"(?m)^From ", b"=46rom ", re.sub(rb"(?m)^\.", b"=2E", lines))


def _lines(url: str) -> bytes:
    """A link in quoted-printable lines of its own."""
    raw = url.replace("=", "=3D").encode("ascii")
    lines = b"=\r\n".join(raw[at : at + 70] for at in range(0, len(raw), 70))
    return lines.replace(b"\r\n.", b"\r\n=2E")


@lru_cache(maxsize=64)
def _date(at: datetime) -> bytes:
    return f"Date: {format_datetime(at)}\r\n".encode("ascii")
