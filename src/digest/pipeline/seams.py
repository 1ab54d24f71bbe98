"""What the flows need of the world, as small Protocols; wiring brings the implementations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from digest.model import (
    Article,
    Document,
    Edition,
    Failure,
    FeedState,
    NotModified,
    RenderedFile,
    Validators,
)
from digest.records import Known, PageRetry, PendingPage, Poll, Publication

T = TypeVar("T")
R = TypeVar("R")


class Http(Protocol):
    """The network, one door."""

    async def get(
        self,
        url: str,
        *,
        validators: Validators = ...,
        accept: Literal["feed", "page"],
        max_bytes: int,
    ) -> Document | NotModified | Failure:
        """A body, "not modified", or the reason why there is neither."""


class Workers(Protocol):
    """Processes that may die in place of ours."""

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        """The function's result; WorkerError where there is none."""


class RobotsMemory(Protocol):
    """The robots.txt files that were read."""

    def robots(self, now: datetime) -> Mapping[str, str | None]:
        """Those that still count, by origin; None for one that cannot be had."""

    def save_robots(self, found: Mapping[str, tuple[str | None, datetime]]) -> None:
        """Remember rules by origin, each until a time."""


class Memory(Protocol):
    """What collect remembers between two runs."""

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        """The state of each feed; blank for one never polled."""

    def known(self, keys: Collection[bytes]) -> Mapping[bytes, Known]:
        """The articles behind those key digests that are remembered."""

    def taken(self, ids: Collection[str]) -> set[str]:
        """Those of the article ids that are in use."""

    def save_poll(self, poll: Poll) -> None:
        """Store everything a poll brought, or nothing."""

    def pending_pages(self, now: datetime) -> Sequence[PendingPage]:
        """Articles whose page is to be tried again by now."""

    def save_page(self, article: Article, retry: PageRetry | None) -> None:
        """Store what another try at an article's page gave."""


class Archive(Protocol):
    """What build reads and keeps."""

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        """The state of each feed."""

    def articles_for(self, edition: str) -> Sequence[Article]:
        """Articles that no other edition has taken in."""

    def signatures(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Stored signatures."""

    def terms_before(self, edition: str, limit: int) -> Sequence[bytes]:
        """Term counts of the newest editions before this one."""

    def editions(self, *, before: str | None = None, limit: int | None = None) -> Sequence[Edition]:
        """Stored editions, newest first."""

    def save_edition(self, publication: Publication) -> None:
        """Store an edition and mark its articles as taken in."""

    def mark_published(self, edition: str, at: datetime) -> None:
        """Note that every file of an edition stands in the output folder."""


class Renderer(Protocol):
    """One Edition -> every format."""

    def edition(self, edition: Edition, previous: str | None) -> Sequence[RenderedFile]:
        """The files of one edition."""

    def site(self, editions: Sequence[Edition]) -> Sequence[RenderedFile]:
        """The files that name many editions, the index last."""


class Output(Protocol):
    """Where products go."""

    def write(self, files: Sequence[RenderedFile]) -> None:
        """Put files in place, each whole, in the given order."""
