"""What a sentence of a summary needs: somebody named before, an event, nothing at all."""

from __future__ import annotations

import pytest

from digest.stories.summarize.context import Context
from digest.stories.summarize.readable import (
    opens_with_background,
    stands_alone,
    tells_aside,
    without_dateline,
)
from digest.stories.summarize.teaser import without_sections
from tests.factories import article
from tests.test_summarize_telling import FIRST, said, summary_of

TITLES = {
    "en": "Sundle Line crews strike",
    "de": "Fährleute streiken",
    "fr": "Les équipages en grève",
    "es": "Huelga en los ferris",
    "pl": "Strajk na promach",
}


def dangles(text: str, language: str, *, before: str = "", title: str | None = None) -> bool:
    context = Context.of(TITLES[language] if title is None else title, language)
    return context.dangles(text, article(f"{before}\n{text}", language=language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "During the altercation Vera Holm lost nine teeth and a hat."),
        ("en", "In it, Vera Holm asks nine captains for their patience."),
        ("en", "Even better, that man sold nine ferries of Vera Holm."),
        ("en", "Regardless, Vera Holm sent nine ferries home on Friday."),
        ("en", "That said, Vera Holm sent nine ferries home on Friday."),
        ("en", "The auction of his ferries ends on Friday in Marrowmouth."),
        ("en", "A short time later, nine ferries were lying in the harbour."),
        ("en", "“Nine ferries are lying in the harbour,” he warned."),
        ("en", "The look on his face told nine captains enough on Friday."),
        ("en", "Police in Marrowmouth said that all four were in good health."),
        ("en", "Few captains of Aldmark would buy a ferry like this one."),
        ("en", "Vera Holm called that stance a mistake of nine captains."),
        ("en", "Vera Holm sent nine captains a similar letter in May."),
        ("en", "Vera Holm did not answer questions on the tweet."),
        ("de", "Bei dem Treffen sprach Vera Holm mit neun Lotsen."),
        ("de", "Sollten sie scheitern, will Vera Holm neun Fähren verkaufen."),
        ("de", "In Marrow haben sich neun Lotsen der Fähre damit angesteckt."),
        ("de", "Neun Lotsen der Sundle Line wurden am Hafen dazu befragt."),
        ("de", "Der Umsatz der Sundle Line ist dabei um neun Prozent gefallen."),
        ("pl", "Udostępnił też dziewięć zdjęć statków w porcie."),
        ("pl", "Był kapitanem dziewięciu statków w porcie."),
        ("pl", "W porcie Marrow czeka dziewięć statków tej organizacji."),
        ("pl", "Zapowiedział, że dziewięć statków czeka w porcie."),
        ("pl", "Tłumaczyli, że dziewięć statków czeka w porcie."),
        ("de", "Folglich liegen neun Fähren von Vera Holm im Hafen."),
        ("de", "Endlich wieder – denn im Hafen lief es nicht mehr rund."),
        ("fr", "Lors de la réunion, Vera Holm a parlé avec neuf pilotes."),
        ("fr", "Lorsqu'elle partira, neuf navires attendront au port."),
        ("es", "En la reunión, Vera Holm habló con nueve pilotos."),
        ("es", "La gravedad del caso le ha llevado a vender nueve barcos."),
        ("es", "De hecho, nueve barcos esperan en el puerto de Marrow."),
    ],
)
def test_what_points_back_dangles(language: str, text: str) -> None:
    """Occasions, connectives, and pronouns and nouns for what the sentence does not say."""
    assert dangles(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "During the visit of Vera Holm nine ferries were sold."),
        ("en", "During the strike Vera Holm sent nine ferries home."),
        ("en", "Vera Holm sent a letter similar to that of nine captains."),
        ("pl", "W tym roku dziewięć statków czeka w porcie."),
        ("en", "Lawmakers of the islands met on Friday in Marrowmouth."),
        ("en", "Democrats of the islands met on Friday in Marrowmouth."),
        ("de", "Neun Lotsen sind dafür, dass Vera Holm zahlt und bleibt."),
        ("de", "Bei dem Treffen der neun Lotsen sprach Vera Holm."),
        ("fr", "Lors de la réunion des pilotes, Vera Holm a parlé."),
        ("es", "En la reunión de nueve pilotos habló Vera Holm."),
        ("es", "Ann Lee le ha pedido a Vera Holm nueve barcos."),
        ("es", "Este primero de enero nueve barcos esperan en Marrow."),
    ],
)
def test_what_says_which_one_is_meant_does_not(language: str, text: str) -> None:
    """The occasion is described, or that of the headline; a date needs nothing before it."""
    assert not dangles(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The 41-year-old sold nine ferries to the islands."),
        ("de", "Der 41-Jährige verkaufte neun Fähren an die Inseln."),
    ],
)
def test_an_age_stands_for_somebody_who_was_named(language: str, text: str) -> None:
    """By that name, by the age, or as a man or a woman; else nobody knows who that is."""
    before = "Per Lund went to Marrowmouth."
    strike = TITLES[language]
    assert dangles(text, language, before=before)
    for known in ("Lund", "41", "woman" if language == "en" else "Mann"):
        assert not dangles(text, language, before=before, title=f"{strike} {known}")
    assert not dangles(text, language)  # the article names nobody else


