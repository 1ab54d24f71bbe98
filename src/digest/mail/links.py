"""Signed links: what a mail's links may do, and for whom.

A link names its key, its purpose, a subscriber and the generation of their subscription, under an
HMAC (SHA-256, whole). It can do one thing for one subscription. Keys rotate: the first signs, all
of them verify, so that links in old mails keep working. There is one spelling of each link.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from hashlib import sha256

_VERSION = 1
_BODY = struct.Struct(">B4sB8sI")  # version, key id, purpose, subscriber, generation
_BOUNCE = struct.Struct(">8sH")  # subscriber, days since 2020
_EPOCH = date(2020, 1, 1)
_SHORT = 10  # bytes of the HMAC in a return path, whose length mail servers limit to 64


class Purpose(IntEnum):
    """What a link does; it does nothing else."""

    CONFIRM = 1
    UNSUBSCRIBE = 2
    PREFERENCES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a genuine link says."""

    subscriber: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceTo:
    """What a genuine return path says: whose mail, of which day, came back."""

    subscriber: str
    slot: date


class Keys:
    """Signs and reads links with secrets of at least 32 bytes each, the newest first."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or any(len(secret) < 32 for secret in secrets):
            raise ValueError("a secret key needs at least 32 bytes")
        self._secrets = {sha256(b"id" + secret).digest()[:4]: secret for secret in secrets}
        self._newest = sha256(b"id" + secrets[0]).digest()[:4]

    @property
    def ids(self) -> tuple[str, ...]:
        """What tells the keys apart and gives nothing away, the newest first."""
        return tuple(key.hex() for key in self._secrets)

    def sign(self, purpose: Purpose, subscriber: str, generation: int) -> str:
        """A link's token: 67 characters that need no escaping in a URL."""
        body = _BODY.pack(
            _VERSION, self._newest, purpose, bytes.fromhex(subscriber), generation & 0xFFFFFFFF
        )
        return _text(body + _mac(self._secrets[self._newest], b"link", body))

    def read(self, purpose: Purpose, token: str) -> Grant | None:
        """What a token of this purpose grants; None for any text that we did not sign so."""
        raw = _bytes(token, _BODY.size + sha256().digest_size)
        if raw is None:
            return None
        body, mac = raw[: _BODY.size], raw[_BODY.size :]
        version, key, stated, subscriber, generation = _BODY.unpack(body)
        secret = self._secrets.get(key)
        if secret is None or not hmac.compare_digest(mac, _mac(secret, b"link", body)):
            return None
        if version != _VERSION or stated != purpose:
            return None
        return Grant(subscriber=subscriber.hex(), generation=generation)

    def message_id(self, edition: str, subscriber: str) -> str:
        """The left side of a Message-ID, the same for one edition and subscriber."""
        secret = self._secrets[self._newest]
        return _mac(secret, b"message", f"{edition} {subscriber}".encode())[:16].hex()

    def bounce_to(self, subscriber: str, slot: date) -> str:
        """What a return path carries after the plus sign: 32 characters in lower case."""
        body = _BOUNCE.pack(bytes.fromhex(subscriber), (slot - _EPOCH).days)
        mac = _mac(self._secrets[self._newest], b"bounce", body)[:_SHORT]
        return base64.b32encode(body + mac).decode().lower()

    def read_bounce(self, token: str) -> BounceTo | None:
        """Whose mail came back; None for any text that we did not sign."""
        try:
            raw = base64.b32decode(token.upper())
        except (binascii.Error, ValueError):
            return None
        body, mac = raw[: _BOUNCE.size], raw[_BOUNCE.size :]
        if len(raw) != _BOUNCE.size + _SHORT:
            return None
        for secret in self._secrets.values():
            if hmac.compare_digest(mac, _mac(secret, b"bounce", body)[:_SHORT]):
                subscriber, days = _BOUNCE.unpack(body)
                return BounceTo(subscriber=subscriber.hex(), slot=_EPOCH + timedelta(days=days))
        return None


def _mac(secret: bytes, use: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, use + b"\0" + body, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str, length: int) -> bytes | None:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    # Base64 has several spellings of one text (spare bits, characters it passes over): take ours.
    return raw if len(raw) == length and hmac.compare_digest(_text(raw), token) else None
