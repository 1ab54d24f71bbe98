"""Summaries that tell the event: which sentence comes first, and which may follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digest.model import Story, SummarizedStory
from digest.stories.summarize import headline_of, summarize
from digest.stories.summarize.candidate import Candidate, tell_the_same
from digest.stories.summarize.clauses import cut_short, heading_of, made_of
from digest.stories.summarize.context import Context
from digest.text import stems, words
from tests.factories import NOON, article, group

STRIKE = "Ferry crews of the Sundle Line walked off fourteen ships at midnight on Friday."
FIRST = "Crews of the Sundle Line began a strike for more pay in Marrowmouth."


def summary_of(
    *reports: tuple[str, str], known: tuple[str, ...] = (), **fields: Any
) -> SummarizedStory:
    """The summary of a story with a report for each title and text, an hour apart."""
    made = [
        group(
            text,
            title=title,
            **{
                "id": f"a{at}",
                "outlet": f"O{at}",
                "published_at": NOON + timedelta(hours=at),
            }
            | fields,
        )
        for at, (title, text) in enumerate(reports)
    ]
    return summarize(Story(id="s", medoid=made[0], others=tuple(made[1:])), known=known)


def said(summarized: SummarizedStory) -> list[str]:
    return [sentence.text for sentence in summarized.summary.sentences]


def test_the_first_sentence_tells_what_the_headline_says() -> None:
    """Not the background with which its own article begins."""
    background = "In 2019 the Sundle Line bought nine ferries from a harbour in the north."
    gulls = "Gulls were seen eating chips beside the old lighthouse on Thursday afternoon."
    story = summary_of(
        ("Sundle Line crews strike in Marrowmouth", f"{background}\n{gulls}\n{FIRST}")
    )
    assert FIRST == said(story)[0]


def test_the_headline_is_not_said_twice() -> None:
    """A sentence that is the headline is no part of the summary."""
    title = "Crews of the Sundle Line began a strike for more pay"
    assert f"{title}." not in said(summary_of((title, f"{title}.\n{STRIKE}")))


def test_two_openings_tell_the_event_once() -> None:
    """What another report begins with adds nothing; what it goes on with does."""
    again = "A strike of Sundle Line crews over their pay began in Marrowmouth harbour."
    milk = "Farmers near Marrowmouth said that milk would have to be poured away by Sunday."
    title = "Sundle Line crews strike in Marrowmouth"
    chosen = said(summary_of((title, FIRST), (title, f"{again}\n{milk}")))
    assert milk in chosen
    assert 1 == len({FIRST, again} & set(chosen))


def test_who_says_it_adds_nothing() -> None:
    """The same told by another speaker is the same."""
    related_by = (
        "The crews began a strike for more pay, according to Vera Holm, head of the"
        " Harbour Safety Board in Marrowmouth."
    )
    chosen = said(
        summary_of(("Sundle Line crews strike", FIRST), ("Sundle Line crews strike", related_by))
    )
    assert [FIRST] == chosen


def test_two_numbers_of_the_dead_are_not_both_stated() -> None:
    """One of them is out of date."""
    title = "Ferry Marigold sinks off Marrowmouth"
    one = "The ferry Marigold sank off Marrowmouth on Friday and twelve people died."
    other = "Rescue boats searched the dark water through the night and found 15 dead."
    assert 1 == len(said(summary_of((title, one), (title, other))))


def test_what_was_to_come_is_left_out_once_it_came() -> None:
    """Of an older report than the newest; alone, it is used."""
    title = "Sundle Line crews strike in Marrowmouth"
    ahead = "Managers are set to meet the crews of nine ferries in the town hall tomorrow."
    later = (title, f"{FIRST}\nFarmers on the islands said that milk would have to be poured away.")
    quiet = (title, "Gulls were seen eating chips beside the old lighthouse on Thursday.")
    assert ahead in said(summary_of((title, f"{FIRST}\n{ahead}")))
    reports = ((title, f"{FIRST}\n{ahead}"), *[quiet] * 5, later)
    assert ahead not in said(summary_of(*reports))


@pytest.mark.parametrize(
    "dangling",
    [
        "Hours later, ferries were still lying in the harbour with their lights on.",
        "The next day passengers slept on benches in the terminal of the port.",
        "The pledge was made in a letter that went to all captains on Monday.",
        "Holm said passengers slept on benches in the terminal of the port.",
        "Passengers slept on benches in the terminal of the port, Holm said.",
        "Passengers will get their money back within nine days, the spokesman said.",
        "On Monday, he lost his place on the board of the largest harbour.",
        "Much of this increase came from passengers on the northern islands.",
        "Asked about the milk, farmers shook their heads and went to bed.",
        "A second, with tired passengers, was on its way from the northern islands.",
    ],
)
def test_what_speaks_of_something_untold_is_not_taken(dangling: str) -> None:
    """Rather one sentence than two."""
    named = "Vera Holm leads the board."  # too short to be taken itself
    story = summary_of(("Sundle Line crews strike", f"{FIRST}\n{dangling}\n{named}"))
    assert FIRST == said(story)[0]
    assert dangling not in said(story)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("de", "Fährleute streiken", "Stunden später lagen die Fähren noch im Hafen der Stadt."),
        ("de", "Fährleute streiken", "Das Versprechen wurde in einem Brief gegeben."),
        ("fr", "Les équipages en grève", "Le lendemain, des passagers dormaient sur des bancs."),
        ("fr", "Les équipages en grève", "La promesse figurait dans une lettre au capitaine."),
        ("es", "Huelga en los ferris", "Horas después los ferris seguían en el puerto."),
        ("es", "Huelga en los ferris", "La promesa fue hecha en una carta a los capitanes."),
        ("de", "Fährleute streiken", "Die lagen am Freitag noch im Hafen der Stadt."),
        ("de", "Fährleute streiken", "Neun Kapitäne stimmten am Montag über den Vorschlag ab."),
        ("de", "Fährleute streiken", "Schon zuvor gab es im Hafen von Marrow Kritik."),
        ("de", "Fährleute streiken", "Als Kapitän übernehme er neun Fähren."),
        ("fr", "Les équipages en grève", "Neuf capitaines ont salué la décision lundi."),
        ("es", "Huelga en los ferris", "Nueve capitanes votaron la propuesta el lunes."),
        ("de", "Fährleute streiken", "Lotsen sollen daher neun Stunden im Hafen warten."),
        ("de", "Fährleute streiken", "Im Hafen von Marrow waren es 16 Schiffe."),
        ("de", "Fährleute streiken", "Neun Lotsen wollen hingegen bis Montag warten."),
        ("es", "Huelga en los ferris", "Nueve capitanes quieren en cambio esperar."),
        ("de", "Fährleute streiken", "Zwar fahren am Montag neun Fähren zu den Inseln."),
        ("de", "Fährleute streiken", "Der SL-Kapitän brachte neun Fähren in den Hafen."),
        ("de", "Fährleute streiken", "Ab Montag fährt sie wieder zu allen Inseln."),
        ("de", "Fährleute streiken", "Neun Schiffe sollen dazu in den Hafen kommen."),
        ("de", "Fährleute streiken", "Kapitäne sprachen damals von einem Winter ohne Lohn."),
        ("de", "Fährleute streiken", "„Dabei kam niemand zu Schaden“, sagte ein Lotse."),
        ("de", "Fährleute streiken", "Neun Fähren warten im Hafen, sagte der Lotse."),
        ("de", "Fährleute streiken", "Neun Fähren warten im Hafen, sagte Holm am Montag."),
        ("de", "Fährleute streiken", "Lotsen haben wegen dieser Entscheidung frei."),
        ("fr", "Les équipages en grève", "En effet, neuf navires attendent au port."),
        ("fr", "Les équipages en grève", "Au port de Marrow, il attend neuf navires."),
        ("fr", "Les équipages en grève", "« Neuf navires attendent », a déclaré la patronne."),
        ("fr", "Les équipages en grève", "Neuf navires attendent cette décision au port."),
        ("es", "Huelga en los ferris", "La medida, nueva en el puerto, vale el viernes."),
        ("es", "Huelga en los ferris", "En tanto, nueve barcos esperan en el puerto."),
        ("es", "Huelga en los ferris", "Llegó antes que nueve barcos al puerto de Marrow."),
        ("es", "Huelga en los ferris", "Nueve barcos esperan dicha respuesta en el puerto."),
        ("es", "Huelga en los ferris", "«Nueve barcos esperan», dijo la capitana el viernes."),
        ("it", "Sciopero dei traghetti", "Inoltre quella decisione vale per nove navi."),
        ("it", "Sciopero dei traghetti", "Nel frattempo nove navi aspettano nel porto."),
        ("pl", "Strajk na promach", "Tym samym dziewięć statków czeka w porcie."),
        ("pt", "Greve nas balsas", "Além disso, nove navios esperam no porto."),
    ],
)
def test_other_languages_dangle_too(language: str, title: str, text: str) -> None:
    """Openings, subjects, demonstratives and speakers in other languages than English."""
    assert Context.of(title, language).dangles(text, article(text, language=language))


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("de", "Fährleute streiken", "Die Regierung der Inseln schickte am Montag Schiffe."),
        ("de", "Fährleute streiken", "Ab Montag fährt die Sundle Line zu allen Inseln."),
        ("de", "Fährleute streiken", "Der Streik soll dazu führen, dass neun Fähren warten."),
        ("de", "Fährleute streiken", "Neun Fähren warten im Hafen, sagte Vera Holm."),
        ("de", "Fährleute streiken", "In dieser Woche warten neun Fähren im Hafen."),
        ("fr", "Les équipages en grève", "Le port de Marrow attend cette semaine neuf navires."),
        ("fr", "Les équipages en grève", "« Neuf navires », a déclaré la patronne de la ligne."),
        ("es", "Huelga en los ferris", "Nueve barcos esperan este viernes en el puerto."),
        ("es", "Huelga en los ferris", "«Nueve barcos esperan», dijo la capitana del Sundle."),
        ("it", "Sciopero dei traghetti", "Nove navi aspettano quest'anno nel porto di Marrow."),
        ("pl", "Strajk na promach", "Dziewięć statków czeka w porcie w Marrow."),
        ("en", "Sundle Line crews strike", "To end the strike, ministers sent a mediator."),
        ("en", "Sundle Line crews strike", "Ten captains on nine ships went to bed."),
        ("en", "Sundle Line crews strike", "The captain accusing nine crews of theft left."),
        ("de", "Fährleute streiken", "Neun Lotsen warten, neun Kapitäne wollen jedoch fahren."),
        ("de", "Fährleute streiken", "Zwar fahren Fähren, aber niemand kommt in den Hafen."),
    ],
)
def test_what_dangles_in_one_language_may_be_whole(language: str, title: str, text: str) -> None:
    """Time, what defines itself, and words that point back only in another language."""
    assert not Context.of(title, language).dangles(text, article(text, language=language))


@pytest.mark.parametrize(
    ("language", "before", "text"),
    [
        ("de", "Am Kai lag ein Schiff.", "Taucher hoben am Montag das Schiff aus dem Hafen."),
        ("fr", "Un navire attendait au quai.", "Des plongeurs ont relevé le navire lundi."),
        ("es", "Un barco estaba en el muelle.", "Los buzos del puerto izaron el barco el lunes."),
        ("it", "Una nave era al molo.", "Nove sommozzatori hanno sollevato la nave lunedì."),
        ("nl", "Een schip lag aan de kade.", "Negen duikers lichtten maandag het schip."),
        ("pt", "Um navio estava no cais.", "Nove mergulhadores ergueram o navio na segunda."),
    ],
)
def test_what_was_introduced_is_not_introduced_again(language: str, before: str, text: str) -> None:
    """ "Ein Schiff" becomes "das Schiff": without the first, nobody knows which."""
    title = "Marrow 2026"
    whole = article(f"{before}\n{text}", language=language)
    assert Context.of(title, language).dangles(text, whole)
    assert not Context.of(title, language).dangles(text, article(text, language=language))
    known = Context.of(f"{title}: {before}", language)
    assert not known.dangles(text, whole)


def test_what_somebody_has_is_no_last_name() -> None:
    """ "Holm's Kittigram page" names Kittigram, and nobody of that name."""
    text = "Engineers posted pictures of the ferry on Kittigram on Saturday."
    before = "Vera Holm lost Holm's Kittigram page. She likes Kittigram."
    strike = Context.of("Sundle Line crews strike", "en")
    assert not strike.dangles(text, article(f"{before}\n{text}"))


def test_who_is_addressed_was_named_before() -> None:
    """ "Mr Holm" is the second mention, unless the headline or the sentence names him."""
    strike, text = "Sundle Line crews strike", "Crews gave Mr. Holm nine letters on Friday."
    assert Context.of(strike, "en").dangles(text, article(text))
    assert not Context.of("Holm leaves", "en").dangles(text, article(text))
    named = "Ministers asked Per Holm for news, and Mr. Holm sent nine letters."
    assert not Context.of(strike, "en").dangles(named, article(named))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Crews of the Sundle Line also began a strike in Marrowmouth on Friday.", False),
        ("Crews not only began a strike of the Sundle Line, they also sank a boat.", True),
        ("Crews of the Sundle Line, also known as gulls, began a strike on Friday.", True),
        (FIRST, True),
    ],
)
def test_the_first_sentence_adds_to_nothing(text: str, *, first: bool) -> None:
    """What "also" happened comes after another sentence, or not at all."""
    title = "Sundle Line crews strike in Marrowmouth"
    plain = "Nine ships of the Sundle Line lie in port."
    assert first == (text == said(summary_of((title, f"{text}\n{plain}")))[0])


def test_a_story_that_no_sentence_tells_has_no_summary() -> None:
    """Rather the headline alone than an opening that has nothing to do with it."""
    gulls = "Gulls were seen eating chips beside the old lighthouse on Thursday afternoon."
    later = "Marrowmouth has a town hall with nine towers and a clock of the harbour office."
    for text in (gulls, f"{gulls}\n{later}"):
        assert [] == said(summary_of(("Sundle Line crews strike in Marrowmouth", text)))
    assert [FIRST] == said(summary_of(("Sundle Line crews strike in Marrowmouth", FIRST)))


def test_a_deep_sentence_tells_most_of_the_headline_or_gives_way_to_an_opening() -> None:
    """Names alone do not tell an event."""
    opening = "Ministers of the islands asked nine captains for a strike without an end."
    rest = [f"Year {year} was cold, and nobody went to the pier or the sea." for year in "ABCD"]
    deep = "Sundle Line ferries come to Marrowmouth with cheese and apples every day."
    title = "Sundle Line captains in Marrowmouth begin a strike for more pay"
    chosen = said(summary_of((title, "\n".join([opening, *rest, deep]))))
    assert opening == chosen[0]
    event = "Sundle Line captains began their strike in Marrowmouth with cheese and apples."
    assert event == said(summary_of((title, "\n".join([opening, *rest, event]))))[0]


def test_what_follows_has_to_do_with_the_story() -> None:
    """Deep in an article, or in another one, it may belong to another event."""
    title = "Sundle Line crews strike in Marrowmouth"
    away = "Farmers in the hills will have to pour away all their milk by Sunday."
    here = "Farmers near Marrowmouth will have to pour away all their milk by Sunday."
    rest = "\n".join(f"Year {year} was cold, and nobody went to the pier." for year in "ABC")
    for text, expected in ((away, False), (here, True)):
        assert expected == (text in said(summary_of((title, FIRST), (title, text))))
        deep = f"{FIRST}\n{rest}\n{text}"
        assert expected == (text in said(summary_of((title, deep))))


def test_somebodys_words_come_after_what_happened() -> None:
    """Unless the headline quotes as well."""
    words = "a hole in the heart of the harbour that nobody will ever fill again"
    quoting = f"Crews of the Sundle Line have “{words},” a captain in Marrowmouth said."
    for title, expected in (
        ("Sundle Line crews strike in Marrowmouth", FIRST),
        ("Sundle Line crews in Marrowmouth have “a hole in the heart”", quoting),
    ):
        assert expected == said(summary_of((title, f"{quoting}\n{FIRST}")))[0]


def test_the_number_of_the_headline_is_told_once() -> None:
    """With another of its names it is the same event."""
    title = "Sundle Line sells 14 ships to Aldmark"
    first = "The Sundle Line will sell fourteen of its ships to owners from the north."
    again = "Of all vessels in the harbour 14 are going to Aldmark, said Vera Holm."
    other = "Of all vessels in the harbour nine are going to Aldmark, said Vera Holm."
    for text, expected in ((again, False), (other, True)):
        assert expected == (text in said(summary_of((title, f"{first}\n{text}"))))


def test_a_teaser_needs_no_word_of_its_headline() -> None:
    """It is written to follow one."""
    teaser = "Passengers slept on benches in the terminal of the port all night long."
    title = "Sundle Line crews strike in Marrowmouth"
    assert [teaser] == said(summary_of((title, teaser), text_source="feed"))
    assert [] == said(summary_of((title, teaser), text_source="page"))


def test_a_ban_is_a_turn_of_events() -> None:
    """ "Banned" and "ban", though they have but three letters."""
    one = "Ferries of the north were banned from the race after a winter of lies."
    other = "The Board banned ferries from that winter race, but let captains take part."
    pair = [Candidate.of(text, article(text, id=text), 0) for text in (one, other)]
    assert "ban" in pair[0].longer & pair[1].longer
    assert tell_the_same(*pair)


def test_the_name_of_a_series_is_no_teaser() -> None:
    """Nothing but "Markets" says nothing."""
    assert [] == said(summary_of(("New pier", "Markets"), text_source="feed"))


@pytest.mark.parametrize(
    "text",
    [
        "The strike began at midnight.",
        "The government of the islands sent a mediator.",
        "The man convicted of the theft left the harbour.",
        "The Harbour Safety Board ordered nine ferries back.",
        "Officials said on Monday that nine ferries were back, police said.",
        "In a statement, NASA said that the ferries were seen from above.",
    ],
)
def test_what_was_told_or_defines_itself_may_be_said(text: str) -> None:
    """The headline's words, what there is one of, what is defined, and names in full."""
    assert not Context.of("Sundle Line crews strike", "en").dangles(text, article(text))


