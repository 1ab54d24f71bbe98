"""The build flow: the same store gives the same bytes, and an article is published once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.config import Settings, WebSettings
from digest.flows import Builder, BuildReport, DoubtReviewer, ExtractiveSummarizer
from digest.flows.analysis import analyse
from digest.flows.protocols import Summarizer
from digest.model import Edition, Feed, FeedState, Story, SummarizedStory
from digest.model.records import NewArticle, Pin, PollResult
from digest.render import Renderer
from digest.store import Store, open_store
from digest.stories.summarize import summarize

from .factories import article
from .fakes import NOON, InMemoryOutput
from .postgres import place

pytestmark = pytest.mark.usefixtures("engine")

RENDERER = Renderer()  # its templates are tried once
FEED = Feed(url="https://a.example/feed", title="A", section="World")
OTHER = Feed(url="https://b.example/feed", title="B", section="World")
DAY, NEXT = "2026-03-02", "2026-03-03"

STORM = (
    "The storm reached the coast near Marrow Bay on Monday morning. Eleven ships waited outside. "
    "The harbour master said the port would open again on Tuesday. Nobody was hurt in the town."
)
CHESS = (
    "Ines Calder won the chess title after a rook sacrifice in the final game at Ellinport. "
    "Some four hundred people watched the match. The prize is worth nine thousand crowns."
)


class Harness:
    """A builder over a real store and a real renderer, writing to a output."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = open_store(place(folder / "digest.db"))
        self.output = InMemoryOutput()
        self.summarizer: Summarizer = ExtractiveSummarizer()
        self.reviewer: DoubtReviewer | None = None
        self.settings = Settings(feeds=(FEED, OTHER), web=WebSettings())
        self.poll(FEED)
        self.poll(OTHER)

    def poll(self, feed: Feed, *texts: str, error: str | None = None, **fields: Any) -> None:
        fields = {"first_seen_at": NOON, "published_at": NOON} | fields
        new = tuple(
            NewArticle(
                article=article(text, title=text[:30], feed_url=feed.url, **fields),
                raw_id=None,
                content_hash="0" * 32,
            )
            for text in texts
        )
        state = FeedState(url=feed.url, polled_at=NOON, error=error)
        self.store.save_poll(PollResult(feed=feed, outlet=feed.title or "", state=state, new=new))

    def build(self, day: str = DAY) -> BuildReport:
        builder = Builder(
            settings=self.settings,
            store=self.store,
            renderer=RENDERER,
            output=self.output,
            clock=lambda: NOON,
            summarizer=self.summarizer,
            reviewer=self.reviewer,
        )
        return builder.build(day)

    def edition(self, day: str = DAY) -> Edition:
        return self.build(day).edition


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def texts_of(edition: Edition) -> set[str]:
    return {article.title for story in edition.stories for article in story.articles}


def test_building_twice_gives_the_same_bytes(harness: Harness) -> None:
    """Signatures come from the store the second time, and nothing else changes."""
    harness.poll(FEED, STORM, CHESS)
    harness.build()
    first = dict(harness.output.files)
    assert 2 == len(
        harness.store.signatures([article.id for article in harness.store.articles_for(DAY)])
    )
    harness.build()
    assert first == harness.output.files


def test_the_files_of_an_edition_are_written_before_the_index_names_it(harness: Harness) -> None:
    """The archive is written last."""
    harness.poll(FEED, STORM)
    harness.build()
    paths = list(harness.output.files)
    assert "index.html" == paths[-1]
    assert {f"{DAY}/index.html", f"{DAY}/email.html", f"{DAY}/digest.json"} <= set(paths)
    assert (DAY, NOON) == harness.store.last_published()


def test_an_article_is_in_one_edition_only(harness: Harness) -> None:
    """The next edition holds what came since; a rebuild of the first holds what it held."""
    harness.poll(FEED, STORM)
    harness.build()
    harness.poll(FEED, CHESS)
    assert {CHESS[:30]} == texts_of(harness.edition(NEXT))
    assert {STORM[:30]} == texts_of(harness.edition(DAY))


