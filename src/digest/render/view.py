"""What the templates see: an edition with everything looked up, sorted and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, groupby
from typing import NamedTuple

from digest.model import Brief, Edition, FeedReport
from digest.render.localization import Catalogues, Wording, direction
from digest.render.paths import MAIL_URL_LENGTH, section_slug
from digest.render.story_view import StoryView, is_line, story_view
from digest.text import reading_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section; `full` and `lines` are those of its stories that the front does not show."""

    title: str
    anchor: str
    slug: str  # of its own page, sections/SLUG/
    stories: tuple[StoryView, ...]
    full: tuple[StoryView, ...]
    lines: tuple[StoryView, ...]

    @property
    def shown(self) -> tuple[StoryView, ...]:
        """The stories under the section's heading, in reading order."""
        return self.full + self.lines


class RestView(NamedTuple):
    """What there was no room for, of one section."""

    title: str
    briefs: tuple[Brief, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """A whole edition ready to be shown."""

    edition: Edition
    translate: Wording
    heading: str  # the title with the day, as feeds list it
    date: str  # the day, the days or the week
    week: bool  # is it a weekly edition, however many days it has?
    path: str  # of its page; empty where it is no edition but several days of them
    lang: str
    dir: str
    minutes: int  # to read what is shown
    front: tuple[StoryView, ...]  # the lead first; none in editions stored before there was one
    sections: tuple[SectionView, ...]
    also: tuple[Brief, ...]  # shown as titles
    rest: tuple[RestView, ...]
    left: int  # stories that are one click away, those included that are not even named
    failed: tuple[FeedReport, ...]

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """All stories in reading order: the front, then section by section."""
        return self.front + tuple(story for section in self.sections for story in section.shown)

    @property
    def parts(self) -> tuple[tuple[StoryView, ...], ...]:
        """The front and the sections as groups of stories, each as it is read."""
        groups = (self.front, *(section.shown for section in self.sections))
        return tuple(group for group in groups if group)

    @property
    def headlines(self) -> str:
        """The first three headlines, as a teaser; in their place, that there are none."""
        return " · ".join(story.headline for story in self.stories[:3]) or self.nothing

    @property
    def unread(self) -> bool:
        """Could no feed at all be read?"""
        return bool(self.failed) and len(self.failed) == len(self.edition.feeds)

    @property
    def nothing(self) -> str:
        """What to say of an empty edition."""
        return self.translate.text("nothing_read" if self.unread else "nothing_new")

    @property
    def subject(self) -> str:
        """The lead's headline, of a week with its name; of an empty edition, title and day."""
        if not self.stories:
            return self.heading
        lead = self.stories[0].headline
        return self.translate.titled(self.date, lead) if self.week else lead

    @property
    def preheader(self) -> str:
        """The two headlines after the lead's, as a mailbox shows them beside the subject."""
        return " · ".join(story.headline for story in self.stories[1:3])

    def numbered_links(self) -> tuple[dict[str, int], ...]:
        """The URLs of each part with numbers that run through the whole edition."""
        numbers = count(1)
        return tuple({url: next(numbers) for url in _links(part)} for part in self.parts)


def view(edition: Edition, catalogues: Catalogues) -> EditionView:
    """Look up, sort and count what an edition (clean already) has to show."""
    translate = Wording.of(edition, catalogues)
    # A page is in the language of its own words; stories in another say so.
    language = translate.strings.language or edition.language
    date = _date(edition, translate)
    front, sections = _arranged(edition, language)
    shown = (*front, *(story for section in sections for story in section.shown))
    also = edition.also
    rest = [brief for brief in edition.rest if not brief.also]
    left = edition.counts.stories - edition.counts.repeats - len(shown) - len(also)
    return EditionView(
        edition=edition,
        translate=translate,
        heading=f"{edition.title}, {date if edition.days else translate.short_date()}",
        date=date,
        week=edition.weekly,
        path=_path(edition),
        lang=language,
        dir=direction(language),
        minutes=reading_minutes(_read(shown, also)),
        front=front,
        sections=sections,
        also=also,
        rest=_rest(rest),
        left=max(left, len(rest)) if rest else 0,
        failed=tuple(feed for feed in edition.feeds if feed.status == "failed"),
    )


def _path(edition: Edition) -> str:
    """Where its page is: a week of one day, a reader's first, has the page of that day."""
    if not edition.days:
        return f"{edition.id}/"
    return f"{edition.id}/week/" if edition.weekly else ""


def _date(edition: Edition, translate: Wording) -> str:
    if edition.weekly:
        return translate.text("week_of", date=translate.long_day((*edition.days, edition.id)[0]))
    return translate.days(edition.days[0], edition.days[-1]) if edition.days else translate.date()


def _arranged(
    edition: Edition, language: str
) -> tuple[tuple[StoryView, ...], tuple[SectionView, ...]]:
    """The stories of the front, and the sections; positions count through both as they are read."""
    # "New" says something only where most of what is shown goes on from earlier days.
    updates = sum(story.status == "update" for story in edition.stories)
    labelled = 2 * updates > len(edition.stories)
    make = partial(story_view, language=language, positions=count(), labelled=labelled)
    front = tuple(map(make, edition.front_stories))
    known = {story.id: story for story in front}
    sections = []
    for number, section in enumerate(edition.sections, start=1):
        others = [story for story in section.stories if story.id not in known]
        others.sort(key=is_line)
        known |= {story.id: make(story) for story in others}
        shown = [known[story.id] for story in others]
        sections.append(
            SectionView(
                title=section.title,
                anchor=f"section-{number}",
                slug=section_slug(section.title),
                stories=tuple(known[story.id] for story in section.stories),
                full=tuple(story for story in shown if not story.line),
                lines=tuple(story for story in shown if story.line),
            )
        )
    return front, tuple(sections)


def _rest(briefs: Sequence[Brief]) -> tuple[RestView, ...]:
    order = list(dict.fromkeys(brief.section for brief in briefs))
    ordered = sorted(briefs, key=lambda brief: order.index(brief.section))
    return tuple(
        RestView(title, tuple(group))
        for title, group in groupby(ordered, key=lambda brief: brief.section)
    )


def _read(stories: Iterable[StoryView], also: Iterable[Brief]) -> Iterator[str]:
    for story in stories:
        yield story.headline
        if not story.line:
            yield from (sentence.text for sentence in story.sentences)
    yield from (brief.headline for brief in also)


def _links(stories: Iterable[StoryView]) -> Iterator[str]:
    """Every URL of some stories once, in reading order; none that is too long for mail."""
    urls = (
        url
        for story in stories
        for url in (
            *(cited.article.url for source in story.sources for cited in source.cited),
            *(said.source.url for said in sum(story.differ, ()) if said.source),
        )
    )
    return iter(dict.fromkeys(url for url in urls if url and len(url) <= MAIL_URL_LENGTH))
