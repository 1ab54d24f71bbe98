"""One Edition in every format: page, email, text, data, Atom, JSON Feed and archive.

Everything here is pure: the same Edition gives the same bytes, today and in ten years.
"""

from __future__ import annotations

from digest.render.clean import clean, web_url
from digest.render.data import to_json
from digest.render.live import LiveRenderer
from digest.render.loading import Templates
from digest.render.paths import story_place
from digest.render.renderer import Images, Renderer
from digest.render.specimen import specimen
from digest.render.strings import Strings

__all__ = [
    "Images",
    "LiveRenderer",
    "Renderer",
    "Strings",
    "Templates",
    "clean",
    "specimen",
    "story_place",
    "to_json",
    "web_url",
]
