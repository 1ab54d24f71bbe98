"""build: STORE > deduplicate > cluster > ledger > rank > summarize > select > compose > render."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from digest.config import Settings
from digest.edition.combine import combine
from digest.edition.compose import Masthead, compose, count, with_last_heard
from digest.edition.ranking import Weights, story_kind, story_rank, story_tells
from digest.edition.sections import Place, places
from digest.edition.select import Candidate, Plan, Selection, select
from digest.feeds.article import outlet_of
from digest.flows.analysis import Analysis, analyse
from digest.flows.doubts import DoubtReviewer
from digest.flows.protocols import Illustrate, Output, Renderer, Summarizer
from digest.flows.reports import BuildReport
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
from digest.stories.ledger import FollowedStory, is_repeat
from digest.stories.summarize import summarize

if TYPE_CHECKING:
    from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """The build flow with everything it needs."""

    settings: Settings
    store: Store
    renderer: Renderer
    output: Output
    clock: Callable[[], datetime]
    summarizer: Summarizer = field(default_factory=ExtractiveSummarizer)
    reviewer: DoubtReviewer | None = None  # of doubtful joins
    illustrate: Illustrate | None = None
    slot_of: SlotOf | None = None  # where mail is sent: the audience is frozen with the edition

    def build(self, edition_id: str) -> BuildReport:
        """Build, store and write the edition of a local date.

        An edition takes in every article that no other edition has taken in. Built again from
        the same store it has the same bytes. Once mail of it has left, its stories stay as they
        are, and later articles wait for the next edition.
        """
        if self.store.mail_has_left(edition_id):
            return self._again(edition_id)
        max_age = timedelta(days=self.settings.digest.max_age_days)
        articles = self.store.articles_for(edition_id)
        asking = self.reviewer is not None
        judged = analyse(self.store, edition_id, articles, max_age, asking=asking)
        earlier = self.store.editions(before=edition_id, limit=1)
        masthead = self._masthead(edition_id, earlier, judged.considered)
        if self.reviewer is not None:
            judged = self.reviewer.review(judged, edition_id, self._top(judged, masthead))
        followed = judged.followed
        chosen = self._choose(followed, judged, masthead)
        feeds = self._feed_reports(judged.considered)
        edition = compose(
            masthead,
            count(
                [followed_story.story for followed_story in followed],
                judged.fresh,
                feeds,
                repeats=len(chosen.held),
            ),
            [story.chapter(summarized, edition_id) for story, summarized in chosen.shown],
            with_last_heard(feeds, earlier[0] if earlier else None, masthead.until),
            chosen.rest,
            selection=chosen.selection,
            places=chosen.places,
        )
        pictures: Sequence[RenderedFile] = ()  # before anything is stored: the network is slow
        if self.illustrate is not None:
            edition, pictures = self.illustrate(edition)
        if not self.store.save_edition(_publication(edition, judged, chosen)):
            return self._again(edition_id)  # mail of it left while this was built
        self._publish(edition, pictures)
        return BuildReport(
            edition=edition,
            stale=len(judged.considered) - len(judged.fresh),
            unused=tuple(summarized.unused for _, summarized in chosen.shown if summarized.unused),
            bounded=sum(report.bounded for report in judged.index.reports),
        )

    def _publish(self, edition: Edition, pictures: Sequence[RenderedFile] = ()) -> None:
        ids = self.store.edition_ids()
        others = self.store.editions_of(self.renderer.wanted(edition, ids))
        week = self._week(edition, ids, others)
        self.output.write((*pictures, *self.renderer.files(edition, ids, others, week)))
        self.store.mark_published(edition.id, self.clock(), self.slot_of)

    def _again(self, edition_id: str) -> BuildReport:
        """Write the files of an edition whose mail has left: page and mail stay the same."""
        (edition,) = self.store.editions_of([edition_id])
        self._publish(edition)
        return BuildReport(edition=edition, closed=True, waiting=self.store.waiting_articles())

    def _week(
        self, edition: Edition, ids: Sequence[str], others: Sequence[Edition]
    ) -> Edition | None:
        """The week up to an edition, for its own page: each story once, as last published."""
        by_id = {other.id: other for other in (*others, edition)}
        days = [by_id[day] for day in self.renderer.week_of(edition.id, ids) if day in by_id]
        if not edition.front or len(days) < 2:
            return None
        return replace(combine(days), weekly=True)

    def _choose(
        self, followed: Sequence[FollowedStory], judged: Analysis, masthead: Masthead
    ) -> _Chosen:
        """Rank the stories, summarize those that may be shown, and choose from them.

        Of a story that goes on the summary decides whether it repeats. Of the others as many of
        each section are summarized as an edition shows in all: summaries cost most.
        """
        digest = self.settings.digest
        plan = Plan.of(digest.reading_minutes, digest.max_stories)
        ranked = self._ranked(followed, judged, masthead)
        where = places(
            (followed_story.news for followed_story in ranked if followed_story.news is not None),
            digest.home_languages,
        )
        held = [followed_story for followed_story in followed if followed_story.news is None]
        read: dict[str, tuple[FollowedStory, SummarizedStory]] = {}
        in_section: Counter[str] = Counter()
        news: list[Story] = []
        for followed_story in ranked:
            if followed_story.news is None:
                continue
            place = where[followed_story.news.id]
            wanted = place.reach != "title" and in_section[place.section] < plan.stories
            if wanted or followed_story.published:
                summarized = summarize(followed_story.news, known=followed_story.known)
                if is_repeat(followed_story, summarized, judged.past):
                    held.append(followed_story)
                    continue
                in_section[place.section] += 1
                read[followed_story.news.id] = followed_story, summarized
            news.append(followed_story.news)
        candidates = [_candidate(story, read.get(story.id), where[story.id]) for story in news]
        selection = select(candidates, masthead.sections, plan)
        return _Chosen(
            shown=[
                (
                    followed_story,
                    self._worded(followed_story, summarized)
                    if story_id in selection.full
                    else summarized,
                )
                for story_id, (followed_story, summarized) in read.items()
                if story_id in selection.shown
            ],
            held=held,
            rest=[story for story in news if story.id not in selection.shown],
            selection=selection,
            places=where,
        )

    def _top(self, judged: Analysis, masthead: Masthead) -> Iterable[Story]:
        """As many of the first stories as an edition may show."""
        digest = self.settings.digest
        ranked = self._ranked(judged.followed, judged, masthead)
        news = (followed_story.story for followed_story in ranked if followed_story.news)
        return islice(news, Plan.of(digest.reading_minutes, digest.max_stories).stories)

    def _ranked(
        self, followed: Iterable[FollowedStory], judged: Analysis, masthead: Masthead
    ) -> list[FollowedStory]:
        pinned = frozenset(pin.story for pin in judged.pins)
        weights = Weights(
            feeds={feed.url: feed.weight for feed in self.settings.feeds},
            sections=self.settings.ranking.sections,
        )
        return sorted(
            followed,
            key=lambda followed_story: story_rank(
                followed_story.news or followed_story.story,
                until=masthead.until,
                day=followed_story.day(masthead.id),
                pinned=pinned,
                weights=weights,
            ),
        )

    def _worded(
        self, followed_story: FollowedStory, summarized: SummarizedStory
    ) -> SummarizedStory:
        """What is said of a story that is shown in full, in a model's words where one is asked."""
        if isinstance(self.summarizer, ExtractiveSummarizer) or followed_story.news is None:
            return summarized
        return self.summarizer.summarize(followed_story.news, known=followed_story.known)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What becomes of the stories of a day, each list best first."""

    shown: Sequence[tuple[FollowedStory, SummarizedStory]]
    held: Sequence[FollowedStory]  # nothing in them is new
    rest: Sequence[Story]
    selection: Selection
    places: Mapping[str, Place]


def _publication(edition: Edition, judged: Analysis, chosen: _Chosen) -> Publication:
    """The edition with what is remembered of it."""
    return Publication(
        edition=edition,
        considered=tuple(article.id for article in judged.considered),
        terms=judged.terms,
        signatures=judged.signatures,
        story_records=(
            *(story.carried_by(edition.id, summarized) for story, summarized in chosen.shown),
            *(held_story.held_back_by(edition.id) for held_story in chosen.held),
        ),
    )


def _candidate(
    story: Story,
    read: tuple[FollowedStory, SummarizedStory] | None,
    place: Place,
) -> Candidate:
    outlets = {article.newsroom or article.outlet for article in story.articles}
    summarized = read[1] if read else None
    return Candidate.reading(
        story.id,
        summarized.headline if summarized else story.medoid.canonical.title,
        (sentence.text for sentence in summarized.summary.sentences) if summarized else (),
        section=place.section,
        kind=story_kind(story),
        outlet=outlets.pop() if len(outlets) == 1 else None,
        tells=story_tells(story),
        reach=place.reach,
    )


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
