"""Lines of JSON: what is read of them, and what is said of those that cannot be."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Article
from digest.tools.jsonl import LONGEST_LINE, articles, labels, line

ENGLISH = "The harbour master closed the old bridge to lorries for the rest of the winter. " * 3
FRENCH = "Le maire a fermé le vieux pont aux camions pour le reste de l'hiver, dit la ville. " * 3


def lines(*rows: dict[str, Any] | bytes) -> io.BytesIO:
    return io.BytesIO(b"".join(row if isinstance(row, bytes) else line(row) for row in rows))


def read(*rows: dict[str, Any] | bytes) -> list[Article]:
    """The articles of a file without a bad line."""
    found, problems = articles(lines(*rows))
    assert () == problems
    return [row.article for row in found]


def what(row: dict[str, Any] | bytes, label: str | None = None) -> str:
    """What is said of the one bad line of a file, the second."""
    good = {"id": "good", "title": "Bridge closed", "event": "e"}
    found, (problem,) = articles(lines(good, row, good | {"id": "also good"}), label)
    assert ["good", "also good"] == [match.article.id for match in found]
    assert 2 == problem.line
    return problem.what


def test_all_fields_of_a_line_are_read() -> None:
    """Times come in UTC, languages as primary subtags; what is unknown is passed over."""
    row = {
        "id": "a1",
        "title": "Bridge closed",
        "text": "To lorries.",
        "url": "https://harbour.example/bridge",
        "source": "The Harbour Post",
        "published": "2024-07-10T14:00:00+02:00",
        "language": "en_GB",
        "mood": ["unknown"],
    }
    (article,) = read(row)
    when = datetime(2024, 7, 10, 12, tzinfo=UTC)
    assert ("a1", "Bridge closed", "To lorries.") == (article.id, article.title, article.text)
    assert ("https://harbour.example/bridge", "The Harbour Post") == (article.url, article.outlet)
    assert (when, True, "en") == (article.published_at, article.dated, article.language)


@pytest.mark.parametrize("nothing", [{}, {"published": None}, {"published": " "}])
def test_what_has_no_time_is_undated_and_no_earlier_than_what_has(nothing: dict[str, Any]) -> None:
    """A dated text stays the first of its copies."""
    undated, dated = read(
        {"id": "1", "text": "x"} | nothing, {"id": "2", "text": "x", "published": "2030-01-01"}
    )
    assert (False, True) == (undated.dated, dated.dated)
    assert dated.published_at < undated.published_at


def test_a_date_alone_is_midnight_in_utc() -> None:
    """So is a time without a zone taken to be in UTC."""
    day, time = read(
        {"id": "1", "text": "x", "published": "2024-07-10"},
        {"id": "2", "text": "x", "published": "2024-07-10 06:30"},
    )
    assert datetime(2024, 7, 10, tzinfo=UTC) == day.published_at
    assert datetime(2024, 7, 10, 6, 30, tzinfo=UTC) == time.published_at


def test_the_host_stands_for_an_outlet_that_is_not_named() -> None:
    """Where there is one to be read."""
    hosts = [
        article.outlet
        for article in read(
            {"id": "1", "text": "x", "url": "https://harbour.example/a"},
            {"id": "2", "text": "x", "url": "https://[broken/"},
            {"id": "3", "text": "x"},
        )
    ]
    assert ["harbour.example", "", ""] == hosts


def test_blank_lines_a_mark_and_other_line_ends_are_no_mistakes() -> None:
    """As editors and spreadsheets leave them."""
    found = read(b'\xef\xbb\xbf{"id": "1", "title": "a"}\r\n', b"\r\n", b'{"id": "2", "text": "b"}')
    assert ["1", "2"] == [article.id for article in found]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"{'id': 1}\n", "not valid JSON: Expecting property name enclosed in double quotes"),
        (b'{"id": "x", "title": "a"} {"id": "y"}\n', "not valid JSON: Extra data at character 27"),
        (b'{"id": "x", "title": "cut of\n', "not valid JSON: Invalid control character"),
        (b'{"id": "x", "title": "a", "score": NaN}\n', "not valid JSON: NaN is not a number"),
        (b'{"id": "x", "title": "a", "score": -Infinity}\n', "not valid JSON: -Infinity"),
        (b'{"id": "x", "title": "caf\xe9"}\n', "byte 26 is not UTF-8"),
        (b"[" * 100_000 + b"\n", "not valid JSON: nested too deeply"),
        (b'{"n": 1' + b"0" * 5000 + b"}\n", "Exceeds the limit"),
        (b"null\n", "null instead of an object"),
        (b'["id"]\n', "a list instead of an object"),
        ({"title": "a"}, "no id"),
        ({"id": "", "title": "a"}, "no id"),
        ({"id": 7, "title": "a"}, "id: a number instead of a string"),
        ({"id": True, "title": "a"}, "id: true or false instead of a string"),
        ({"id": "x"}, "neither title nor text"),
        ({"id": "x", "title": None, "text": None}, "neither title nor text"),
        ({"id": "x", "text": ["a"]}, "text: a list instead of a string"),
        ({"id": "x", "title": {"en": "a"}}, "title: an object instead of a string"),
        ({"id": "x", "title": "a", "url": 1.5}, "url: a number instead of a string"),
        ({"id": "x", "title": "a", "published": 17}, "published: a number instead of a string"),
        (
            {"id": "x", "title": "a", "published": "last week"},
            "published: 'last week' is not an ISO 8601 time",
        ),
        (
            {"id": "x", "title": "a", "published": "9999-12-31T23:59:59-12:00"},
            "published: '9999-12-31T23:59:59-12:00' is not an ISO 8601 time",
        ),
        ({"id": "good", "title": "again"}, "id 'good' is already used in line 1"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(row: dict[str, Any] | bytes, said: str) -> None:
    """With one reason, in words of the one who wrote the file."""
    assert what(row).startswith(said)


def test_a_label_that_is_asked_for_must_be_there() -> None:
    """In a file to be measured, an article without an event says nothing."""
    assert "no event" == what({"id": "x", "title": "a"}, "event")
    assert "event: a number instead of a string" == what(
        {"id": "x", "text": "", "event": 4}, "event"
    )
    (row,), _ = articles(lines({"id": "x", "title": "a", "event": "flood"}), "event")
    assert "flood" == row.label


def test_a_line_of_any_length_takes_little_memory_and_only_its_own_place() -> None:
    """A giant is named; the longest line that is allowed is read."""
    longest = b'{"id": "x", "text": "' + b"a" * (LONGEST_LINE - 24) + b'"}\n'
    assert LONGEST_LINE == len(longest)
    (article,) = read(longest)
    assert LONGEST_LINE - 24 == len(article.text)
    giant = b'{"id": "x", "text": "' + b"a" * (3 * LONGEST_LINE) + b'"}\n'
    assert "longer than 8 MiB" == what(giant)


def test_a_damaged_file_gives_what_could_be_read() -> None:
    """A download that was cut off names the line from which nothing more is known."""
    rows = [{"id": f"{at}", "text": f"{at * 7919} lorries"} for at in range(2000)]
    packed = gzip.compress(b"".join(map(line, rows)))
    cut = gzip.GzipFile(fileobj=io.BytesIO(packed[: len(packed) // 2]))
    found, (problem,) = articles(cut)  # type: ignore[arg-type]
    assert 0 < len(found) < 2000
    assert len(found) < problem.line
    assert problem.what.startswith("cannot be read from here on: ")


def test_labels_need_no_text() -> None:
    """A result is read by ids alone; its bad lines are named as well."""
    given = lines({"id": "1", "story": "s"}, {"id": "2"}, {"id": "1", "story": "t"})
    found, problems = labels(given, "story")
    assert {"1": "s"} == found
    said = [(problem.line, problem.what) for problem in problems]
    assert [(2, "no story"), (3, "id '1' is already used in line 1")] == said


# --- languages --------------------------------------------------------------------------------


def test_a_language_is_taken_as_stated_or_found_in_the_text() -> None:
    """A stated language other than English is believed, whatever the text."""
    stated, english, french = read(
        {"id": "1", "text": ENGLISH, "language": "de"},
        {"id": "2", "text": ENGLISH},
        {"id": "3", "text": FRENCH},
    )
    assert ["de", "en", "fr"] == [item.language for item in (stated, english, french)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        ("Harbour closed", "en"),
        ("Watu kumi wamefariki dunia katika ajali ya basi iliyotokea Mbeya nchini Tanzania siku ya"
         " Alhamisi asubuhi, polisi wamesema", "sw"),
        ("O presidente da câmara mandou fechar a ponte velha aos camiões durante o resto do"
         " inverno, disse a cidade", "pt"),
    ],
    ids=["English", "too short to tell", "Swahili", "Portuguese"],
)  # fmt: skip
def test_english_is_believed_of_english_texts_only(text: str, language: str) -> None:
    """Many programs state it of any text, and a teaser of fifteen words is enough to see that."""
    (found,) = read({"id": "a", "text": text, "language": "en"})
    assert language == found.language


def test_a_short_text_is_in_the_main_language_of_its_file() -> None:
    """A guess from a few words is not to be trusted; und would match nothing but und."""
    long = [{"id": f"{at}", "text": ENGLISH} for at in range(20)]
    found = read(*long, {"id": "a", "title": "Bridge shut"}, {"id": "b", "title": FRENCH[:80]})
    assert {"en"} == {match.language for match in found}


def test_a_short_text_may_be_in_a_language_that_much_of_the_file_is_in() -> None:
    """Headlines of two countries stay apart."""
    long = [{"id": f"{at}", "text": (ENGLISH, FRENCH)[at % 2]} for at in range(20)]
    *_, last = read(*long, {"id": "b", "title": FRENCH[:80]})
    assert "fr" == last.language


def test_where_no_language_is_found_none_is_made_up() -> None:
    """A file of numbers."""
    (article,) = read({"id": "a", "title": "1 2 3"})
    assert "und" == article.language


# --- properties -------------------------------------------------------------------------------


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())))
def test_any_line_written_is_read_again(row: dict[str, object]) -> None:
    """As one line of UTF-8, whatever it holds; lone surrogates too."""
    assert row == json.loads(line(row).decode("utf-8"))
    assert [b"\n"] == [
        line(row)[at : at + 1] for at in range(len(line(row))) if line(row)[at] == 10
    ]


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    """It has no bytes of its own in UTF-8."""
    assert b'{"id": "caf\xc3\xa9 \\ud800"}\n' == line({"id": "café \ud800"})


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_end_the_reading(parts: list[bytes]) -> None:
    """Every line that is not blank is an article or a problem."""
    given_lines = [part for part in b"\n".join(parts).split(b"\n") if part.strip()]
    found, problems = articles(io.BytesIO(b"\n".join(parts)))
    assert len(given_lines) == len(found) + len(problems)