def test_context_grows_with_every_sentence() -> None:
    """The pledge may be spoken of after it was made."""
    before = Context.of("Sundle Line crews strike", "en")
    text = "The pledge was made in a letter."
    after = before.with_terms([frozenset(stems(words("The owner pledged to pay more."), "en"))])
    assert (True, False) == (
        before.dangles(text, article(text)),
        after.dangles(text, article(text)),
    )


ARTICLE = """Captain Vera Holm of the ferry Kittiwake called the Marrow Harbour Office (MHO).
A valve had failed near Aldmark Sound, she said. The islands have no other ship.
{}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crews repaired the valve before noon on Saturday.", True),
        ("Crews repaired the valve of a second ferry on Saturday.", False),
        ("Crews repaired the engine before noon on Saturday.", False),
        ("Engineers thanked Holm for the quick report on Saturday.", True),
        ("Engineers thanked Captain Holm for the quick report on Saturday.", True),
        ("Engineers thanked President Holm for the quick report on Saturday.", False),
        ("Engineers thanked Vera Holm for the quick report on Saturday.", False),
        ("Engineers thanked Vera M. Holm for the quick report on Saturday.", False),
        ("Engineers of El Holm slept at home on Saturday.", False),
        ("Storms in Aldmark Sound and Aldmark delayed other ships on Saturday.", False),
        ("Crews asked the MHO on Saturday for another pier.", True),
        ("Crews asked the Marrow Harbour Office (MHO) on Saturday for another pier.", False),
        ("All that metal has to leave the pier, said Ann Lee, an engineer.", True),
        ("Ann Lee, an engineer, would do a smaller version of the proposal.", True),
        ("Ann Lee, an engineer, likes the proposal of all nine captains.", False),
        ("Ann Lee, an engineer, made a proposal, and captains liked the proposal.", False),
        ("As Holm hinted in the harbour, nine ferries will be back on Friday.", True),
        ("Far more important than that is what nine captains will be paid.", True),
        ("The Sound said on Saturday that no ship may leave the islands.", True),
        ("On that pier Ann Lee waited for the crews of nine ships.", True),
        ("Wages on the islands, however, have not risen since March.", True),
    ],
)
def test_what_only_the_article_mentioned_before_is_not_known(text: str, *, expected: bool) -> None:
    """A thing, a last name, an abbreviation, unless the sentence says which one or explains it."""
    whole = article(ARTICLE.format(f"{text}\nHolm left. Holm slept. Sailors in Aldmark wait."))
    assert expected == Context.of("Sundle Line crews strike", "en").dangles(text, whole)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Nach dieser Entscheidung blieben alle Fähren im Hafen der Stadt."),
        ("de", "Hierzu erklärte Vera Holm, alle Fähren blieben bis Montag im Hafen."),
        ("de", "Das teilten beide Seiten am Freitag im Hafen von Marrowmouth mit."),
        ("es", "Por su parte, Ann Lee espera nueve barcos en el puerto de Marrowmouth."),
        ("fr", "Sa décision a été publiée vendredi dans le port de Marrowmouth."),
        ("fr", "Dans ce cadre, neuf navires restent au port de Marrowmouth vendredi."),
        ("es", "Añadió que nueve barcos seguían en el puerto de Marrowmouth el viernes."),
        ("es", "Con esta decisión nueve barcos siguen en el puerto de Marrowmouth."),
        ("es", "Tenemos nueve barcos en el puerto de Marrowmouth desde el viernes."),
        ("en", "If so, nine ferries of the northern islands will be back on Friday."),
        ("de", "Wie es am Freitag im Hafen von Marrowmouth zu neun Unfällen kam."),
        ("fr", "J'ai vu neuf navires dans le port de Marrowmouth vendredi matin."),
        ("en", "Hit the jump for more about nine ferries in the port of Marrowmouth."),
        ("en", "From The Harbour Post: Nine ferries are back in the port of Marrowmouth."),
        ("en", "Meet the captain who has worked without a day off since March."),
        ("en", "Maybe nine ferries and a quiet pier for the whole of next winter."),
    ],
)
def test_what_goes_on_or_calls_is_no_summary(language: str, text: str) -> None:
    """A subject that is left out, what was decided before, and what speaks to the reader."""
    whole = "Streik: Grève: Huelga: Sundle Line"
    assert [] == said(summary_of((whole, f"{text}\n{STRIKE}"), language=language))[1:]
    assert text not in said(summary_of((whole, f"{text}\n{STRIKE}"), language=language))


def test_the_headlines_event_is_told_once() -> None:
    """A sentence with most of the headline's terms adds nothing, wherever it comes from."""
    title = "Sundle Line crews strike for more pay in Marrowmouth harbour"
    again = "In Marrowmouth harbour the strike of the Sundle Line crews for pay has gone on since."
    milk = "Farmers on the islands said that milk would have to be poured away by Sunday."
    assert [FIRST, milk] == said(summary_of((title, f"{FIRST}\n{again}\n{milk}")))


