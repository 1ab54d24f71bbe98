"""Templates that may change at run time: the newest set that works is in use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config import Live
from digest.model import Edition, Mail

if TYPE_CHECKING:
    from digest.render.renderer import Images, Renderer


class LiveRenderer(Live["Renderer"]):
    """The renderer of a folder's templates as they are now."""

    def __init__(
        self,
        folder: Path,
        base_url: str | None = None,
        images: Images = "none",
        *,
        search: bool = False,
        subscribe: bool = False,
    ) -> None:
        def read() -> Renderer:
            # Imported when something is rendered: whoever collects has a renderer, unused.
            from digest.render.renderer import Renderer  # noqa: PLC0415
            from digest.render.templates import Templates, packaged  # noqa: PLC0415

            made = Renderer(
                Templates.read(folder), base_url, images, search=search, subscribe=subscribe
            )
            if folder.is_dir() and folder.resolve() != packaged().resolve():
                prove(made)
            return made

        super().__init__(folder, read, what="templates")

    def mail(self, edition: Edition) -> Mail:
        """The message for subscribers, by the current templates."""
        return self.current().mail(edition)


def prove(renderer: Renderer) -> None:
    """Render sample editions in every format; TemplateError where a template fails."""
    from digest.render.sample_edition import sample_editions  # noqa: PLC0415

    new, old = sample_editions()
    empty = replace(new, sections=(), rest=(), feeds=())
    for edition in (new, empty):
        week = replace(edition, days=(old.id, new.id), since=old.since - timedelta(days=5))
        renderer.files(edition, [new.id, old.id], [edition, old], week)
        renderer.mail(edition)
