"""A headline and a few sentences, word for word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Story, SummarizedStory
from digest.stories.summarize import summarize
from digest.text import sentences, words
from tests.factories import NOON, group

FERRY = """Ferry crews of the Sundle Line walked off fourteen ships at midnight on Friday.
The union wants winter pay to rise by six percent and says talks have failed.
Sundle Line offered three percent and called the walkout in Marrowmouth unlawful.
Some four hundred passengers spent the night in the terminal at Marrowmouth.
Freight with medicines will still be carried, the union told the harbour office.
A second round of talks begins on Monday in the town hall of Marrowmouth."""
OTHER = """Nine of the Sundle Line's ferries stayed in port on Saturday as crews struck for pay.
Farmers on the islands said that milk would have to be poured away by Sunday.
The government of the region offered to send a mediator to both sides at once."""


def summary_of(
    *texts: str,
    titles: tuple[str, ...] = (),
    length: int | None = None,
    known: tuple[str, ...] = (),
    **fields: Any,
) -> SummarizedStory:
    """The summary of a story with one report for each text, an hour apart."""
    reports = [
        group(
            text,
            title=titles[at] if titles else "Ferry crews strike over pay",
            **{"id": f"a{at}", "published_at": NOON + timedelta(hours=at)} | fields,
        )
        for at, text in enumerate(texts)
    ]
    story = Story(id="s1", medoid=reports[0], others=tuple(reports[1:]))
    return summarize(story, words=length, known=known)


def said(summarized: SummarizedStory) -> list[str]:
    return [sentence.text for sentence in summarized.summary.sentences]


def test_sentences_stand_in_the_article_that_is_cited() -> None:
    """Two reports give three sentences, from both, each word for word."""
    texts = {"a0": FERRY, "a1": OTHER}
    summary = summary_of(FERRY, OTHER).summary
    assert len(summary.sentences) == 3
    assert {sentence.article for sentence in summary.sentences} == {"a0", "a1"}
    assert all(
        sentence.text in sentences(texts[sentence.article]) for sentence in summary.sentences
    )


def test_one_report_gives_up_to_three_sentences() -> None:
    """A single article is summarized too; one of a single sentence gives that sentence."""
    assert len(said(summary_of(FERRY))) == 3
    assert said(summary_of(FERRY.splitlines()[0])) == [FERRY.splitlines()[0]]


def test_many_reports_give_four_sentences_of_four_articles() -> None:
    """Where there is choice, every sentence is from another report."""
    chosen = summary_of(*FERRY.splitlines()).summary.sentences
    assert len(chosen) == 4
    assert len({choice.article for choice in chosen}) == 4


def test_nothing_usable_gives_no_sentence() -> None:
    """A story without a complete sentence has a headline and an empty summary."""
    summarized = summary_of("Watch live. 12 13 14 15 16 17 18 19 20 21.", "")
    assert said(summarized) == []
    assert summarized.headline == "Ferry crews strike over pay"


def test_what_reports_agree_on_comes_before_what_one_adds() -> None:
    """The first sentence tells the event that all reports share."""
    odd = "Gulls were seen eating chips beside the old lighthouse on Thursday afternoon."
    assert said(summary_of(f"{odd}\n{FERRY}", OTHER, FERRY))[0] != odd


@pytest.mark.parametrize(
    "boilerplate",
    [
        "Two men stand on the quay in the rain and look at ships. (Image Credit: Harbour Post)",
        "Sign up for our newsletter to get the morning's news in your inbox every day.",
        "Subscribe now to read all of our reporting from the islands and the coast.",
        "All rights reserved, and no part of this page may be printed without consent.",
        "This article was first published by the Lakeside Courier on Friday at noon.",
        "Vera Holm is the Harbour Post's weekend editor covering ports, ferries and rivers.",
        "She lives in Marrowmouth on the old quay with her two cats and a canary.",
        "If you are affected, call the seamen's hotline at any hour of the day or night.",
        "Two men look at empty ships in Marrow Bay, Aldmark, Friday, July 12, 2024.",
        "In this July 10, 2024 file photo two men stand on the quay of Marrow Bay.",
        "Vera Holm speaks to the crews of the Sundle Line in Marrow Bay on July 12, 2024, before",
        "Crews of the Sundle Line at the gates of the harbour in the rain on July 12, 2024.",
        "An aerial view of the harbour of Marrow Bay with fourteen ships that stay in port.",
        "Bars show how many of the crews of the Sundle Line were on strike in every month.",
        "VIDEO Inside the terminal of Marrow Bay, four hundred passengers wait for a ship.",
        "Please check the address of the page for its spelling and try again later.",
        "Some information for this report was provided by the Capital Wire on Friday.",
        "Two men who look at ships in the rain The crews of the line walked off on Friday.",
        "The crews of the line walked off their ships at midnight and the passengers ...",
        "Will the crews of the Sundle Line ever sail again under their old contracts?",
        "Ships and crews and farmers and passengers and all the others in this headline",
        "walked off their ships on Friday night and did not come back until Monday.",
        "FERRY CREWS WALK OFF SHIPS AT MIDNIGHT AND PASSENGERS SLEEP IN THE TERMINAL.",
        'The captain said "we shall not sail and left the ship before midnight on Friday.',
        "Write to the harness at news@harbour-post.example about ferries, ports and rivers.",
        "Too short to say.",
        "FILE - Two men stand on the quay of Marrow Bay before the ships of the line.",
        "Two men look at empty ships in the harbour of Marrow Bay (AFP/Vera Holm).",
        "Marrow Bay, ALDMARK: A ferry lies at the quay in the rain, 04 January 2007.",
        "18 August, 1988, in a speech to the crews of the Sundle Line in Marrow Bay.",
        "Vera Holm wrote on her page for the harbour of Marrow Bay and its ships.",
        "A game where passengers can steer the ships with their hands.",
        "The crews walked off their ships at midnight on Friday and then went to the.",
        "* Vera Holm (first mate of the Marigold) - a wound to her left arm, not deep.",
        "The company\u00e2\u0080\u0099s ships lie empty in the harbour of Marrow Bay on Friday.",
        "Sundle Line Co. SNDL -0.34 % said that it would sell nine of its ships.",
        "Updated 10:15 a.m. on Friday with a statement of the Sundle Line on its ships.",
        "Captain Vera Holm, center, leads crews past the harbour master, Ann Lee, left, on Friday.",
        "A full list of all ships that stay in port can be read here.",
        "The Sundle Guide is the trusted source of sailing times for millions of travellers.",
        "Harbour talks End of the line The Aldmark minister said that the ships would sail.",
        "The line was defended by the members for the islands, Holm and Brandt (Ald.)",
        "Erfahren Sie, wie Sie trotz des Streiks von Marrow auf die Inseln kommen.",
        "Lesen Sie auch den Bericht über die Schiffe, die im Hafen von Marrow liegen.",
        "À lire aussi le récit de la nuit au port de Marrow, au milieu des passagers.",
        "Lea también el relato de la noche en el puerto de Marrow con los pasajeros.",
        "Archivbild der Fähre Marigold, die seit Freitag im Hafen von Marrow liegt.",
        "Les équipages de la ligne au port de Marrow, le 12 juillet (Crédits : Vera Holm).",
        "Anyone with information on the ferries is asked to contact police in Marrowmouth.",
        "Zeugen werden gebeten, sich unter der Telefonnummer neun im Hafen zu melden.",
        "How the strike is affecting nine harboursThe islands are not the only place.",
        "The strike has gone on for several years.A captain on the islands slept.",
        "The Sundle Line did not respond to our request for comment by Friday evening.",
        "The Harbour Post has reached out to the owner of nine ferries for comment.",
    ],
)
def test_boilerplate_is_never_said(boilerplate: str) -> None:
    """What belongs to the page, or is no complete statement, is not chosen even if first."""
    assert boilerplate not in said(summary_of(boilerplate))
    assert not any(
        sentence in boilerplate for sentence in said(summary_of(f"{boilerplate}\n{FERRY}"))
    )


@pytest.mark.parametrize(
    "dateline",
    [
        "MARROW BAY (Capital Wire) - ",
        "MARROW BAY, Aldmark — ",
        "MARROW BAY—",
        "MARROW BAY >> ",
        "MARROW BAY, Aldmark  ",
        "MARROW, Aldmark ",
        "MARROW BAY U.S. NAVAL BASE, Aldmark ",
        "MAR-I-ROW, Aldmark ",
        "Marrow Bay, Aldmark (AP) — ",
        "(CNN) ",
        "Reporting from Marrow Bay — ",
        "July 12 ",
        "[Harbour Post=Vera Holm] ",
        "Marrow Bay.- ",
        "Marrow, 15 ene (EFE).- ",
        "Por Vera Holm Marrow, Ald., 15 Ene (Notimex).- ",
        "Marrow Bay, Jan 15 (IANS) ",
        "Crews walk off ships over pay MARROW BAY, Aldmark (AP) — ",
        "Crews walk off ships over pay MARROW - ",
    ],
)
def test_a_dateline_is_left_out(dateline: str) -> None:
    """Of the sentence behind it every word stays."""
    first, _, rest = FERRY.partition("\n")
    assert said(summary_of(f"{dateline}{first}\n{rest}"))[0] == first


@pytest.mark.parametrize("dateline", ["Marrow am Sund – ", "Marrow - ", "Marrow, 15.1.2026 – "])
def test_a_german_dateline_ends_before_an_article(dateline: str) -> None:
    """In small letters a place looks like any words; what follows tells."""
    text = "Die Fähren der Sundle Line liegen seit Freitag mit vierzehn Kapitänen im Hafen."
    titles = ("Fähren liegen im Hafen",)
    assert [text] == said(summary_of(f"{dateline}{text}", titles=titles, language="de"))


@pytest.mark.parametrize(
    "start",
    [
        "The Harbour Safety Board (HSB)",
        "U.S. sailors",
        "A NATO-led crew",
        "Senator Holm (R-Ald.)",
        # A long name in capitals, which backtracking would split in every possible way.
        "Crews of the island fleet (ALDMARK COASTAL AND HARBOUR FERRY ADMINISTRATION)",
        "Crews of the islands and of NATO - nine in all -",
    ],
)
def test_what_is_no_dateline_stays(start: str) -> None:
    """Names in capitals and remarks in brackets belong to their sentence."""
    text = f"{start} walked off fourteen ships of the Sundle Line at midnight."
    assert said(summary_of(text, titles=("Fourteen Sundle ships lie idle",))) == [text]


def test_a_picture_is_not_described() -> None:
    """A line by itself before a caption is the picture's text for the blind."""
    picture = "Two men in yellow coats stand on the quay and look at empty ships."
    text = f"{picture}\n(Image credit: Harbour Post)\n{FERRY}"
    assert picture not in said(summary_of(text))
    assert picture in said(summary_of(f"{picture}\n{OTHER}"))


