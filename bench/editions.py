"""What rendering costs, and that it does not grow with the number of editions.

    python -m bench.editions

CPU seconds for one edition of 60 stories from 1,020 articles in all formats with all pages it
changes, and the same with 3,650 editions before it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

from tests.editions import UNTIL, large

from digest.model import Edition
from digest.render import Renderer


def main() -> None:
    """Print one line for each number of earlier editions."""
    whole = large(60, outlets=17)
    for before in (0, 13, 40, 3650):
        ids = [(UNTIL.date() - timedelta(days=age)).isoformat() for age in range(before + 1)]
        renderer = Renderer(base_url="https://news.example/")
        wanted = renderer.wanted(whole, ids)
        editions = [_aged(whole, edition_id) for edition_id in ids if edition_id in wanted]
        started = time.process_time()
        files = renderer.files(whole, ids, editions)
        spent = time.process_time() - started
        size = sum(len(file.body) for file in files)
        print(
            f"{before:5} editions before: {spent:.2f} s CPU, {len(files)} files, "
            f"{size / 1e6:.1f} MB, {len(editions)} editions read"
        )


def _aged(edition: Edition, day: str) -> Edition:
    """The same on another day, its stories others."""
    age = (UNTIL.date() - UNTIL.date().fromisoformat(day)).days
    sections = tuple(
        replace(
            section,
            stories=tuple(replace(story, id=f"{story.id}-{age}") for story in section.stories),
        )
        for section in edition.sections
    )
    if not age:
        sections = edition.sections
    return replace(edition, id=day, until=UNTIL - timedelta(days=age), sections=sections)


if __name__ == "__main__":
    main()
