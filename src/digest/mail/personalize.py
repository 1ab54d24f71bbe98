"""What is in a subscriber's mail: editions since the last one, told as one, cut to their choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.model import Choice, Counts, Edition, EditionStory, FeedReport, Section

FEWER = 3  # stories of a section of which someone wants fewer


def combine(editions: Sequence[Edition]) -> Edition:
    """Several editions, oldest first, told as one: the newest's name, the whole span of time.

    A story that several carried stands once, as the newest tells it, with the articles of all.
    What most newsrooms reported on their own comes first in each section.
    """
    if len(editions) == 1:
        return editions[0]
    newest = editions[-1]
    stories: dict[str, tuple[str, EditionStory]] = {}
    for edition in editions:
        for section in edition.sections:
            for story in section.stories:
                earlier = stories.get(story.id)
                told = _told_again(earlier[1], story) if earlier else story
                stories[story.id] = (section.title, told)
    titles = dict.fromkeys(
        section.title for edition in reversed(editions) for section in edition.sections
    )
    by_section: dict[str, list[EditionStory]] = {title: [] for title in titles}
    for title, story in stories.values():
        by_section[title].append(story)
    return replace(
        newest,
        days=tuple(edition.id for edition in editions),
        since=editions[0].since,
        counts=_sum([edition.counts for edition in editions], len(stories)),
        feeds=_feeds(editions),
        sections=tuple(
            Section(title=title, stories=tuple(sorted(members, key=_rank)))
            for title, members in by_section.items()
            if members
        ),
    )


def personal(edition: Edition, choice: Choice) -> Edition:
    """The part of an edition that a subscriber chose; the edition itself where that is all."""
    sections = []
    for section in edition.sections:
        if choice.sections and section.title not in choice.sections:
            continue
        stories = tuple(story for story in section.stories if story.id not in choice.muted)
        if section.title in choice.fewer:
            stories = stories[:FEWER]
        if stories:
            sections.append(replace(section, stories=stories))
    if tuple(sections) == edition.sections:
        return edition
    kept = {story.id for section in sections for story in section.stories}
    chosen = replace(
        edition,
        sections=tuple(sections),
        front=tuple(story_id for story_id in edition.front if story_id in kept),
        rest=tuple(
            brief
            for brief in edition.rest
            if not choice.sections or brief.section in choice.sections
        ),
    )
    # What somebody does not want is not what there was no room for.
    unwanted = len(edition.stories) - len(chosen.stories)
    counts = replace(edition.counts, stories=max(edition.counts.stories - unwanted, 0))
    return replace(chosen, counts=counts)


def _told_again(earlier: EditionStory, newer: EditionStory) -> EditionStory:
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


def _rank(story: EditionStory) -> tuple[int, int]:
    newsrooms = {article.outlet for article in story.articles if article.role != "copy"}
    return -min(story.independent_reports, len(newsrooms)), -story.outlets


def _sum(counts: Sequence[Counts], stories: int) -> Counts:
    newest = counts[-1]
    return replace(
        newest,
        articles=sum(item.articles for item in counts),
        copies=sum(count.copies for count in counts),
        # Those found and not shown in any edition are counted; those told twice are one.
        stories=max(stories, *(count.stories for count in counts)),
    )


def _feeds(editions: Sequence[Edition]) -> tuple[FeedReport, ...]:
    """Each feed as the newest edition saw it, with what it brought to all of them."""
    brought: dict[str, int] = {}
    for edition in editions:
        for feed in edition.feeds:
            brought[feed.url] = brought.get(feed.url, 0) + feed.entries
    return tuple(replace(feed, entries=brought[feed.url]) for feed in editions[-1].feeds)
