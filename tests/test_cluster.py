"""Which different texts tell one event."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.stories import b_cubed, measure
from hypothesis import given, settings
from hypothesis import strategies as st

import digest.cluster
from digest.cluster import Background, cluster
from digest.deduplicate import deduplicate
from digest.model import Article, DuplicateGroup, Story
from tests.factories import NOON, article, group, labelled

FERRY = (
    (
        "Ferry crews strike",
        "Ferry crews of the Sundle Line walked out over winter pay in Marrowmouth.",
    ),
    (
        "Sundle Line walkout",
        "The Sundle Line ferries stayed in Marrowmouth as crews struck over pay.",
    ),
    (
        "No ferries sail",
        "Crews of the Sundle Line ferry fleet began a strike in Marrowmouth for pay.",
    ),
)
DAM = (
    (
        "Cracks in dam",
        "Engineers found cracks in the concrete wall of Kestrel Dam above Lake Orrin.",
    ),
    ("Dam closed", "Kestrel Dam at Lake Orrin was closed when engineers saw cracks in its wall."),
)


def reports(*pairs: tuple[str, str], **fields: Any) -> list[DuplicateGroup]:
    return [group(text, title=title, **fields) for title, text in pairs]


def told(groups: list[DuplicateGroup]) -> tuple[Story, ...]:
    return cluster(groups, Background.of(groups))


def members(stories: tuple[Story, ...]) -> set[frozenset[str]]:
    return {frozenset(made.title for made in story.articles) for story in stories}


def test_nothing_gives_nothing() -> None:
    """No reports, no stories."""
    assert cluster([], Background()) == ()


def test_reports_of_one_event_are_one_story() -> None:
    """Two events in other words each: two stories, with and without a background."""
    groups = reports(*FERRY, *DAM)
    expected = {frozenset(title for title, _ in event) for event in (FERRY, DAM)}
    assert members(cluster(groups, Background())) == expected
    assert members(told(groups)) == expected


def test_evidence_tells_why_reports_joined() -> None:
    """Every report but the medoid has its strongest link, with words that both texts hold."""
    (story,) = told(reports(*FERRY))
    texts = {made.id: f"{made.title} {made.text}" for made in story.articles}
    assert {join.a for join in story.evidence} == {each.canonical.id for each in story.others}
    for join in story.evidence:
        assert 0.18 < join.score <= 1
        assert join.a != join.b
        assert join.shared
        assert all(word in re.findall(r"\w+", texts[join.a]) for word in join.shared)
    assert {"Sundle", "Marrowmouth"} < set(story.evidence[0].shared)


def test_a_story_keeps_its_id_when_a_report_is_added() -> None:
    """The id follows from the earliest article, wherever that stands in the story."""
    early, late = (
        reports(*FERRY[:2], published_at=NOON),
        reports(FERRY[2], published_at=NOON + timedelta(hours=3)),
    )
    (before,), (after,) = told(early), told([*late, *early])
    assert len(after.reports) == 3
    assert before.id == after.id
    assert re.fullmatch(r"s[0-9a-f]{15}", after.id)


def test_the_medoid_is_readable() -> None:
    """A paywalled report stands for the story only where no other has a text."""
    paid = reports(FERRY[0], paywalled=True)
    empty = [group("", title="Ferry crews strike Sundle Line Marrowmouth pay")]
    (story,) = told(paid + empty + reports(FERRY[1]))
    assert story.medoid.canonical.title == FERRY[1][0]


def test_days_between_reports_count_against_them() -> None:
    """Reports weeks apart are less similar than those of one day; undated ones pay nothing."""

    def score(**fields: Any) -> float:
        first = reports(FERRY[0])
        (story,) = told(first + reports(FERRY[1], **fields))
        return story.evidence[0].score

    far = {"published_at": NOON + timedelta(days=40)}
    assert score(**far) == pytest.approx(score() - 0.06, abs=1e-3)
    assert score(**far, dated=False) == score()


def test_texts_without_words_stand_alone() -> None:
    """Articles of which nothing can be compared are stories of their own."""
    groups = [group("", id="a"), group("...", id="b"), group("\ud800 \x00", id="c")]
    assert len(told(groups)) == 3


def test_a_large_part_is_split_before_linkage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more reports hang together than memory allows, the weakest links are cut first."""
    groups = reports(*FERRY, *DAM)
    whole = members(told(groups))
    monkeypatch.setattr(digest.cluster, "_LARGEST", 2)
    split = members(told(groups))
    assert all(any(part <= event for event in whole) for part in split)
    assert max(map(len, split)) == 2


