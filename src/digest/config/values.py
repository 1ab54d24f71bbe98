"""What a value in feeds.toml must look like, and what to write instead."""

from __future__ import annotations

import difflib
import re
from datetime import time
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, Field

LEDGER_DAYS = 30  # for which a story that comes back is recognized


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        raise ValueError(
            f"no such timezone {name!r}" + (f", did you mean {near[0]!r}?" if near else "")
        )
    return name


def _known_language(tag: str) -> str:
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"no such language {tag!r}; write a tag such as 'en' or 'pt-BR'") from None
    return tag


def _clock_time(value: object) -> time:
    # A TOML local time (07:00:00, unquoted) is taken as well as the string "07:00".
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise ValueError('write a time of day as "HH:MM", for example "07:00"')


def _long_enough(days: float) -> float:
    if days < LEDGER_DAYS:
        raise ValueError(
            f"must be at least {LEDGER_DAYS}: a story that comes back within {LEDGER_DAYS} days is"
            " recognized by its texts"
        )
    return days


def _web_url(url: str) -> str:
    parts = urlsplit(url)  # raises ValueError on a malformed host
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"must begin with http:// or https://, not {url[:40]!r}")
    if not parts.hostname:
        raise ValueError(f"no host in {url[:80]!r}")
    if parts.username or parts.password:
        raise ValueError("user names and passwords do not belong in a URL of this file")
    if re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError("contains a space or a control character")
    _ = parts.port  # raises ValueError when out of range
    return url


def _server_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError('write "postgresql://USER@HOST/DATABASE"')
    if parts.password or "password" in parts.query:
        raise ValueError("the password belongs in PGPASSWORD or ~/.pgpass, not in this file")
    if re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError("contains a space or a control character")
    _ = parts.port  # raises ValueError when out of range
    return url


def _listen(text: str) -> str:
    if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})", text):
        raise ValueError(f'write HOST:PORT, for example "127.0.0.1:8080", not {text[:60]!r}')
    return text


def _mailbox(text: str) -> str:
    _, address = parseaddr(text)
    if not re.fullmatch(r"[^\s@<>,;\"]+@[A-Za-z0-9.-]+", address) or not text.isprintable():
        raise ValueError('write an address, or "Name <name@example.org>"')
    return text


def _contact(text: str) -> str:
    if re.fullmatch(r"(?:mailto:)?[!-~]+@[!-~]+", text) and "://" not in text:
        return text
    try:
        return _header(_web_url(text))
    except ValueError:
        raise ValueError(
            f"write a mail address, or a URL that begins with https://, not {text[:40]!r}"
        ) from None


def _header(text: str) -> str:
    if re.fullmatch(r"[ -~]+", text) is None:
        raise ValueError("contains characters that are not allowed in an HTTP header")
    return text


def _path(path: Path) -> Path:
    if not path.name or "\0" in str(path):
        raise ValueError("write the name of a file or folder")
    try:
        path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder {path.parts[0]!r}") from None
    return path


def _base(url: str) -> str:
    # Paths are appended, and mail, feeds and sitemaps allow URLs in ASCII only.
    if not re.fullmatch(r"[!$-;=@-\[\]_a-z~]+", url):
        raise ValueError("write scheme, host and path alone, in ASCII (xn--... and %C3%A4)")
    return url


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(
            f'write an address or a network such as "10.0.0.0/8", not {text[:40]!r}'
        ) from None
    return text


Timezone = Annotated[str, AfterValidator(_known_timezone)]
Language = Annotated[str, AfterValidator(_known_language)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
DaysOfText = Annotated[float, AfterValidator(_long_enough)]
Location = Annotated[Path, AfterValidator(_path)]  # of a file or folder
WebUrl = Annotated[str, AfterValidator(_web_url)]
ServerUrl = Annotated[str, AfterValidator(_server_url)]
BaseUrl = Annotated[WebUrl, AfterValidator(_base)]
Listen = Annotated[str, AfterValidator(_listen)]
Network = Annotated[str, AfterValidator(_network)]
Mailbox = Annotated[str, AfterValidator(_mailbox), Field(max_length=320)]
Contact = Annotated[str, AfterValidator(_contact), Field(max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Megabytes = Annotated[float, Field(gt=0, le=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
UserAgent = Annotated[Title, AfterValidator(_header)]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Header = Annotated[str, AfterValidator(_header), Field(max_length=2000)]
Weight = Annotated[float, Field(ge=0.25, le=4)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
