"""The pictures of an edition, fetched once and served with it, so that readers load no others."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.fetch.images import measure
from digest.flows.protocols import Http, Output
from digest.flows.robots import Robots
from digest.model import Document, Edition, Picture, RenderedFile

_log = logging.getLogger(__name__)

_MAX_BYTES = 1_000_000
_PATIENCE = 60  # seconds for all pictures of an edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrator:
    """Gives each story of several articles a picture, where one can be fetched."""

    http: Http
    robots: Robots
    output: Output
    patience: float = _PATIENCE

    async def illustrate(
        self, edition: Edition, stored: Sequence[Edition]
    ) -> tuple[Edition, tuple[RenderedFile, ...]]:
        """The edition with its pictures, and their files.

        A picture of the `stored` editions that is still in the output is not fetched again. One
        that fails, or is no picture, is left out, and so is one that several stories name, since
        that is an outlet's logo.
        """
        shared = (story for story in edition.stories if len(story.articles) > 1)
        named = Counter(story.image for story in shared if story.image is not None)
        wanted = [url for url, stories in named.items() if stories == 1]
        found = self._kept(stored, wanted)
        files: dict[str, RenderedFile] = {}

        async def fetch(url: str) -> None:
            body = await self._body(url)
            measured = measure(body)
            if measured is None:
                return
            name = hashlib.sha256(body).hexdigest()[:24]
            path = f"{edition.id}/pictures/{name}.{measured.kind}"
            files[path] = RenderedFile(path=path, body=body)
            found[url] = Picture(path=path, width=measured.width, height=measured.height)

        try:
            async with asyncio.timeout(self.patience):
                await asyncio.gather(*(fetch(url) for url in wanted if url not in found))
        except TimeoutError:
            pass  # those fetched in time are used
        if wanted:
            _log.info("%d of %d pictures are available", len(found), len(wanted))
        return _illustrated(edition, found), tuple(files.values())

    async def _body(self, url: str) -> bytes:
        answer = await self.http.get(
            url, accept="picture", max_bytes=_MAX_BYTES, permit=self.robots.refusal
        )
        return answer.body if isinstance(answer, Document) else b""

    def _kept(self, stored: Sequence[Edition], wanted: Collection[str]) -> dict[str, Picture]:
        shown = (story for edition in stored for story in edition.stories)
        return {
            story.image: story.picture
            for story in shown
            if story.image and story.picture and story.image in wanted
            if self.output.has(story.picture.path)
        }


def _illustrated(edition: Edition, found: Mapping[str, Picture]) -> Edition:
    sections = tuple(
        replace(
            section,
            stories=tuple(
                replace(story, picture=found.get(story.image or "")) for story in section.stories
            ),
        )
        for section in edition.sections
    )
    return replace(edition, sections=sections)
