"""Feeds: as configured, as stored, as fetched, as parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FullText(StrEnum):
    """Whether a feed carries whole articles, so that their pages need not be fetched."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


FIELDS = ("any", "title", "text", "author", "category", "url")  # of an entry, for rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which entries a filter means: those in which every part is found.

    A part is a field and what to find in it: words, or a regular expression between slashes.
    """

    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return ", ".join(text if name == "any" else f"{name}: {text}" for name, text in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How a feed is logged in to; passwords and cookies are in variables of the environment."""

    username: str | None = None
    password_env: str | None = None
    cookie_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed as the configuration names it.

    Feeds of one `group` come from one newsroom: what they report of an event is one report.
    Stories of a feed with more `weight` come earlier; 1 is usual.
    `interval` is the time between two polls in seconds, `limit` the number of entries that a day
    takes. An entry is taken where a rule of `include` means it (or there is none), and no rule
    of `exclude` does. `selector` and `remove` are CSS selectors for the pages of its entries.
    """

    url: str
    title: str | None = None
    section: str = "News"
    full_text: FullText = FullText.AUTO
    group: str | None = None
    weight: float = 1.0
    enabled: bool = True
    interval: float | None = None
    limit: int | None = None
    language: str | None = None
    user_agent: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Credentials = Credentials()
    selector: str | None = None
    remove: str | None = None
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """A server's validators for conditional requests, byte for byte (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a feed changes, by what it states and by the dates of its entries."""

    ttl: int | None = None  # seconds the feed asks pollers to wait
    skip_hours: tuple[int, ...] = ()  # hours of the day in UTC, 0..23, not to be polled in
    skip_days: tuple[int, ...] = ()  # days of the week in UTC, Monday is 0
    gap: int | None = None  # seconds between two entries, the median of the newest
    span: int | None = None  # seconds between the oldest and the newest entry shown
    newest: int | None = None  # date of the newest entry shown, in seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect, seen at each of the last `times` polls, first at `since`."""

    url: str
    since: datetime
    times: int = 1


class Hold(StrEnum):
    """Why a feed waits for the operator."""

    GONE = "gone"  # its server answered 410
    CHANGED = "changed"  # its address serves another feed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is stored of a feed between two polls.

    `due_at` is when the scheduler makes the next poll; `not_before` is when the server allows it
    (Retry-After, max-age), which a command given by a person respects as well.
    """

    url: str
    title: str | None = None
    language: str | None = None
    validators: Validators = Validators()
    polled_at: datetime | None = None
    read_at: datetime | None = None  # the last poll that worked
    full_at: datetime | None = None  # the last time the whole document was sent
    due_at: datetime | None = None
    not_before: datetime | None = None
    rhythm: Rhythm = Rhythm()
    failures: int = 0
    failing_since: datetime | None = None
    error: str | None = None
    address: str | None = None  # where it is polled since it has moved for good
    move: Move | None = None
    hold: Hold | None = None

    @property
    def polled_url(self) -> str:
        """Where the next poll goes; `url` still identifies the feed."""
        return self.address or self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body fetched over the network (status 200), decoded from its content encoding."""

    url: str  # where it was found, after redirects
    body: bytes
    content_type: str = ""  # media type only, lower case
    charset: str | None = None  # as the Content-Type header states it
    validators: Validators = Validators()
    max_age: int | None = None  # seconds, from Cache-Control or Expires
    moved_to: str | None = None  # the target of a chain of permanent redirects only


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 answer: the stored version is current. Holds new validators, if any were sent."""

    validators: Validators = Validators()
    max_age: int | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something did not work, in words an operator understands; a value for the report."""

    reason: str
    status: int | None = None  # HTTP status, where there was an answer
    retry_after: datetime | None = None
    permanent: bool = False  # trying again will not help (refused address, 404, 410 ...)
    is_page: bool = False  # a web page that names no feed was served where a feed should be


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as its feed states it, as plain text."""

    raw_id: str | None  # guid, atom:id or JSON Feed id exactly as written
    url: str | None  # absolute http(s) link to the page
    title: str
    summary: str = ""  # teaser as plain text, paragraphs separated by a newline
    content: str = ""  # body as plain text, where the feed carries one
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str | None = None
    language: str | None = None  # primary subtag, lower case: "en"
    categories: tuple[str, ...] = ()  # as the feed names them


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document after parsing."""

    title: str | None
    entries: tuple[Entry, ...]
    language: str | None = None
    rhythm: Rhythm = Rhythm()


class PageProblem(StrEnum):
    """Why a page's text is not an entry's article, in words for an operator."""

    NOT_A_PAGE = "not a web page"
    TOO_LARGE = "too large"
    NO_TEXT = "no text"
    TOO_SHORT = "too short"
    NEEDS_JAVASCRIPT = "needs JavaScript"
    LIST = "list of articles"
    CONSENT = "consent wall"
    SUBSCRIPTION = "subscription wall"
    BOT_CHECK = "bot check"
    REGION = "region block"
    APP = "app page"
    CLOSED = "paywalled"
    NO_SELECTION = "nothing on the page matches the feed's selector"
    THINNER = "the page holds less than the feed"
    ANOTHER = "another text than the entry's"
    REPEATED = "the same text as under other entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The article text of a web page and what its metadata states.

    `problem` is None if the text can be used, and otherwise why not; `text` then is what was found.
    """

    text: str
    problem: PageProblem | None = None
    title: str | None = None
    published_at: datetime | None = None
    dates_article: bool = False  # is that time stated for this article, or found on the page?
    author: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    image: str | None = None
    labels: tuple[str, ...] = ()  # what it calls itself: sections, types of schema.org
    paywalled: bool = False
    refresh_url: str | None = None  # target of <meta http-equiv=refresh>, absolute
