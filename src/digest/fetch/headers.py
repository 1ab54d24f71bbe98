"""What the headers of a response say, read with care: they are the server's to write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from multidict import MultiMapping

from digest.model import Validators

MAX_AGE_LIMIT = 86_400  # seconds; a longer promise is cut to a day
RETRY_AFTER_LIMIT = timedelta(days=7)

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w:.+-]+)""", re.ASCII | re.IGNORECASE)
_MAX_AGE = re.compile(r"""(?:^|[\s,])max-age\s*=\s*"?([^\s",]*)""", re.IGNORECASE)
_UNCACHEABLE = re.compile(r"(?:^|[\s,])(?:no-cache|no-store)(?:$|[\s,=])", re.IGNORECASE)
_RANGE = re.compile(r"bytes\s+0-(\d{1,18})/(\d{1,18})", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]+")

_BINARY = re.compile(
    r"(?:image|video|audio|font|model)/.*"
    r"|application/(?:vnd\..*|epub\+zip|java-archive|msword|ogg|pdf|postscript|rtf|wasm"
    r"|x-(?:7z-compressed|bzip2|msdownload|rar-compressed|shockwave-flash|tar)|zip|zstd)"
)


def content_type(headers: MultiMapping[str]) -> tuple[str, str | None]:
    """Media type in lower case ("" where there is none) and the charset as it is stated."""
    media_type, _, parameters = headers.get("Content-Type", "").partition(";")
    stated = _MEDIA_TYPE.fullmatch(media_type.strip())
    charset = _CHARSET.search(parameters)
    return (stated[0].lower() if stated else ""), (charset[1] if charset else None)


def is_binary(media_type: str) -> bool:
    """Can this media type be neither a feed nor a page?"""
    markup = media_type.startswith("application/") and media_type.endswith(("+xml", "+json"))
    return not markup and _BINARY.fullmatch(media_type) is not None


def is_whole(headers: MultiMapping[str]) -> bool:
    """Does a 206 carry the whole document after all (RFC 9110, section 14.4)?"""
    stated = headers.get("Content-Range")
    part = _RANGE.fullmatch(stated.strip()) if stated else None
    return stated is None or (part is not None and int(part[1]) + 1 == int(part[2]))


def validators(headers: MultiMapping[str]) -> Validators:
    """ETag and Last-Modified byte for byte; one that could not be sent back counts as absent."""

    def usable(name: str) -> str | None:
        # Bytes that are not UTF-8 arrive as lone surrogates, which are not printable.
        value = headers.get(name, "")
        return value if value and value.isprintable() else None

    return Validators(etag=usable("ETag"), last_modified=usable("Last-Modified"))


def max_age(headers: MultiMapping[str], now: datetime) -> int | None:
    """For how many seconds the response stays fresh, 0..86,400; None where nothing is said.

    RFC 9111, sections 4.2.1 and 5: max-age goes before Expires, Age is taken off, and a value
    that cannot be read means stale. `now` stands in for a missing Date.
    """
    control = ", ".join(headers.getall("Cache-Control", []))
    if _UNCACHEABLE.search(control):
        return 0
    if stated := _MAX_AGE.search(control):
        return _clamped(_seconds(stated[1]) - _seconds(headers.get("Age", "")))
    if "Expires" in headers:
        expires = _date(headers["Expires"])
        sent = _date(headers.get("Date", "")) or now
        return 0 if expires is None else _clamped(int((expires - sent).total_seconds()))
    return None


def retry_after(headers: MultiMapping[str], now: datetime) -> datetime | None:
    """When the server wants to be asked again (RFC 9110, section 10.2.3), at most in 7 days."""
    value = headers.get("Retry-After", "").strip()
    if _DIGITS.fullmatch(value):
        return now + min(timedelta(seconds=_seconds(value)), RETRY_AFTER_LIMIT)
    at = _date(value)
    return None if at is None else max(now, min(at, now + RETRY_AFTER_LIMIT))


def _seconds(digits: str) -> int:
    # Nine digits are thirty years: more say no more, and a number may have thousands.
    digits = digits.strip()
    return int(digits[:9]) if _DIGITS.fullmatch(digits) else 0


def _clamped(seconds: int) -> int:
    return max(0, min(seconds, MAX_AGE_LIMIT))


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
