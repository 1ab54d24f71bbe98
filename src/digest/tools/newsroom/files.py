"""The files of the offline newsroom: outlets and articles read from TOML."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

READINGS = tuple(datetime(2024, 7, day, 18, tzinfo=UTC) for day in (10, 11, 12))
"""The moments at which the three simulated days are read."""

FORMATS = ("rss", "atom", "json", "rdf")
_TEASER_WORDS = 40
_OUTLET_KEYS = {"name", "format", "section", "tagline", "layout", "full_text", "fails"}
_ITEM_KEYS = {"title", "published", "day", "author", "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article. `published` is None when the outlet gives no date."""

    outlet: str
    slug: str
    title: str
    text: str
    author: str
    published: datetime | None
    available: datetime

    @property
    def ref(self) -> str:
        return f"{self.outlet}/{self.slug}"

    @property
    def guid(self) -> str:
        return f"tag:{self.outlet}.example,2024:{self.slug}"

    @property
    def path(self) -> str:
        if self.published is None:
            return f"/story/{self.slug}.html"
        return f"/{self.published:%Y/%m/%d}/{self.slug}.html"

    @property
    def paragraphs(self) -> list[str]:
        return [" ".join(part.split()) for part in re.split(r"\n\s*\n", self.text) if part.strip()]

    @property
    def teaser(self) -> str:
        words = self.text.split()
        return " ".join(words[:_TEASER_WORDS]) + " …" * (len(words) > _TEASER_WORDS)

    @property
    def html(self) -> str:
        return "\n".join(f"<p>{escape(part, quote=False)}</p>" for part in self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One publication with all its articles, newest first."""

    slug: str
    name: str
    format: str
    section: str
    tagline: str
    layout: str
    full_text: bool
    fails: bool
    items: tuple[Item, ...]


def load(folder: Path) -> tuple[Outlet, ...]:
    """Read all outlets below `folder`, by name of their folders."""
    homes = sorted(path.parent for path in folder.glob("*/outlet.toml"))
    if not homes:
        raise ValueError(f"{folder}: no outlet.toml in any folder below")
    return tuple(_load_outlet(home) for home in homes)


def _read(path: Path, known: set[str], needed: set[str]) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not valid TOML: {error}") from error
    if unknown := sorted(set(data) - known):
        raise ValueError(f"{path}: unknown key {unknown[0]!r}")
    for key in sorted(needed | (data.keys() & {"author"})):
        if not isinstance(data.get(key), str) or not data[key].strip():
            raise ValueError(f"{path}: {key!r} must be a text that is not empty")
    return data


def _load_outlet(home: Path) -> Outlet:
    path = home / "outlet.toml"
    data = _read(path, _OUTLET_KEYS, {"name", "format", "section", "tagline"})
    if data["format"] not in FORMATS:
        raise ValueError(f"{path}: format {data['format']!r} is none of {', '.join(FORMATS)}")
    for key in ("full_text", "fails"):
        if data.get(key, False) not in (True, False):
            raise ValueError(f"{path}: {key!r} must be true or false")
    files = (file for file in home.glob("*.toml") if file != path)
    items = sorted((_load_item(file) for file in files), key=lambda item: item.slug)
    items.sort(key=lambda item: item.available, reverse=True)
    return Outlet(
        slug=home.name,
        name=data["name"],
        format=data["format"],
        section=data["section"],
        tagline=data["tagline"],
        layout=str(data.get("layout", "")),
        full_text=data.get("full_text", False),
        fails=data.get("fails", False),
        items=tuple(items),
    )


def _load_item(path: Path) -> Item:
    data = _read(path, _ITEM_KEYS, {"title", "text"})
    published, day = data.get("published"), data.get("day")
    if (published is None) == (day is None):
        raise ValueError(f"{path}: needs either 'published' or 'day'")
    if published is None:
        if type(day) is not int or not 1 <= day <= len(READINGS):
            raise ValueError(f"{path}: 'day' must be 1 to {len(READINGS)}")
        available = READINGS[day - 1] - timedelta(hours=6)
    elif not isinstance(published, datetime) or published.tzinfo is None:
        raise ValueError(f"{path}: 'published' must be a date and time with an offset")
    else:
        published = available = published.astimezone(UTC)
    return Item(
        outlet=path.parent.name,
        slug=path.stem,
        title=data["title"],
        text=data["text"].strip(),
        author=data.get("author", ""),
        published=published,
        available=available,
    )