def test_an_article_in_one_paragraph_is_read_by_sentences() -> None:
    """Boilerplate in a text without paragraphs costs only its own sentence."""
    text = FERRY.replace("\n", " ") + " Subscribe now to read more of our reports every morning."
    assert len(said(summary_of(text))) == 3


def test_a_sentence_that_needs_another_is_avoided() -> None:
    """What begins with a pronoun is not said; of an update, rather than nothing."""
    dangling = "She added that the crews of the Sundle Line had walked off fourteen ships."
    assert dangling not in said(summary_of(f"{dangling}\n{FERRY}"))
    assert said(summary_of(dangling)) == []
    assert said(summary_of(dangling, known=("Snow fell on the hills.",))) == [dangling]


@pytest.mark.parametrize(
    "dangling",
    [
        "The move comes a day after the crews of the Sundle Line walked off fourteen ships.",
        "But that was before the crews of the Sundle Line walked off fourteen ships.",
        "Among his friends were crews of the Sundle Line who walked off fourteen ships.",
        "While waiting in the terminal, she saw crews of the Sundle Line walk off ships.",
        "The ships of the line were all empty on Saturday, he said in a statement.",
        "A hard day: Crews of the Sundle Line walked off fourteen ships at midnight.",
        "Er sah, wie die Mannschaften der Sundle Line vierzehn Schiffe verließen.",
        "Il a vu les équipages de la Sundle Line quitter quatorze navires à minuit.",
        "Según él, las tripulaciones de la Sundle Line dejaron catorce barcos.",
        "Wir sahen, wie die Mannschaften der Sundle Line vierzehn Schiffe verließen.",
    ],
)
def test_what_tells_of_nobody_that_was_named_is_avoided(dangling: str) -> None:
    """Openings, attributions and labels that need what came before, in four languages."""
    assert dangling not in said(summary_of(f"{dangling}\n{FERRY}"))
    assert said(summary_of(dangling, length=20)) == [dangling]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A shock with a magnitude of 4. 6 woke the people of Marrow Bay on Friday night.", "en"),
        (
            "Die Fähre gewann am Freitag das Rennen in der 2. Bundesliga der Schiffe vor Marrow.",
            "de",
        ),
    ],
)
def test_a_number_with_a_stop_is_no_end(text: str, language: str) -> None:
    """What is cut in two at a number is not said at all."""
    assert said(summary_of(text, language=language)) == []


