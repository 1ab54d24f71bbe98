"""One Edition in every format: page, email, text, data, Atom, JSON Feed and archive.

Rendering has no side effects: the same Edition gives the same bytes, today and in ten years. Only
`live` reads templates and `folder` writes files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from digest.render.clean import clean, web_url

if TYPE_CHECKING:
    from digest.render.catalogue import Strings
    from digest.render.data import to_json
    from digest.render.live import LiveRenderer
    from digest.render.paths import story_place
    from digest.render.renderer import Images, Renderer
    from digest.render.sample_edition import sample_editions
    from digest.render.templates import Templates

__all__ = [
    "Images",
    "LiveRenderer",
    "Renderer",
    "Strings",
    "Templates",
    "clean",
    "sample_editions",
    "story_place",
    "to_json",
    "web_url",
]

_HOMES = {
    "Images": "renderer",
    "LiveRenderer": "live",
    "Renderer": "renderer",
    "Strings": "catalogue",
    "Templates": "templates",
    "sample_editions": "sample_edition",
    "story_place": "paths",
    "to_json": "data",
}


def __getattr__(name: str) -> object:
    """Load templates and languages when a renderer is wanted: most commands only print text."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
