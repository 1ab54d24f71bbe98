"""Is this entry one we know? Identity is a set of keys, and memory outlives content.

A feed may rotate its ids, move to another domain, use one link for every item or use an old id
for a new article. No single key survives all of these, so each entry has up to six:

- its id, within its feed;
- the canonical URL of its page, across feeds, so that an article in two feeds counts once;
- a hash of what it says, within its feed;
- its id with the name of its page on its host, across feeds: a publisher shows one article in
  two sections, under two addresses and titles;
- and two for repair, within its feed: its place on the site, whatever the site's name is now,
  and its title with its time. They bind an entry to an article that the feed no longer shows
  otherwise, never two that it lists side by side.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from digest.model import Entry
from digest.model.records import KnownArticle
from digest.urls import canonical_url

KeyKind = Literal["id", "url", "content", "shared", "place", "title", "text"]

_REPAIRS = frozenset({"place", "title"})
_ADDRESSES = frozenset({"id", "url", "shared", "place"})  # what a feed may use again

# A title with this share of its words (of the shorter title's) in common is the same title, edited.
_SAME_TITLE = 0.6
_TELLING_NAME = 12  # characters of the last part of a URL
_TELLING_TITLE = 3  # words; shorter ones come back ("Weather", "In brief")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing an entry can be known by; `digest` is what the store keeps (16 bytes)."""

    kind: KeyKind
    digest: bytes


def content_hash(entry: Entry) -> str:
    """A hash of what an entry says: 32 hexadecimal digits."""
    return _hash("content", entry.title, entry.summary, entry.content).hex()


def keys_of(feed_url: str, entry: Entry) -> tuple[Key, ...]:
    """The keys of an entry, strongest first. Every entry has at least its content key."""
    keys = []
    if entry.raw_id:
        keys.append(Key(kind="id", digest=_hash("id", feed_url, entry.raw_id)))
    url = canonical_url(entry.url) if entry.url else ""
    if url:
        keys.append(Key(kind="url", digest=_hash("url", url)))
    stated = entry.published_at.isoformat() if entry.published_at else ""
    keys.append(
        Key(kind="content", digest=_hash("said", feed_url, content_hash(entry), stated)),
    )
    name = url.partition("?")[0].rpartition("/")[2]
    if entry.raw_id and len(name) >= _TELLING_NAME:
        host = urlsplit(url).netloc
        keys.append(Key(kind="shared", digest=_hash("shared", entry.raw_id, host, name)))
    place = url.split("/", 3)[3:]
    if place and place[0]:
        keys.append(Key(kind="place", digest=_hash("place", feed_url, place[0])))
    words = _words(entry.title)
    # A date without a time is read as midnight, so all entries of one day would look alike.
    if stated and "T00:00:00" not in stated and len(words) >= _TELLING_TITLE:
        keys.append(Key(kind="title", digest=_hash("title", feed_url, stated, *words)))
    return tuple(keys)


def url_key(url: str) -> Key:
    """The key of a page's address, the same from every feed."""
    return Key(kind="url", digest=_hash("url", canonical_url(url)))


def text_key(site: str, lines: Iterable[str]) -> Key:
    """The key of a text that a site prints: where two entries have it, it is neither's."""
    return Key(kind="text", digest=_hash("text", site, *sorted(lines)))