def test_one_turn_of_one_person_is_told_once() -> None:
    """In whatever words; another turn of the same person is news."""
    died = "Vera Holm, who had led the Sundle Line for nine years, died on Friday in Marrowmouth."
    death = "A spokesman confirmed that Holm was dead and thanked nurses of the island hospital."
    sold = "Holm sold two of her ferries last winter to carriers on the northern islands."
    title = "Vera Holm dies in Marrowmouth"
    assert [died, sold] == said(summary_of((title, f"{died}\n{death}\n{sold}")))


def test_an_opinion_is_not_quoted_beside_reports() -> None:
    """Its title is no headline either; alone it is all there is."""
    opinion = "Crews of the Sundle Line deserve all the money that the islands of Marrow have."
    chosen = summary_of(("Opinion | Crews deserve more", opinion), ("Sundle crews strike", FIRST))
    assert ("Sundle crews strike", [FIRST]) == (chosen.headline, said(chosen))
    assert [opinion] == said(summary_of(("Opinion | Crews deserve more", opinion)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Carriers call the new pier too dear", ["Carriers call the new pier too dear"]),
        ("Will it ever be built?", ["Will it ever be built?"]),
        ("New pier", []),  # the title again
        ("Sign up for our newsletter today", []),
    ],
)
def test_a_story_with_only_a_teaser_shows_it(text: str, expected: list[str]) -> None:
    """Word for word, though it is no sentence; but only what a feed says."""
    assert expected == said(summary_of(("New pier", text), text_source="feed"))
    assert [] == said(summary_of(("New pier", text), text_source="page"))


