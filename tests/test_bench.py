"""What our figures are compared with: fair to the methods, the same in every run."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from bench import baselines
from bench.judgement import BEGIN, END, table
from bench.reading import Reading
from bench.volume import articles

from digest.model import Article

from .conftest import ROOT
from .factories import article

STRIKE = (
    "Ferry crews will stop work for two days from Friday after talks about rosters broke down,"
    " and the company said that thousands of passengers would have to find another way across."
)
QUAKE = (
    "An earthquake shook the mountain province before dawn and brought down houses of stone along"
    " the valley, where the governor's office counted three dead by the end of the morning."
)
OTHERS = [article(" ".join(f"{at}th{word}" for word in "abcdefghij")) for at in range(9)]
EVENTS = ["strike", "quake", "strike", "quake", *(other.id for other in OTHERS)]
READ = [
    article(STRIKE, title="Ferry crews to strike for two days", id="1"),
    article(QUAKE, title="Earthquake brings down houses in mountain valley", id="2"),
    article(STRIKE + " Buses run.", title="Two days of strike: ferry crews walk out", id="3"),
    article("Before dawn: " + QUAKE, title="Houses down after earthquake in the valley", id="4"),
    *OTHERS,
]


@pytest.mark.parametrize(
    "method",
    [
        baselines.by_overlap,
        lambda read: baselines.connected(read, baselines.simhash_links),
        lambda read: baselines.connected(read, baselines.minhash_links),
    ],
)
def test_each_method_finds_what_it_is_made_for(method: object) -> None:
    """Two texts of each event, nearly the same in title and text."""
    assert callable(method)
    assert 1 == baselines.score(method(READ), EVENTS)


def test_jaccard_asks_more_of_titles_than_overlap() -> None:
    """Half of the words of both are not enough, six tenths of the shorter are."""
    titles = ("Crews strike over rosters", "Crews strike over pay and hours")
    read = [article(title=title) for title in titles]
    assert [1, 2] == [len(set(by(read))) for by in (baselines.by_overlap, baselines.by_jaccard)]


def test_a_first_line_stands_in_for_a_title_and_a_title_for_a_text() -> None:
    """So that every method has something to go by in every set."""
    lines = [article(f"Crews strike over rosters\n{text}") for text in (STRIKE, QUAKE)]
    assert 1 == len(set(baselines.by_jaccard(lines)))
    titles = [article(title=STRIKE, id=id_) for id_ in "12"]
    assert 1 == len(set(baselines.connected(titles, baselines.minhash_links)))


def test_texts_without_words_are_no_copies_of_one_another() -> None:
    """Whatever the sketch of nothing is."""
    for links in (baselines.simhash_links, baselines.minhash_links):
        assert [] == links(["", "...", " "])


def test_the_oracle_is_told_the_events() -> None:
    """It takes the threshold that is best for them, the single pass the one it is given."""
    cosines, ordered = baselines.plain_cosines(READ)
    event_of = {each.id: event for each, event in zip(READ, EVENTS, strict=True)}
    events = [event_of[item.id] for item in ordered]
    assert 1 == baselines.oracle(cosines, events)
    assert 1 == baselines.score(baselines.single_pass(cosines, 0.2), events)
    assert len(READ) == len(set(baselines.single_pass(cosines, 1.1)))


def test_a_table_is_markdown() -> None:
    """Names to the left, figures to the right."""
    lines = ["| F1 | a | b |", "|---|---:|---:|", "| ours | 0.9 | 0.8 |"]
    assert lines == list(table(["F1", "a", "b"], [("ours", ["0.9", "0.8"])]))


def test_the_document_holds_a_table_with_its_day_and_commit() -> None:
    """Between the marks where `make judgement` puts the next one."""
    text = (ROOT / "docs" / "judgement.md").read_text(encoding="utf-8")
    measured = text.partition(BEGIN)[2].partition(END)[0]
    assert re.match(r"Measured on \d{4}-\d\d-\d\d at commit [0-9a-z-]+ by", measured)
    # Stories, streams, languages, copies, summaries.
    assert 5 == len(re.findall(r"^\| \*\*ours\*\* \|", measured, flags=re.MULTILINE))


def test_invented_articles_are_as_many_as_asked_for_and_the_same_each_time() -> None:
    """With ids of their own, a few of them copies."""
    made, again = list(articles(300)), list(articles(300))
    assert made == again
    assert 300 == len({item["id"] for item in made})
    assert 240 < len({value["text"] for value in made}) < 300
    assert made[:10] == list(islice(articles(10), 10))


def test_methods_do_not_depend_on_chance() -> None:
    """Ties go to the first article."""
    same: list[Article] = [
        article(title="Crews strike over rosters", id=str(at)) for at in range(9)
    ]
    assert baselines.by_overlap(same) == baselines.by_overlap(same)
    assert 1 == len(set(baselines.by_overlap(same)))


def test_faults_of_summaries_are_counted() -> None:
    """Two sentences that tell the same, and a first one that tells of something else."""
    strike = "Ferry crews of the Sundle Line walked off fourteen ships on Friday."
    again = "Fourteen ships of the Sundle Line lost their ferry crews on Friday night."
    gulls = "Gulls were seen eating chips beside the old lighthouse."
    headline = "Sundle Line crews walk off 14 ships"

    def read(*sentences: str) -> Reading:
        return Reading(headline=headline, language="en", sentences=sentences, follows=False)

    assert (False, True) == (read(strike, gulls).repeats, read(strike, gulls).tells)
    assert (True, True) == (read(strike, again).repeats, read(strike, again).tells)
    assert (False, False) == (read(gulls, strike).repeats, read(gulls, strike).tells)
