"""Configuration -> services: the only place that knows which implementation does what."""

from digest.wiring.application import Application, Shelf, application, editor, following, shelf
from digest.wiring.post import Post, post
from digest.wiring.rendering import renderers

__all__ = [
    "Application",
    "Post",
    "Shelf",
    "application",
    "editor",
    "following",
    "post",
    "renderers",
    "shelf",
]
