"""The values that flow through the house, in pipeline order.

All are frozen: a stage never changes its input, it makes the next type. Times are aware
datetimes in UTC; collections are tuples; identifiers are strings that stay the same when
the same input is read into an empty store again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

# --- a feed and what is remembered of it ------------------------------------------------------


class FullText(StrEnum):
    """Does a feed carry the whole article, so that its pages need not be fetched?"""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed as the configuration names it."""

    url: str
    title: str | None = None
    section: str = "News"
    full_text: FullText = FullText.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "has it changed?", byte for byte (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between two polls.

    `due_at` is when the scheduler wants the next poll; `not_before` is when the server allows
    it (Retry-After, max-age): even a person's own command keeps to that one.
    """

    url: str
    title: str | None = None
    validators: Validators = Validators()
    polled_at: datetime | None = None
    due_at: datetime | None = None
    not_before: datetime | None = None
    failures: int = 0
    error: str | None = None


# --- the network's answer ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body fetched over the network (status 200), decoded from its content encoding."""

    url: str  # where it was found, after redirects
    body: bytes
    content_type: str = ""  # media type only, lower case
    charset: str | None = None  # as the Content-Type header states it
    validators: Validators = Validators()
    max_age: int | None = None  # seconds, from Cache-Control or Expires


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304: what we have is current. New validators, where it sent any."""

    validators: Validators = Validators()
    max_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something did not work; a value for the report, in words an operator understands."""

    reason: str
    status: int | None = None  # HTTP status, where there was an answer
    retry_after: datetime | None = None
    permanent: bool = False  # trying again will not help (refused address, 404, 410 ...)


# --- parsed -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as its feed states it, as plain text; nothing is trusted, nothing is invented."""

    raw_id: str | None  # guid, atom:id or JSON Feed id exactly as written
    url: str | None  # absolute http(s) link to the page
    title: str
    summary: str = ""  # teaser as plain text, paragraphs separated by a newline
    content: str = ""  # body as plain text, where the feed carries one
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str | None = None
    language: str | None = None  # primary subtag, lower case: "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document after parsing."""

    title: str | None
    entries: tuple[Entry, ...]
    language: str | None = None
    ttl: int | None = None  # seconds the feed asks pollers to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a web page says: its article text and what its metadata states.

    `problem` is None when the text can be used; otherwise it says in a few words why not
    ("consent wall", "needs JavaScript", "too short", ...), and `text` holds what was found.
    """

    text: str
    problem: str | None = None
    title: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    image: str | None = None
    paywalled: bool = False
    refresh_url: str | None = None  # target of <meta http-equiv=refresh>, absolute


# --- articles ---------------------------------------------------------------------------------

TextSource = Literal["page", "feed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry with its extracted text: the unit of every judgement.

    `published_at` is the best statement of time there is; `dated` is False where nobody stated
    one and the time of first sight stands in.
    """

    id: str
    feed_url: str
    outlet: str  # the name readers see
    section: str
    url: str | None
    title: str
    text: str  # paragraphs separated by a newline
    published_at: datetime
    first_seen_at: datetime
    dated: bool = True
    author: str | None = None
    language: str = "und"  # primary subtag, "und" where unknown (RFC 5646)
    image: str | None = None
    paywalled: bool = False
    text_source: TextSource = "page"
    text_note: str | None = None  # why the feed's text stands in for the page's


# --- judgement --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An article that repeats the text of a group's canonical article.

    `resemblance` is the Jaccard coefficient of the two exact shingle sets, `containment` the
    share of this article's shingles that the other holds (Broder 1997). Both in 0..1.
    """

    article: Article
    resemblance: float
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """One act of reporting: a canonical article and the copies of its text."""

    canonical: Article
    copies: tuple[Copy, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """All members, the canonical first."""
        return (self.canonical, *(copy.article for copy in self.copies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why two reports are in one story: the evidence of their strongest link."""

    a: str  # article ids
    b: str
    score: float  # 0..1
    shared: tuple[str, ...]  # the terms that weigh most, heaviest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Different texts about the same event: the medoid report and the others."""

    id: str
    medoid: DuplicateGroup
    others: tuple[DuplicateGroup, ...] = ()
    evidence: tuple[Join, ...] = ()

    @property
    def reports(self) -> tuple[DuplicateGroup, ...]:
        """The independent reports, the medoid first."""
        return (self.medoid, *self.others)

    @property
    def articles(self) -> tuple[Article, ...]:
        """Every article of the story, copies included."""
        return tuple(article for report in self.reports for article in report.articles)

    @property
    def outlets(self) -> tuple[str, ...]:
        """Names of the outlets that carry the story, each once, in order of appearance."""
        return tuple(dict.fromkeys(article.outlet for article in self.articles))


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySentence:
    """A sentence that stands word for word in the text of `article`."""

    text: str
    article: str  # article id


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is said of a story: a few cited sentences."""

    sentences: tuple[SummarySentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizedStory:
    """A story and what is said about it."""

    story: Story
    headline: str
    summary: Summary


# --- the edition ------------------------------------------------------------------------------

FeedStatus = Literal["ok", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """How a feed fared for one edition; `entries` counts what it brought that was new."""

    url: str
    title: str
    status: FeedStatus
    error: str | None = None
    entries: int = 0


Role = Literal["canonical", "report", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What an edition shows of an article: where it is, whose it is, what it adds.

    `role`: the story's canonical article, another independent report, or a copy of `copy_of`.
    """

    id: str
    url: str | None
    title: str
    outlet: str
    published_at: datetime
    role: Role
    copy_of: str | None = None
    dated: bool = True
    paywalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStory:
    """A story as readers see it; `outlets` and `independent_reports` are counts."""

    id: str
    headline: str
    language: str
    outlets: int
    independent_reports: int
    summary: tuple[SummarySentence, ...]
    articles: tuple[Coverage, ...]  # the canonical first, copies after what they copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of an edition, its stories in reading order."""

    title: str
    stories: tuple[EditionStory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What went into an edition."""

    feeds: int
    feeds_failed: int
    articles: int
    copies: int
    stories: int  # found, whether or not there was room for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One dated digest: everything that page, email and feeds show comes from this value.

    It holds what readers see and no article's text, so that years of editions stay small.
    """

    id: str  # the local date, "2026-11-21"
    title: str
    language: str
    timezone: str
    since: datetime
    until: datetime
    counts: Counts
    feeds: tuple[FeedReport, ...]
    sections: tuple[Section, ...]

    @property
    def stories(self) -> tuple[EditionStory, ...]:
        """All stories in reading order."""
        return tuple(story for section in self.sections for story in section.stories)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """One product: where it goes, relative to the output folder, and its bytes."""

    path: str
    body: bytes
