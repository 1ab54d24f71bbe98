"""What an outlet always says is no evidence, and what it says at once is more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from digest.model import DuplicateGroup
from digest.stories.cluster import Background, cluster, index, similarity
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


def test_only_what_other_reports_of_the_outlet_have_is_its_own() -> None:
    """Nothing is where two outlets, an unnamed one, or the pair alone has a word."""
    forum = posts("Forum")
    for groups, pair, expected in (
        (forum, (0, 1), True),
        (forum[:2], (0, 1), False),
        (posts("Forum", "Club"), (0, 1), False),
        (posts("Forum", "Club"), (0, 2), True),
        (posts(""), (0, 1), False),
    ):
        indexed = index(groups)
        unit = vectors(indexed, Background.shipped()).unit
        (own,) = own_words(indexed, unit, np.array(pair[:1]), np.array(pair[1:]))
        cosine = (unit[[pair[0]]] @ unit[[pair[1]]].T).toarray()[0, 0]
        assert bool(own > 0) == expected
        assert own <= cosine


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
