"""Past editions built again with other settings or feeds, in a copy of the database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from digest.config import Settings
from digest.edition.difference import Difference, difference
from digest.feeds.article import outlet_of
from digest.feeds.filters import FilterTask, filtered
from digest.flows import Builder
from digest.model import Article, Entry, Feed, RenderedFile
from digest.model.errors import UsageError
from digest.services.renderers import renderers
from digest.store import FeedStore, Store, database_exists, open_store
from digest.store.backup import copy_database
from digest.store.copy import copy_store


class _Discarded:
    """An output folder that keeps nothing."""

    def write(self, files: Sequence[RenderedFile]) -> None:
        """Nothing is written."""

    def has(self, _path: str) -> bool:
        """There is no file."""
        return False


def replay(
    place: Path | str, settings: Settings, *, days: int, clock: Callable[[], datetime]
) -> Iterator[Difference]:
    """Build the editions of the last days again as `settings` would have it, the oldest first.

    Everything happens in a copy: the database at `place`, the output folder and the mail stay as
    they are.
    Feeds that the settings do not name are left out, and so is what their rules drop. What a
    filter dropped when it came is in no edition, and does not come back.
    """
    if not database_exists(place):
        raise UsageError(f"no database at {place}, so there is no edition to build again")
    first = (clock() - timedelta(days=days)).date().isoformat()
    with tempfile.TemporaryDirectory(prefix="digest-replay-") as folder:
        path = Path(folder, "digest.db")
        if isinstance(place, str):
            copy_store(place, path)
        else:
            copy_database(place, path)
        with closing(open_store(path)) as store:
            editions = [id_ for id_ in reversed(store.edition_ids()) if id_ >= first]
            _prepare(store, settings, editions)
            builder = Builder(
                settings=settings,
                store=store,
                renderer=renderers(settings).current(),
                output=_Discarded(),
                clock=clock,
            )
            for edition in editions:
                (before,) = store.editions_of([edition])
                yield difference(before, builder.build(edition).edition)


def _prepare(store: Store, settings: Settings, editions: Sequence[str]) -> None:
    """Make the copy what it would be under these settings."""
    feeds = [feed for feed in settings.feeds if feed.enabled]
    states = store.feed_states([feed.url for feed in feeds])
    known = FeedStore(store.engine)
    known.rename([(feed, outlet_of(feed, states[feed.url])) for feed in feeds])
    known.leave_out_others([feed.url for feed in feeds])
    if editions:
        last = (datetime.fromisoformat(editions[-1]) + timedelta(days=1)).date().isoformat()
        taken = store.articles_between(editions[0], last)
        known.leave_out(_dropped(feeds, taken))


def _dropped(feeds: Iterable[Feed], articles: Sequence[Article]) -> list[str]:
    """The ids of articles that the feeds' rules drop, as far as what is stored tells."""
    dropped: list[str] = []
    for feed in feeds:
        own = [article for article in articles if article.feed_url == feed.url]
        entries = [
            Entry(
                raw_id=None,
                url=article.url,
                title=article.title,
                author=article.author,
                categories=article.labels,  # with the section and type that its page states
            )
            for article in own
        ]
        result = filtered(FilterTask.of(feed, entries, [article.text for article in own]))
        dropped += [
            article.id for article, why in zip(own, result.dropped, strict=True) if why is not None
        ]
    return dropped