def test_an_edition_built_again_on_its_day_takes_in_what_came_since(harness: Harness) -> None:
    """Until another edition has taken it."""
    harness.poll(FEED, STORM)
    harness.build()
    harness.poll(FEED, CHESS)
    assert {STORM[:30], CHESS[:30]} == texts_of(harness.edition())


def test_old_articles_are_taken_in_but_not_shown(harness: Harness) -> None:
    """A new feed's history is no news today, and none tomorrow."""
    harness.poll(FEED, STORM, published_at=NOON - timedelta(days=30))
    report = harness.build()
    assert (0, 1) == (report.edition.counts.stories, report.stale)
    assert set() == texts_of(harness.edition(NEXT))


def test_an_edition_spans_from_the_last_one_to_the_newest_article(harness: Harness) -> None:
    """Both ends come from what is stored."""
    harness.poll(FEED, STORM, first_seen_at=NOON - timedelta(hours=3))
    first = harness.edition()
    harness.poll(FEED, CHESS, first_seen_at=NOON + timedelta(days=1))
    second = harness.edition(NEXT)
    assert (NOON - timedelta(hours=3), NOON + timedelta(days=1)) == (first.until, second.until)
    assert first.until == second.since


def test_a_day_that_brings_nothing_has_its_own_time(harness: Harness) -> None:
    """Feeds of editions order them by it: two editions never have the same."""
    harness.poll(FEED, STORM, first_seen_at=NOON)
    first, quiet = harness.edition(), harness.edition(NEXT)
    assert first.until == quiet.since
    assert f"{NEXT}T00:00:00+00:00" == quiet.until.isoformat()


def test_an_empty_edition_is_an_edition(harness: Harness) -> None:
    """No news is a page that says so; its times are those of its day."""
    edition = harness.edition()
    assert (0, ()) == (edition.counts.stories, edition.sections)
    assert edition.since == edition.until
    assert f"{DAY}/index.html" in harness.output.files


def test_the_footer_is_honest(harness: Harness) -> None:
    """Feeds that brought something, brought nothing, failed, or were never read."""
    harness.settings = Settings(feeds=(FEED, OTHER, Feed(url="https://c.example/")))
    harness.poll(FEED, STORM)
    harness.poll(OTHER, error="HTTP 503")
    assert [("ok", None, 1), ("failed", "HTTP 503", 0), ("failed", "not read yet", 0)] == [
        (feed.status, feed.error, feed.entries) for feed in harness.edition().feeds
    ]
    harness.poll(OTHER)
    assert ["unchanged", "unchanged", "failed"] == [
        feed.status for feed in harness.edition(NEXT).feeds
    ]


