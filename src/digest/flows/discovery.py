"""Where a site's feed usually lies, for an operator who gave the address of a page."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from digest.flows.protocols import Http, Workers
from digest.model import Document, Failure, ParsedFeed
from digest.model.errors import WorkerError

_USUAL = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")


async def with_usual_feed(
    failure: Failure, page: Document, *, http: Http, workers: Workers, max_bytes: int
) -> Failure:
    """The failure to read a page as a feed, with the feed that lies where feeds usually lie.

    Asks the page's host up to six times: for a feed that is read for the first time only.
    """
    from digest.feeds.parse import parse  # noqa: PLC0415 -- see flows.collect

    for path in _USUAL:
        answer = await http.get(urljoin(page.url, path), accept="feed", max_bytes=max_bytes)
        if not isinstance(answer, Document):
            continue
        try:
            parsed = await workers.run(parse, answer)
        except WorkerError:
            continue
        if isinstance(parsed, ParsedFeed):
            advice = f"there is a feed at {answer.url}: put that into feeds.toml"
            return replace(failure, reason=f"{failure.reason}; {advice}")
    return failure