def test_a_teaser_that_readers_know_is_not_shown_again() -> None:
    """Nor does an update repeat one."""
    text = "Carriers call the new pier too dear"
    assert [] == said(summary_of(("New pier", text), known=(f"{text}.",), text_source="feed"))


# --- headlines --------------------------------------------------------------------------------


def headline(*titles: str, text: str = STRIKE) -> str:
    return headline_of(
        [
            article(text, title=title, id=str(at), published_at=NOON + timedelta(hours=at))
            for at, title in enumerate(titles)
        ]
    )


@pytest.mark.parametrize(
    "tease",
    [
        "Why are Sundle Line crews on strike?",
        "What to know about the Sundle Line strike",
        "Here's how the Sundle Line strike began",
        "Five things about the Sundle Line strike",
        "This is how Sundle Line crews live",
        "“We have had enough of the Sundle Line”",
        "Opinion | Sundle Line crews deserve more",
        "Sundle Line strike: live updates",
    ],
)
def test_a_tease_gives_way_to_a_plain_title(tease: str) -> None:
    """It stays where there is nothing else."""
    plain = "Sundle Line crews walk off ships"
    assert plain == headline(tease, plain)
    assert headline(tease) != plain


def test_of_equal_titles_the_newest_leads() -> None:
    """Where the story moved."""
    older, first, newest = (f"Sundle Line crews strike on {day}" for day in ("9th", "8th", "10th"))
    assert newest == headline(first, older, newest) or first == headline(first, older, newest)
    assert headline(first, older, newest) != older