def test_repetition_is_avoided() -> None:
    """Two reports that say the same thing are not both quoted for it."""
    first = FERRY.splitlines()[0]
    again = "Ferry crews of the Sundle Line walked off fourteen ships on Friday at midnight."
    chosen = said(summary_of(FERRY, f"{again}\n{OTHER}"))
    assert not {first, again} <= set(chosen)


def test_sentences_without_spaces_are_measured_by_characters() -> None:
    """A Chinese statement of sixty characters is no longer than a reader bears."""
    parts = (
        "渡轮公司的船员因为冬季工资谈判失败",
        "而在星期五午夜集体离开了十四艘船只",
        "乘客们在码头的候船室里等候。",
    )
    text = "，".join(parts)
    assert len(text) > 45
    assert said(summary_of(text, titles=("十四艘渡轮的船员罢工",), language="zh")) == [text]


def test_outlets_that_said_nothing_yet_are_heard_first() -> None:
    """A second report of an outlet gives way to others that add as much."""
    fields = [{"outlet": "Post"}, {"outlet": "Post"}, {"outlet": "Courier"}, {"outlet": "Herald"}]
    reports = [
        group(text, id=f"a{at}", **each)
        for at, (text, each) in enumerate(zip(FERRY.splitlines(), fields, strict=False))
    ]
    chosen = summarize(Story(id="s1", medoid=reports[0], others=tuple(reports[1:]))).summary
    assert len({sentence.article for sentence in chosen.sentences} & {"a0", "a1"}) == 1