def test_background_survives_storage_and_adds_up() -> None:
    """Stored counts read back equal; the sum of two batches is that of both at once."""
    ferry, dam = Background.of(reports(*FERRY)), Background.of(reports(*DAM))
    assert Background.from_bytes(ferry.to_bytes()) == ferry
    assert ferry.plus([dam]) == Background.of(reports(*FERRY, *DAM))
    assert ferry.plus([dam]).to_bytes() == dam.plus([ferry]).to_bytes()
    for broken in (b"", b"junk", ferry.to_bytes()[:-3]):
        with pytest.raises(ValueError, match="not a table"):
            Background.from_bytes(broken)


MADE = st.lists(
    st.builds(
        lambda tokens, number, hours, dated: group(
            " ".join(tokens),
            title=" ".join(tokens[:3]),
            id=f"a{number}",
            published_at=NOON + timedelta(hours=hours),
            dated=dated,
        ),
        st.lists(
            st.sampled_from(
                [
                    "ferry",
                    "Sundle",
                    "strike",
                    "dam",
                    "Kestrel",
                    "crack",
                    "pay",
                    "Orrin",
                    "61",
                    "wall",
                ]
            )
        ),
        st.integers(0, 10_000),
        st.integers(0, 100),
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda made: made.canonical.id,
)


@settings(max_examples=50, deadline=None)
@given(MADE, st.randoms(use_true_random=False))
def test_order_does_not_matter(groups: list[DuplicateGroup], chance: random.Random) -> None:
    """Every report is in exactly one story, and no shuffling changes the stories."""
    stories = told(groups)
    found = [each.canonical.id for story in stories for each in story.reports]
    assert sorted(found) == sorted(each.canonical.id for each in groups)
    chance.shuffle(groups)
    assert told(groups) == stories


def test_b_cubed_of_known_clusterings() -> None:
    """A perfect clustering scores 1; one lump of two pairs has precision one half."""
    true = {"a": "x", "b": "x", "c": "y", "d": "y"}
    assert b_cubed(true, true) == (1, 1, 1)
    assert pytest.approx((0.5, 1, 2 / 3)) == b_cubed(dict.fromkeys(true, "one"), true)


def seed_articles(seeds: Path) -> list[Article]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(seeds.glob("*.txt"))]
    parts = [text.partition("\n\n") for text in texts]
    return [article(body, title=title, dated=False) for title, _, body in parts]


def test_the_five_seeds_are_one_story_and_alone(corpus: Path, seeds: Path) -> None:
    """Among a thousand other texts the five outlets' reports find each other and nothing else."""
    wanted = seed_articles(seeds)
    others = [made for made, _ in labelled(corpus / "stories/ecbplus.jsonl.gz")]
    stories = told(list(deduplicate([*wanted, *others])))
    ids = {made.id for made in wanted}
    (story,) = [each for each in stories if ids & {made.id for made in each.articles}]
    assert {made.id for made in story.articles} == ids
    assert len(story.reports) == 5


@pytest.mark.parametrize(
    ("name", "floor"), [("ecbplus", 0.87), ("wikinews", 0.88), ("multinews", 0.92)]
)
def test_stories_are_found(corpus: Path, name: str, floor: float) -> None:
    """One setting reaches the B-cubed F1 measured on each labelled set."""
    assert measure(corpus / f"stories/{name}.jsonl.gz")[3] >= floor