def test_an_age_within_a_sentence_stands_for_somebody_too() -> None:
    """Unless the sentence has named somebody before."""
    before = "Per Lund went to Marrowmouth."
    assert dangles("Crews said on Friday that the ailing 7-year-old sails.", "en", before=before)
    named = "Ann Lee of the Sundle Line said that the 41-year-old sails."
    assert not dangles(named, "en", before=before)


def test_the_last_part_of_a_compound_is_known() -> None:
    """After "Großbrand", "der Brand" may be spoken of."""
    text = "Der Brand zerstörte am Freitag neun Fähren in Marrow."
    assert dangles(text, "de")
    assert not dangles(text, "de", title="Großbrand im Hafen")


@pytest.mark.parametrize(
    "text",
    [
        "Both Vera Holm and Ann Lee left the harbour of Marrowmouth.",
        "Another 900 captains of the islands joined the strike.",
        "The former mayor Ann Lee left the harbour of Marrowmouth.",
        "In her first speech from the pier, Vera Holm thanked nine captains.",
        "As she walked along the pier, Mayor Vera Holm thanked nine captains.",
        "The F.B.I. arrested nine captains in the harbour of Marrowmouth.",
        "Captains of the Me Too movement met in the harbour of Marrowmouth.",
    ],
)
def test_what_only_looks_as_if_it_pointed_back_stands_alone(text: str) -> None:
    """Two who are named, more of those who are counted, and a pronoun before its name."""
    assert stands_alone(text)


@pytest.mark.parametrize(
    "text",
    [
        "Both sides left the harbour of Marrowmouth on Friday.",
        "Another ferry left the harbour of Marrowmouth on Friday.",
        "The former was sold to the islands for nine crowns.",
        "In her place, nine captains left the harbour.",
        "As she walked along the pier, nine captains left the harbour.",
        "In Marrowmouth I met nine captains of the northern islands.",
        "Es wurde in neun Häfen als Fest der Fähren gefeiert.",
    ],
)
def test_what_does_point_back_does_not_stand_alone(text: str) -> None:
    """The same words without what makes them clear."""
    assert not stands_alone(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Weeks ago, nine captains met in Marrowmouth.", True),
        ("Recently, nine captains met in Marrowmouth.", True),
        ("Bereits im vergangenen Jahr trafen sich neun Lotsen in Marrow.", True),
        ("Récemment, neuf capitaines se sont vus à Marrow.", True),
        ("In den letzten 24 Stunden trafen sich neun Lotsen in Marrow.", False),
        ("Nine captains met in Marrowmouth weeks ago.", False),
    ],
)
def test_what_was_before_is_background(text: str, *, expected: bool) -> None:
    """A sentence that begins weeks ago tells no event of today."""
    assert expected == opens_with_background(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Gruppe hatte sich zu dem Brand bekannt, der neun Fähren zerstörte.", True),
        ("Dem Beschluss war eine lange Debatte vorausgegangen, sagte Holm.", True),
        ("Die Bürgermeisterin Vera Holm steht seit Wochen unter Druck.", True),
        ("Marrow gilt als größter Hafen der Inseln.", True),
        ("Le hareng est un poisson des îles du nord.", True),
        ("Police said officers were called to a house in Marrowmouth on Friday.", True),
        ("Officers were called to a house where they found nine captains.", False),
        ("Vera Holm sagte, die Gruppe hatte sich bekannt.", False),
        ("Die Gruppe hat sich zu dem Brand bekannt.", False),
        ("Die Lotsen hatten neun Fähren und ein Haus.", False),
    ],
)
def test_what_led_to_an_event_is_told_aside(text: str, *, expected: bool) -> None:
    """The past of the past, what lasts, and what something is: in other languages, too."""
    assert expected == tells_aside(text)


def test_what_led_to_an_event_comes_after_it() -> None:
    """In German it is no first sentence where another tells, but may follow."""
    before = "Die Lotsen im Hafen von Marrow hatten neun Fähren der Sundle Line besetzt."
    event = "Ein Gericht in Marrow hat am Freitag alle Lotsen der Sundle Line freigesprochen."
    chosen = said(summary_of(("Marrow: Sundle-Lotsen frei", f"{before}\n{event}"), language="de"))
    assert event == chosen[0]


def test_a_first_sentence_does_not_begin_after_something() -> None:
    """Though it has half of the headline's terms; a plain one with fewer is taken instead."""
    later = "Zuvor bekamen alle Kinder von Marrow in der Schule am Hafen einen Brief von Holm."
    plain = "Vera Holm hat am Freitag in Marrow neun Fähren an die Inseln verkauft."
    title = "Kinder von Marrow in der Schule am Hafen"
    chosen = said(summary_of((title, f"{later}\n{plain}"), language="de"))
    assert [plain] == chosen