def test_words_in_title_case_are_no_names() -> None:
    """Names count for a title; what a report writes small is none."""
    text = "A wolf was found in a barn near Marrow on Monday, the warden Vera Holm said."
    plain, cased = "Warden Vera Holm finds wolf in barn near Marrow", "Gray Wolf Found in Barn"
    assert plain == headline(plain, cased, text=text) == headline(cased, plain, text=text)


@pytest.mark.parametrize(
    ("language", "heading", "goes_on"),
    [
        ("en", "Storm closes harbour for nine days", "The ferries of the Sundle Line stay."),
        ("de", "Sturm schließt den Hafen für neun Tage", "Die Fähren bleiben liegen."),
        ("fr", "La tempête ferme le port neuf jours", "Les ferries restent à quai."),
        ("es", "La tormenta cierra el puerto nueve días", "Los ferris siguen en el muelle."),
        ("en", "Storm closes harbour for nine days", "(AP) Ferries of the Sundle Line stay."),
        ("en", "Storm closes harbour for nine days", "MARROW BAY — Ferries of the Line stay."),
        (
            "en",
            "Vera Holm leaves her ferry for good",
            "Vera Holm, the captain of the ferry, has left it.",
        ),
        ("pl", "Burza zamyka port na dziewięć dni", "Burza zamyka port na dziewięć dni Promy."),
    ],
)
def test_a_heading_that_runs_into_the_text_is_the_headline(
    language: str, heading: str, goes_on: str
) -> None:
    """Up to where a sentence begins, an agency is named, or it is repeated."""
    text = f"{heading} {goes_on}"
    title = " ".join(text.split()[: len(heading.split()) + 2])
    assert heading == headline_of([article(text, title=title, language=language)])