class Reluctant:
    """A summarizer that counts, and finds fault with a model's words."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def summarize(self, story: Story, *, known: Iterable[str] = ()) -> SummarizedStory:
        self.made.append(story.id)
        return replace(summarize(story, known=known), unused="no citation")


def test_only_stories_that_are_shown_are_summarized(harness: Harness) -> None:
    """A summary is the most expensive step; what the cut leaves out has none."""
    harness.summarizer = reluctant = Reluctant()
    digest = harness.settings.digest.model_copy(update={"max_stories": 1})
    harness.settings = harness.settings.model_copy(update={"digest": digest})
    harness.poll(FEED, STORM, CHESS)
    report = harness.build()
    assert (1, 2) == (len(reluctant.made), report.edition.counts.stories)
    assert ("no citation",) == report.unused


FIRE = (
    "A fire destroyed the fish hall of Marrow Bay in the night to Monday. Three people were hurt. "
    "The fire brigade of Marrow Bay needed six hours to put it out. Nobody knows the cause yet."
)
FIRE_AGAIN = (
    "The fish hall of Marrow Bay burnt down in the night to Monday, and three people were hurt. "
    "The fire brigade of Marrow Bay needed six hours for the fire in the fish hall."
)
FIRE_ARREST = (
    "Police at Marrow Bay arrested a fish trader for the fire in the fish hall of Marrow Bay. "
    "The trader, Oren Pask, owed the owner of the fish hall 40,000 crowns, the prosecutor said."
)
FIRE_REPORT = (
    "A fire destroyed the fish hall of Marrow Bay in the night to Monday. Three people were hurt,"
    " among them the harbour master Ines Tolland. The fire brigade of Marrow Bay needed six hours"
    " to put it out. Aldous Wrenfield built the hall, which held the auction of the Skerry fleet."
)
FIRE_CHARGE = (
    "Police charged the fish trader Oren Pask with the fire that destroyed the fish hall of Marrow"
    " Bay and hurt the harbour master Ines Tolland. Pask owed the auction of the Skerry fleet"
    " 40,000 crowns, the prosecutor said. Aldous Wrenfield built the fish hall of Marrow Bay."
)
THIRD = "2026-03-04"


def statuses(edition: Edition) -> list[tuple[str, int]]:
    return [(story.status, story.day) for story in edition.stories]


def test_a_story_that_goes_on_is_an_update_with_the_same_id(harness: Harness) -> None:
    """It shows its new report only, says which day it is and which edition had it before."""
    harness.poll(FEED, FIRE)
    first = harness.edition()
    harness.poll(OTHER, FIRE_ARREST)
    second = harness.edition(THIRD)
    assert [("new", 1)] == statuses(first)
    assert [("update", 3)] == statuses(second)
    assert first.stories[0].id == second.stories[0].id
    assert {FIRE_ARREST[:30].rstrip()} == texts_of(second)
    assert [DAY] == [earlier_edition.edition for earlier_edition in second.stories[0].earlier]


def test_a_story_without_a_new_sentence_is_held_back_and_counted(harness: Harness) -> None:
    """Yesterday's reprint is no news."""
    harness.poll(FEED, FIRE)
    harness.build()
    harness.poll(OTHER, FIRE.replace("Three people", "3 people"))
    second = harness.edition(NEXT)
    assert [] == statuses(second)
    assert (1, 1, 1) == (second.counts.repeats, second.counts.stories, second.counts.articles)
    assert ["new", "repeat"] == [
        record.status for record in harness.store.story_records(DAY, THIRD)
    ]


def test_an_edition_built_again_is_the_same(harness: Harness) -> None:
    """Its own rows of the ledger, and those of later editions, are not its past."""
    harness.poll(FEED, FIRE)
    first = harness.edition()
    harness.poll(OTHER, FIRE_ARREST)
    second = harness.edition(NEXT)
    assert first == harness.edition()
    assert second == harness.edition(NEXT)
    assert 2 == len(harness.store.story_records(DAY, THIRD))


def test_a_story_that_comes_back_after_the_window_is_known_again(harness: Harness) -> None:
    """Its canonical article stands for it for a month."""
    harness.poll(FEED, FIRE_REPORT)
    first = harness.edition()
    later = NOON + timedelta(days=20)
    harness.poll(OTHER, FIRE_CHARGE, first_seen_at=later, published_at=later)
    second = harness.edition("2026-03-22")
    assert [("update", 21)] == statuses(second)
    assert first.stories[0].id == second.stories[0].id


def test_pinned_stories_lead(harness: Harness) -> None:
    """Whatever else there is."""
    harness.poll(FEED, CHESS, STORM, FIRE)
    harness.poll(OTHER, FIRE_AGAIN)
    story = next(story for story in harness.edition().stories if "Ines" in story.headline)
    articles = tuple(article.id for article in story.articles)
    harness.store.pin(Pin(story=story.id, articles=articles), NOON)
    assert story.id == harness.edition().stories[0].id


def test_of_earlier_texts_only_those_of_stories_that_go_on_are_kept(harness: Harness) -> None:
    """The end of a long text is known to its story's next day, and forgotten of any other."""
    long_storm, long_chess = (f"{text} {text} {text} The end." for text in (STORM, CHESS))
    assert 500 < min(len(long_storm), len(long_chess))
    harness.poll(FEED, long_storm, long_chess)
    harness.build()
    new = f"{STORM} On Tuesday it left."
    harness.poll(OTHER, new)
    judged = analyse(harness.store, NEXT, harness.store.articles_for(NEXT), timedelta(days=7))
    texts = {article.text for story in judged.stories for article in story.articles}
    assert {long_storm, new, long_chess[:500]} == texts
    (followed,) = judged.followed
    assert (long_storm, *followed.published[0].sentences) == followed.known
