"""Stand-ins for the flows' protocols, short enough to read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from digest.config import Settings
from digest.flows import Collector, FeedOutcome, Observer, PageReader, Robots
from digest.flows.protocols import Http, Workers
from digest.flows.store_thread import StoreThread
from digest.model import (
    Document,
    Failure,
    Feed,
    FeedState,
    NotModified,
    RenderedFile,
    Validators,
)
from digest.model.errors import WorkerTimeout
from digest.model.records import PollResult
from digest.store import Store, open_store

T = TypeVar("T")
R = TypeVar("R")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class FakeHttp:
    """Serves bodies from a dict; a body that was sent once is not modified.

    A text is an address to which it redirects.
    """

    def __init__(self, pages: dict[str, bytes | str | Failure]) -> None:
        self.pages = pages
        self.requests: list[tuple[str, Validators]] = []

    async def get(
        self,
        url: str,
        *,
        validators: Validators = Validators(),
        accept: Literal["feed", "page", "picture"],
        max_bytes: int,
        permit: Callable[[str], Awaitable[Failure | None]] | None = None,
        headers_of: Callable[[str], Mapping[str, str]] | None = None,
    ) -> Document | NotModified | Failure:
        refusal = await permit(url) if permit else None
        if refusal is not None:
            return refusal
        self.requests.append((url, validators))
        body = self.pages.get(url, Failure(reason="HTTP 404", status=404, permanent=True))
        if isinstance(body, str):
            return await self.get(body, accept=accept, max_bytes=max_bytes, permit=permit)
        if isinstance(body, Failure):
            return body
        etag = f'"{hash(body)}"'
        if validators.etag == etag:
            return NotModified(validators=validators)
        kind = "application/xml" if accept == "feed" else "text/html"
        return Document(url=url, body=body, content_type=kind, validators=Validators(etag=etag))


class InProcessWorkers:
    """Runs tasks at once, in this process; bodies named poison time out."""

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        if isinstance(argument, Document) and b"POISON" in argument.body:
            raise WorkerTimeout("no answer in 20 s")
        return function(argument)


class Silent:
    """An observer that keeps the outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[FeedOutcome] = []

    def started(self, feeds: int) -> None:
        self.outcomes.clear()

    def polled(self, outcome: FeedOutcome) -> None:
        self.outcomes.append(outcome)


def collector(
    settings: Settings,
    store: Store,
    http: Http,
    clock: Callable[[], datetime],
    *,
    workers: Workers | None = None,
    observer: Observer | None = None,
) -> Collector:
    """A collector over a real store that works in this process and asks for robots.txt."""
    workers = workers or InProcessWorkers()
    thread = StoreThread(store)
    robots = Robots(http=http, workers=workers, store=thread, clock=clock, user_agent="digest/0.1")
    pages = PageReader(http=http, workers=workers, robots=robots, clock=clock, max_bytes=10**6)
    return Collector(
        settings=settings,
        store=thread,
        http=http,
        workers=workers,
        pages=pages,
        clock=clock,
        observer=observer or Silent(),
    )


class InMemoryOutput:
    """An output folder in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, files: Sequence[RenderedFile]) -> None:
        self.files |= {file.path: file.body for file in files}

    def has(self, path: str) -> bool:
        return path in self.files


def mark_read(database: Path, url: str, at: datetime) -> None:
    """A feed that was read, and brought nothing."""
    store = open_store(database)
    state = FeedState(url=url, polled_at=at, read_at=at)
    store.save_poll(PollResult(feed=Feed(url=url), outlet="A feed", state=state))
    store.close()


def rss(*items: str, title: str = "A feed") -> bytes:
    """An RSS 2.0 document of the given item bodies."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>{title}</title><link>https://a.example/</link>{inner}</channel></rss>""".encode()


def item(
    number: int | str, *, title: str | None = None, guid: str | None = None, link: str | None = None
) -> str:
    """An item whose title, guid, link and description tell the number unless stated."""
    return (
        f"<title>{title if title is not None else f'Story number {number}'}</title>"
        f"<guid isPermaLink='false'>{guid if guid is not None else f'id-{number}'}</guid>"
        f"<link>{link if link is not None else f'https://a.example/{number}'}</link>"
        f"<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>"
        f"<description>What the feed says of number {number}.</description>"
    )


def page(number: int | str) -> bytes:
    """A page with an article of about 150 words, which tells what its `item` tells."""
    end = f"<p>This is the story that the feed says number {number} is about.</p>"
    sentence = "The harbour of town {} was closed on day {} after storm {} had passed the coast."
    text = "".join(f"<p>{sentence.format(number, day, day * 7)}</p>" for day in range(1, 11))
    return f"<html lang='en'><body><article>{text}{end}</article></body></html>".encode()
