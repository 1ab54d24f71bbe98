"""What a page states about itself: JSON-LD (schema.org), Open Graph, meta, link and time.

Publishers fill these for search engines and social networks, which makes them exact where the
visible page is vague: the time to the second and with its zone, the one URL to cite. Nothing is
guessed from the visible text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import _Element

from digest.feeds.extract.statements import (
    JsonObject,
    Statements,
    absolute,
    collect,
    label,
    string,
    strings,
)

_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "og:article:published_time",
    "article:published:time",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "article.published",
    "published_at",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "date",
)
_AUTHOR_NAMES = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
)
_IMAGE_NAMES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "image")

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|ClaimReview)\b")
_SEPARATOR = re.compile(r"\s(?:[|–—·»:]|-)\s")
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]+)", re.IGNORECASE)
_LANGUAGE = re.compile(r"\s*([a-z]{2,3})(?![a-z])", re.IGNORECASE)
_FALSE = re.compile(r"\s*(?:https?://schema\.org/)?(?:false|no|0)\s*", re.IGNORECASE)

_FIRST_YEAR = 1971  # what is earlier is a zero that somebody printed as a date
_LAST_YEAR = 9998  # one more and a zone could push it off the calendar
_SAME_TIME = timedelta(hours=36)  # a date alone and the moment it stands for, in any zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page states; the fields are those of `model.PageText`.

    `article_body` is the article as JSON-LD carries it, or empty.
    """

    title: str | None
    published_at: datetime | None
    author: str | None
    language: str | None
    canonical_url: str | None
    image: str | None
    paywalled: bool
    refresh_url: str | None
    article_body: str


def read_metadata(tree: _Element, url: str) -> Metadata:
    """Read the metadata of a parsed page that was found at `url`; the tree stays as it is."""
    page = collect(tree, url)
    article = _article(page.json_ld)
    return Metadata(
        title=_title(page, article),
        published_at=_published_at(page, article),
        author=_author(page, article),
        language=_language(page, article),
        canonical_url=_canonical_url(page),
        image=_image(page, article),
        paywalled=_paywalled(page, article),
        refresh_url=_refresh_url(page),
        article_body=string(article.get("articleBody")),
    )


def _article(objects: Iterable[JsonObject]) -> JsonObject:
    """The object that describes the article, or else the page; empty if there is none."""
    page: JsonObject = {}
    for node in objects:
        types = " ".join(strings(node.get("@type")))
        if _ARTICLE_TYPE.search(types):
            return node
        if not page and "WebPage" in types:
            page = node
    return page


def _title(page: Statements, article: JsonObject) -> str | None:
    """Of what names the article, the wording most agreed on, and of equals the first."""
    stated = (page.meta.get("og:title", ""), string(article.get("headline")), page.heading)
    titles = [title for text in stated if (title := _without_site(label(text), page))]
    if titles:
        return Counter(titles).most_common(1)[0][0]
    return _without_site(label(page.title), page) or None


def _without_site(title: str, page: Statements) -> str:
    """The title without a last part that names the site."""
    *_, last = _SEPARATOR.finditer(f"{title} ") if _SEPARATOR.search(title) else [None]
    if last is None:
        return title
    suffix = _letters(title[last.end() :])
    site = _letters(page.meta.get("og:site_name", "")), _letters(urlsplit(page.url).netloc)
    return title[: last.start()] if suffix and any(suffix in name for name in site) else title


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def _published_at(page: Statements, article: JsonObject) -> datetime | None:
    """The first time that is stated; a later, more exact statement may refine it."""
    stated = [
        string(article.get("datePublished")),
        *(page.meta.get(name, "") for name in _DATE_NAMES),
        page.time,
    ]
    times = [time for text in stated if text and (time := _time(text))]
    if not times:
        return None
    same = [time for time in times if abs(time[1] - times[0][1]) < _SAME_TIME]
    return max(same, key=lambda time: time[0])[1]


def _time(text: str) -> tuple[int, datetime] | None:
    """How exact a time is (2: with a zone, 1: without, 0: a date only), and the time in UTC.

    Reads ISO 8601 and RFC 5322 dates; a time without a zone is taken for UTC.
    """
    text = re.sub(r"\[.*\]$|(?<=\d)\s+(?=[+-]\d)", "", text[:100].strip())
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    if not _FIRST_YEAR <= when.year <= _LAST_YEAR:
        return None
    if when.tzinfo:
        return 2, when.astimezone(UTC)
    return int(":" in text), when.replace(tzinfo=UTC)


def _author(page: Statements, article: JsonObject) -> str | None:
    names = _names(article.get("author")) or _names(article.get("creator"))
    if not names:
        names = [page.meta[name] for name in _AUTHOR_NAMES if name in page.meta][:1]
    people = dict.fromkeys(name for text in names if (name := label(text)) and "://" not in name)
    return label(", ".join(people)) or None


def _names(value: Any) -> list[str]:
    people = value if isinstance(value, list) else [value]
    return [name for person in people for name in strings(_field(person, "name"))]


def _field(value: Any, name: str) -> Any:
    """A field of an object; schema.org lets a plain value stand for the object."""
    return value.get(name) if isinstance(value, dict) else value


def _language(page: Statements, article: JsonObject) -> str | None:
    """The primary subtag (RFC 5646) of the first language that is stated."""
    for stated in (
        page.language,
        page.meta.get("content-language", ""),
        string(article.get("inLanguage")),
        page.meta.get("og:locale", ""),
    ):
        if found := _LANGUAGE.match(stated):
            return found[1].lower()
    return None


def _canonical_url(page: Statements) -> str | None:
    """The first that is stated; a start page is no article's address, however often stated."""
    for stated in (page.canonical, page.meta.get("og:url", "")):
        found = absolute(page.base, stated)
        if found and (not _is_root(found) or _is_root(page.url)):
            return found
    return None


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query


def _image(page: Statements, article: JsonObject) -> str | None:
    stated = [page.meta.get(name, "") for name in _IMAGE_NAMES]
    images = article.get("image")
    for image in images if isinstance(images, list) else [images]:
        stated += strings(_field(image, "url"))
    return next((found for text in stated if (found := absolute(page.base, text))), None)


def _paywalled(page: Statements, article: JsonObject) -> bool:
    """Is the article, or else a part of it, stated not to be free?"""
    parts = article.get("hasPart")
    nodes = [article, *(parts if isinstance(parts, list) else [parts])]
    stated = [
        node["isAccessibleForFree"]
        for node in nodes
        if isinstance(node, dict) and "isAccessibleForFree" in node
    ]
    stated.append(page.meta.get("isaccessibleforfree", "true"))
    locked = page.meta.get("article:content_tier", "").strip().lower() == "locked"
    return locked or _FALSE.fullmatch(str(stated[0])) is not None


def _refresh_url(page: Statements) -> str | None:
    target = _REFRESH.match(page.meta.get("refresh", ""))
    found = absolute(page.base, target[1]) if target else None
    return found if found != page.url else None
