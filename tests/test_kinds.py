"""Of what kind an article is, by its title, what feed and page call it, address and author."""

from __future__ import annotations

import pytest

from digest.model import Kind
from digest.stories.kinds import article_kind, title_kind

from .factories import article


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Ferries should sail again by May", "opinion"),
        ("Why the islands should worry about ferries", "opinion"),
        ("Don’t sell the ferries", "opinion"),
        ("Stop blaming the ferry crews", "opinion"),
        ("In praise of slow ferries", "opinion"),
        ("The case for a bridge", "opinion"),
        ("Ferry Tales review: a film of salt and rust", "review"),
        ("The 12 best ferries for families", "review"),
        ("Katie’s Week in Review: ferries", "newsletter"),
        ("Wochenrückblick: Fähren bleiben im Hafen", "newsletter"),
        ("Streik auf den Fähren: der Liveticker", "live"),
        ("+++ Fähren bleiben im Hafen +++", "live"),
        ("Fährkarte im Sonderverkauf jetzt für 9 Euro", "shopping"),
        ("The harbour lamp is now just $20", "shopping"),
        ("Hafenlampe mit 20 % Rabatt", "shopping"),
        ("Hafenlampe mit 20 Prozent Rabatt", "shopping"),
    ],
)
def test_wording_tells_the_kind(title: str, kind: Kind) -> None:
    """What argues, judges a work, rounds up, goes on or sells is no report of news."""
    assert kind == title_kind(title)


@pytest.mark.parametrize(
    "title",
    [
        "Union says ferries should sail again",
        "Vera Holm: ferries should sail again",
        "“Ferries should sail again”",
        "Should ferries sail again?",
        "Islands vow price war should ferry merger go ahead",
        "Ferries sail more often than they should",
        "Stop sign costs ferry line a berth",
        "Spending review: ferries lose a third",
        "The case for a bridge is in court",
        "Who won the best ferry deal from Aldmark?",
        "Best day for ferry shares since 2020",
    ],
)
def test_a_report_is_news(title: str) -> None:
    """Who reports what should be, or names a work, neither argues nor judges."""
    assert "news" == title_kind(title)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Opinion", "opinion"),
        ("Op-Ed", "opinion"),
        ("OpinionNewsArticle", "opinion"),
        ("Film Reviews", "review"),
        ("LiveBlogPosting", "live"),
        ("Newsletters", "newsletter"),
        ("Video", "news"),  # an article that has one
        ("NewsArticle", "news"),
        ("Harbour", "news"),
    ],
)
def test_feed_and_page_tell_the_kind(label: str, kind: Kind) -> None:
    """By a category of the feed, or a type of schema.org."""
    made = article("", title="Crews strike over pay", labels=("World", label))
    assert kind == article_kind(made)


def test_a_mark_counts_more_than_an_address() -> None:
    """The title is asked first."""
    made = article("", title="WATCH: Crews strike over pay", url="https://a.example/opinion/x")
    assert "media" == article_kind(made)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://a.example/opinion/ships", "opinion"),
        ("https://a.example/deals/lamp", "shopping"),
        ("https://a.example/recommended/home/lamp", "shopping"),
        ("https://a.example/business/deals/sundle-buys-orrin", "news"),
        ("https://a.example/newsticker/ships", "live"),
        ("https://[broken/opinion/ships", "news"),
    ],
)
def test_an_address_tells_the_kind(url: str, kind: Kind) -> None:
    """By a folder; "deals" further down are those of companies."""
    assert kind == article_kind(article("", title="Crews strike over pay", url=url))


def test_who_writes_tells_the_kind() -> None:
    """An editorial board argues; a reporter does not."""
    made = article("", title="Crews strike over pay", author="The Editorial Board")
    assert "opinion" == article_kind(made)
    assert "news" == article_kind(article("", title="Crews strike over pay", author="Ann Lee"))


def test_a_teaser_that_goes_on_is_of_a_round_up() -> None:
    """But not where "plus" is French, or a page begins so."""
    for text, kind in (
        ("Plus, a star leaves the club.", "newsletter"),
        ("Plus de mille appels par jour.", "news"),
    ):
        made = article(text, title="Crews strike over pay", text_source="feed")
        assert kind == article_kind(made)
    whole = article("Plus, a star leaves.", title="Crews strike over pay", text_source="page")
    assert "news" == article_kind(whole)
