"""The edition: what readers see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.model.articles import Kind
from digest.model.judgement import Conflict, SummarizedStory, SummarySentence

FeedStatus = Literal["ok", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """The state of a feed at one edition; `entries` counts its new entries.

    `heard_at` is the end of the newest edition with an entry of it, or of the first edition that
    lists it if there never was one.
    """

    url: str
    title: str
    status: FeedStatus
    error: str | None = None
    entries: int = 0
    section: str = ""
    heard_at: datetime | None = None


Role = Literal["canonical", "report", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What an edition shows of an article; `title` is without the marks of agency and site.

    `role`: the story's canonical article, another independent report, or a copy of `copy_of`;
    an `excerpt` is a copy of a part.
    """

    id: str
    url: str | None
    title: str
    outlet: str
    published_at: datetime
    role: Role
    copy_of: str | None = None
    dated: bool = True
    paywalled: bool = False
    excerpt: bool = False
    language: str = "und"
    kind: Kind = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in the output folder; `path` is relative to it, the size is in pixels."""

    path: str
    width: int
    height: int


StoryStatus = Literal["new", "update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An edition that carried a story before, with the headline it had there."""

    edition: str
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A story's part of one edition: all of a new story, only the news of an update.

    `day` counts the days since an edition first carried the story, that one being day 1;
    `earlier` are the editions that did, newest first.
    """

    summarized: SummarizedStory
    status: StoryStatus = "new"
    day: int = 1
    earlier: tuple[Earlier, ...] = ()


Display = Literal["full", "line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStory:
    """A story as readers see it; `outlets` and `independent_reports` are counts.

    `display`: with its summary, or as one line with its headline alone. A story without a summary
    is always a line; the summary of a line is for the story's own page.

    A `Chapter` without its texts, with the same `status`, `day` and `earlier`.
    """

    id: str
    headline: str
    language: str
    outlets: int
    independent_reports: int
    summary: tuple[SummarySentence, ...]
    articles: tuple[Coverage, ...]  # the canonical first, copies after what they copy
    status: StoryStatus = "new"
    day: int = 1
    earlier: tuple[Earlier, ...] = ()  # newest first
    conflicts: tuple[Conflict, ...] = ()
    written_by: str | None = None  # the model that worded the summary; None: quoted word for word
    image: str | None = None  # address of a picture that the canonical article names
    kind: Kind = "news"
    display: Display = "full"
    picture: Picture | None = None  # our copy of it, if pictures are configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A story for which an edition had no room: what it is called and where it can be read.

    The edition itself names those that are `also` worth knowing of; the others are one click away.
    """

    headline: str
    url: str | None
    outlet: str
    articles: int
    section: str
    language: str = "und"
    kind: Kind = "news"
    paywalled: bool = False
    also: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of an edition: its stories in reading order, those shown as a line last.

    `language` is the primary subtag of a section that holds the stories in another language.
    """

    title: str
    stories: tuple[EditionStory, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What went into an edition."""

    feeds: int
    feeds_failed: int
    articles: int
    copies: int
    stories: int  # found, whether or not there was room for them
    repeats: int = 0  # stories held back because nothing in them was new


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One dated digest: everything that page, email and feeds show comes from this value.

    `front` holds the ids of the top stories over all sections, the lead first; each of them is in
    its section as well.

    It holds what readers see and no article's text, so that years of editions stay small.
    """

    id: str  # the local date, "2026-11-21"
    title: str
    language: str
    timezone: str
    since: datetime
    until: datetime
    counts: Counts
    feeds: tuple[FeedReport, ...]
    sections: tuple[Section, ...]
    rest: tuple[Brief, ...] = ()  # the first after the cut: in its languages first, then the best
    days: tuple[str, ...] = ()  # ids of the editions that this one combines, oldest first
    weekly: bool = False  # a weekly edition, however many days it has
    front: tuple[str, ...] = ()

    @property
    def stories(self) -> tuple[EditionStory, ...]:
        """All stories in reading order."""
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def front_stories(self) -> tuple[EditionStory, ...]:
        """The stories of the front, without those that a cut took from the sections."""
        by_id = {story.id: story for story in self.stories}
        return tuple(by_id[story_id] for story_id in self.front if story_id in by_id)

    @property
    def also(self) -> tuple[Brief, ...]:
        """The stories that the edition names after its sections."""
        return tuple(brief for brief in self.rest if brief.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """One product: where it goes, relative to the output folder, and its bytes."""

    path: str
    body: bytes
