"""What a title says beside its headline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Kind
from digest.stories.kinds import title_kind
from digest.stories.titles import plain_title


@pytest.mark.parametrize(
    ("title", "kind", "headline"),
    [
        ("UPDATE 4-Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("RPT-WRAPUP 2-Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("BREAKING: Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("Opinion | Ferry crews deserve more pay", "opinion", "Ferry crews deserve more pay"),
        ("Ferry crews deserve more pay | Letters", "opinion", "Ferry crews deserve more pay"),
        ("WATCH: Ferry crews leave their ships", "media", "Ferry crews leave their ships"),
        ("Ferry crews leave their ships (video)", "news", "Ferry crews leave their ships"),
        ("LIVE Ferry crews strike over pay", "live", "Ferry crews strike over pay"),
        ("Ferry crews strike over pay – live", "live", "Ferry crews strike over pay"),
        ("Ferry strike: the day as it happened", "live", "Ferry strike: the day as it happened"),
        ("Review: Ferries, a film about crews", "review", "Ferries, a film about crews"),
        ("Kommentar: Die Reederei muss zahlen", "opinion", "Die Reederei muss zahlen"),
        ("Kommentar von Ann Lee: Die Reederei zahlt", "opinion", "Die Reederei zahlt"),
        ("Ferry crews strike (Update6)", "news", "Ferry crews strike"),
        ("Ferry crews strike over pay.", "news", "Ferry crews strike over pay"),
        ("Ferry crews leave Marrow Inc.", "news", "Ferry crews leave Marrow Inc."),
        ("Liveticker: Streik auf den Fähren", "live", "Streik auf den Fähren"),
        ("Eilmeldung: Streik auf den Fähren", "news", "Streik auf den Fähren"),
        ("DIRECT. Grève sur les ferries : le point", "live", "Grève sur les ferries : le point"),
        ("TRIBUNE. Les ferries doivent naviguer", "opinion", "Les ferries doivent naviguer"),
        ("VÍDEO: Los ferris siguen en el puerto", "media", "Los ferris siguen en el puerto"),
        ("Última hora: huelga en los ferris", "news", "huelga en los ferris"),
        ("Opinion", "opinion", ""),
        ("LATEST: Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("MUST SEE: Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("PORTS-Ferry crews strike over pay", "news", "PORTS-Ferry crews strike over pay"),
        ("METALS-Copper falls as ferry crews strike", "news", "Copper falls as ferry crews strike"),
        ("Ferry crews strike over pay -- Update", "news", "Ferry crews strike over pay"),
        ("Ferry crews strike over pay --VIDEO", "media", "Ferry crews strike over pay"),
        ("Ferry crews strike over pay (+video)", "news", "Ferry crews strike over pay"),
        ("Ferry crews strike over pay (w/video)", "news", "Ferry crews strike over pay"),
        ("Ferry crews strike over pay (2)", "news", "Ferry crews strike over pay"),
        ("Ferry crews dance on deck! Video!", "news", "Ferry crews dance on deck!"),
        (
            "STREIK. Fähren bleiben am Freitag im Hafen",
            "news",
            "Fähren bleiben am Freitag im Hafen",
        ),
        ("STRIKE 2.0 | Ferry crews leave ships", "news", "Ferry crews leave ships"),
        ("Politics: Minister ends the ferry strike", "news", "Minister ends the ferry strike"),
        ("Economía | Los ferris siguen en el puerto", "news", "Los ferris siguen en el puerto"),
        ("Ferry crews strike - World news - Aldmark", "news", "Ferry crews strike"),
        ("You are here! Home > News > Ferry crews strike", "news", "Ferry crews strike"),
        ("Business Live: Ferry crews strike over pay", "live", "Ferry crews strike over pay"),
        ("Business briefs: Ferry crews strike", "newsletter", "Ferry crews strike"),
        ("Posted Friday, May 3, 2013 Ferry crews strike", "news", "Ferry crews strike"),
        ("Sponsored: Sundle Line buys a ferry", "shopping", "Sundle Line buys a ferry"),
        ("Fähr-Angebote: Zwei Inseln an einem Tag", "shopping", "Zwei Inseln an einem Tag"),
        ("Ferry crews strike over pay - Analyst Blog", "opinion", "Ferry crews strike over pay"),
        ("Updated: May 3, 2013 Ferry crews strike", "news", "Ferry crews strike"),
        ("Vera Holm - Vera Holm leaves the harbour", "news", "Vera Holm leaves the harbour"),
        ("Chart of the week: the ferries", "newsletter", "Chart of the week: the ferries"),
        ("Corrections and clarifications", "newsletter", ""),
        ("Letters: 3 May", "opinion", ""),
        ("Leserbriefe", "opinion", ""),
        ("Scoop: Ferry crews strike over pay", "news", "Ferry crews strike over pay"),
        ("Recap: Ferry crews strike over pay", "newsletter", "Ferry crews strike over pay"),
        ("Newsblog: Streik auf den Fähren", "live", "Streik auf den Fähren"),
    ],
)
def test_marks_are_taken_off_and_tell_the_kind(title: str, kind: Kind, headline: str) -> None:
    """Agencies' and sites' marks, before and behind, in four languages."""
    assert (kind, headline) == (title_kind(title), plain_title(title))


@pytest.mark.parametrize(
    "title",
    [
        "Live in Ellinport: a band plays for the crews",
        "Deal reached: ferry crews go back to work",
        "Video shows crews leaving their ships",
        "Direct ferries to the islands begin in May",
        "Opinion polls put the harbour party first",
        "Ferry crews strike - and stay ashore",
        "Review of ferry safety ordered by minister",
        "Sundle Line top carrier for 2025",
        "Ferry crews strike over pay - blog",
        "Sundle-Orrin talks on ferries end",
        "News 12 sails to the islands",
        "ORR. reports",
        "Sundle Line goes... live",
        "Islands ask for ferries as part of U.S. deal",
        "Police: Ferry crew left the ship",
        "March 2013 storm still costs Marrow",
    ],
)
def test_words_of_a_headline_stay(title: str) -> None:
    """A word that may be a mark is none where it belongs to the headline itself."""
    assert ("news", title) == (title_kind(title), plain_title(title))


def test_the_name_of_the_site_goes() -> None:
    """In front or behind, also where it is longer than the outlet's."""
    assert "Crews strike over pay" == plain_title("Crews strike over pay - Post News", "The Post")
    assert "Crews strike over pay" == plain_title("Post | Crews strike over pay", "The Post")


@given(st.text(), st.text())
def test_any_title_has_a_headline_within_it(title: str, outlet: str) -> None:
    """Nothing is added, and nothing raises."""
    assert plain_title(title, outlet) in " ".join(title.split())
    assert title_kind(title)
