"""Which title of a story is plain, and which asks, promises, judges, names or announces."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.stories.summarize import headline_of
from digest.stories.summarize.teases import is_label, is_tease, is_view, looks_ahead
from tests.factories import NOON, article

STRIKE = "Ferry crews of the Sundle Line strike over pay"


@pytest.mark.parametrize(
    "title",
    [
        "Stranded at noon: How the ferry crews left their ships",
        "Ferry strike enters its second day: What comes next",
        "Streik auf den Fähren: Warum die Besatzungen gehen",
        "Grève des ferries : ce que demandent les équipages",
        "Huelga de ferris: por qué paran las tripulaciones",
        "Check out the new ferries of the Sundle Line",
        "Read the letter of the ferry crews to the Sundle Line",
        "Buy two ferry tickets and cross the bay for less",
        "The man who steers the oldest ferry of the bay",
        "A first look at the new ferries of the Sundle Line",
        "Ferry crews gave the most stubborn answer of all time",
        "Harbour Lights review: a film about ferry crews",
        "The ferry strike in pictures",
        "AP FACT CHECK: the minister on the ferry strike",
        "Crews leave the ferries: Watch now!",
        "Ferry crews on strike: 10 quotes from the harbour",
        "The most moving letters from the ferry crews",
        "Aboard a ferry as its crew practises for storms",
        "Forget the ferry: this island has a bridge",
        "Ferry strike update: Read the letter of the crews",
        "'Harbour Lights': Where the ferries go next",
        "Get a better look at the ferry's new funnel",
        "Nine ships ... and the captain's parrot",
        "The ferry strike FAQ: when the next ship sails",
        "The ferry strike's biggest questions, answered",
        "Lies and tips: the secret files of the Sundle Line",
        "26 scenarios for what the ferries could do",
        "Four ideas for the harbour",
        "The minister's visit: nine claims about ferries fact-checked",
    ],
)
def test_a_promise_is_a_tease(title: str) -> None:
    """In four languages, at the beginning of a title, after a colon and at its end."""
    assert is_tease(title)


@pytest.mark.parametrize(
    "title",
    [
        STRIKE,
        "Buy-outs of ferry companies rise",
        "Reading, Slough and Marrow lose their ferries",
        "Holm: 'How the crews left is a disgrace'",
        "Review of ferry safety ordered by minister",
        "Ferry safety review: nine ships stay in port",
        "Getaway ship of ferry robbers found",
        "Fähren bleiben am Freitag im Hafen",
        "The Sundle Line sells its oldest ferries",
    ],
)
def test_a_plain_title_is_no_tease(title: str) -> None:
    """Nor what only begins with the same letters, nor a question that somebody is quoted with."""
    assert not is_tease(title)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why we owe the ferry crews an answer", True),
        ("Your ferry will cost you more from today", True),
        ("Unsere Fähren verdienen mehr Geld", True),
        ("Nos ferries à l'arrêt : nous paierons tous", True),
        ("The Sundle Line was right to dismiss its captain", True),
        ("The ferry crews deserve more pay", True),
        ("Vera Holm is a winner in the harbour strike", True),
        ("The crews went home and that's big", True),
        ("Ferry crews dance on deck!", True),
        ("The Sundle Line implicitly took the captain's side", True),
        ("Vera Holm: 'The crews have my respect'", True),
        ("Vera Holm's new film: 'My last ship'", True),
        ("Vera Holm defies the crews: 'My ships will sail'", False),
        ("Captain reveals chilling morning on the ferry", True),
        ("The minister powerfully reminds the crews of the law", True),
        ("Sundle Line can't just sell its ferries", True),
        ("Reederei zahlt irre Summe an Kapitän", True),
        (STRIKE, False),
        ("Ferry crews deserve more pay, study finds", False),
        ("Captain was the owner, court finds", False),
        ("The Sundle Line is not getting enough credit", True),
        ("Captains are part of the harbour's charm", True),
        ("The Sundle Line wasn't the victim of its crews", True),
        ("History seems to be sending the ferries a message", True),
        ("Vera Holm is right -- ferries are dear", True),
        ("The Sundle Line just dismissed its captain", True),
        ("New ferries aren't what the islands asked for", True),
        ("Vera Holm: Ferries should sail again", False),
        ("'We will not sail', say ferry crews", False),
        ("Vera Holm: We will not pay for the strike", False),
        ("U.S. ferries stay in port", False),
        ("Letters from World War I found on ferry", False),
    ],
)
def test_a_view_speaks_as_somebody_or_judges(title: str, *, expected: bool) -> None:
    """Outside of quotations, and where nobody is said to have said so."""
    assert expected == is_view(title)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Holm and the Sundle Line", True),
        ("Captain Vera Holm's new job: the harbour", True),
        ("The secret letters between Holm and the Sundle Line", True),
        ("In Marrow, a long night of waiting", True),
        ("Royal praise for the Sundle Line's captain", True),
        ("Vera Holm, the captain who built a ferry", True),
        ("The oldest new idea of the harbour: sails", True),
        ("From the harbour kitchen: soup with nine herbs", True),
        ("The nine ships of Marrow", True),
        ("Milestones at sea", True),
        ("Accused captain a former pilot", True),
        ("Ships wait outside the harbour", False),
        ("The downfall of Captain Do Holm", True),
        ("The Sundle Line's bold turn", True),
        ("Marrow and the book “The captain sails for home”", True),
        ("The Sundle Line sells nine ships", False),
        (STRIKE, False),
        ("Police arrest captain of Sundle Line", False),
        ("Sundle Line hasn't paid for months", False),
        ("Captain leaving Sundle Line in May", False),
        ("Sundle Line to sell ferry", False),
        ('"Yes" the crews of the line said to "Holm"', False),
    ],
)
def test_a_label_has_no_verb(title: str, *, expected: bool) -> None:
    """Asked of English only: elsewhere a verb is not recognized, and nothing counts as a label."""
    assert expected == is_label(title, "en")
    assert not is_label(title, "de")


def test_a_quotation_without_end_takes_no_time() -> None:
    """A title may be cut within one; by backtracking, each further word would double the time."""
    assert is_label("Marrow and the “" + "harbour " * 100, "en")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Sundle Line to sell three ferries", True),
        ("Sundle Line nears deal with ferry crews", True),
        ("Ferry crews could return on Monday", True),
        ("Reederei droht mit Kündigung", True),
        ("Sundle Line sells three ferries", False),
        ("Ferry crews return to the harbour", False),
        ("Ferry crews refuse to sail", False),
        ("Sundle Line hires captain to sail to Marrow", False),
    ],
)
def test_what_is_to_come(title: str, *, expected: bool) -> None:
    """The words in which headlines announce."""
    language = "de" if "Reederei" in title else "en"
    assert expected == looks_ahead(title, language)


@pytest.mark.parametrize(
    "worse",
    [
        "Ferry crews, Sundle Line and pay: How the strike began",
        "Ferry crews of the Sundle Line deserve more pay",
        "Ferry crews of the Sundle Line: your pay strike guide",
        "Sundle Line pay",
    ],
)
def test_the_plain_title_is_the_headline(worse: str) -> None:
    """Whichever report comes first; a story of one report keeps its own title."""
    reports = [
        article(STRIKE, id=title, title=title, language="en", dated=False)
        for title in (worse, STRIKE)
    ]
    assert STRIKE == headline_of(reports) == headline_of(reports[::-1])
    assert worse == headline_of(reports[:1])


def test_a_title_of_days_ago_comes_after_that_of_today() -> None:
    """Where a story has moved, its headline has; within a day the time decides little."""

    def reports(hours: int) -> list[str]:
        titles = {
            "Sundle Line crews call off strike": 0,
            "Sundle Line crews strike over pay": hours,
        }
        return [
            headline_of(
                [
                    article(
                        "Ferry crews of the Sundle Line met in Marrow.",
                        id=title,
                        title=title,
                        language="en",
                        published_at=NOON - timedelta(hours=age),
                    )
                    for title, age in sorted(titles.items(), key=lambda pair: order * pair[1])
                ]
            )
            for order in (1, -1)
        ]

    assert ["Sundle Line crews call off strike"] * 2 == reports(72)
    assert "Sundle Line crews strike over pay" == reports(6)[1]


@pytest.mark.parametrize(
    ("title", "text", "headline"),
    [
        (
            "Crews leave ferries at noon after the Sundle",
            "Crews leave ferries at noon after the Sundle Line ends talks\nFerry crews left.",
            "Crews leave ferries at noon after the Sundle Line ends talks",
        ),
        (
            "Fähren kommen erst am Montag wieder an",
            "Am Montag fahren die Fähren wieder, sagte die Reederei am Freitag in Marrow.",
            "Fähren kommen erst am Montag wieder an",
        ),
    ],
)
def test_a_title_that_is_cut_is_completed(title: str, text: str, headline: str) -> None:
    """By the heading of its own text; a German verb's last syllable is no cut."""
    language = "de" if "Fähren" in title else "en"
    assert headline == headline_of([article(text, title=title, language=language)])


def test_the_name_of_a_site_gives_way_to_the_heading_of_the_text() -> None:
    """Where all reports of an outlet have one title that not all of them speak of."""
    body = "Ferry crews left their ships in the harbour on Friday and went home at noon. " * 6
    headings = ("Ferry crews strike over pay", "Ferry crews go home at noon")
    reports = [
        article(f"{heading}\n{body}", id=heading, title="Marrow Broadcasting Group", language="en")
        for heading in headings
    ]
    assert headline_of(reports) in headings
