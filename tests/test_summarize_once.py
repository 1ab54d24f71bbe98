"""Summaries say a thing once, in whole sentences, and from the newest reports that tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.model import DuplicateGroup, Story
from digest.stories.summarize import headline_of, summarize
from digest.stories.summarize.boilerplate import first_statements
from digest.stories.summarize.candidate import Candidate, tell_the_same
from digest.stories.summarize.context import Context
from digest.stories.summarize.readable import opens_with_background, says_what_it_is
from tests.factories import NOON, article, group
from tests.test_summarize_telling import FIRST, STRIKE, said, summary_of

TITLE = "Sundle Line crews strike in Marrowmouth"
MILK = "Farmers on the islands said that milk would have to be poured away by Sunday."


def candidates(one: str, other: str, places: tuple[int, int] = (4, 5)) -> tuple[Candidate, ...]:
    """Two sentences of two articles, at these places in them."""
    return tuple(
        Candidate.of(text, article(text, id=text, language="en"), place)
        for text, place in zip((one, other), places, strict=True)
    )


# --- once -------------------------------------------------------------------------------------


def test_an_amount_is_the_same_however_it_is_written() -> None:
    """A number in figures, with a scale, in words."""
    one, other = candidates(
        "The carrier wants to spend $1bn on piers for electric ships and on cranes.",
        "Owners of the line set aside $1 billion that builders of piers may now ask for.",
    )
    assert {"1e+09"} == {term for term in one.named & other.named if term[0].isdigit()}
    assert tell_the_same(one, other)
    nine, more = candidates("The port has nine cranes of steel.", "Some 9 divers left the city.")
    assert "9" in nine.named & more.named


def test_reports_that_share_more_than_names_tell_the_same() -> None:
    """Two articles tell one event anyway; within one article, as little is no repetition."""
    one = "Captains of the Sundle Line left nine ferries in the harbour and went home at noon."
    other = (
        "Nobody sailed to the islands after captains had gone home, and nobody complained at all."
    )
    assert tell_the_same(*candidates(one, other))
    within = article(f"{one}\n{other}", language="en")
    assert not tell_the_same(Candidate.of(one, within, 4), Candidate.of(other, within, 5))
    names = "The Sundle Line was founded by two brothers who grew flowers in Aldmark."
    assert not tell_the_same(*candidates(one, names))


def test_words_of_one_meaning_are_one() -> None:
    """An aircraft is a plane, and what thieves took was stolen."""
    one, other = candidates(
        "Thieves took a small plane from its hangar during the night of the storm.",
        "Police look for an aircraft that was stolen while everybody slept on Friday.",
    )
    assert {"plane", "steal"} <= one.longer & other.longer


def test_a_sentence_of_mostly_known_words_adds_nothing() -> None:
    """What headline and earlier sentences said counts together, whichever of them said it."""
    known = "Crews in Marrowmouth strike for more pay, and farmers pour milk away on Sunday."
    assert known not in said(summary_of((TITLE, f"{FIRST}\n{MILK}\n{known}")))


def test_of_many_reports_only_one_opening_is_said() -> None:
    """They all tell the event; another follows only where it tells a turn that is new."""
    calm = "Ministers wait for news from Marrowmouth and will not send help."
    turn = "Two captains of the line were arrested at dawn while their families slept on benches."
    rest = "\n".join(
        f"In 20{year} nobody complained about a winter of storms." for year in (16, 17, 18)
    )
    for opening, others in ((calm, set()), (turn, {turn})):
        reports = [(TITLE, f"{text}\n{rest}") for text in (FIRST, *[opening] * 4)]
        assert {FIRST, *others} == set(said(summary_of(*reports)))
    few = summary_of((TITLE, FIRST), (TITLE, f"{calm}\n{rest}"))
    assert calm in said(few)


def test_a_teaser_that_says_no_more_than_its_headline_is_left_out() -> None:
    """With an article more, for example; and the name of a series is no sentence."""
    title = "New pier in Marrowmouth harbour is too dear for carriers"
    assert [] == said(summary_of((title, f"The {title}."), text_source="feed"))
    carriers = "Owners of small ships would rather wait."
    series = f"{carriers}\nThe Long Read"
    assert [carriers] == said(summary_of((title, series), text_source="feed"))


# --- whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("short", ["Rev.", "Gov.", "U.S.", "U.N."])
def test_a_sentence_that_a_line_break_cut_is_not_taken(short: str) -> None:
    """Neither its beginning nor its end, where the line ends in a shortened word."""
    begun = f"A letter about the nine ferries of the Sundle Line came from the {short}"
    rest = "Holm Board of the northern islands on Saturday with a list of nine names."
    assert (STRIKE, MILK) == first_statements(article("\n".join((STRIKE, begun, rest, MILK))))
    whole = f"{begun[:-1]}.\nThe list of the northern islands came on Saturday with nine names."
    found = first_statements(article(f"{STRIKE}\n{whole}"))
    assert len(found) == (1 if short in ("Rev.", "Gov.") else 3)


# --- in order ---------------------------------------------------------------------------------


def reported(*reports: DuplicateGroup) -> list[str]:
    """The sentences of a story of these reports."""
    return said(summarize(Story(id="s1", medoid=reports[0], others=reports[1:])))


def report(text: str, hours: int, *, dated: bool = True) -> DuplicateGroup:
    """A report of the strike, so many hours after noon."""
    when = NOON + timedelta(hours=hours)
    return group(text, title=TITLE, outlet=f"O{hours}", published_at=when, dated=dated)


QUIET = "Gulls were seen eating chips beside the old lighthouse on Thursday."


def test_a_report_without_a_date_makes_no_other_one_old() -> None:
    """Its time is when it was found; one that is dated later is newer."""
    assert FIRST == reported(report(FIRST, 0), report(QUIET, 90, dated=False))[0]
    assert MILK not in reported(report(f"{FIRST}\n{MILK}", 0), report(QUIET, 90))


def test_an_old_report_tells_what_newer_ones_take_as_known() -> None:
    """The event, where no new opening tells it."""
    assert FIRST == reported(report(FIRST, 0), report(QUIET, 90))[0]


def test_a_first_sentence_tells_the_turn_of_the_headline() -> None:
    """The verdict, rather than what nearly all reports have."""
    trial = "Vera Holm had nine ferries and a house in Marrowmouth, jurors heard on Monday."
    verdict = "A court in Marrowmouth found Vera Holm of the Sundle Line guilty on Friday."
    for title, expected in (("Vera Holm convicted", verdict), ("Vera Holm hears jurors", trial)):
        texts = (f"{trial}\n{MILK}", f"{verdict}\n{trial}\n{MILK}")
        assert expected == said(summary_of(("In court", texts[0]), (title, texts[1])))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The crews had held out in the terminal for more than nine days.", True),
        ("Nine ferries had been built in the harbour of Marrowmouth.", True),
        ("Crews had forced open a gate overnight, and the water fell by nine metres.", False),
        ("Police said that the crews had left the harbour of Marrowmouth.", False),
        ("Crews who had left the harbour returned on Saturday.", False),
        ("Crews had dinner in the terminal on Saturday.", False),
    ],
)
def test_what_had_been_is_background(text: str, *, expected: bool) -> None:
    """Not what somebody says had happened."""
    assert expected == opens_with_background(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aldmark is one of the busiest harbours of the northern islands.", True),
        ("Marrow Bay, the oldest port, is the home of nine ferries.", True),
        ("Vera Holm is leaving the board of the Sundle Line on Friday.", False),
    ],
)
def test_what_something_is_comes_later(text: str, *, expected: bool) -> None:
    """It is no event, but may follow one."""
    event = "Harbour police closed the port in Aldmark and in Marrow Bay, where Holm works."
    assert expected == says_what_it_is(text)
    title = "Police close the harbours of Aldmark and Marrow Bay"
    chosen = said(summary_of((title, f"{text}\n{event}"), (title, f"{event}\n{text}")))
    assert event == chosen[0] or not expected


@pytest.mark.parametrize(
    "text",
    [
        "Harbour officials said earlier it had run aground near the island.",
        "“Ships are waiting in line,” De la Cruz said in the terminal.",
        "Many captains think that decline was due to the winter storms.",
        "At the hearing, Ann Lee thanked nine captains for their patience.",
        "Captains based in Aldmark say that crews here wait for news.",
        "As coordinator that day, Ann Lee sent nine ferries home.",
        "Ann Lee called one such letter from the islands a mistake.",
        "Later, nine ferries were lying in the harbour with lights on.",
    ],
)
def test_what_speaks_of_something_untold_dangles(text: str) -> None:
    """A ship, a speaker, a decline that nothing before tells of; and "later"."""
    assert Context.of(TITLE, "en").dangles(text, article(text))


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee met nine captains on Friday and sent ferries home that night.",
        "After the strike, Ann Lee thanked nine captains for their patience.",
    ],
)
def test_what_the_sentence_or_the_headline_says_may_be_spoken_of(text: str) -> None:
    """The day it names itself, the strike of the headline."""
    assert not Context.of(TITLE, "en").dangles(text, article(text))


# --- headlines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "poor",
    [
        "Marrow News (Marrow Broadcasting Corporation)",  # on every page
        "January 5, 2024 at 12:19 PM",
        "Posted on: Friday, Jan 5th",
        "Sundle Line",
        "A strike? Nine times crews said so",
        "“We are on strike for more pay now,” he said on a phone",
    ],
)
def test_what_is_no_headline_gives_way(poor: str) -> None:
    """The name of the site, a date, two words, a question with its answer, a quotation."""
    plain = "Sundle Line crews walk off ships"
    titles = (poor, poor, plain) if poor.startswith("Marrow") else (poor, plain)
    articles = [article(STRIKE, title=title, id=str(at)) for at, title in enumerate(titles)]
    assert plain == headline_of(articles)


def test_a_title_of_little_words_is_judged_in_time() -> None:
    """Each "at" may be read in two ways: tried one after another, fifty would take for ever."""
    assert "at " * 50 + "sea" == headline_of([article(STRIKE, title="at " * 50 + "sea")])


def test_a_title_that_runs_into_the_text_ends_with_its_line() -> None:
    """Where a feed made it of the first words of a text, headline and all."""
    title = "Crews of nine ferries walk off their ships in harbour"
    runs_on = article(f"{title}\n{STRIKE}", title=f"{title} Ferry crews")
    assert title == headline_of([runs_on])
