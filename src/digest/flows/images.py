"""The picture of an edition, fetched once and served with it, so that readers load no other."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.fetch.images import measure
from digest.flows.protocols import Http, Output
from digest.flows.robots import Robots
from digest.model import Document, Edition, EditionStory, Picture, RenderedFile

_log = logging.getLogger(__name__)

_MAX_BYTES = 1_000_000
_PATIENCE = 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrator:
    """Gives the lead of an edition a picture, where one can be fetched."""

    http: Http
    robots: Robots
    output: Output
    patience: float = _PATIENCE

    async def illustrate(
        self, edition: Edition, stored: Sequence[Edition]
    ) -> tuple[Edition, tuple[RenderedFile, ...]]:
        """The edition with the picture of its lead, and the file of it.

        A picture of the `stored` editions that is still in the output is not fetched again. One
        that fails, or is no picture, is left out, and so is one that several stories name, since
        that is an outlet's logo. Nothing is fetched for other stories, which show none.
        """
        lead = next(iter((*edition.front_stories, *edition.stories)), None)
        named = [story.image for story in edition.stories]
        if lead is None or lead.image is None or len(lead.articles) == 1:
            return edition, ()
        if named.count(lead.image) > 1:
            return edition, ()
        files: tuple[RenderedFile, ...] = ()
        picture = self._kept(stored, lead.image)
        if picture is None:
            picture, files = await self._fetched(lead.image, edition.id)
        if picture is None:
            _log.info("the picture of the first story is not available: %s", lead.image)
        return _illustrated(edition, lead, picture), files

    async def _fetched(
        self, url: str, edition: str
    ) -> tuple[Picture | None, tuple[RenderedFile, ...]]:
        try:
            async with asyncio.timeout(self.patience):
                answer = await self.http.get(
                    url, accept="picture", max_bytes=_MAX_BYTES, permit=self.robots.refusal
                )
        except TimeoutError:
            return None, ()
        body = answer.body if isinstance(answer, Document) else b""
        measured = measure(body)
        if measured is None:
            return None, ()
        name = hashlib.sha256(body).hexdigest()[:24]
        path = f"{edition}/pictures/{name}.{measured.kind}"
        picture = Picture(path=path, width=measured.width, height=measured.height)
        return picture, (RenderedFile(path=path, body=body),)

    def _kept(self, stored: Sequence[Edition], url: str) -> Picture | None:
        shown = (story for edition in stored for story in edition.stories)
        pictures = (story.picture for story in shown if story.image == url and story.picture)
        return next((picture for picture in pictures if self.output.has(picture.path)), None)


def _illustrated(edition: Edition, lead: EditionStory, picture: Picture | None) -> Edition:
    sections = tuple(
        replace(
            section,
            stories=tuple(
                replace(story, picture=picture) if story.id == lead.id else story
                for story in section.stories
            ),
        )
        for section in edition.sections
    )
    return replace(edition, sections=sections)