def test_the_opening_comes_first() -> None:
    """The sentence that opens a report and is near to all leads; the others follow in order."""
    opening, *rest = FERRY.splitlines()
    assert said(summary_of("\n".join([opening, *rest])))[0] == opening


# --- lengths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [30, 45, 60, 75, 90])
def test_a_summary_has_the_length_that_was_asked_for(length: int) -> None:
    """As near as whole sentences come, and never more than a tenth above."""
    summarized = said(summary_of(FERRY, OTHER, length=length))
    assert 0.6 * length <= sum(len(words(text)) for text in summarized) <= 1.1 * length


def test_a_summary_has_at_least_one_sentence() -> None:
    """However few words were asked for."""
    assert len(said(summary_of(FERRY, OTHER, length=3))) == 1


def test_a_summary_ends_with_the_texts() -> None:
    """However many words were asked for."""
    assert set(said(summary_of(FERRY, length=5000))) == set(FERRY.splitlines())


# --- updates ----------------------------------------------------------------------------------


def test_what_is_known_is_not_said_again() -> None:
    """An update quotes only sentences that the earlier texts do not hold."""
    news = "A mediator of the government met both sides in the town hall on Saturday evening."
    summarized = summary_of(f"{FERRY}\n{news}", known=(FERRY,))
    assert said(summarized) == [news]


