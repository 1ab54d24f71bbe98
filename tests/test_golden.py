"""One edition of the demo's newsroom in every format, to be read in a diff.

After a change that is meant: DIGEST_GOLDEN=write python -m pytest tests/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from digest.model import Edition
from digest.render import Renderer

from .editions import file, site

GOLDEN = Path(__file__).parent / "golden"
BASE = "https://news.example/"


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    text = (GOLDEN / "edition.json").read_text(encoding="utf-8")
    edition = TypeAdapter(Edition).validate_json(text)
    renderer = Renderer(base_url=BASE)
    files = site([edition], renderer)
    mail = renderer.mail(edition)
    return {
        "page.html": file(files, f"{edition.id}/index.html"),
        "email.html": mail.html,
        "email.txt": mail.text,
        "feed.xml": file(files, "feed.xml"),
        "stories.json": file(files, "stories.json"),
    }


@pytest.mark.parametrize(
    "name", ["page.html", "email.html", "email.txt", "feed.xml", "stories.json"]
)
def test_the_golden_edition_is_as_it_was(rendered: dict[str, str], name: str) -> None:
    """Byte for byte; a change of templates shows here as what readers will see."""
    path = GOLDEN / name
    if os.environ.get("DIGEST_GOLDEN") == "write":
        path.write_text(rendered[name], encoding="utf-8")
    assert path.read_text(encoding="utf-8") == rendered[name]
