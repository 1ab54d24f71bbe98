"""What the flows need of the world, as small Protocols; wiring brings the implementations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

from digest.model import (
    Document,
    Edition,
    Failure,
    Mail,
    NotModified,
    RenderedFile,
    Story,
    SummarizedStory,
    Validators,
)
from digest.model.records import (
    Delivery,
    Envelope,
    Outcome,
)

T = TypeVar("T")
R = TypeVar("R")

Illustrate = Callable[[Edition], tuple[Edition, Sequence[RenderedFile]]]  # with its pictures


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
