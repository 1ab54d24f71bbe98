"""Why two articles are in one story or in two."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Constraint, Copy, DuplicateGroup, Link
from digest.stories.cluster import Background, explain, index, judge
from digest.text import stems, words
from tests.factories import NOON, article, group
from tests.test_cluster import FERRY, MATCHES
from tests.test_cluster_constraints import (
    CANNOT,
    GROUPS,
    IDS,
    MUST,
    TEXTS,
    cannot,
    doubted,
    must,
    story_of,
)

LINES = (
    "Sundle ferry strike over pay",
    "Sundle Line ferry crews strike in Marrowmouth",
    "Marrowmouth crews walk out over pay",
    "61 cracks in Kestrel Dam",
    "Kestrel Dam wall closed over 61 cracks",
    "Lake Orrin wall",
)
BATCH = st.lists(
    st.tuples(st.sampled_from(LINES), st.sampled_from(LINES), st.integers(0, 200), st.booleans()),
    min_size=2,
    max_size=6,
)


def link_between(a: str, b: str, *constraints: Constraint) -> Link:
    indexed = index(GROUPS)
    return explain(judge(indexed, Background.of(indexed), constraints), a, b)


def test_a_join_is_explained() -> None:
    """Shared names and terms as they are in the first text, heaviest first, and what is not."""
    link = link_between("a", "b")
    assert (True, "similarity") == (link.together, link.decided_by)
    assert link.margin == link.mean - link.bar > 0
    assert {"Sundle", "Marrowmouth"} <= {name.word for name in link.names}
    assert "winter" in {term.word for term in link.terms}
    weights = [name.weight for name in link.names]
    assert sorted(weights, reverse=True) == weights
    assert sum(term.weight for term in (*link.names, *link.terms)) <= link.cosine + 1e-3
    assert pytest.approx(1 / 24, abs=0.01) == link.days


def test_a_near_miss_is_explained() -> None:
    """Two match reports: what they share, what only each has, and how much their link lacks."""
    groups = [group(text, title=title, id=title) for title, text in MATCHES]
    judged = judge(index(groups), Background.shipped())
    link = explain(judged, MATCHES[0][0], MATCHES[1][0])
    assert (False, "similarity") == (link.together, link.decided_by)
    assert link.margin < 0
    assert {"Rovers", "Brack"} <= set(link.only_a)
    assert {"Thornby", "Venn"} <= set(link.only_b)
    assert link.bounded < link.cosine


def test_days_and_undated_reports() -> None:
    """Days between two reports are stated; None where one of them has no date."""
    first = group(FERRY[0][1], id="a")
    late = group(FERRY[1][1], id="b", published_at=NOON + timedelta(days=40))
    undated = group(FERRY[2][1], id="c", dated=False)
    indexed = index([first, late, undated])
    judged = judge(indexed, Background.of(indexed))
    dated, free = (explain(judged, "a", other) for other in ("b", "c"))
    assert (40, None) == (dated.days, free.days)


def test_an_operators_word_is_named() -> None:
    """What was said of two reports, or follows from it, is the reason given."""
    joined = link_between("a", "g", *must(("a", "g")))
    assert (True, "must-link", 0, 0) == (
        joined.together,
        joined.decided_by,
        joined.score,
        joined.bar,
    )
    parted = link_between("a", "b", *cannot(("a", "b")))
    assert (False, "cannot-link") == (parted.together, parted.decided_by)
    by_third = link_between("a", "c", *must(("b", "c")), *cannot(("a", "b")))
    assert (False, "cannot-link") == (by_third.together, by_third.decided_by)
    by_model = link_between("a", "b", *doubted(("a", "b")))
    assert (False, "model", parted.score) == (
        by_model.together,
        by_model.decided_by,
        by_model.score,
    )
    assert by_model.mean > by_model.bar  # it is the model alone that parts them
    both = link_between("a", "b", *doubted(("a", "b")), *cannot(("a", "b")))
    assert (False, "cannot-link") == (both.together, both.decided_by)


def test_copies_are_one_report() -> None:
    """A copy stands for its report, and shares its story for that alone."""
    copied = DuplicateGroup(
        canonical=GROUPS[0].canonical,
        copies=(Copy(article=article(TEXTS[0], id="h"), resemblance=1, containment=1),),
    )
    indexed = index([copied, *GROUPS[1:]])
    judged = judge(indexed, Background.of(indexed))
    link = explain(judged, "a", "h")
    assert (True, "copy") == (link.together, link.decided_by)
    other = explain(judged, "h", "b")
    assert explain(judged, "a", "b") == other


def test_an_article_of_another_day_is_named() -> None:
    """One clear line for an article that is not in the batch."""
    with pytest.raises(ValueError, match="article 'z' is not among the 7 reports"):
        link_between("a", "z")


@settings(max_examples=25, deadline=None)
@given(BATCH, MUST, CANNOT)
def test_an_explanation_is_of_what_is_done(
    lines: list[tuple[str, str, int, bool]],
    together: list[tuple[str, str]],
    apart: list[tuple[str, str]],
) -> None:
    """For any two articles: together as their stories say, and the mean link on its side."""
    groups = [
        group(
            f"{title}. {text}. {at}",  # no line is printed twice, as boilerplate is
            title=title,
            id=f"{at}" if at >= len(IDS) else IDS[at],
            published_at=NOON + timedelta(hours=hours),
            dated=dated,
        )
        for at, (title, text, hours, dated) in enumerate(lines)
    ]
    indexed, constraints = index(groups), [*must(*together), *cannot(*apart)]
    table = Background.of(indexed)
    judged = judge(indexed, table, constraints)
    found = story_of(judged.stories)
    texts = {group.canonical.id: group.canonical.text for group in groups}
    for a, b in combinations(sorted(found), 2):
        link = explain(judged, a, b)
        assert (found[a] == found[b]) == link.together
        if link.decided_by == "similarity":
            assert link.together == (link.margin >= 0)
        has, lacks = ({*stems(words(texts[item]), "en")} for item in (a, b))
        shared = {number.word for number in (*link.names, *link.terms, *link.numbers)}
        assert {*stems(shared, "en")} <= has & lacks
        assert {*stems(link.only_a, "en")} <= has - lacks


def test_stored_evidence_says_what_was_asked() -> None:
    """Every join of a story tells the mean link of its two sides and the bar that it reached."""
    indexed = index(GROUPS)
    table = Background.of(indexed)
    judged = judge(indexed, table)
    for story in judged.stories:
        for join in story.evidence:
            link = explain(judged, join.a, join.b)
            assert (round(link.mean, 4), round(link.bar, 4)) == (join.mean, join.bar)
            assert join.mean >= join.bar > 0
            assert tuple(name.word for name in link.names) == join.names
            assert link.days == join.days