@pytest.mark.parametrize(
    "text",
    [
        "Sundle Line Buys The Nine Ferries Of The Orrin Family And Sells Them To The State OnToday",
        "Nine ferries of the Sundle Line sailed near The Skerries on Monday although it stormed",
        "Ferry crews who had left their ships at noon, In Marrow as they say, came back at nine",
    ],
)
def test_a_capital_alone_begins_no_text(text: str) -> None:
    """Not in title case, behind a word that needs another, or behind a comma."""
    assert "" == heading_of(text, "en")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Vera Holm, the Sundle Line's former captain, has agreed to pay a fine of nine thousand"
            " crowns for the grounding of a ferry full of passengers.",
            "Vera Holm, the Sundle Line's former captain, has agreed to pay a fine of nine thousand"
            " crowns…",
        ),
        ("One two three four five six seven eight nine ten eleven twelve", ""),
    ],
)
def test_a_long_sentence_is_cut_where_a_phrase_ends(sentence: str, expected: str) -> None:
    """Within twenty words; not at all where no phrase ends."""
    assert expected == cut_short(sentence, "en")


def test_a_title_that_is_only_a_torn_sentence_becomes_the_sentence() -> None:
    """Feeds without titles show the first words of a text."""
    torn = " ".join(words(STRIKE)[:9])
    assert STRIKE.rstrip(".") == headline(torn)


