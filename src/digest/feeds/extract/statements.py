"""What a page states outside its text, raw, gathered in one pass over the parsed tree.

JSON-LD is read as publishers write it, not as RFC 8259 has it: control characters within strings,
comment and CDATA wrappers, trailing commas and escaped markup are common and harmless.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from digest.feeds.parse.fields import categories
from digest.text import CONTROLS

JsonObject = Mapping[str, Any]

_BESIDE = ("aside", "nav", "footer", "li")  # where the times of other articles are printed
_MAX_OBJECTS = 5_000  # looked at in all JSON-LD of a page
_MAX_URL = 2_048  # characters
_MAX_LINE = 1_000  # characters of a title or an author line

# Control characters that are no white space, and what has no width but breaks words.
_INVISIBLE = re.compile(rf"[{CONTROLS}\u00ad\u200b\ufeff]")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_REPAIRS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: _TRAILING_COMMA.sub("", text),
    html.unescape,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The raw statements of a page; the first of a kind wins, what is missing is empty."""

    url: str
    base: str  # references in the page are relative to it
    language: str
    meta: Mapping[str, str]  # by property, name, itemprop or http-equiv, in lower case
    canonical: str
    title: str
    heading: str
    time: str
    json_ld: tuple[JsonObject, ...]  # all objects, those nearest to the surface first

    def labels_of(self, article: JsonObject) -> tuple[str, ...]:
        """What the page calls its article: its sections, and its types of schema.org."""
        sections = (self.meta.get("article:section"), *strings(article.get("articleSection")))
        return categories((*sections, *strings(article.get("@type"))))


def collect(tree: _Element, url: str) -> Statements:
    """Gather what the page found at `url` states; the tree stays as it is."""
    meta: dict[str, str] = {}
    found: dict[str, list[str]] = {name: [] for name in ("base", "link", "title", "h1", "time")}
    scripts: list[str] = []
    for element in tree.iter("meta", "script", *found):
        match element.tag:
            case "meta":
                _note_meta(element, meta)
            case "script":
                if "ld+json" in element.get("type", "").lower():
                    scripts.append(element.text or "")
            case "link":
                if "canonical" in element.get("rel", "").lower().split():
                    found["link"].append(element.get("href", ""))
            case "base":
                found["base"].append(element.get("href", ""))
            case "time":
                if next(element.iterancestors(*_BESIDE), None) is None:
                    found["time"].append(element.get("datetime", ""))
            case tag:
                found[tag].append(one_line("".join(element.itertext())))
    first = {name: next(filter(None, values), "") for name, values in found.items()}
    return Statements(
        url=url,
        base=absolute(url, first["base"]) or url,
        language=tree.get("lang") or tree.get("xml:lang") or "",
        meta=meta,
        canonical=first["link"],
        title=first["title"],
        heading=first["h1"],
        time=first["time"],
        json_ld=tuple(islice(_objects(_parsed(scripts)), _MAX_OBJECTS)),
    )


def _note_meta(element: _Element, meta: dict[str, str]) -> None:
    content = element.get("content")
    if content:
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                meta.setdefault(name.strip().lower(), content)


# --- JSON-LD ----------------------------------------------------------------------------------


def _parsed(scripts: Iterable[str]) -> Iterator[Any]:
    """The values of the scripts that can be read, if need be after a repair."""
    for script in scripts:
        text = script.replace("<![CDATA[", "").replace("]]>", "")
        text = text[: max(text.rfind("}"), text.rfind("]")) + 1]
        if start := re.search(r"[\[{]", text):
            for repair in _REPAIRS:
                try:
                    yield json.loads(repair(text[start.start() :]), strict=False)
                except (ValueError, RecursionError):
                    continue
                break


def _objects(values: Iterable[Any]) -> Iterator[JsonObject]:
    """All objects in the values, breadth first: what is deep in is a part or a neighbour."""
    queue = deque(values)
    while queue:
        value = queue.popleft()
        if isinstance(value, dict):
            yield value
            queue.extend(value.values())
        elif isinstance(value, list):
            queue.extend(value)


def strings(value: Any) -> list[str]:
    """The strings of a JSON value: itself, or those in the list that it is."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return [value] if isinstance(value, str) else []


def string(value: Any) -> str:
    """The first string of a JSON value, or an empty one."""
    return next(iter(strings(value)), "")


# --- plain values -----------------------------------------------------------------------------


def one_line(text: str) -> str:
    """The text on one line: single spaces, nothing invisible, in NFC."""
    return unicodedata.normalize("NFC", " ".join(_INVISIBLE.sub("", text).split()))


def words(text: str) -> float:
    """How many words, where scripts without spaces are counted as two characters a word."""
    spaced, unspaced = _UNSPACED.subn(" ", text)
    return len(re.findall(r"\w+", spaced)) + unspaced / 2


def label(text: str) -> str:
    """A title or name as one short line; in metadata it is often escaped once too much."""
    return one_line(html.unescape(text))[:_MAX_LINE]


def absolute(base: str, reference: str) -> str | None:
    """An absolute http(s) URL, or None where the reference does not make one."""
    reference = reference.strip()
    if not reference or len(reference) > _MAX_URL:
        return None
    try:
        joined = urljoin(base, reference)
        parts = urlsplit(joined)
    except ValueError:
        return None
    usable = parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"\s", joined)
    return joined if usable else None
