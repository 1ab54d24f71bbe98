"""Records that pass between the flows and the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from digest.model import (
    Article,
    Cause,
    Choice,
    Constraint,
    DeliveryState,
    Edition,
    Feed,
    FeedState,
    Suppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What the store knows of an article, to match entries with it."""

    article: str
    feed_url: str
    raw_id: str | None
    url: str | None
    title: str
    published_at: datetime | None  # None where nobody stated one
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRetry:
    """A page that could not be read yet; `at` is None once it is given up."""

    tries: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """An article to store, with the id its feed gave it and when to try its page again."""

    article: Article
    raw_id: str | None
    content_hash: str
    page: PageRetry | None = None
    offered: bool = True  # may an edition show it? No: a feed's past, known so as not to return
    dropped: str | None = None  # the rule or limit that kept it out; it is not offered then


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A known article whose entry has changed.

    Always recorded; title and text change until an edition has the article, 24 times at most.
    `text` replaces the article's only if that came from the feed, not from the page.
    """

    article: str
    title: str
    text: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """Everything that one poll of a feed changes, stored in one transaction.

    `began` is the feed's state that the poll started from; without it, no other poll that was
    stored since is looked for.
    """

    feed: Feed
    outlet: str
    state: FeedState
    began: FeedState | None = None
    new: tuple[NewArticle, ...] = ()
    edits: tuple[Edit, ...] = ()
    keys: tuple[tuple[bytes, str], ...] = ()  # key digest, article id: of new and known entries
    fresh: frozenset[bytes] = frozenset()  # those that no article had when this was judged


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLog:
    """One poll of a feed, as it went."""

    at: datetime
    outcome: str
    new: int
    edited: int
    dropped: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry of a feed as it is stored."""

    id: str
    url: str | None
    title: str
    published_at: datetime
    first_seen_at: datetime
    text_length: int
    text_note: str | None
    dropped: str | None
    offered: bool
    edition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPage:
    """A stored article whose page is to be tried again."""

    article: Article
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRecord:
    """What one edition did with a story: carried it as new or as an update, or held it back.

    `articles` are all that belonged to the story then, its canonical first; `sentences` are those
    that the edition printed.
    """

    edition: str
    story: str
    status: Literal["new", "update", "repeat"]
    headline: str
    articles: tuple[str, ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A story whose articles an operator keeps together, and first in every edition."""

    story: str
    articles: tuple[str, ...]

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """That its articles are one story."""
        first, *others = self.articles
        return tuple(Constraint(a=first, b=other, kind="must-link") for other in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a language model said of two articles that were joined with doubt.

    `edition` is the one that it was asked for; `same` whether they tell one event, None where it
    said neither yes nor no.
    """

    a: str
    b: str
    edition: str
    same: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An edition and what is stored with it, in one transaction.

    `considered` are the articles this edition takes in, shown or not: no later edition sees
    them as new. `terms` is its share of the document frequencies; `signatures` are new ones.
    """

    edition: Edition
    considered: tuple[str, ...]
    terms: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()
    story_records: tuple[StoryRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox that is due, with what is known of its subscriber at this moment."""

    id: int
    subscriber: str
    address: str
    generation: int
    revision: int
    choice: Choice
    since: str  # the oldest edition in it
    edition: str  # the newest
    slot: date
    due_at: datetime
    weekly: bool = False  # does its subscriber get one mail a week?
    edition_revision: int = 1  # of all editions in it; rises when one is rebuilt
    tries: int = 0
    doubts: int = 0
    tried_at: datetime | None = None  # first
    message_id: str | None = None
    mail: str | None = None  # what was rendered for its first try

    @property
    def domain(self) -> str:
        """Where its subscriber's mail is taken in."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message ready to leave: its lines end in CRLF, and none begins with a dot (RFC 5321)."""

    sender: str  # the return path
    recipient: str
    message_id: str
    data: bytes


Answer = Literal["sent", "later", "refused", "doubt"]
Stage = Literal["mail", "rcpt", "data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a mail server made of a message; `doubt`: it may have it, and did not say."""

    answer: Answer
    stage: Stage = "data"
    text: str = ""  # as the server put it, the code first


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a delivery, and why: `cause` for us, `reason` in words."""

    id: int
    state: DeliveryState
    at: datetime
    cause: Cause | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    doubts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCount:
    """How many deliveries of one edition are in one state."""

    edition: str
    state: DeliveryState
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Sending stopped as a whole: how often in a row, until when, and what the server said."""

    times: int
    until: datetime
    reason: str


class Why(NamedTuple):
    """When and why something about a subscriber changed."""

    at: datetime
    cause: str


class Result(StrEnum):
    """What became of a person whom the operator added."""

    ADDED = "added"
    CHANGED = "changed"
    KNOWN = "known"
    ASKED = "asked"
    ASKED_ENOUGH = "asked often enough today"
    LEFT_ALONE = "left alone"


class Put(NamedTuple):
    """What became of a person whom the operator added, and why they were left alone, if so."""

    result: Result
    suppression: Suppression | None = None

    def __str__(self) -> str:
        return f"{self.result}: {self.suppression}" if self.suppression else self.result.value
