"""An operator's word on two articles is followed."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digest.model import Constraint, Copy, DuplicateGroup, Story
from digest.stories.cluster import Background, cluster, index
from tests.factories import NOON, article, group

TEXTS = (
    "Ferry crews of the Sundle Line began a strike in Marrowmouth for winter pay.",
    "The Sundle Line ferries stayed in Marrowmouth as crews struck over winter pay.",
    "Crews of the Sundle Line ferry fleet struck over winter pay in Marrowmouth.",
    "Engineers found cracks in the wall of Kestrel Dam above Lake Orrin.",
    "Kestrel Dam at Lake Orrin was closed when engineers saw cracks in its wall.",
    "A choir of ninety sang in the chapel of Tessaly.",
    "",
)
IDS = tuple("abcdefg")
GROUPS = tuple(
    group(text, id=name, published_at=NOON + timedelta(hours=at))
    for at, (name, text) in enumerate(zip(IDS, TEXTS, strict=True))
)

MUST = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=4)
CANNOT = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=4)


def must(*pairs: tuple[str, str]) -> list[Constraint]:
    return [Constraint(a=a, b=b, kind="must-link") for a, b in pairs]


def cannot(*pairs: tuple[str, str]) -> list[Constraint]:
    return [Constraint(a=a, b=b, kind="cannot-link") for a, b in pairs]


def clustered(
    *constraints: Constraint, groups: tuple[DuplicateGroup, ...] = GROUPS
) -> tuple[Story, ...]:
    indexed = index(groups)
    return cluster(indexed, Background.of(indexed), constraints)


def story_of(stories: tuple[Story, ...]) -> dict[str, str]:
    return {made.id: story.id for story in stories for made in story.articles}


def test_without_constraints_words_decide() -> None:
    """The ferry, the dam, and two single reports."""
    stories = [{made.id for made in story.articles} for story in clustered()]
    assert [{"a", "b", "c"}, {"d", "e"}, {"f"}, {"g"}] == stories


def test_must_links_join_what_has_nothing_in_common() -> None:
    """Even a report without words joins, with the operator's word as the only evidence."""
    stories = clustered(*must(("a", "g")))
    assert {"a", "g"} <= {made.id for made in stories[0].articles}
    (join,) = [join for join in stories[0].evidence if join.a == "g"]
    assert (0.0, ()) == (join.score, join.shared)


def test_cannot_links_part_what_is_alike() -> None:
    """Two reports of one event are in two stories; the third is in one of them."""
    found = story_of(clustered(*cannot(("a", "b"))))
    assert found["a"] != found["b"]
    assert found["c"] in {found["a"], found["b"]}


def test_a_cannot_link_wins() -> None:
    """A pair that is to be together and apart is apart, also by way of a third report."""
    found = story_of(clustered(*must(("a", "b")), *cannot(("b", "a"))))
    assert found["a"] != found["b"]
    found = story_of(clustered(*must(("d", "f"), ("f", "a")), *cannot(("a", "d"))))
    assert found["a"] == found["f"] != found["d"]


def test_a_copy_stands_for_its_report() -> None:
    """A constraint on a copy holds for its group; within a group it says nothing."""
    copied = DuplicateGroup(
        canonical=GROUPS[5].canonical,
        copies=(Copy(article=article(TEXTS[5], id="h"), resemblance=1, containment=1),),
    )
    groups = (*GROUPS[:5], copied)
    found = story_of(clustered(*must(("h", "a")), groups=groups))
    assert found["a"] == found["f"] == found["h"]
    apart = cannot(("h", "f"))
    assert clustered(groups=groups) == clustered(*apart, groups=groups)


def test_constraints_on_other_days_are_ignored() -> None:
    """Ids that are not in the batch change nothing, nor does an empty set of constraints."""
    assert clustered() == clustered(*must(("a", "elsewhere")), *cannot(("nowhere", "b")))
    assert cluster(index(GROUPS), Background()) == cluster(index(GROUPS), Background(), ())


@settings(max_examples=60, deadline=None)
@given(MUST, CANNOT, st.randoms(use_true_random=False))
def test_constraints_are_obeyed_in_any_order(
    together: list[tuple[str, str]], apart: list[tuple[str, str]], chance: random.Random
) -> None:
    """No cannot-link is ever broken; neither order nor direction changes a story."""
    apart = [(a, b) for a, b in apart if a != b]
    constraints = [*must(*together), *cannot(*apart)]
    stories = clustered(*constraints)
    found = story_of(stories)
    assert sorted(IDS) == sorted(found)
    assert all(found[a] != found[b] for a, b in apart)
    turned = [
        Constraint(a=constraint.b, b=constraint.a, kind=constraint.kind)
        for constraint in constraints
    ]
    chance.shuffle(turned)
    assert stories == clustered(*turned)


@settings(max_examples=60, deadline=None)
@given(MUST, CANNOT)
def test_must_links_hold_where_nothing_contradicts_them(
    together: list[tuple[str, str]], apart: list[tuple[str, str]]
) -> None:
    """Reports under must-links, also by way of others, are in one story."""
    held = {name: {name} for name in IDS}
    for a, b in together:
        both = held[a] | held[b]
        held.update(dict.fromkeys(both, both))
    assume(all(b not in held[a] for a, b in apart))
    found = story_of(clustered(*must(*together), *cannot(*apart)))
    assert all(found[a] == found[b] for a, b in together)


def doubted(*pairs: tuple[str, str]) -> list[Constraint]:
    return [Constraint(a=a, b=b, kind="cannot-link", by="model") for a, b in pairs]


def test_a_model_takes_apart_what_an_operator_does_not_hold() -> None:
    """Its cannot-link is kept, its must-link is not, and an operator's must-link wins."""
    found = story_of(clustered(*doubted(("d", "e"))))
    assert found["d"] != found["e"]
    held = story_of(clustered(*doubted(("d", "e")), *must(("e", "f"), ("f", "d"))))
    assert held["d"] == held["e"] == held["f"]
    joining = Constraint(a="a", b="f", kind="must-link", by="model")
    assert clustered() == clustered(joining)


@settings(max_examples=60, deadline=None)
@given(MUST, CANNOT, CANNOT)
def test_a_model_never_joins(
    together: list[tuple[str, str]],
    apart: list[tuple[str, str]],
    said: list[tuple[str, str]],
) -> None:
    """Each story is a part of one that there is without it; what it parts has no other partner."""
    said = [(a, b) for a, b in said if a != b]
    operator = [*must(*together), *cannot(*((a, b) for a, b in apart if a != b))]
    before = [{made.id for made in story.articles} for story in clustered(*operator)]
    after = [
        {made.id for made in story.articles} for story in clustered(*operator, *doubted(*said))
    ]
    assert all(any(part <= whole for whole in before) for part in after)
    if not together:
        assert not any({a, b} <= part for a, b in said for part in after)