class EntryMatcher:
    """Knows articles by their keys and learns more while a feed is read, entry by entry."""

    def __init__(
        self,
        known: Mapping[bytes, KnownArticle],
        shown: Iterable[tuple[Entry, Sequence[Key]]] = (),
        *,
        feed_url: str = "",
    ) -> None:
        """`shown` is all that the feed shows now: what it shows itself needs no repair."""
        self._known = dict(known)
        self._feed_url = feed_url
        shown = tuple(shown)
        entries = [entry for entry, _ in shown]
        self._ids = {entry.raw_id for entry in entries if entry.raw_id}
        self._shared_ids = _with_several_titles(entries)
        self._has_one_id = len({entry.raw_id for entry in entries}) == 1
        self._urls = Counter(entry.url for entry in entries)
        self._has_one_url = len(self._urls) == 1
        self._titles = {tuple(_words(entry.title)) for entry, _ in shown}
        self._shown = {
            candidate.article
            for entry, keys in shown
            for key in keys
            if key.kind not in _REPAIRS
            and (candidate := self._known.get(key.digest)) is not None
            and _believable(key.kind, entry, candidate)
        }

    def match(self, entry: Entry, keys: Sequence[Key]) -> KnownArticle | None:
        """The known article that this entry is, or None when it is new.

        A known id is doubted when both the page and the title are others (the id was used
        again); a known URL is doubted when the title is another (feeds that give every item
        one link) and the id too, or when the feed shows the known one beside it ("Warning 1",
        "Warning 2"). Both are doubted where the feed gives all it shows the same one over time.
        In doubt it is new: a double is folded later, a loss is a loss.
        """
        for key in keys:
            candidate = self._known.get(key.digest)
            if candidate is None or not _believable(key.kind, entry, candidate):
                continue
            if key.kind in _REPAIRS and candidate.article in self._shown:
                continue
            if key.kind == "url" and self._beside(entry, candidate):
                continue
            if key.kind in _ADDRESSES and self._follows(entry, candidate):
                continue
            return candidate
        return None

    def _follows(self, entry: Entry, candidate: KnownArticle) -> bool:
        """Is it the next article under an id or address that the candidate had before it?"""
        if candidate.feed_url != self._feed_url:
            return False
        if entry.raw_id and entry.raw_id == candidate.raw_id:
            return self._follows_under_id(entry, candidate)
        parts = {_fragment(entry.url), _fragment(candidate.url)}
        if len(parts) == 2 and "" not in parts:  # places on one page
            return entry.title != candidate.title
        before, now = candidate.published_at, entry.published_at
        shared = self._has_one_url or self._urls[entry.url] > 1
        if before is None or now is None or now <= before or not shared:
            return False  # of an address of its own, ids and dates may change at every poll
        has_new_id = bool(entry.raw_id and candidate.raw_id)
        says_more = has_new_id and content_hash(entry) != candidate.content_hash
        return says_more or entry.title != candidate.title

    def _follows_under_id(self, entry: Entry, candidate: KnownArticle) -> bool:
        """An id is doubted where the feed gives it to several titles, or to all that it shows."""
        if same_title(entry.title, candidate.title):
            return False
        before, now = candidate.published_at, entry.published_at
        is_constant = self._has_one_id and None not in {before, now} and before != now
        return is_constant or entry.raw_id in self._shared_ids

    def _beside(self, entry: Entry, candidate: KnownArticle) -> bool:
        """Does the feed show the candidate as another entry, under another title?"""
        title = tuple(_words(candidate.title))
        if title == tuple(_words(entry.title)):
            return False
        if candidate.raw_id is None:
            return entry.raw_id is None and title in self._titles
        return candidate.raw_id != entry.raw_id and candidate.raw_id in self._ids

    def learn(
        self,
        feed_url: str,
        entry: Entry,
        keys: Sequence[Key],
        *,
        article: str,
        said: str | None = None,
    ) -> KnownArticle:
        """Remember a new article; keys that are another's already stay so.

        `said` is its `content_hash`, where that is known.
        """
        known = KnownArticle(
            article=article,
            feed_url=feed_url,
            raw_id=entry.raw_id,
            url=entry.url,
            title=entry.title,
            published_at=entry.published_at,
            content_hash=said or content_hash(entry),
        )
        for key in keys:
            self._known.setdefault(key.digest, known)
        self._shown.add(article)
        return known


def _with_several_titles(entries: Iterable[Entry]) -> set[str]:
    """The ids that entries with different titles share."""
    first: dict[str, str] = {}
    shared = set()
    for entry in entries:
        if not entry.raw_id:
            continue
        if not same_title(first.setdefault(entry.raw_id, entry.title), entry.title):
            shared.add(entry.raw_id)
    return shared


def _fragment(url: str | None) -> str:
    return (url or "").partition("#")[2]


def _believable(kind: KeyKind, entry: Entry, candidate: KnownArticle) -> bool:
    if kind in {"content", "shared", "title"}:
        return True
    if kind == "place":
        return _same_title(entry, candidate)
    if kind == "id":
        return _same_page(entry, candidate) or _same_title(entry, candidate)
    same_id = entry.raw_id is not None and entry.raw_id == candidate.raw_id
    return same_id or _same_title(entry, candidate)


def is_edit(feed_url: str, entry: Entry, known: KnownArticle) -> bool:
    """Does the feed an article came from say something else about it now?"""
    return feed_url == known.feed_url and content_hash(entry) != known.content_hash


def article_id(feed_url: str, entry: Entry, is_taken: Callable[[str], bool]) -> str:
    """A stable id of 16 hexadecimal digits, the same in every store that reads the same entry.

    The canonical URL makes it; where another article has that id already, the entry's own id
    and content take part.
    """
    stem = canonical_url(entry.url) if entry.url else f"{feed_url} {entry.raw_id or ''}"
    candidate = _hash("article", stem).hex()[:16]
    turn = 0
    while is_taken(candidate):
        more = (feed_url, entry.raw_id or "", content_hash(entry), str(turn))
        candidate = _hash("article", stem, *more).hex()[:16]
        turn += 1
    return candidate


def _same_page(entry: Entry, candidate: KnownArticle) -> bool:
    if not entry.url or not candidate.url:
        return True  # nothing speaks against it
    same = entry.url == candidate.url  # as a rule; spelling costs more
    return same or canonical_url(entry.url) == canonical_url(candidate.url)


def _same_title(entry: Entry, candidate: KnownArticle) -> bool:
    if not entry.title or not candidate.title:
        return not entry.title and not candidate.title and entry.raw_id is None
    return same_title(entry.title, candidate.title)


def same_title(one: str, other: str) -> bool:
    """Are two titles one, perhaps edited: do they share 60 % of the shorter one's words?"""
    if one == other:
        return True
    ours, theirs = set(_words(one)), set(_words(other))
    shared = len(ours & theirs)
    return shared > 0 and shared >= _SAME_TITLE * min(len(ours), len(theirs))


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", title.casefold())


def _hash(*parts: str) -> bytes:
    # Lengths keep ("a", "bc") and ("ab", "c") apart; "surrogatepass" because feeds hold anything.
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).digest()
