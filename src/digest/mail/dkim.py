"""Signing messages (RFC 6376), where no mail server does so: an extra, `digest[dkim]`."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr

from digest.config import SmtpSettings
from digest.model.errors import DigestError

# RFC 8058, section 4, wants both list headers covered.
_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"list-id",
    b"list-unsubscribe", b"list-unsubscribe-post", b"mime-version", b"content-type",
)  # fmt: skip


def dkim_signer(smtp: SmtpSettings) -> Callable[[bytes], bytes] | None:
    """Makes the signature header of a message; None where no key is configured.

    Raises DigestError where the key or the extra is missing.
    """
    if smtp.dkim_key is None or smtp.dkim_selector is None:
        return None
    try:
        import dkim  # noqa: PLC0415 -- an extra, which may be missing
    except ImportError:
        raise DigestError("smtp.dkim_key: needs the extra: pip install digest[dkim]") from None
    try:
        key = smtp.dkim_key.read_bytes()
    except OSError as error:
        raise DigestError(f"{smtp.dkim_key}: cannot be read: {error.strerror}") from error
    selector = smtp.dkim_selector.encode()
    domain = parseaddr(smtp.sender)[1].rpartition("@")[2].encode()

    def sign(message: bytes) -> bytes:
        stated = {name.lower() for name in _names(message)}
        signed = [name for name in _SIGNED if name in stated]
        made: bytes = dkim.sign(message, selector, domain, key, include_headers=signed)
        return made

    return sign


def _names(message: bytes) -> list[bytes]:
    head = message.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
