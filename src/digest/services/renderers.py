"""The renderers of a configuration."""

from __future__ import annotations

from digest.config import Settings
from digest.render import LiveRenderer


def renderers(settings: Settings) -> LiveRenderer:
    """A renderer for the configured templates that follows their changes."""
    digest = settings.digest
    # A folder can neither search nor take subscribers; a server can.
    served = settings.web.listen is not None
    return LiveRenderer(
        digest.templates,
        settings.web.base_url,
        digest.images,
        search=served,
        subscribe=served and settings.smtp is not None,
    )