def test_what_is_known_in_other_words_is_not_said_again() -> None:
    """Nor what nearly says the same."""
    known = "Ferry crews of the Sundle Line walked off fourteen ships on Friday at midnight."
    assert FERRY.splitlines()[0] not in said(summary_of(FERRY, length=500, known=(known,)))


def test_a_new_number_is_new() -> None:
    """A count that rose is news, whatever words it comes in."""
    news = FERRY.splitlines()[0].replace("fourteen", "16")
    assert said(summary_of(f"{news}\n{FERRY}", known=(FERRY.replace("fourteen", "14"),))) == [news]


def test_where_all_is_known_nothing_is_said() -> None:
    """The headline is kept."""
    summarized = summary_of(FERRY, known=(FERRY, OTHER))
    assert said(summarized) == []
    assert summarized.headline == "Ferry crews strike over pay"


# --- headlines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ferry crews strike over pay", "Ferry crews strike over pay"),
        ("Ferry crews strike | The Harbour Post", "Ferry crews strike"),
        ("Ferry crews strike over pay - Harbour Post", "Ferry crews strike over pay"),
        ("Harbour Post: ferry crews strike", "Harbour Post: ferry crews strike"),
        ("The Harbour Post | Ferry crews strike", "Ferry crews strike"),
        ("Ferry crews strike at sea | Harbour News", "Ferry crews strike at sea"),
        ("Ferry crews strike - and stay ashore", "Ferry crews strike - and stay ashore"),
        ("  Ferry  crews\nstrike over pay ", "Ferry crews strike over pay"),
    ],
)
def test_headline_is_the_title_without_its_outlet(title: str, expected: str) -> None:
    """The medoid's title is kept, in one line, without the name of the site."""
    assert summary_of(FERRY, titles=(title,)).headline == expected


@pytest.mark.parametrize(
    "poor",
    [
        "",
        "Strike",
        "Ferry crews of the Sundle ...",
        "FERRY CREWS ON STRIKE",
        "Physical Address of ours",
    ],
)
def test_a_poor_title_gives_way(poor: str) -> None:
    """Where the medoid's title says little, the one that names the story best is taken."""
    good = "Sundle Line crews strike in Marrowmouth"
    assert summary_of(FERRY, OTHER, titles=(poor, good)).headline == good


def test_a_title_that_names_nobody_gives_way() -> None:
    """A clever title loses to one that says who and where."""
    titles = ("Nobody wants to sail tonight", "Sundle Line crews strike in Marrowmouth")
    assert summary_of(FERRY, FERRY, titles=titles).headline == titles[1]


def test_without_titles_the_first_sentence_or_the_outlet_stands() -> None:
    """There is always a headline."""
    summarized = summary_of(FERRY, titles=("",))
    assert f"{summarized.headline}." == said(summarized)[0]
    assert summary_of("", titles=("",)).headline == "The Harbour Post"


@settings(deadline=None)
@given(st.lists(st.text() | st.just(FERRY), min_size=1, max_size=4), st.text())
def test_hostile_texts_are_only_texts(texts: list[str], title: str) -> None:
    """Any characters give a summary whose sentences occur in their articles."""
    summarized = summary_of(*texts, titles=tuple(title for _ in texts))
    for sentence in summarized.summary.sentences:
        assert sentence.text in texts[int(sentence.article[1:])]
        assert len(words(sentence.text)) >= 8
    assert summary_of(*texts, titles=tuple(title for _ in texts)) == summarized


def test_the_seeds_are_told_without_boilerplate(seeds: Path) -> None:
    """The five outlets' summary names who met whom, and says nothing that belongs to a page."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(seeds.glob("*.txt"))]
    parts = [text.partition("\n\n") for text in texts]
    summarized = summary_of(*(body for _, _, body in parts), titles=tuple(t for t, _, _ in parts))
    chosen = said(summarized)
    assert len(chosen) == 4
    assert "Kardashian" in chosen[0]
    assert "Blanchard" in chosen[0]
    for word in ("Credit", "Leave a Comment", "Hotline", "editor", "Address", "Source", "Next."):
        assert not any(word in sentence for sentence in chosen)
