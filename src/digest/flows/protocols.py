"""What the flows need of the world, as small Protocols; wiring brings the implementations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from digest.model import (
    Article,
    Constraint,
    Document,
    Edition,
    Failure,
    FeedState,
    Mail,
    NotModified,
    RenderedFile,
    Slot,
    Story,
    SummarizedStory,
    Timing,
    Validators,
)
from digest.model.records import (
    Delivery,
    Envelope,
    Outcome,
    Pin,
    Publication,
    Settlement,
    StoryRecord,
)

T = TypeVar("T")
R = TypeVar("R")

Illustrate = Callable[[Edition], tuple[Edition, Sequence[RenderedFile]]]  # with its pictures
SlotOf = Callable[[Timing, datetime], Slot]  # the first slot at or after an instant


class Http(Protocol):
    """The network, one door."""

    async def get(
        self,
        url: str,
        *,
        validators: Validators = ...,
        accept: Literal["feed", "page", "picture"],
        max_bytes: int,
        permit: Callable[[str], Awaitable[Failure | None]] | None = None,
        headers_of: Callable[[str], Mapping[str, str]] | None = None,
    ) -> Document | NotModified | Failure:
        """A body, "not modified", or the reason why there is neither.

        `headers_of` gives the headers to send along to each address on the way.
        `permit` is asked before every address on the way, and says why it may not be asked.
        """


class Workers(Protocol):
    """Processes that may die in place of ours."""

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        """The function's result; WorkerError where there is none."""


class EditionStore(Protocol):
    """What build reads and keeps."""

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        """The state of each feed."""

    def articles_for(self, edition: str) -> Sequence[Article]:
        """Articles that no other edition has taken in."""

    def articles_between(self, first: str, before: str) -> Sequence[Article]:
        """Articles that editions from `first` on, and before the other one, have taken in."""

    def articles(self, ids: Collection[str]) -> Sequence[Article]:
        """Those of the given articles that are stored."""

    def told(self, first: str, before: str) -> Sequence[StoryRecord]:
        """What editions before one did with each story that one from `first` on had."""

    def constraints(self) -> Sequence[Constraint]:
        """All that an operator said of pairs of articles."""

    def pins(self) -> Sequence[Pin]:
        """The stories that are pinned."""

    def signatures(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Stored signatures."""

    def terms_before(self, edition: str, limit: int) -> Sequence[bytes]:
        """Term counts of the newest editions before this one."""

    def editions(self, *, before: str | None = None, limit: int | None = None) -> Sequence[Edition]:
        """Stored editions, newest first."""

    def edition_ids(self) -> Sequence[str]:
        """Ids of all stored editions, newest first."""

    def editions_of(self, ids: Collection[str]) -> Sequence[Edition]:
        """The stored ones of these editions, newest first."""

    def save_edition(self, publication: Publication) -> None:
        """Store an edition and mark its articles as taken in."""

    def mark_published(self, edition: str, at: datetime, slot_of: SlotOf | None = None) -> None:
        """Note that every file of an edition stands in the output folder."""


class StoryStore(EditionStore, Protocol):
    """What an operator's questions and corrections need."""

    def last_told(self, story: str) -> StoryRecord | None:
        """What the newest edition that had a story did with it."""

    def taken_in(self, name: str) -> tuple[str, str | None] | None:
        """The article with that id or address, and the edition that took it in."""

    def constrain(self, made: Iterable[Constraint], at: datetime) -> None:
        """Keep an operator's word on pairs of articles."""

    def pin(self, pin: Pin, at: datetime) -> None:
        """Pin a story as it stands now."""

    def unpin(self, story: str) -> bool:
        """Take a pin back; False where there was none."""


class Renderer(Protocol):
    """One Edition -> every format."""

    def wanted(self, edition: Edition, ids: Sequence[str]) -> Collection[str]:
        """Which of all editions (ids newest first) the files of a new one are made from."""

    def files(
        self, edition: Edition, ids: Sequence[str], editions: Sequence[Edition]
    ) -> Sequence[RenderedFile]:
        """What a new edition adds to the output folder or changes there, the index last."""


class Chat(Protocol):
    """A language model's endpoint."""

    def ask(self, document: Mapping[str, Any]) -> bytes | Failure:
        """Its answer to a chat completions request, as it came."""


class Summarizer(Protocol):
    """A story -> what is said of it."""

    def summarize(self, story: Story, *, known: Iterable[str] = ()) -> SummarizedStory:
        """The summary; of what is new, where readers know texts. Empty if nothing is."""


class Output(Protocol):
    """Where products go."""

    def write(self, files: Sequence[RenderedFile]) -> None:
        """Put files in place, each whole, in the given order."""

    def has(self, path: str) -> bool:
        """Is there such a file?"""


class DeliveryQueue(Protocol):
    """The outbox: what deliver reads and keeps. Threads may share it."""

    def unfrozen(self, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Editions published after a time whose audience is not frozen, and when they were."""

    def freeze(self, edition: str, at: datetime, slot_of: SlotOf) -> int:
        """Freeze the audience of an edition."""

    def editions(self, since: str, until: str) -> Sequence[Edition]:
        """The stored editions from one to another, oldest first."""

    def in_doubt(self) -> Sequence[Delivery]:
        """What stands in `sending`."""

    def hold_late(self, before: datetime, at: datetime) -> int:
        """Hold what should have left before a time."""

    def release(self, reason: str, *, send: bool, at: datetime, edition: str | None = None) -> int:
        """Send what is held for a reason, or close it."""

    def skip_inactive(self, now: datetime) -> int:
        """Close what is due for people who are not active any more."""

    def due(
        self, now: datetime, *, doubtful: bool, limit: int, edition: str | None = None
    ) -> Sequence[Delivery]:
        """What may leave now: what is in doubt, or what is not."""

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        """Settle one delivery and begin the next, in one commit. May the next one leave?"""

    def keep(self, mail: Mail, at: datetime) -> str:
        """Store a rendered mail; its id."""

    def mail(self, key: str) -> Mail:
        """A stored mail."""


class MailRenderer(Protocol):
    """One Edition -> one mail, with places for each reader's links."""

    def mail(self, edition: Edition) -> Mail:
        """Subject and both parts."""


class MessageBuilder(Protocol):
    """One mail -> the bytes for each reader."""

    def edition(self, delivery: Delivery, key: str, mail: Mail) -> Envelope:
        """The same delivery and mail give the same bytes."""


class MailConnection(Protocol):
    """One connection to the mail server."""

    def send(self, envelope: Envelope) -> Outcome:
        """Hand a message over."""

    def close(self) -> None:
        """Take leave."""

    def hang_up(self) -> None:
        """Cut the connection under the thread that waits on it."""


class Mailer(Protocol):
    """The mail server."""

    def connect(self) -> MailConnection:
        """Open a connection; DigestError where there is none to be had."""
