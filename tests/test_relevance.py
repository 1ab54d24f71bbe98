"""Does a page's text belong to its entry?"""

from __future__ import annotations

import pytest

from digest.feeds.relevance import SiteText, lines_of, repeated, tells

STORM = "The storm closed the harbour of Varn for three days and sank two fishing boats. "
OFFER = "Read on with a pass for one crown a week, to be returned whenever you like. "


@pytest.mark.parametrize(
    ("title", "teaser", "text", "told"),
    [
        ("Storm closes harbour", "Two boats sank.", STORM * 4, True),
        ("Storm closes harbour", "Two boats sank.", OFFER * 4, False),
        ("Storm closes harbour", "Two boats sank.", "Storm closes harbour\n" + OFFER * 4, False),
        ("Varn", "", OFFER * 4, True),  # too few words to tell anything
        ("Sturm schließt Hafen", "", "Der Hafen ist nach dem Sturm geschlossen.", True),
        (
            "嵐で港が閉鎖",
            "漁船二隻が沈没した",
            "嵐のため港が三日間閉鎖され、漁船二隻が沈没した。",
            True,
        ),
        ("嵐で港が閉鎖", "漁船二隻が沈没した", "続きを読むには会員登録をお願いします。", False),
        ("Links of a day in Varn town", "https://a.example/b Points: 7", "Links: Varn town", True),
    ],
)
def test_a_text_tells_what_its_entry_tells(title: str, teaser: str, text: str, told: bool) -> None:
    """In inflected words and in scripts without spaces; a headline above it proves nothing."""
    assert told is tells(title, teaser, text, outlet="The Courier")


def test_an_outlets_own_name_proves_nothing() -> None:
    """Offers are full of it."""
    offer = "The Varn Courier is read by all. Subscribe to the Varn Courier. " * 3
    assert not tells("Varn Courier: storm closes harbour", "", offer, outlet="Varn Courier")


def test_a_long_text_may_use_other_words() -> None:
    """A feature's headline says little of it, but not nothing."""
    long = STORM * 50
    teaser = "What the night of wind did to a small town by the sea, and who paid for the boats"
    assert tells("After the storm", teaser, long, outlet="")
    assert not tells("Prices of bread", "Bakers in the capital ask for more", long, outlet="")


def test_a_text_under_several_titles_of_one_site_is_repeated() -> None:
    """But for its headline and numbers; not on another site, nor under an edited title."""
    storm = "Storm closes harbour"
    printed = [
        ("a", storm, f"{storm}\n{OFFER}\nNo. 1"),
        ("a", "Bread gets dearer", f"Bread gets dearer\n{OFFER}\nNo. 22"),
        ("b", "Owls counted", OFFER),
        ("c", "Storm closes harbour", STORM),
        ("c", "Storm closes harbour again", STORM),
        ("d", "x", ""),
        ("d", "y", ""),
    ]
    texts = [
        SiteText(site=site, title=title, lines=lines_of(text, title))
        for site, title, text in printed
    ]
    assert (True, True, False, False, False, False, False) == repeated(texts)
