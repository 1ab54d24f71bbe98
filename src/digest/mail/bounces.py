"""Mail that came back: what a delivery status (RFC 3464) or a complaint (RFC 5965) says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from enum import StrEnum
from pathlib import Path

from digest.mail.links import BounceTo, Keys
from digest.model.errors import DigestError

MOST = 1_000_000  # bytes of a report that are read

_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "X-Failed-Recipients")
_TOKEN = re.compile(r"\+([a-z2-7]{32})@", re.IGNORECASE)
_STATUS = r"^Status:\s*([245]\.\d{1,3}\.\d{1,3})"
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^<>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)
# Status codes (RFC 3463, RFC 7505) that say the mailbox is not there, or not any more. Others of
# 5.1 speak of the sender (5.1.7, 5.1.8): those would end everybody's subscription.
_HARD = re.compile(r"^5\.(1\.([1236]|10)|2\.1|4\.4)$")


class Kind(StrEnum):
    """What came back."""

    HARD = "hard"  # there is no such mailbox
    SOFT = "soft"  # it did not get there this time: full, too big, refused
    COMPLAINT = "complaint"  # its owner called it spam


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """One report: of what kind, and which of our mails it is about.

    Only what we signed or drew by lot counts as a name, never the address that a report states:
    anybody can write one.
    """

    kind: Kind
    status: str
    to: BounceTo | None = None
    message_id: str | None = None


def read_report(raw: bytes, keys: Keys) -> BounceReport | None:
    """What a message reports; None where it is no report of ours (an answer, a notice of delay)."""
    try:
        return _report(raw, keys)
    except Exception:  # noqa: BLE001
        # Anybody may write to a return path, and what is nested a thousand times exhausts the
        # parser: no message may keep the next one from being read.
        return None


def _report(raw: bytes, keys: Keys) -> BounceReport | None:
    message = BytesParser(policy=policy.compat32).parsebytes(raw[:MOST])
    kind, status = _kind(message)
    if kind is None:
        return None
    found = _MESSAGE_ID.findall(_returned_part(message))
    to = next(filter(None, map(keys.read_bounce, _tokens(message))), None)
    if to is None and not found:
        return None
    message_id = found[0].decode("ascii", "replace") if found else None
    return BounceReport(kind=kind, status=status, to=to, message_id=message_id)


def messages_of(path: Path) -> Iterator[tuple[Path, bytes]]:
    """The messages of a file or of a Maildir's `new`; DigestError where it cannot be read."""
    try:
        folder = path / "new" if (path / "new").is_dir() else path
        if not folder.is_dir():
            yield path, path.read_bytes()[:MOST]
            return
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield file, file.read_bytes()[:MOST]
    except OSError as error:
        raise DigestError(f"{path}: cannot be read: {error.strerror}") from error


def file_away(file: Path) -> None:
    """Move a message of a Maildir from `new` to `cur`, as seen; DigestError where it cannot be."""
    if file.parent.name != "new":
        return
    seen = file.parent.parent / "cur"
    try:
        seen.mkdir(exist_ok=True)
        file.rename(seen / f"{file.name}:2,S")
    except OSError as error:
        raise DigestError(f"{file}: cannot be moved to {seen}: {error.strerror}") from error


def _kind(message: Message) -> tuple[Kind | None, str]:
    if message.get_content_type() != "multipart/report":
        return None, ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:  # RFC 6533
            return _status(part)
        if kind == "message/feedback-report":
            feedback = _field(part, "Feedback-Type")
            # Others, such as "not-spam", are no complaints (RFC 5965, section 7.3).
            wanted = feedback in {"abuse", "fraud", "virus", "other"}
            return (Kind.COMPLAINT, feedback) if wanted else (None, "")
    return None, ""


def _status(part: Message) -> tuple[Kind | None, str]:
    """Of the first recipient that a report says failed: others may stand before it."""
    for recipient in re.split(r"\n\s*\n", _text(part)):
        if re.search(r"^Action:\s*failed\b", recipient, re.IGNORECASE | re.MULTILINE):
            stated = re.search(_STATUS, recipient, re.IGNORECASE | re.MULTILINE)
            status = stated[1] if stated else ""
            return Kind.HARD if _HARD.match(status) else Kind.SOFT, status
    return None, ""


def _field(part: Message, name: str) -> str:
    found = re.search(rf"^{name}:\s*(\S+)", _text(part), re.IGNORECASE | re.MULTILINE)
    return found[1].lower() if found else ""


def _text(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(str(item) for item in payload)
    return str(payload)


def _tokens(message: Message) -> Iterator[str]:
    for name in _ADDRESSED:
        for value in message.get_all(name, []):
            yield from (token.lower() for token in _TOKEN.findall(str(value)))


def _returned_part(message: Message) -> bytes:
    """What came back of our own message: its headers, at least."""
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            return _text(part).encode("ascii", "replace")
    return b""
