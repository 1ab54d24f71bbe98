"""The tables and keys of feeds.toml with their defaults; unknown keys are mistakes.

Which non-public addresses may be reached is no setting: only the command line can allow them.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from digest import __version__
from digest.config.feeds import FeedTable, FiltersSettings
from digest.config.feeds import Table as _Table
from digest.config.values import (
    BaseUrl,
    ClockTime,
    Contact,
    DaysOfText,
    EnvName,
    Language,
    Listen,
    Location,
    Mailbox,
    Megabytes,
    Network,
    Seconds,
    ServerUrl,
    Timezone,
    Title,
    UserAgent,
    WebUrl,
    Weekday,
    Weight,
)
from digest.model import Feed


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


class DigestSettings(_Table):
    """[digest]: what the edition is called and when it appears."""

    title: Title = "The Digest"
    language: Language = "en"
    languages: tuple[Language, ...] = Field(default=(), strict=False)  # besides `language`
    timezone: Timezone = "UTC"
    publish_at: ClockTime = time(7, 0)
    weekly_on: Weekday = "saturday"  # the week is over, and there is time to read
    database: Location = Field(default=Path("digest.db"), strict=False)
    output: Location = Field(default=Path("output"), strict=False)
    templates: Location = Field(default=Path("templates"), strict=False)
    images: Literal["none", "page", "all"] = "none"
    reading_minutes: int = Field(default=6, ge=1, le=120)
    max_stories: int = Field(default=100, ge=1, le=1000)  # bounds what the minutes allow
    max_age_days: float = Field(default=7, gt=0, le=366)
    keep_text_days: DaysOfText = Field(default=90, le=36_500)

    @property
    def zone(self) -> ZoneInfo:
        """The edition's timezone."""
        return ZoneInfo(self.timezone)

    @property
    def home_languages(self) -> tuple[str, ...]:
        """Primary subtags of the languages whose stories are in the edition's own sections."""
        tags = (self.language, *self.languages)
        primary = (tag.partition("-")[0].lower() for tag in tags)
        return tuple(dict.fromkeys("nb" if tag == "no" else tag for tag in primary))

    @property
    def weekly_day(self) -> int:
        """The day of weekly mails, 0 for Monday."""
        return get_args(Weekday).index(self.weekly_on)


class StoreSettings(_Table):
    """[store]: a PostgreSQL database in place of the file `digest.database`.

    Its password comes from PGPASSWORD or ~/.pgpass, never from here.
    """

    url: ServerUrl | None = None


class WorkerSettings(_Table):
    """[worker]: how `digest worker` processes share the work."""

    feeds_per_job: int = Field(default=200, ge=1, le=1000)


class FetchSettings(_Table):
    """[fetch]: politeness and limits on the network. Times in seconds, sizes in decoded MB."""

    contact: Contact | None = None
    user_agent: UserAgent | None = None
    concurrency: int = Field(default=50, ge=1, le=500)
    host_gap: float = Field(default=2.0, ge=0, le=3600)
    interval: float = Field(default=3600, ge=60, le=604_800)
    connect_timeout: Seconds = 10
    total_timeout: Seconds = 60
    max_feed_mb: Megabytes = 10
    max_page_mb: Megabytes = 3
    max_redirects: int = Field(default=5, ge=0, le=20)
    workers: int = Field(default=2, ge=1, le=64)
    worker_timeout: Seconds = 10
    worker_memory_mb: int = Field(default=512, ge=256, le=16_384)

    @property
    def agent(self) -> str:
        """The User-Agent header, which tells publishers who reads them."""
        about = f"; +{self.contact}" if self.contact else ""
        return self.user_agent or f"digest/{__version__} (feed reader{about})"


class WebSettings(_Table):
    """[web]: where the output folder is served from, for absolute links in feeds and mail."""

    base_url: BaseUrl | None = None
    listen: Listen | None = None  # where `serve` serves pages
    # Proxies whose X-Forwarded-For says who calls.
    trusted_proxies: Annotated[tuple[Network, ...], Field(strict=False)] = ("127.0.0.1", "::1")


class SmtpSettings(_Table):
    """[smtp]: how editions are sent. Secrets come from the environment or a file."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int | None = Field(default=None, ge=1, le=65_535)
    security: Security = Field(default=Security.STARTTLS, strict=False)
    username: str | None = Field(default=None, min_length=1, max_length=320)
    password_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    password_file: Path | None = Field(default=None, strict=False)
    sender: Mailbox
    reply_to: Mailbox | None = None
    return_path: Mailbox | None = None  # receives bounces, as name+token@domain
    bounces: Path | None = Field(default=None, strict=False)  # the Maildir in which they arrive
    connections: int = Field(default=2, ge=1, le=32)
    rate: float = Field(default=10, gt=0, le=10_000)  # mails a second, in all
    domain_rate: float | None = Field(default=None, gt=0, le=10_000)  # to any one domain
    timeout: float = Field(default=300, ge=1, le=600)  # seconds for each answer
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

    With `judge` it is also asked about doubtful joins of stories, and may take them apart.
    `url` is the base of an endpoint in the chat completions format, such as
    "http://127.0.0.1:8080/v1". `key_env` names the environment variable that holds its key.
    """

    url: WebUrl
    model: Title
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)] | None = (
        None
    )
    timeout: Seconds = 20
    max_stories: int = Field(default=20, ge=1, le=1000)
    judge: bool = False


class RankingSettings(_Table):
    """[ranking]: which stories come first; a weight of 2 counts double, 1 is usual."""

    sections: dict[Title, Weight] = Field(default_factory=dict)


class AlertSettings(_Table):
    """[alerts]: who learns, once a day at most, when a feed or the mail needs attention."""

    to: Mailbox | None = None
    webhook: WebUrl | None = None


class AdminSettings(_Table):
    """[admin]: where `serve` shows the operator's pages, /health and /metrics.

    On an address that others can reach it needs `token_env`, the environment variable with the
    token that a caller sends as `Authorization: Bearer` or as a password.
    """

    listen: Listen | None = None
    token_env: EnvName | None = None


class _Tables(_Table):
    """The tables of a feeds.toml that mean the same as they are written."""

    digest: DigestSettings = DigestSettings()
    store: StoreSettings = StoreSettings()
    worker: WorkerSettings = WorkerSettings()
    fetch: FetchSettings = FetchSettings()
    web: WebSettings = WebSettings()
    llm: LlmSettings | None = None
    ranking: RankingSettings = RankingSettings()
    smtp: SmtpSettings | None = None
    alerts: AlertSettings = AlertSettings()
    admin: AdminSettings = AdminSettings()


class Settings(_Tables):
    """A whole feeds.toml with absolute paths."""

    feeds: tuple[Feed, ...]

    @property
    def place(self) -> Path | str:
        """Where the database is: the path of a file, or the URL of a server."""
        return self.store.url or self.digest.database


def _at_least_one(feeds: tuple[FeedTable, ...]) -> tuple[FeedTable, ...]:
    if not feeds:
        raise ValueError("name at least one feed")
    return feeds


class File(_Tables):
    """A feeds.toml with paths as written."""

    filters: FiltersSettings = FiltersSettings()
    feeds: Annotated[tuple[FeedTable, ...], AfterValidator(_at_least_one)] = Field(strict=False)
