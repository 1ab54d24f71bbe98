"""Mail that came back: delivery reports (RFC 3464), complaints (RFC 5965), and plain text.

A report is believed only about the mail that it names by what we signed or drew at random: the
token of a return path, or a Message-ID. Any address in it can be anybody's invention.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from enum import StrEnum
from pathlib import Path

from digest.mail.faults import cause_of
from digest.mail.links import BounceTo, Keys
from digest.model import Cause
from digest.model.errors import DigestError

MAX_BYTES = 1_000_000  # of a report that are read
_TEXT = 4_000  # characters of a plain text report that may say why

_TOKEN = re.compile(rb"\+([a-z2-7]{32})(?=[@=])", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"<[0-9a-f]{32}@[^<>\s]{1,200}>")
_REPORTED = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 6533
# RFC 5965, section 7.3, and what services use beside it. "not-spam" is the opposite; reports on
# authentication (RFC 6591) come from servers, not from readers.
_COMPLAINTS = re.compile(r"abuse|fraud|virus|other|opt-?out|unsubscribe", re.IGNORECASE)
_JMRP = re.compile(r"^complaint about message from\b", re.IGNORECASE)  # Outlook's older program

# A report without a status part is known by who sent it or what it is called ...
_DAEMON = re.compile(
    r"mailer-?daemon|mail-?daemon|postmaster|mail delivery (sub)?system|mdaemon|bounce",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non.?deliver|not delivered|returned (mail|to sender|e-?mail)|(mail|delivery|"
    r"message)[\w\s:]*\b(fail|problem|error)|failure (notice|delivery)|delivery status|"
    r"could not be delivered|unzustellbar|nicht zugestellt|fehlgeschlagen|zustell\w* (fehl|nicht)|"
    r"mail system error|non remis|échec|no entregado|rückmeldung",
    re.IGNORECASE,
)
# ... and is no report where the server is still trying, or a person is away.
_STILL_TRYING = re.compile(
    r"warning message only|(still|continue|keep) (be )?(trying|to try|retrying)|will be retried|"
    r"has (been|not yet been) delay|been delayed|delivery (is )?delayed|do not need to resend|"
    r"not yet been delivered|delivery attempts will continue|weiterhin versucht|verzögert",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"out of (the )?office|auto(matic)?[ -]?(reply|response)|abwesen|vacation", re.IGNORECASE
)
# What follows is the returned message.
_COPY = re.compile(
    r"^\W*(this is a copy of|below this line|(the )?(original|returned|unsent|undelivered) "
    r"(message|mail|text)|message (headers?|text) follow|begin of original|text of message|"
    r"ursprüngliche nachricht|originalnachricht|return-path:|received: )",
    re.IGNORECASE | re.MULTILINE,
)


_RECIPIENT = re.compile(r"^(Final-Recipient|Action|Status):", re.IGNORECASE | re.MULTILINE)
_NOT_FAILED = re.compile(r"delayed|delivered|relayed|expanded")  # RFC 3464, section 2.3.3


class Kind(StrEnum):
    """What came back, as its operator reads it."""

    HARD = "hard"  # no such mailbox
    SOFT = "soft"  # not this time, or for a reason that is not the mailbox's
    COMPLAINT = "complaint"  # its owner called it spam, or asked not to get it


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """One report: of what kind, whose fault, in the server's words, and on which of our mails."""

    kind: Kind
    cause: Cause | None = None  # None for a complaint
    text: str = ""
    to: BounceTo | None = None
    message_ids: tuple[str, ...] = ()


def read_report(raw: bytes, keys: Keys) -> BounceReport | None:
    """What a message reports; None where it is no report on our mail (an answer, a delay)."""
    try:
        return _report(raw[:MAX_BYTES], keys)
    except Exception:  # noqa: BLE001
        # Anybody may write to a return path, and what is nested a thousand times exhausts the
        # parser: no message may keep the next one from being read.
        return None


