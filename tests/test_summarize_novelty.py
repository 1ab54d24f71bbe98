"""What is new to readers of earlier editions, and what only says it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Story
from digest.stories.summarize import summarize
from digest.stories.summarize.novelty import KnownText
from tests.factories import NOON, group

KNOWN = """The ferry Marigold sank in a storm off Marrowmouth on Friday, killing 12 people.
Rescuers pulled forty passengers from the water before dark, the harbour office said.
Captain Vera Holm had radioed for help at 10:15 p.m. after the engine room flooded.
The Sundle Line said that the ship, built in 1974, had passed an inspection in May.
Divers hope to reach the wreck on Sunday, if the wind drops, to look for the missing."""


def news_sentences(
    *texts: str, known: tuple[str, ...] = (KNOWN,), language: str = "en"
) -> list[str]:
    """The summary of an update."""
    reports = [
        group(text, id=f"a{at}", language=language, published_at=NOON + timedelta(hours=at))
        for at, text in enumerate(texts)
    ]
    summarized = summarize(
        Story(id="s1", medoid=reports[0], others=tuple(reports[1:])), known=known
    )
    return [sentence.text for sentence in summarized.summary.sentences]


@pytest.mark.parametrize(
    "news",
    [
        "The ferry Marigold sank in a storm off Marrowmouth on Friday, killing 15 people.",
        "The storm that sank the ferry Marigold off Marrowmouth killed fifteen people.",
        "Police arrested the owner of the ferry on Saturday over falsified papers.",
        "Police arrested Captain Holm's deputy, Tilda Brandt, at the harbour office.",
        "The trial of the Sundle Line's managers begins on March 3 before the county court.",
        "Marrowmouth's mayor resigned over the disaster in a short letter to the council.",
        "Insurers put the damage at 3 million crowns, the Sundle Line said on Sunday.",
    ],
)
def test_a_new_fact_is_news(news: str) -> None:
    """A toll that rose, an arrest, a name, a court date, a resignation, a sum."""
    assert news_sentences(f"{KNOWN}\n{news}") == [news]
    assert news_sentences(news) == [news]


@pytest.mark.parametrize(
    "again",
    [
        "The ferry Marigold sank in a storm off Marrowmouth on Friday, killing twelve people.",
        "Twelve people were killed when the Marigold sank off Marrowmouth in Friday's storm.",
        "The harbour office said that rescuers had pulled 40 passengers from the water.",
        "The ship of the Sundle Line, which was built in 1974, had been inspected in May.",
        "After the engine room had flooded, Captain Vera Holm radioed for help at 10:15 p.m.",
        "Holm radioed the harbour office for help, and 40 passengers were pulled from the water.",
        "On Sunday the divers hope to look for missing people in the wreck of the ferry.",
    ],
)
def test_other_words_are_no_news(again: str) -> None:
    """Words for digits, another order, another weekday, a sentence drawn from several."""
    assert news_sentences(again) == []
    assert news_sentences(f"{KNOWN}\n{again}") == []


FIRE = """A fire broke out in a warehouse in Ellinport on Monday, and 12 people died.
Police are looking for a suspect who was seen near the warehouse.
Mayor Orla Finch said the city would hold a day of mourning."""


@pytest.mark.parametrize(
    "news",
    [
        "Police arrested a suspect on Tuesday over the fire in the warehouse.",
        "Police have detained a suspect in the Ellinport warehouse fire.",
        "The mayor of Ellinport, Orla Finch, resigned on Wednesday over the fire.",
        "The suspect was charged on Wednesday over the fire in Ellinport, police said.",
    ],
)
def test_a_turn_of_events_is_news(news: str) -> None:
    """However short the sentence, and though every other word of it is known."""
    assert news_sentences(f"{FIRE}\n{news}", known=(FIRE,)) == [news]
    assert news_sentences(news, known=(FIRE, news)) == []


@pytest.mark.parametrize(
    "again",
    [
        "Twelve people were killed in Monday's warehouse blaze in Ellinport.",
        "Officers hunt for a suspect seen close to the burning warehouse.",
        "Ellinport will hold a day of mourning, its mayor, Orla Finch, announced.",
        "The fire in Ellinport killed at least 12 people, officials say.",
    ],
)
def test_words_for_the_same_thing_are_no_news(again: str) -> None:
    """Nor is who said it, or how."""
    assert news_sentences(again, known=(FIRE,)) == []


def test_a_recap_has_nothing_to_say() -> None:
    """A reprint in other words gives an empty summary, and the headline is kept."""
    recap = (
        "Twelve people were killed when the ferry Marigold sank in a storm off Marrowmouth.\n"
        "Forty passengers were pulled from the water by rescuers before it was dark.\n"
        "The Sundle Line said the ship had passed its inspection in May, on time."
    )
    summarized = summarize(
        Story(id="s1", medoid=group(recap, title="What we know of the Marigold")), known=(KNOWN,)
    )
    assert summarized.summary.sentences == ()
    assert summarized.headline == "What we know of the Marigold"


def test_a_rounded_number_is_no_news() -> None:
    """Nor is the exact one that was published as a rounded one: that is."""
    exact = "The Sundle Line carried 1,204 people to the islands in the storm on Friday."
    rounded = "The Sundle Line carried 1,200 people to the islands in the storm on Friday."
    assert news_sentences(rounded, known=(exact,)) == []
    assert news_sentences(exact, known=(rounded,)) == [exact]


def test_the_opening_of_news_is_news() -> None:
    """It may tell the latest turn in words that are all known."""
    known = (
        f"{KNOWN}\nThe town stays closed.\nNobody was told when ferry services would start again."
    )
    opening = "Ferry services from the harbour to the closed town start again before Sunday."
    rest = (
        "Fishing boats left their moorings at dawn under a clear sky, sounding horns.\n"
        "Bakers gave bread away, and a brass band played beneath the old lighthouse."
    )
    assert news_sentences(opening, known=(known,)) == []
    assert opening in news_sentences(f"{opening}\n{rest}", known=(known,))


def test_news_that_cannot_be_read_by_itself_is_none() -> None:
    """Where the story has sentences that can, but all of them are known."""
    dangling = "She told reporters that insurers would pay 3 million crowns for the cargo."
    assert news_sentences(f"{KNOWN}\n{dangling}") == []


@pytest.mark.parametrize(
    ("language", "known", "again", "news"),
    [
        (
            "de",
            "Bei einem Brand in Marrow sind am Freitag zwölf Menschen ums Leben gekommen.",
            "Zwölf Menschen kamen am Freitag beim Brand in Marrow ums Leben.",
            "Bei einem Brand in Marrow sind am Freitag 15 Menschen ums Leben gekommen.",
        ),
        (
            "fr",
            "Un incendie à Marrow a fait douze morts dans la nuit de vendredi à samedi.",
            "Douze morts dans un incendie à Marrow, dans la nuit de vendredi, selon la ville.",
            "Un incendie à Marrow a fait 1 234 blessés dans la nuit de vendredi à samedi.",
        ),
        (
            "es",
            "Un incendio en Marrow dejó doce muertos en la noche del viernes al sábado.",
            "Doce muertos dejó el incendio de Marrow en la noche del viernes, según la policía.",
            "Un incendio en Marrow dejó 15 muertos en la noche del viernes al sábado.",
        ),
    ],
)
def test_other_languages(language: str, known: str, again: str, news: str) -> None:
    """Numbers and terms are read in the language of the story."""
    assert news_sentences(again, known=(known,), language=language) == []
    assert news_sentences(news, known=(known,), language=language) == [news]


def test_without_known_texts_everything_is_news() -> None:
    """An empty text tells nothing either."""
    assert KnownText.of((), "en").has_news("")
    assert KnownText.of(("",), "en").has_news("A ferry sank.")


@settings(deadline=None)
@given(st.lists(st.text()), st.text())
def test_what_is_known_is_no_news(others: list[str], text: str) -> None:
    """Whatever the text, it is not new beside itself."""
    known = KnownText.of((*others, f"harbour {text}"), "en")
    assert not known.has_news(f"harbour {text}")
