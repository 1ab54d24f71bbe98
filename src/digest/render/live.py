"""Templates that may change while we run: the newest set that works is the one in use."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from digest.model import Edition, Mail
from digest.model.errors import TemplateError
from digest.render.renderer import Images, Renderer
from digest.render.sample_edition import sample_editions
from digest.render.templates import Templates, packaged

_log = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int], ...]


class LiveRenderer:
    """Gives a renderer for the templates in a folder as they are now.

    A set that cannot be used is reported once, with file, line and reason, and the one before it
    stays; `problem` holds the report as long as that is so.
    """

    def __init__(
        self,
        folder: Path,
        base_url: str | None = None,
        images: Images = "none",
        *,
        search: bool = False,
        subscribe: bool = False,
    ) -> None:
        self._folder = folder
        self._base_url = base_url
        self._images: Images = images
        self._served = {"search": search, "subscribe": subscribe}
        self._stamp: Stamp | None = None
        self._renderer: Renderer | None = None
        self.problem: TemplateError | None = None

    def current(self) -> Renderer:
        """A renderer for the newest templates that work; TemplateError where none ever did."""
        stamp = _stamp(self._folder)
        if stamp == self._stamp and self._renderer is not None:
            return self._renderer
        try:
            self._renderer = self._proved()
            self.problem = None
        except TemplateError as error:
            if self._renderer is None:
                raise
            self.problem = error
            _log.error("%s; the templates of before stay in use", error)
        self._stamp = stamp
        return self._renderer

    def mail(self, edition: Edition) -> Mail:
        """The message for subscribers, by the templates of this moment."""
        return self.current().mail(edition)

    def _proved(self) -> Renderer:
        templates = Templates.read(self._folder)
        made = Renderer(templates, self._base_url, self._images, **self._served)
        if self._folder.is_dir() and self._folder.resolve() != packaged().resolve():
            prove(made)
        return made


def prove(renderer: Renderer) -> None:
    """Render everything there is of the specimen; TemplateError where a template fails."""
    new, old = sample_editions()
    empty = replace(new, sections=(), rest=(), feeds=())
    for edition in (new, empty):
        week = replace(edition, days=(old.id, new.id), since=old.since - timedelta(days=5))
        renderer.files(edition, [new.id, old.id], [edition, old], week)
        renderer.mail(edition)


def _stamp(folder: Path) -> Stamp:
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            status = path.stat()
        except OSError:  # gone since it was listed
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