def _report(raw: bytes, keys: Keys) -> BounceReport | None:
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    parts = tuple(message.walk())
    whole = raw + b"\n".join(_decoded(part) for part in parts if _is_encoded(part))
    tokens = (token.decode().lower() for token in _TOKEN.findall(whole))
    to = next(filter(None, map(keys.read_bounce, tokens)), None)
    ids = tuple(dict.fromkeys(found.decode() for found in _MESSAGE_ID.findall(whole)))
    if to is None and not ids:
        return None
    if _is_complaint(message, parts):
        return BounceReport(kind=Kind.COMPLAINT, to=to, message_ids=ids)
    said = _failure(message, parts)
    if said is None:
        return None
    text, status = said
    cause = cause_of(text, status)
    kind = Kind.HARD if cause is Cause.RECIPIENT else Kind.SOFT
    return BounceReport(kind=kind, cause=cause, text=text or status, to=to, message_ids=ids)


def _is_complaint(message: Message, parts: Sequence[Message]) -> bool:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _COMPLAINTS.match(_field(_text(part), "Feedback-Type")) is not None
    recipient = any(part.get("X-HmXmrOriginalRecipient") for part in parts)
    return recipient or _JMRP.match(str(message.get("Subject", ""))) is not None


def _failure(message: Message, parts: Sequence[Message]) -> tuple[str, str] | None:
    """The diagnostic and the status of a mail that failed; None where none did."""
    texts = [_text(part) for part in parts if part.get_content_type() == "text/plain"]
    reports = [_text(part) for part in parts if part.get_content_type() in _REPORTED]
    # Some gateways make the status part plain text.
    for report in (*reports, *texts):
        recipients = [block for block in re.split(r"\n\s*\n", report) if _RECIPIENT.search(block)]
        if recipients:
            return _status(recipients, texts[0] if reports and texts else "")
    kind = message.get_param("report-type")
    if kind == "disposition-notification" or not (reports or _is_bounce(message)):
        return None
    said = _before_copy("\n".join(texts))
    return None if _STILL_TRYING.search(said) else (said, "")


def _is_bounce(message: Message) -> bool:
    """Does a message without a status part report a failure?"""
    if message.get("X-Failed-Recipients"):
        return True
    subject = str(message.get("Subject", ""))
    if _AWAY.search(subject):
        return False
    return bool(_DAEMON.search(str(message.get("From", ""))) or _SUBJECT.search(subject))


def _status(recipients: Sequence[str], human: str) -> tuple[str, str] | None:
    """Of the first recipient that failed: others may come before it.

    Where its diagnostic says nothing, what the report says to people may.
    """
    for recipient in recipients:
        action, status = _field(recipient, "Action").lower(), _field(recipient, "Status")
        if _NOT_FAILED.match(action) or not (action.startswith("failed") or status[:1] == "5"):
            continue
        said = re.sub(r"^[\w-]+\s*;\s*", "", _field(recipient, "Diagnostic-Code"))
        return said or _before_copy(human), status
    return None


def _before_copy(text: str) -> str:
    return _COPY.split(text[: 2 * _TEXT], maxsplit=1)[0][:_TEXT]


def _field(text: str, name: str) -> str:
    """The value of a field, its folded lines as one; empty where there is none."""
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.IGNORECASE | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def _is_encoded(part: Message) -> bool:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower() in {
        "base64",
        "quoted-printable",
    }


def _text(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        text = _decoded(part).decode(charset, "replace")
    except LookupError:
        text = _decoded(part).decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _decoded(part: Message) -> bytes:
    """The bytes of a part; the parser of the standard library leaves status parts encoded."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        decoded = part.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else b""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        return b""
    raw = "\n".join(str(subpart) for subpart in payload).strip().encode("utf-8", "surrogateescape")
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64":
        return binascii.a2b_base64(raw)
    return quopri.decodestring(raw) if encoding == "quoted-printable" else raw


def messages_of(path: Path) -> Iterator[tuple[Path, bytes]]:
    """The messages of a file or of a Maildir's `new`; DigestError where it cannot be read."""
    try:
        folder = path / "new" if (path / "new").is_dir() else path
        if not folder.is_dir():
            yield path, path.read_bytes()[:MAX_BYTES]
            return
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield file, file.read_bytes()[:MAX_BYTES]
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
