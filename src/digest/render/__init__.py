"""One Edition in every format: page, email, text, data, Atom, JSON Feed and archive.

Rendering has no side effects: the same Edition gives the same bytes, today and in ten years. Only
`live` reads templates and `folder` writes files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.lazy import on_demand
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

# Most commands only print text, which takes neither templates nor languages.
__getattr__ = on_demand(
    __name__,
    {
        "catalogue": "Strings",
        "data": "to_json",
        "live": "LiveRenderer",
        "paths": "story_place",
        "renderer": "Images Renderer",
        "sample_edition": "sample_editions",
        "templates": "Templates",
    },
)
