"""How well events are found in labelled sets of real texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.background import counted, frequent
from bench.stories import measure, mixed_stream, seed_articles, streams

from digest.stories.cluster import Background, cluster, index
from digest.stories.dedup import deduplicate
from tests.factories import labelled


def test_the_five_seeds_are_one_story_and_alone(corpus: Path, seeds: Path) -> None:
    """Among a thousand other texts the five outlets' reports find each other and nothing else."""
    wanted = seed_articles(seeds)
    others = [made for made, _ in labelled(corpus / "stories/ecbplus.jsonl.gz")]
    indexed = index(deduplicate([*wanted, *others]))
    stories = cluster(indexed, Background.of(indexed))
    ids = {made.id for made in wanted}
    (story,) = [story for story in stories if ids & {made.id for made in story.articles}]
    assert {made.id for made in story.articles} == ids
    assert len(story.reports) == 5


@pytest.mark.parametrize(
    ("name", "floor"),
    [("ecbplus", 0.90), ("wikinews", 0.88), ("multinews", 0.90), ("uci_headlines", 0.69)],
)
def test_stories_are_found(corpus: Path, name: str, floor: float) -> None:
    """One setting reaches the B-cubed F1 measured on each labelled set."""
    assert measure(corpus / f"stories/{name}.jsonl.gz")[1].f1 >= floor


def test_stories_are_found_where_the_table_never_saw_them(corpus: Path) -> None:
    """The shipped table is no crib: made from other texts alone it serves as well."""
    table = frequent([counted(corpus, "multinews")])
    assert measure(corpus / "stories/wikinews.jsonl.gz", table)[1].f1 >= 0.85


def test_sets_mixed_into_one_stream_stay_apart(corpus: Path, seeds: Path) -> None:
    """At most 1.5 % of stories hold texts of two sets; the seeds stay one story."""
    found = mixed_stream(corpus, seeds)
    assert found.endswith("the seeds in 1, alone")
    assert float(found.split(", ")[1].split("%")[0]) <= 1.5


def test_what_a_real_stream_joins_is_related(corpus: Path) -> None:
    """Five feeds, five windows of eleven days: most items are alone, and are left so."""
    found = streams(corpus)
    assert 0 < found.event  # of no pairs at all both shares would be 1
    assert found.related.precision >= 0.95
    assert found.strict.recall >= 0.48
