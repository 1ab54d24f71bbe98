"""Names of pages: plain ASCII that every server and file system takes, and stays the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# A line of mail holds at most 998 octets (RFC 5322, 2.1.1): a longer address fits in none.
MAIL_URL_LENGTH = 900


def story_slug(story: str) -> str:
    """The folder of a story's own page; ids that cannot be a folder are hashed."""
    return story if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", story) else _digest(story)


def section_slug(title: str) -> str:
    """The folder of a section's page: "Science & health" -> "science-health-5b1d".

    A hash is added where letters alone would not tell two titles apart.
    """
    folded = title.casefold()
    ascii_part = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_part).strip("-")[:40].strip("-")
    if plain and plain == re.sub(r"[\s-]+", "-", folded):
        return plain
    return f"{plain}-{_digest(folded)[:4]}".strip("-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def story_place(edition: str, story: str) -> str:
    """Where an edition tells a story: "2026-11-21/index.html#story-s1"."""
    return f"{edition}/index.html#story-{story_slug(story)}"
