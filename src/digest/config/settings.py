"""The tables and keys of feeds.toml with their defaults; unknown keys are mistakes.

Which non-public addresses may be reached is no setting: only the command line can allow them.
"""

from __future__ import annotations

import difflib
import re
from datetime import time
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, Field

from digest import __version__
from digest.config.feeds import EnvName, FeedTable, FiltersSettings, header_value, web_url
from digest.config.feeds import Table as _Table
from digest.config.feeds import Title as _Title
from digest.config.feeds import WebUrl as _WebUrl
from digest.model import Feed

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


def _listen(text: str) -> str:
    if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})", text):
        raise ValueError(f'write HOST:PORT, for example "127.0.0.1:8080", not {text[:60]!r}')
    return text


def _mailbox(text: str) -> str:
    _, address = parseaddr(text)
    if not re.fullmatch(r"[^\s@<>,;\"]+@[A-Za-z0-9.-]+", address) or not text.isprintable():
        raise ValueError('write an address, or "Name <name@example.org>"')
    return text


class Security(StrEnum):
    """How a connection to the mail server is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class InDoubt(StrEnum):
    """What happens to a mail when it is unknown whether the server accepted it."""

    RETRY = "retry"  # the same bytes and Message-ID once more
    HOLD = "hold"  # the operator decides


class Empty(StrEnum):
    """What happens on a day without stories for a subscriber."""

    SKIP = "skip"
    MAIL = "mail"  # a mail that says so


_Mailbox = Annotated[str, AfterValidator(_mailbox), Field(max_length=320)]


def _contact(text: str) -> str:
    if re.fullmatch(r"(?:mailto:)?[!-~]+@[!-~]+", text) and "://" not in text:
        return text
    try:
        return header_value(web_url(text))
    except ValueError:
        raise ValueError(
            f"write a mail address, or a URL that begins with https://, not {text[:40]!r}"
        ) from None


def _path(path: Path) -> Path:
    if not path.name or "\0" in str(path):
        raise ValueError("write the name of a file or folder")
    try:
        path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder {path.parts[0]!r}") from None
    return path


_Path = Annotated[Path, AfterValidator(_path)]
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Megabytes = Annotated[float, Field(gt=0, le=100)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class DigestSettings(_Table):
    """[digest]: what the edition is called and when it appears."""

    title: _Title = "The Digest"
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "UTC"
    publish_at: Annotated[time, BeforeValidator(_clock_time)] = time(7, 0)
    weekly_on: Weekday = "saturday"  # the week is over, and there is time to read
    database: _Path = Field(default=Path("digest.db"), strict=False)
    output: _Path = Field(default=Path("output"), strict=False)
    templates: _Path = Field(default=Path("templates"), strict=False)
    images: Literal["none", "page", "all"] = "none"
    max_stories: int = Field(default=100, ge=1, le=1000)
    max_age_days: float = Field(default=7, gt=0, le=366)
    keep_text_days: Annotated[float, AfterValidator(_long_enough)] = Field(default=90, le=36_500)

    @property
    def zone(self) -> ZoneInfo:
        """The edition's timezone."""
        return ZoneInfo(self.timezone)

    @property
    def weekly_day(self) -> int:
        """The day of weekly mails, 0 for Monday."""
        return get_args(Weekday).index(self.weekly_on)


class FetchSettings(_Table):
    """[fetch]: politeness and limits on the network. Times in seconds, sizes in decoded MB."""

    contact: Annotated[str, AfterValidator(_contact), Field(max_length=200)] | None = None
    user_agent: Annotated[_Title, AfterValidator(header_value)] | None = None
    concurrency: int = Field(default=50, ge=1, le=500)
    host_gap: float = Field(default=2.0, ge=0, le=3600)
    interval: float = Field(default=3600, ge=60, le=604_800)
    connect_timeout: _Seconds = 10
    total_timeout: _Seconds = 60
    max_feed_mb: _Megabytes = 10
    max_page_mb: _Megabytes = 3
    max_redirects: int = Field(default=5, ge=0, le=20)
    workers: int = Field(default=2, ge=1, le=64)
    worker_timeout: _Seconds = 10
    worker_memory_mb: int = Field(default=512, ge=256, le=16_384)

    @property
    def agent(self) -> str:
        """The User-Agent header, which tells publishers who reads them."""
        about = f"; +{self.contact}" if self.contact else ""
        return self.user_agent or f"digest/{__version__} (feed reader{about})"


