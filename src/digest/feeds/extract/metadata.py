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
from digest.feeds.parse.fields import primary_language

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
)
_VAGUE_DATE_NAMES = ("dc.date", "dcterms.date", "date")  # of a template's making, sometimes
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
_REFRESH = re.compile(r"\s*+[\d.]*+\s*+[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]+)", re.IGNORECASE)
_FALSE = re.compile(r"\s*(?:https?://schema\.org/)?(?:false|no|0)\s*", re.IGNORECASE)

_ANOTHER = 3  # of the ranks of an object: it describes another page

_FIRST_YEAR = 1971  # what is earlier is a zero that somebody printed as a date
_LAST_YEAR = 9998  # one more and a zone could push it off the calendar
_SAME_TIME = timedelta(hours=36)  # a date alone and the moment it stands for, in any zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page states; the fields are those of `model.PageText`.

    `article_body` is the article as JSON-LD carries it, or empty: plain text or HTML.
    """

    title: str | None
    published_at: datetime | None
    dates_article: bool
    author: str | None
    language: str | None
    canonical_url: str | None
    image: str | None
    paywalled: bool
    refresh_url: str | None
    article_body: str
    labels: tuple[str, ...]  # what the page calls the article: its sections, types of schema.org


def read_metadata(tree: _Element, url: str) -> Metadata:
    """Read the metadata of a parsed page that was found at `url`; the tree stays as it is."""
    page = collect(tree, url)
    article = _article(page)
    dates = _dates(page, article)
    return Metadata(
        title=_title(page, article),
        published_at=_published_at((*dates, *_vague_dates(page))),
        dates_article=_published_at(dates) is not None,
        author=_author(page, article),
        language=_language(page, article),
        canonical_url=_canonical_url(page),
        image=_image(page, article),
        paywalled=_paywalled(page, article),
        refresh_url=_refresh_url(page),
        article_body=_article_body(article),
        labels=page.labels_of(article),
    )


def _article(page: Statements) -> JsonObject:
    """The object that describes this page's article, or else the page; empty if there is none.

    One that states another address and another headline is of a neighbour.
    """
    best: JsonObject = {}
    web_page: JsonObject = {}
    lowest = _ANOTHER
    for node in page.json_ld:
        types = " ".join(strings(node.get("@type")))
        if _ARTICLE_TYPE.search(types):
            rank = _rank(node, page)
            if rank < lowest:
                best, lowest = node, rank
        elif not web_page and "WebPage" in types:
            web_page = node
    return best or web_page


def _rank(node: JsonObject, page: Statements) -> int:
    """How far an object is from being about this page: 0 is sure, `_ANOTHER` is not about it."""
    main = node.get("mainEntityOfPage")
    places = (*strings(node.get("url")), *strings(_field(main, "@id")), *strings(node.get("@id")))
    stated = {_place(place) for place in places if urlsplit(place).netloc and "#" not in place}
    own = {_place(place) for place in (page.url, page.canonical, page.meta.get("og:url", ""))}
    if stated & own:
        return 0
    if _names_page(string(node.get("headline")) or string(node.get("name")), page):
        return 1
    return _ANOTHER if stated else 2


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/")


def _names_page(headline: str, page: Statements) -> bool:
    """Does a headline share at least half of its words with a title of the page?"""
    named = set(re.findall(r"\w+", headline.casefold()))
    titles = (page.meta.get("og:title", ""), page.heading, page.title)
    shown = (set(re.findall(r"\w+", title.casefold())) for title in titles)
    return bool(named) and any(2 * len(named & words) >= len(named) for words in shown)


def _article_body(article: JsonObject) -> str:
    """The text of an article; of a live blog that of its posts, in the order they are listed."""
    updates = article.get("liveBlogUpdate")
    posts = updates if isinstance(updates, list) else []
    bodies = [string(post.get("articleBody")) for post in posts if isinstance(post, dict)]
    return "\n".join(filter(None, (string(article.get("articleBody")), *bodies)))


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


def _dates(page: Statements, article: JsonObject) -> tuple[str, ...]:
    """Times that are stated for the article itself."""
    named = (page.meta.get(name, "") for name in _DATE_NAMES)
    return (string(article.get("datePublished")), *named)


def _vague_dates(page: Statements) -> tuple[str, ...]:
    """Times that may be the article's, or the template's."""
    return (*(page.meta.get(name, "") for name in _VAGUE_DATE_NAMES), page.time)


def _published_at(stated: Iterable[str]) -> datetime | None:
    """The first time that is stated; a later, more exact statement may refine it."""
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
    """The primary subtag (RFC 5646) of the first language that is stated and is one."""
    stated = (
        page.language,
        page.meta.get("content-language", ""),
        string(article.get("inLanguage")),
        page.meta.get("og:locale", ""),
    )
    return next(filter(None, map(primary_language, stated)), None)


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