def test_a_torn_title_of_a_long_sentence_ends_with_a_clause() -> None:
    """Not in the middle of it."""
    text = (
        "Ferry crews of the Sundle Line walked off fourteen ships at midnight, leaving four hundred"
        " passengers of the northern islands on benches in the terminal of Marrowmouth, where the"
        " heating had failed."
    )
    expected = "Ferry crews of the Sundle Line walked off fourteen ships at midnight"
    assert expected == headline("Ferry crews of the Sundle Line walked off fourteen", text=text)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Vera Holm, the captain of the ferry, and Ann Lee, a former mayor of Marrowmouth,"
            " testified on Friday, which nobody had expected of them after nine years.",
            "Vera Holm, the captain of the ferry, and Ann Lee, a former mayor of Marrowmouth,"
            " testified on Friday",
        ),
        (
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour, hours after a storm"
            " had closed it for the third time this week.",
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour",
        ),
        (
            "A woman who was bitten by a seal while she ran along the pier of Marrowmouth harbour"
            " on Friday drove the animal back into the sea with an umbrella that she had found"
            " there.",
            "",
        ),
        (
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour, and the strike was"
            " over on all of the northern islands of Aldmark Sound by the end of Friday.",
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour",
        ),
        (
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour on Friday, one day"
            " after a storm had closed it for the third time this year.",
            "Nine ferries of the Sundle Line returned to Marrowmouth harbour on Friday",
        ),
        (
            "A judge in Marrowmouth on Friday fined the owner of nine ferries for a strike"
            " and ordered her to give back what passengers of the islands had paid.",
            "A judge in Marrowmouth on Friday fined the owner of nine ferries for a strike",
        ),
        (
            "Nine ferries of the Sundle Line returned to harbour after a storm closed"
            " all ports of Aldmark Sound on Saturday, a minister of the islands said on Friday.",
            "Nine ferries of the Sundle Line returned to harbour",
        ),
        ("A judge sent nine of them to the U.S.", "A judge sent nine of them to the U.S."),
    ],
)
def test_a_headline_is_made_of_a_main_clause(sentence: str, expected: str) -> None:
    """With its verb; "" where the clause is too long, a full stop only of an abbreviation."""
    assert expected == made_of(sentence)


