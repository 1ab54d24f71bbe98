"""What a poll changes: each entry shown is a new article, an edit or nothing new.

Everything here reads the store and so runs in the store's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from digest.feeds.article import assemble, feed_text, outlet_of
from digest.feeds.identity import EntryMatcher, article_id, content_hash, is_edit
from digest.flows.fetched import FetchedEntry, KeyedEntry
from digest.languages import detect_language
from digest.model import Entry, Feed, FeedState
from digest.model.errors import Overtaken
from digest.model.records import Edit, KnownArticle, NewArticle, PollResult

if TYPE_CHECKING:
    from digest.store import Store

Known = Mapping[bytes, KnownArticle]  # by digests of keys

_TRIES = 5  # of a poll that other processes overtake


def known_articles(store: Store, entries: Iterable[KeyedEntry]) -> Known:
    """The stored articles that the entries are known by, by digests of keys."""
    return store.known(_digests(entries))


def unseen_of(
    feed: Feed, entries: Sequence[KeyedEntry], stored: Known
) -> tuple[list[KeyedEntry], int]:
    """The entries that no stored article is, once each, and the number of the others."""
    known = EntryMatcher(stored, entries, feed_url=feed.url)
    unseen: list[KeyedEntry] = []
    number = 0
    for entry, keys in entries:
        match = known.match(entry, keys)
        if match is None:
            known.learn(feed.url, entry, keys, article="")
            unseen.append((entry, keys))
        else:
            number += bool(match.article)
    return unseen, number


def _digests(shown: Iterable[KeyedEntry]) -> set[bytes]:
    return {key.digest for _, keys in shown for key in keys}


def take_in(
    store: Store,
    feed: Feed,
    state: FeedState,
    entries: tuple[KeyedEntry, ...],
    *,
    fetched: Mapping[int, FetchedEntry],
    now: datetime,
    began: FeedState | None = None,
    stored: Known | None = None,
) -> PollResult | None:
    """Judge what a poll changes and store it; judge again where another poll was first.

    `stored` is what `known_articles` said when the poll began to judge; nearly always nothing has
    been added to it since, and then nothing is asked again. None where another process has polled
    the feed since this poll `began`: what that one stored counts. Raises Overtaken where others
    were first five times.
    """
    overtaken = 0
    while True:
        poll = poll_result(store, feed, state, entries, fetched=fetched, now=now, stored=stored)
        try:
            return poll if store.save_poll(replace(poll, began=began)) else None
        except Overtaken:
            stored = None
            overtaken += 1
            if overtaken == _TRIES:
                raise


def poll_result(
    store: Store,
    feed: Feed,
    state: FeedState,
    entries: tuple[KeyedEntry, ...],
    *,
    fetched: Mapping[int, FetchedEntry],
    now: datetime,
    stored: Known | None = None,
) -> PollResult:
    """What a poll changes, judged on the store as it is now, or as `stored` says it was.

    `fetched` holds the entries that were unseen when the poll began, by the `id()` of the entry:
    another feed may have brought one of them since. Storing the result raises Overtaken then,
    where it was judged on what was `stored` before.
    """
    outlet = outlet_of(feed, state)
    shown = (*entries, *((item.entry, item.keys) for item in fetched.values()))
    digests = _digests(shown)
    new: dict[str, NewArticle] = {}
    if stored is None:
        stored = store.known(digests)
        is_taken = _taken_ids(store, feed, [item.entry for item in fetched.values()], new)
    else:  # only the addresses of pages are to be asked for
        stored = {**stored, **store.known(digests - _digests(entries))}
        is_taken = new.__contains__  # an id that is an article's cannot be stored again
    known = EntryMatcher(stored, shown, feed_url=feed.url)
    edits: dict[str, Edit] = {}
    learnt: list[tuple[bytes, str]] = []
    for entry, own_keys in entries:
        item = fetched.get(id(entry))
        keys = item.keys if item else own_keys
        match = known.match(entry, keys)
        if match is None:
            if item is None:  # another feed took back what it had brought first
                item = FetchedEntry(entry=entry, keys=keys)
                sample = item.language_sample
                item = replace(item, language=detect_language(sample) if sample else None)
            made = _new_article(feed, outlet, item, is_taken, now)
            new[made.article.id] = made
            match = known.learn(
                feed.url, entry, keys, article=made.article.id, said=made.content_hash
            )
        elif match.article not in new and is_edit(feed.url, entry, match):
            edits[match.article] = _edit(entry, match)
        learnt += [(key.digest, match.article) for key in keys]
        if item and (printed := item.text_key):
            learnt.append((printed.digest, match.article))
    return PollResult(
        feed=feed,
        outlet=outlet,
        state=state,
        new=tuple(new.values()),
        edits=tuple(edits.values()),
        keys=tuple((key, article) for key, article in learnt if key not in stored),
        fresh=frozenset(digests - stored.keys()),
    )


def _taken_ids(
    store: Store, feed: Feed, entries: Iterable[Entry], new: Collection[str]
) -> Callable[[str], bool]:
    """Whether an id belongs to an article of the store, or to one of `new`, which may grow."""
    first_choices = {article_id(feed.url, entry, lambda _: False) for entry in entries}
    taken = store.taken(first_choices)  # asked once for all; a second choice of id is rare

    def is_taken(candidate: str) -> bool:
        if candidate in first_choices:
            return candidate in taken or candidate in new
        return candidate in new or bool(store.taken([candidate]))

    return is_taken


def _edit(entry: Entry, known: KnownArticle) -> Edit:
    return Edit(
        article=known.article,
        title=entry.title or known.title,
        text=feed_text(entry),
        content_hash=content_hash(entry),
    )


def _new_article(
    feed: Feed, outlet: str, item: FetchedEntry, is_taken: Callable[[str], bool], now: datetime
) -> NewArticle:
    article = assemble(
        feed,
        outlet,
        item.entry,
        item.reading.result,
        article_id=article_id(feed.url, item.entry, is_taken),
        seen_at=now,
        detected=item.language or "und",
    )
    return NewArticle(
        article=article,
        raw_id=item.entry.raw_id,
        content_hash=content_hash(item.entry),
        page=item.reading.retry,
        offered=item.offered and item.dropped is None,
        dropped=item.dropped,
    )
