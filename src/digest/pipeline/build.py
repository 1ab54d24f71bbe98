"""build: STORE > deduplicate > cluster > summarize > compose > render > STORE + output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from digest.assemble import outlet_of
from digest.cluster import Background, cluster, index
from digest.compose import Masthead, choose, compose, is_fresh
from digest.config import Settings
from digest.deduplicate import deduplicate
from digest.minhash import Signature, signature
from digest.model import Article, Edition, Feed, FeedReport, FeedState, FeedStatus
from digest.pipeline.seams import Archive, Output, Renderer, SlotOf
from digest.records import Publication
from digest.summarize import summarize

_BACKGROUND_EDITIONS = 30  # a month of document frequencies


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What was published, and how many articles were read for it but too old to show."""

    edition: Edition
    stale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """The build flow with everything it needs."""

    settings: Settings
    store: Archive
    renderer: Renderer
    output: Output
    clock: Callable[[], datetime]
    slot_of: SlotOf | None = None  # where mail is sent: the audience is frozen with the edition

    def build(self, edition_id: str) -> BuildReport:
        """Build, store and write the edition of a local date.

        An edition takes in every article that no other edition has taken in. Built again from
        the same store it has the same bytes.
        """
        considered = self.store.articles_for(edition_id)
        max_age = timedelta(days=self.settings.digest.max_age_days)
        fresh = [article for article in considered if is_fresh(article, max_age)]
        signatures, made = self._signatures(fresh)
        groups = deduplicate(fresh, signatures)
        indexed = index(groups)
        own_terms = Background.of(indexed)
        stories = cluster(indexed, own_terms.plus(self._terms_before(edition_id)))
        earlier = self.store.editions(before=edition_id, limit=1)
        chosen = choose(stories, self.settings.digest.max_stories)
        edition = compose(
            self._masthead(edition_id, earlier, considered),
            stories,
            [summarize(story) for story in chosen],
            self._feed_reports(considered),
        )
        publication = Publication(
            edition=edition,
            considered=tuple(article.id for article in considered),
            terms=own_terms.to_bytes(),
            signatures=made,
        )
        self.store.save_edition(publication)
        self.output.write(self.renderer.edition(edition, earlier[0].id if earlier else None))
        self.output.write(self.renderer.site(self.store.editions()))
        self.store.mark_published(edition_id, self.clock(), self.slot_of)
        return BuildReport(edition=edition, stale=len(considered) - len(fresh))

    def _signatures(
        self, articles: Sequence[Article]
    ) -> tuple[Mapping[str, Signature], tuple[tuple[str, bytes], ...]]:
        """Signatures of all articles, and those of them that were not stored yet."""
        stored = self.store.signatures([article.id for article in articles])
        known = {article: Signature.from_bytes(raw) for article, raw in stored.items()}
        current = {article: made for article, made in known.items() if made.current}
        made = {
            article.id: signature(article.text) for article in articles if article.id not in current
        }
        return current | made, tuple((article, each.to_bytes()) for article, each in made.items())

    def _terms_before(self, edition_id: str) -> Sequence[Background]:
        stored = self.store.terms_before(edition_id, _BACKGROUND_EDITIONS)
        return [Background.shipped(), *map(Background.from_bytes, stored)]

    def _masthead(
        self, edition_id: str, earlier: Sequence[Edition], considered: Sequence[Article]
    ) -> Masthead:
        digest = self.settings.digest
        day = datetime.fromisoformat(edition_id).date()
        midnight = datetime.combine(day, time(), tzinfo=digest.zone).astimezone(UTC)
        seen = [article.first_seen_at for article in considered]
        # Both ends come from what is stored, never from a clock, so that a rebuild repeats them.
        since = earlier[0].until if earlier else min(seen, default=midnight)
        return Masthead(
            id=edition_id,
            title=digest.title,
            language=digest.language,
            timezone=digest.timezone,
            since=since,
            until=max((since, *seen)),
            sections=tuple(dict.fromkeys(feed.section for feed in self.settings.feeds)),
        )

    def _feed_reports(self, considered: Sequence[Article]) -> list[FeedReport]:
        feeds = self.settings.feeds
        states = self.store.feed_states([feed.url for feed in feeds])
        brought = Counter(article.feed_url for article in considered)
        return [_feed_report(feed, states[feed.url], brought[feed.url]) for feed in feeds]


def _feed_report(feed: Feed, state: FeedState, entries: int) -> FeedReport:
    error = "not read yet" if state.polled_at is None else state.error
    status: FeedStatus = "failed" if error else "ok" if entries else "unchanged"
    return FeedReport(
        url=feed.url, title=outlet_of(feed, state), status=status, error=error, entries=entries
    )
