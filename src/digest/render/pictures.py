"""Which pictures may stand on a page."""

from __future__ import annotations

import re

# Words that name counters and placeholders, never a picture of the news.
_COUNTER = re.compile(
    r"(?i)(?:^|[^a-z0-9])(?:1x1|0x0|pixel|beacon|spacer|blank|clear|track(?:er|ing)?|counter|stats?"
    r"|impression|analytics)(?:[^a-z0-9]|$)"
)


def picture(url: str | None) -> bool:
    """Is this the address of a picture, over https, and no tracking pixel by its name?"""
    return url is not None and url.startswith("https://") and not _COUNTER.search(url)
