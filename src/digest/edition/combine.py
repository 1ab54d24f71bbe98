"""Several editions as one: a week, or the days that a subscriber's mail catches up with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.edition.select import Candidate, Plan, Selection, select
from digest.model import Brief, Counts, Display, Edition, EditionStory, FeedReport, Section
from digest.stories.summarize import tells
from digest.text import reading_time

_LEAST = Plan.of(6, 1000)  # what days may always have together, however short each was


def combine(editions: Sequence[Edition]) -> Edition:
    """Several editions, oldest first, as one: the newest's name, the whole span of time.

    A story that several carried is there once, as the newest tells it, with the articles of all.
    Front, full stories and lines are chosen anew, so that all days together take no more time to
    read than the longest of them; what there is no room for goes before the newest edition's rest.
    """
    if len(editions) == 1:
        return editions[0]
    newest = editions[-1]
    stories: dict[str, tuple[str, EditionStory]] = {}
    for edition in editions:
        for section in edition.sections:
            for story in section.stories:
                earlier = stories.get(story.id)
                merged = _merged(earlier[1], story) if earlier else story
                stories[story.id] = (section.title, merged)
    languages = {part.title: part.language for edition in editions for part in edition.sections}
    titles = _titles(editions)
    ranked = sorted(stories.values(), key=lambda item: _rank(item[1]))
    selection = select(
        [_candidate(story, title, languages[title]) for title, story in ranked],
        titles,
        _plan(editions),
    )
    left = [item for item in ranked if item[1].id not in selection.shown]
    return replace(
        newest,
        days=tuple(edition.id for edition in editions),
        since=editions[0].since,
        counts=_sum([edition.counts for edition in editions], len(stories)),
        feeds=_feeds(editions),
        sections=_sections(ranked, titles, languages, selection),
        front=selection.front,
        rest=(
            *(_brief(story, title, selection) for title, story in left),
            *(replace(brief, also=False) for brief in newest.rest),
        ),
    )


def _titles(editions: Sequence[Edition]) -> list[str]:
    """The sections of all, in the order in which the feeds name them; others after them."""
    named = [feed.section for feed in editions[-1].feeds]
    found = {section.title for edition in editions for section in edition.sections}
    known = [title for title in dict.fromkeys(named) if title in found]
    others = (section.title for edition in reversed(editions) for section in edition.sections)
    return list(dict.fromkeys((*known, *others)))


def _plan(editions: Sequence[Edition]) -> Plan:
    """As much as the longest of the editions shows."""
    return Plan(
        front=max(_LEAST.front, *(len(edition.front) for edition in editions)),
        stories=max(_LEAST.stories, *(len(edition.stories) for edition in editions)),
        minutes=max(_LEAST.minutes, *map(_reading_time, editions)),
    )


def _reading_time(edition: Edition) -> float:
    shown = (_candidate(story, "") for story in edition.stories)
    full = {story.id for story in edition.stories if story.display == "full"}
    stories = sum(candidate.full if candidate.id in full else candidate.line for candidate in shown)
    return stories + sum(reading_time(brief.headline) for brief in edition.also)


def _candidate(story: EditionStory, section: str, language: str | None = None) -> Candidate:
    outlets = {article.outlet for article in story.articles}
    return Candidate.reading(
        story.id,
        story.headline,
        (sentence.text for sentence in story.summary),
        section=section,
        kind=story.kind,
        outlet=outlets.pop() if len(outlets) == 1 else None,
        tells=tells(story.headline, story.language),
        reach="section" if language else "front",
    )


def _sections(
    ranked: Sequence[tuple[str, EditionStory]],
    titles: Sequence[str],
    languages: dict[str, str | None],
    selection: Selection,
) -> tuple[Section, ...]:
    by_section: dict[str, list[EditionStory]] = {title: [] for title in titles}
    for title, story in ranked:
        if story.id in selection.shown:
            display: Display = "full" if story.id in selection.full else "line"
            by_section[title].append(replace(story, display=display))
    return tuple(
        Section(
            title=title,
            stories=tuple(sorted(members, key=lambda story: story.display == "line")),
            language=languages[title],
        )
        for title, members in by_section.items()
        if members
    )


def _brief(story: EditionStory, section: str, selection: Selection) -> Brief:
    canonical = story.articles[0]
    return Brief(
        headline=story.headline,
        url=canonical.url,
        outlet=canonical.outlet,
        articles=len(story.articles),
        section=section,
        language=story.language,
        kind=story.kind,
        paywalled=canonical.paywalled,
        also=story.id in selection.also,
    )


def _merged(earlier: EditionStory, newer: EditionStory) -> EditionStory:
    known = {article.id for article in newer.articles}
    articles = newer.articles + tuple(
        # The newest edition says which text stands for the story.
        replace(article, role="report") if article.role == "canonical" else article
        for article in earlier.articles
        if article.id not in known
    )
    return replace(
        newer,
        articles=articles,
        outlets=max(newer.outlets, len({article.outlet for article in articles})),
        independent_reports=max(
            newer.independent_reports, sum(article.role != "copy" for article in articles)
        ),
        # New to this reader, whatever came before within the same mail.
        status=earlier.status,
        day=earlier.day,
        earlier=earlier.earlier,
    )


def _rank(story: EditionStory) -> tuple[object, ...]:
    """As `ranking.story_rank` has it, as far as an edition remembers."""
    newsrooms = {article.outlet for article in story.articles if article.role != "copy"}
    newest = max(article.published_at for article in story.articles)
    return (
        story.kind != "news",
        story.outlets == 1,
        -min(story.independent_reports, len(newsrooms)),
        -story.outlets,
        -newest.timestamp(),
        story.id,
    )


def _sum(counts: Sequence[Counts], stories: int) -> Counts:
    newest = counts[-1]
    return replace(
        newest,
        articles=sum(item.articles for item in counts),
        copies=sum(count.copies for count in counts),
        # Those found and not shown in any edition are counted; those of two editions are one.
        stories=max(stories, *(count.stories for count in counts)),
    )


def _feeds(editions: Sequence[Edition]) -> tuple[FeedReport, ...]:
    """Each feed as the newest edition saw it, with what it brought to all of them."""
    brought: dict[str, int] = {}
    for edition in editions:
        for feed in edition.feeds:
            brought[feed.url] = brought.get(feed.url, 0) + feed.entries
    return tuple(replace(feed, entries=brought[feed.url]) for feed in editions[-1].feeds)