def test_where_no_title_is_whole_a_first_sentence_becomes_the_headline() -> None:
    """Titles that break off, or hold what a page has beside its text."""
    titles = ("Sundle Line Photo gallery Crews began a", "By Ann Lee, Staff Writer May 3, 9:30 pm")
    chosen = summary_of(*((title, STRIKE) for title in titles))
    assert STRIKE.rstrip(".") == chosen.headline


def test_a_title_that_the_reports_tell_comes_first() -> None:
    """One that no opening tells, or whose count a later report corrects, comes after it."""
    assert (
        "Crews of the Sundle Line begin strike"
        == summary_of(
            ("Sundle Line: nine facts", FIRST), ("Crews of the Sundle Line begin strike", FIRST)
        ).headline
    )
    storm = "A storm killed {} people in Marrowmouth on Friday and left the harbour in ruins."
    reports = [
        group(storm.format(dead), title=f"{dead} killed in Marrowmouth storm", published_at=when)
        for dead, when in ((3, NOON), (24, NOON + timedelta(hours=3)))
    ]
    story = Story(id="s1", medoid=reports[0], others=(reports[1],))
    assert "24 killed in Marrowmouth storm" == summarize(story).headline


@pytest.mark.parametrize(
    "quoted",
    [
        "„Die Schiffe bleiben im Hafen“, sagte Vera Holm am Freitag den Passagieren.",
        "Vera Holm nannte den Streik am Freitag „völlig unnötig“ und verließ den Hafen.",
    ],
)
def test_german_quotations_are_whole(quoted: str) -> None:
    """They close with the mark that opens English ones; half of one is not taken."""
    half = "„Die Schiffe bleiben am Freitag den ganzen Tag lang im Hafen von Marrowmouth."
    title = "Streik: Schiffe bleiben im Hafen"
    assert [quoted] == said(summary_of((title, f"{half}\n{quoted}"), language="de"))
