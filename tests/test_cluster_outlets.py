"""What an outlet always says is no evidence, and what it says at once is more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from digest.model import DuplicateGroup
from digest.stories.cluster import Background, cluster, index, outlets, similarity
from digest.stories.cluster.outlets import own_words
from digest.stories.cluster.vectors import vectors
from tests.factories import NOON, group

PARTS = (
    ("a cracked hinge", "The lid came off when I moved house and the screws no longer bite."),
    ("a second fan", "Mine hums at night, so I would rather place one in the bedroom wall."),
    ("dust behind glass", "I cleaned mine twice with a brush, yet grey specks return by Sunday."),
    ("colours for the case", "My daughter wants green, the dealer has only walnut and black."),
    ("an old manual", "Page nine is torn out of mine, could somebody photograph theirs?"),
    ("moving abroad", "Customs asked me for papers that nobody has given out since spring."),
    ("a loose cable", "It works if I hold it, and stops as soon as the cat jumps."),
    ("a noisy pump", "Oil helped for a day, then the rattle was louder than before."),
    ("shipping times", "They promised June, my neighbour waited until the leaves fell."),
    ("a cheap copy", "At the flea market I paid ten, the seller would not say from where."),
    ("insurance", "Has anyone claimed after a flood, and was it worth the forms?"),
    ("the first winter", "In the shed it froze solid, I carry it inside at frost now."),
)
SUBJECT = "This is about the Brandvold Tarvik incubator and its Quillon thermostat dial."


def posts(*outlets: str) -> list[DuplicateGroup]:
    """Posts about one device, each with another question, in turn by these outlets."""
    return [
        group(
            f"{SUBJECT} {text}",
            title=f"Brandvold Tarvik: {title}",
            outlet=outlets[at % len(outlets)],
            published_at=NOON + timedelta(hours=9 * at),
        )
        for at, (title, text) in enumerate(PARTS)
    ]


def largest(groups: Sequence[DuplicateGroup]) -> int:
    indexed = index(groups)
    stories = cluster(indexed, Background.of(indexed).plus([Background.shipped()]))
    return max(len(story.reports) for story in stories)


def test_posts_of_one_feed_about_its_subject_are_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forum's posts share its subject and stay apart; counted as evidence, it would join them."""
    forum = posts("Incubator Forum")
    assert largest(forum) == 1
    monkeypatch.setattr(similarity, "OWN", 0)
    assert largest(forum) > 1


def test_the_same_words_of_many_outlets_are_evidence() -> None:
    """Outlets that write about one rare thing at a time do write about one thing."""
    assert largest(posts(*(f"Outlet {number}" for number in range(len(PARTS))))) > 1


def test_an_outlet_has_its_own_words_between_its_own_reports_only() -> None:
    """The more of its other reports have them; two outlets, or an unnamed one, have none."""
    forum = posts("Forum")
    for groups, pair, expected in (
        (forum, (0, 1), True),
        (posts("Forum", "Club"), (0, 1), False),
        (posts("Forum", "Club"), (0, 2), True),
        (posts(""), (0, 1), False),
    ):
        own, cosine = own_and_cosine(groups, *pair)
        assert bool(own > 0) == expected
        assert own <= cosine


def test_a_pair_without_others_of_its_outlet_is_expected_to_have_own_words() -> None:
    """A known part of what they share, less once others do not have it, more once they do."""
    forum = posts("Works")
    alone, cosine = own_and_cosine(forum[:2], 0, 1)
    assert alone == pytest.approx(0.1 * cosine)
    unlike = [group(f"Pilots at berth {number} went home.", outlet="Works") for number in range(20)]
    own, cosine = own_and_cosine([*forum[:2], *unlike], 0, 1)
    assert own / cosine < 0.05
    own, cosine = own_and_cosine(forum, 0, 1)
    assert own / cosine > 0.1


def test_two_releases_of_one_company_are_two_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    """They share its trade and its name; were nothing expected to be its own, they would be one."""
    about = "Brandvold of Tarvik builds thermostats for incubators."
    releases = [
        group(f"{text} {about}", title=title, outlet="Brandvold")
        for title, text in (
            (
                "Ines Holm will lead sales",
                "Holm sold pumps in Lund for nine years and follows Per Aas, who retires in March."
                " She studied law, speaks Polish and begins with a tour of the dealers.",
            ),
            (
                "A plant beside the canal",
                "Forty people will work in the hall at Sundle Quay, under a roof of solar cells."
                " Mayor Eva Lind cut the ribbon, and a brass band played in the rain.",
            ),
        )
    ]
    assert largest(releases) == 1
    monkeypatch.setattr(outlets, "_EXPECTED", 0)
    assert largest(releases) == 2


def own_and_cosine(groups: Sequence[DuplicateGroup], a: int, b: int) -> tuple[float, float]:
    """For two reports by their number: the part in own words, and the whole."""
    indexed = index(groups)
    unit = vectors(indexed, Background.shipped()).unit
    at = {group.canonical.id: row for row, group in enumerate(indexed.reports)}
    row, column = (at[groups[number].canonical.id] for number in (a, b))
    (own,) = own_words(indexed, unit, np.array([row]), np.array([column]))
    return float(own), float((unit[[row]] @ unit[[column]].T).toarray()[0, 0])


def test_two_reports_of_one_hour_need_less_in_common() -> None:
    """An event is reported at once; days without a time say nothing of the hour."""
    text = "Kestrel Dam at Lake Orrin was closed when engineers saw cracks in its wall."
    other = "Engineers found cracks in the concrete wall of Kestrel Dam above Lake Orrin."
    worth = []
    for hours in (0, 1, 12):
        later = NOON + timedelta(hours=hours)
        pair = [
            group(text, title="Dam closed", outlet="Post"),
            group(other, title="Cracks in dam", outlet="News", published_at=later),
        ]
        indexed = index(pair)
        weighed = vectors(indexed, Background.shipped())
        worth.append(similarity.similarities(indexed, weighed).evident[0, 1])
    equal, close, far = worth
    assert close > equal > 0
    assert close > far > 0
