"""Protocols of what the flows use and tests, or a second implementation, replace."""

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
    """The HTTP client."""

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

        `permit` is called before each request, redirects included, and gives the reason why it
        must not be made, if there is one.
        `headers_of` gives the headers to send along to each address on the way.
        """


class Workers(Protocol):
    """Processes that may crash in place of this one."""

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        """The function's result; raises WorkerError if there is none."""


class Renderer(Protocol):
    """One Edition to every format."""

    def wanted(self, edition: Edition, ids: Sequence[str]) -> Collection[str]:
        """The editions, of all ids (newest first), that the files of a new one are made from."""

    def week_of(self, edition: str, ids: Sequence[str]) -> Sequence[str]:
        """The editions that an edition's page of the week tells as one, oldest first."""

    def files(
        self,
        edition: Edition,
        ids: Sequence[str],
        editions: Sequence[Edition],
        week: Edition | None = None,
    ) -> Sequence[RenderedFile]:
        """The files that a new edition adds or changes in the output folder, the index last."""


class Chat(Protocol):
    """The endpoint of a language model."""

    def ask(self, document: Mapping[str, Any]) -> bytes | Failure:
        """The answer to a chat completions request, undecoded."""


class Summarizer(Protocol):
    """A story to its summary."""

    def summarize(self, story: Story, *, known: Iterable[str] = ()) -> SummarizedStory:
        """The summary, only of news where readers know texts; empty if there is none."""


class Output(Protocol):
    """Where rendered files go."""

    def write(self, files: Sequence[RenderedFile]) -> None:
        """Write files in the given order, each replaced as a whole."""

    def has(self, path: str) -> bool:
        """Whether there is such a file."""


class MailRenderer(Protocol):
    """One Edition to one mail, with placeholders for each reader's links."""

    def mail(self, edition: Edition) -> Mail:
        """Subject and both parts."""


class MessageBuilder(Protocol):
    """One mail to the bytes for each reader."""

    def edition(self, delivery: Delivery, key: str, mail: Mail) -> Envelope:
        """The same delivery and mail give the same bytes."""


class MailConnection(Protocol):
    """One connection to the mail server."""

    def send(self, envelope: Envelope) -> Outcome:
        """Hand a message over."""

    def close(self) -> None:
        """End the session."""

    def hang_up(self) -> None:
        """Cut the connection while another thread waits on it."""


class Mailer(Protocol):
    """The mail server."""

    def connect(self) -> MailConnection:
        """Open a connection; raises DigestError if that fails."""