def _base(url: str) -> str:
    # Paths are appended, and mail, feeds and sitemaps allow URLs in ASCII only.
    if not re.fullmatch(r"[!$-;=@-\[\]_a-z~]+", url):
        raise ValueError("write scheme, host and path alone, in ASCII (xn--... and %C3%A4)")
    return url


class WebSettings(_Table):
    """[web]: where the output folder is served from, for absolute links in feeds and mail."""

    base_url: Annotated[_WebUrl, AfterValidator(_base)] | None = None
    listen: Annotated[str, AfterValidator(_listen)] | None = None  # where `serve` serves pages


class SmtpSettings(_Table):
    """[smtp]: how editions are sent. Secrets come from the environment or a file."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int | None = Field(default=None, ge=1, le=65_535)
    security: Security = Field(default=Security.STARTTLS, strict=False)
    username: str | None = Field(default=None, min_length=1, max_length=320)
    password_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    password_file: Path | None = Field(default=None, strict=False)
    sender: _Mailbox
    reply_to: _Mailbox | None = None
    return_path: _Mailbox | None = None  # receives bounces, as name+token@domain
    bounces: Path | None = Field(default=None, strict=False)  # the Maildir in which they arrive
    connections: int = Field(default=2, ge=1, le=32)
    rate: float = Field(default=10, gt=0, le=10_000)  # mails a second, in all
    domain_rate: float | None = Field(default=None, gt=0, le=10_000)  # to any one domain
    timeout: float = Field(default=60, ge=1, le=600)  # seconds for each answer
    in_doubt: InDoubt = Field(default=InDoubt.RETRY, strict=False)
    max_lateness_hours: float = Field(default=24, gt=0, le=8760)
    empty: Empty = Field(default=Empty.SKIP, strict=False)
    dkim_selector: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]+$")
    dkim_key: Path | None = Field(default=None, strict=False)

    @property
    def service_port(self) -> int:
        """The port in use: the configured one, or the usual one for this kind of security."""
        usual = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}
        return self.port or usual[self.security]


class LlmSettings(_Table):
    """[llm]: a language model that words summaries; without this table, none does.

    `url` is the base of an endpoint in the chat completions format, such as
    "http://127.0.0.1:8080/v1". `key_env` names the environment variable that holds its key.
    """

    url: _WebUrl
    model: _Title
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)] | None = (
        None
    )
    timeout: _Seconds = 20
    max_stories: int = Field(default=20, ge=1, le=1000)


class AlertSettings(_Table):
    """[alerts]: who is told when a feed or the mail needs a hand, once a day at most."""

    to: _Mailbox | None = None
    webhook: _WebUrl | None = None


class AdminSettings(_Table):
    """[admin]: where `serve` answers /health and /metrics for the operator.

    On an address that others can reach it needs `token_env`, the environment variable with the
    token that a caller sends as `Authorization: Bearer`.
    """

    listen: Annotated[str, AfterValidator(_listen)] | None = None
    token_env: EnvName | None = None


class Settings(_Table):
    """A whole feeds.toml with absolute paths."""

    digest: DigestSettings = DigestSettings()
    fetch: FetchSettings = FetchSettings()
    web: WebSettings = WebSettings()
    llm: LlmSettings | None = None
    smtp: SmtpSettings | None = None
    alerts: AlertSettings = AlertSettings()
    admin: AdminSettings = AdminSettings()
    feeds: tuple[Feed, ...]


def _at_least_one(feeds: tuple[FeedTable, ...]) -> tuple[FeedTable, ...]:
    if not feeds:
        raise ValueError("name at least one feed")
    return feeds


class File(_Table):
    """A feeds.toml with paths as written."""

    digest: DigestSettings = DigestSettings()
    fetch: FetchSettings = FetchSettings()
    web: WebSettings = WebSettings()
    llm: LlmSettings | None = None
    smtp: SmtpSettings | None = None
    filters: FiltersSettings = FiltersSettings()
    alerts: AlertSettings = AlertSettings()
    admin: AdminSettings = AdminSettings()
    feeds: Annotated[tuple[FeedTable, ...], AfterValidator(_at_least_one)] = Field(strict=False)
