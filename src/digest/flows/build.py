"""build: STORE > deduplicate > cluster > ledger > summarize > compose > render > STORE + output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from digest.config import Settings
from digest.edition.compose import Masthead, compose, count, story_rank, with_last_heard
from digest.feeds.article import outlet_of
from digest.flows.analysis import Analysis, analyse
from digest.flows.protocols import Illustrate, Output, Renderer, Summarizer
from digest.flows.summarizers import ExtractiveSummarizer
from digest.model import (
    Article,
    Edition,
    Feed,
    FeedReport,
    FeedState,
    FeedStatus,
    RenderedFile,
    SlotOf,
    Story,
    SummarizedStory,
)
from digest.model.records import Publication
from digest.stories.ledger import FollowedStory, follow, is_repeat

if TYPE_CHECKING:
    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What was published, and how many articles were read for it but too old to show.

    `unused` holds, for every summary for which a model's words were not used, the reason.
    """

    edition: Edition
    stale: int = 0
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """The build flow with everything it needs."""

    settings: Settings
    store: Store
    renderer: Renderer
    output: Output
    clock: Callable[[], datetime]
    summarizer: Summarizer = field(default_factory=ExtractiveSummarizer)
    illustrate: Illustrate | None = None
    slot_of: SlotOf | None = None  # where mail is sent: the audience is frozen with the edition

    def build(self, edition_id: str) -> BuildReport:
        """Build, store and write the edition of a local date.

        An edition takes in every article that no other edition has taken in. Built again from
        the same store it has the same bytes.
        """
        max_age = timedelta(days=self.settings.digest.max_age_days)
        judged = analyse(self.store, edition_id, self.store.articles_for(edition_id), max_age)
        followed = follow(judged.stories, judged.past, judged.fresh)
        shown, held, rest = self._sorted_out(followed, judged)
        earlier = self.store.editions(before=edition_id, limit=1)
        masthead = self._masthead(edition_id, earlier, judged.considered)
        feeds = self._feed_reports(judged.considered)
        edition = compose(
            masthead,
            count(
                [followed_story.story for followed_story in followed],
                judged.fresh,
                feeds,
                repeats=len(held),
            ),
            [each.chapter(summarized, edition_id) for each, summarized in shown],
            with_last_heard(feeds, earlier[0] if earlier else None, masthead.until),
            rest,
        )
        pictures: Sequence[RenderedFile] = ()  # before anything is stored: the network is slow
        if self.illustrate is not None:
            edition, pictures = self.illustrate(edition)
        publication = Publication(
            edition=edition,
            considered=tuple(article.id for article in judged.considered),
            terms=judged.terms,
            signatures=judged.signatures,
            told=(
                *(each.carried_by(edition_id, summarized) for each, summarized in shown),
                *(held_story.held_back_by(edition_id) for held_story in held),
            ),
        )
        self.store.save_edition(publication)
        ids = self.store.edition_ids()
        others = self.store.editions_of(self.renderer.wanted(edition, ids))
        self.output.write((*pictures, *self.renderer.files(edition, ids, others)))
        self.store.mark_published(edition_id, self.clock(), self.slot_of)
        return BuildReport(
            edition=edition,
            stale=len(judged.considered) - len(judged.fresh),
            unused=tuple(summarized.unused for _, summarized in shown if summarized.unused),
        )

    def _sorted_out(
        self, followed: Sequence[FollowedStory], judged: Analysis
    ) -> tuple[list[tuple[FollowedStory, SummarizedStory]], list[FollowedStory], list[Story]]:
        """The stories there is room for, with what is said of them; the repeats; the rest.

        Of a story that goes on the summary decides which of the two it is. Others are summarized
        after the cut: summaries are the dearest step.
        """
        pinned = frozenset(pin.story for pin in judged.pins)
        shown: list[tuple[FollowedStory, SummarizedStory]] = []
        held, rest = [], []
        for followed_story in sorted(
            followed, key=lambda one: story_rank(one.news or one.story, pinned)
        ):
            full = len(shown) == self.settings.digest.max_stories
            if followed_story.news is None:
                held.append(followed_story)
                continue
            if full and not followed_story.told:
                rest.append(followed_story.news)
                continue
            summarized = self.summarizer.summarize(followed_story.news, known=followed_story.known)
            if is_repeat(followed_story, summarized, judged.past):
                held.append(followed_story)
            elif full:
                rest.append(followed_story.news)
            else:
                shown.append((followed_story, summarized))
        return shown, held, rest

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
            until=max((since, midnight, *seen)),  # of a day that brought nothing, its beginning
            sections=tuple(dict.fromkeys(feed.section for feed in self.settings.feeds)),
        )

    def _feed_reports(self, considered: Sequence[Article]) -> list[FeedReport]:
        feeds = [feed for feed in self.settings.feeds if feed.enabled]
        states = self.store.feed_states([feed.url for feed in feeds])
        brought = Counter(article.feed_url for article in considered)
        return [_feed_report(feed, states[feed.url], brought[feed.url]) for feed in feeds]


def _feed_report(feed: Feed, state: FeedState, entries: int) -> FeedReport:
    error = "not read yet" if state.polled_at is None else state.error
    status: FeedStatus = "failed" if error else "ok" if entries else "unchanged"
    return FeedReport(
        url=feed.url,
        title=outlet_of(feed, state),
        status=status,
        error=error,
        entries=entries,
        section=feed.section,
    )
