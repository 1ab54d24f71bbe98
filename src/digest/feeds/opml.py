"""Lists of feeds as OPML 2.0 (https://opml.org/spec2.opml), the format all readers exchange."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from digest.model import Feed

_LENGTH = 200  # characters of a title or section
_SCHEME = re.compile(r"^feed:(?://)?", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(rb"&(?!#?[0-9A-Za-z]{1,32};)")  # a common fault of hand-made lists
# What XML 1.0 cannot hold, even as a reference.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A feed as a list names it; `section` is the folder it is in."""

    url: str
    title: str | None = None
    section: str | None = None
    line: int = 0


def read_opml(raw: bytes) -> tuple[Listed, ...]:
    """The feeds of a list in its order, with repetitions.

    A broken file gives what can be read of it. ValueError where it is no OPML at all. No entity
    is expanded and nothing is fetched.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    try:
        root = etree.fromstring(_BARE_AMPERSAND.sub(b"&amp;", raw.lstrip()), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(f"not an OPML file: {error}") from None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ValueError("not an OPML file: its root element is not <opml>")
    listed: list[Listed] = []
    for outline in root.iter("{*}outline"):
        stated = _attributes(outline)
        url = _feed_url(stated.get("xmlurl", ""))
        if url:
            listed.append(
                Listed(
                    url=url,
                    title=_name(stated),
                    section=_folder(outline, stated),
                    line=outline.sourceline or 0,
                )
            )
    return tuple(listed)


def write_opml(title: str, feeds: Iterable[Feed]) -> bytes:
    """A list of the feeds, sections as folders.

    A section that comes back later is a folder of its own then, so that the order of feeds
    survives. A feed without a title of ours has its URL as text: an import must not freeze what
    a feed calls itself.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _NO_XML.sub("", title)
    body = etree.SubElement(root, "body")
    for section, members in groupby(feeds, key=lambda feed: feed.section):
        folder = etree.SubElement(body, "outline", text=_NO_XML.sub("", section))
        for feed in members:
            name = _NO_XML.sub("", feed.title or feed.url)
            etree.SubElement(
                folder, "outline", {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url}
            )
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written + b"\n"


def _attributes(outline: etree._Element) -> dict[str, str]:
    return {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}


def _feed_url(stated: str) -> str:
    """The address of a feed; feed: is a spelling of http: that browsers used."""
    url = "".join(stated.split())
    rest = _SCHEME.sub("", url)
    if rest == url or rest.lower().startswith(("http://", "https://")):
        return rest
    return f"http://{rest.lstrip('/')}"


def _name(stated: dict[str, str]) -> str | None:
    name = " ".join((stated.get("title") or stated.get("text") or "").split())[:_LENGTH].rstrip()
    return None if not name or name == stated.get("xmlurl") else name


def _folder(outline: etree._Element, stated: dict[str, str]) -> str | None:
    """The nearest folder around a feed, else the last part of its first category."""
    for parent in _parents(outline):
        name = _name(parent)
        if name:
            return name
    category = stated.get("category", "").split(",")[0].rstrip("/").rpartition("/")[2]
    return " ".join(category.split())[:_LENGTH].rstrip() or None


def _parents(outline: etree._Element) -> Iterator[dict[str, str]]:
    for parent in outline.iterancestors("{*}outline"):
        yield _attributes(parent)