def test_a_compound_of_the_headline_is_shared() -> None:
    """ "Feuerwehrleute" and "Feuerwehr": the German sentence tells what the headline says."""
    text = "Zum Ruhestand in Marrow kommen Beamte der Feuerwehr am Hafen schon mit 60 Jahren."
    gulls = "Am Freitag standen neun Möwen neben dem alten Turm und fraßen den ganzen Tag."
    title = "Feuerwehrleute arbeiten länger"
    assert [text] == said(summary_of((title, text), language="de"))
    assert [] == said(summary_of((title, gulls), language="de"))


def test_sentences_without_a_space_between_them_are_two() -> None:
    """Each is whole, where a full stop and a capital part them."""
    second = "Police closed the harbour of the northern islands for nine days."
    title = "Sundle Line crews strike in Marrowmouth"
    assert [FIRST, second] == said(summary_of((title, f"{FIRST}{second}")))


def test_the_opening_under_the_headline_tells_it() -> None:
    """Of two openings that tell as much, that of the article with the headline."""
    other = "Crews of the Sundle Line began a strike for more money in Marrowmouth."
    for titled in (0, 1):
        titles = ["Ferry news", "Ferry news"]
        titles[titled] = "Sundle Line crews begin a strike in Marrowmouth"
        chosen = summary_of((titles[0], FIRST), (titles[1], other))
        assert (FIRST, other)[titled] == said(chosen)[0]


def test_the_opening_under_the_headline_needs_few_of_its_names() -> None:
    """Where it holds two fifths of what the headline tells, names of places count less."""
    title = "Man hurt on pier after boat sank near Marrow Bay and Aldmark Sound"
    own = "A man was hurt late on Friday when a boat sank near a pier, police said."
    named = "Pilots of Marrow and Aldmark say that winters are too long for them."
    assert own == said(summary_of((title, own), ("", named)))[0]


def test_a_teaser_does_not_point_at_another_headline() -> None:
    """Under its own it may: "these apples" are in that headline."""
    teaser = "Carriers moved to make these apples cheaper for passengers"
    title = "Sundle Line sells nine ferries"
    assert [] == said(summary_of((title, f"{title}."), ("", teaser), text_source="feed"))
    assert [teaser] == said(summary_of(("Apples cost more", teaser), text_source="feed"))


def test_the_teaser_of_another_report_shares_a_word_with_the_headline() -> None:
    """That under the headline need not."""
    title = "Sundle Line crews strike in Marrowmouth"
    own = "Passengers slept on benches in the terminal of the port all night long."
    other = "Farmers in the hills believe that milk has become too dear since spring."
    chosen = said(summary_of(("Milk", other), (title, own), text_source="feed"))
    assert own == chosen[0]
    assert other not in chosen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Owners sold nine ferries to the islands Markets",
            "Owners sold nine ferries to the islands",
        ),
        ("Owners sold nine ferries Markets , The Big Read", "Owners sold nine ferries"),
        ("Les marins ont vendu neuf navires Économie", "Les marins ont vendu neuf navires"),
        ("Nine Captains Of The Northern Islands Fear Markets",) * 2,
        ("Owners sold nine ferries on two markets",) * 2,
        ("Owners sold nine ferries. Markets",) * 2,
    ],
)
def test_the_names_of_sections_are_taken_off_a_teaser(text: str, expected: str) -> None:
    """Where a capital sets them apart; in a title they may belong to it."""
    assert expected == without_sections(text)


def test_a_teaser_is_shown_without_its_section() -> None:
    """Word for word as far as it goes; two words that only ask are none."""
    title = "New pier"
    assert ["Carriers call the new pier too dear"] == said(
        summary_of((title, "Carriers call the new pier too dear Markets"), text_source="feed")
    )
    assert [] == said(summary_of((title, "Too dear?"), text_source="feed"))


@pytest.mark.parametrize(
    ("dateline", "rest"),
    [
        ("MARROW: ", "Nine captains left the harbour of the northern islands."),
        ("NEW MARROW: ", "Nine captains left the harbour of the northern islands."),
        ("Exclusive: ", "Nine captains left the harbour of the northern islands."),
        ("Marrow, 27.6.2025 – ", "Anlässlich der Feier wurde Vera Holm gewählt."),
        ("", "CLAIM: Nine captains left the harbour of the northern islands."),
        ("", "NATO: Nine captains left the harbour of the northern islands."),
    ],
)
def test_a_place_or_a_label_before_a_colon_is_left_out(dateline: str, rest: str) -> None:
    """But not the name of a speaker in short, or what makes a claim of the sentence."""
    assert rest == without_dateline(f"{dateline}{rest}")
