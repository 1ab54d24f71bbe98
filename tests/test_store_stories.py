"""What the store remembers of stories, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import Constraint, Counts, Edition
from digest.model.records import Pin, Publication, StoryRecord, Verdict
from digest.store import Store, open_store

from .postgres import place

pytestmark = pytest.mark.usefixtures("engine")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(place(tmp_path / "digest.db"))


def save(store: Store, id_: str, *stories: str) -> tuple[StoryRecord, ...]:
    edition = Edition(
        id=id_,
        title="T",
        language="en",
        timezone="UTC",
        since=NOON,
        until=NOON,
        counts=Counts(feeds=0, feeds_failed=0, articles=0, copies=0, stories=0),
        feeds=(),
        sections=(),
    )
    rows = tuple(
        StoryRecord(
            edition=id_,
            story=story,
            status="update",
            headline="Ein Fährstreik",
            articles=("a1", "a2"),
            sentences=("“Nein”, sagte sie.",),
        )
        for story in stories
    )
    store.save_edition(Publication(edition=edition, considered=(), terms=b"", story_records=rows))
    return rows


def test_the_ledger_comes_back_as_it_was_written(store: Store) -> None:
    """The whole past of the stories that editions from one on had, before another."""
    first = save(store, "2026-03-01", "s", "gone")[:1]
    second = save(store, "2026-03-02", "s", "t")
    third = save(store, "2026-03-03", "s")
    save(store, "2026-03-04", "s")
    assert first + second + third == store.story_records("2026-03-02", "2026-03-04")


def test_an_edition_saved_again_replaces_its_own_rows(store: Store) -> None:
    """And those of no other edition."""
    first = save(store, "2026-03-01", "s")
    save(store, "2026-03-02", "s", "t")
    again = save(store, "2026-03-02", "u")
    assert first + again == store.story_records("2026-01-01", "2027-01-01")
    save(store, "2026-03-02")
    assert first == store.story_records("2026-01-01", "2027-01-01")


def test_the_later_word_on_a_pair_stands(store: Store) -> None:
    """Whichever of the two articles is named first."""
    store.constrain([Constraint(a="b", b="a", kind="must-link")], NOON)
    store.constrain([Constraint(a="a", b="b", kind="cannot-link")], NOON)
    assert (Constraint(a="a", b="b", kind="cannot-link"),) == store.constraints()


def test_what_a_model_said_of_a_pair_is_kept(store: Store) -> None:
    """Yes, no or neither; the pair has one row, whichever article is named first."""
    said = [
        Verdict(a="a", b=other, edition="2026-03-01", same=same)
        for other, same in (("b", True), ("c", False), ("d", None))
    ]
    for verdict in said:
        store.save_verdict(verdict)
    assert tuple(said) == store.verdicts()
    store.save_verdict(Verdict(a="b", b="a", edition="2026-03-02", same=False))
    assert Verdict(a="a", b="b", edition="2026-03-02", same=False) == store.verdicts()[0]
    assert 3 == len(store.verdicts())


def test_a_pin_is_kept_until_it_is_taken_back(store: Store) -> None:
    """Pinned again, a story is kept with its articles of that time."""
    store.pin(Pin(story="t", articles=("a",)), NOON)
    store.pin(Pin(story="s", articles=("b",)), NOON - timedelta(hours=1))
    store.pin(Pin(story="t", articles=("a", "c")), NOON)
    assert (
        Pin(story="s", articles=("b",)),
        Pin(story="t", articles=("a", "c")),
    ) == store.pins()
    assert store.unpin("s")
    assert not store.unpin("s")
    assert ["t"] == [pin.story for pin in store.pins()]
