"""The stories of editions are found by their words, whatever the query."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from digest.cli.main import app
from digest.model import Edition, Section, SummarySentence
from digest.model.errors import StoreError, UsageError
from digest.model.records import Publication
from digest.store import Search, Store, open_store

from .conftest import ROOT
from .mail_setup import MORNING, MailSetup, edition, story
from .postgres import place, store_table
from .web_setup import Site, site

pytestmark = pytest.mark.usefixtures("engine")

DAY = date(2026, 3, 2)


def one_story(number: int | str, headline: str, *sentences: str, language: str = "en") -> Section:
    """A section with one story of such words."""
    summary = tuple(SummarySentence(text=text, article=f"a{number}-harbour") for text in sentences)
    made = story(number, headline=headline, summary=summary, language=language)
    return Section(title="World", stories=(made,))


def publish(store: Store, made: Edition) -> None:
    store.save_edition(Publication(edition=made, considered=(), terms=b""))
    store.mark_published(made.id, MORNING)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(place(tmp_path / "digest.db"))
    for age, section in enumerate(
        (
            one_story("new", "Ferry pilots strike again", "Talks at Grüße House ended at noon."),
            one_story("old", "Ferries stay in port", "The pilots' strike began at midnight."),
            one_story("ja", "港は嵐のあと再び開かれた", "船は沖で待っていた。", language="ja"),
            one_story("ar", "مَكتبة الميناء تفتح", "فتحت المكتبة", language="ar"),
        )
    ):
        publish(opened, edition(DAY - timedelta(days=age), section))
    yield opened
    opened.close()


def ids(store: Store, asked: str) -> list[str]:
    return [found.story for found in Search(store.engine).find(asked)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("strike", ["snew", "sold"]),
        ("FERR", ["snew", "sold"]),
        ("strike midnight", ["sold"]),
        ('"pilots strike"', ["snew", "sold"]),
        ('"pilots strike again"', ["snew"]),
        ("“ferries stay” port", ["sold"]),
        ("grusse", ["snew"]),
        ("GRÜSSE", ["snew"]),
        ("嵐のあと", ["sja"]),
        ("مكتبة", ["sar"]),
        ("harbour", ["snew", "sold", "sja", "sar"]),
        ("pilot OR midnight", []),
        ("nowhere", []),
        ("errie", []),
        ("", []),
        ('"*"', []),
    ],
)
def test_stories_are_found_by_their_words(store: Store, asked: str, expected: list[str]) -> None:
    """All words, as they begin, newest first; phrases word for word; case and accents aside."""
    assert expected == ids(store, asked)


HOSTILE = (
    '"', '""', "'", '"""pilots', "pilots*", "*", "^pilots", "NEAR(pilots strike)", "NOT",
    "pilots NOT", "words:pilots", "{words}", "-pilots", "(pilots", "pilots + strike", "\x00",
    "pilots\x00strike", "\ud800", "'; DROP TABLE story_search; --", "%s", ":query", "_", "__", "²",
    "a" * 10_000, "pilots " * 2_000, '"' * 9_999, "港" * 5_000, "\u0301" * 300, "👩‍🚒", "\u202e",
)  # fmt: skip


@pytest.mark.parametrize("asked", HOSTILE)
def test_no_question_fails(store: Store, asked: str) -> None:
    """Operators are words or nothing, quotation marks need no end, and length costs nothing."""
    ids(store, asked)
    assert ["snew", "sold"] == ids(store, "pilots")


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("store") / "digest.db")
    publish(opened, edition(DAY, one_story("x", "A heading", "A sentence.")))
    yield opened
    opened.close()


@given(st.text(max_size=60))
def test_whatever_is_asked_is_answered(some: Store, asked: str) -> None:
    """Any text is a question."""
    assert len(ids(some, asked)) <= 1


@given(st.from_regex(r"[a-zà-öø-ÿа-яα-ω]{2,12}( [a-z0-9]{2,9}){0,3}", fullmatch=True))
def test_what_was_told_is_found(some: Store, headline: str) -> None:
    """By the whole of its own headline, by each word of it, and as a phrase."""
    publish(some, edition(DAY, one_story("x", headline)))
    for asked in (headline, *headline.split(), f'"{headline}"', headline.upper()):
        assert ["sx"] == ids(some, asked), asked


def test_an_edition_is_found_as_it_was_built_last_and_once_published(store: Store) -> None:
    """A rebuild replaces its own rows; what is stored and not published yet has no page."""
    publish(store, edition(DAY, one_story("new", "Pilots and operator agree")))
    assert ["snew"] == ids(store, "operator agree")
    assert ["sold"] == ids(store, "strike")
    tomorrow = edition(DAY + timedelta(days=1), one_story("later", "A strike of bakers"))
    store.save_edition(Publication(edition=tomorrow, considered=(), terms=b""))
    assert [] == ids(store, "bakers")
    store.mark_published(tomorrow.id, MORNING)
    assert ["slater", "sold"] == ids(store, "strike")


def test_stories_of_a_day_stand_in_its_order(store: Store) -> None:
    """The newest day first, within it as the edition has them; the first so many."""
    sections = [one_story(number, f"Eclipse, part {number}") for number in range(5)]
    publish(store, edition(DAY, *sections))
    assert [f"s{number}" for number in range(5)] == ids(store, "eclipse")
    found = Search(store.engine).find("eclipse", limit=2)
    assert ["s0", "s1"] == [match.story for match in found]
    assert ("2026-03-02", "Eclipse, part 0", "en") == (
        found[0].edition,
        found[0].headline,
        found[0].language,
    )


def test_editions_of_before_are_found_as_well(tmp_path: Path) -> None:
    """A database without the index gets it filled when it is opened."""
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress((ROOT / "tests/golden/release-0.1.db.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE story_search")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
        connection.commit()
    again = open_store(path)
    assert ids(again, "Kestrel Dam")
    again.close()


def test_searching_writes_nothing(store: Store) -> None:
    """A question takes no writer's lock: it is answered while an edition is stored."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM editions WHERE id = 'none'")
        assert ["snew", "sold"] == ids(store, "strike")


# --- command and page -----------------------------------------------------------------------------


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    table = store_table(tmp_path / "digest.db")
    path.write_text(f'{table}[[feeds]]\nurl = "https://a.example/feed"\n', encoding="utf-8")
    return path


def test_the_command_prints_day_id_headline_and_place(config: Path) -> None:
    """Exit code 0 where something is found, 1 where nothing is; a quoted argument is a phrase."""
    found = CliRunner().invoke(app, ["search", "strike", "midnight", "-c", str(config)])
    page = config.parent / "output/2026-03-01/index.html#story-sold"
    assert (0, f"2026-03-01  sold  Ferries stay in port\n    {page}\n") == (
        found.exit_code,
        found.stdout,
    )
    config.write_text(f'[web]\nbase_url = "https://n.example/d"\n{config.read_text()}')
    found = CliRunner().invoke(app, ["search", "strike again", "-c", str(config)])
    assert "    https://n.example/d/2026-03-02/index.html#story-snew\n" in found.stdout
    none = CliRunner().invoke(app, ["search", "strike midnight", "-c", str(config)])
    assert (1, "", "Nothing found.\n") == (none.exit_code, none.stdout, none.stderr)


def test_a_damaged_index_is_told_in_one_line(config: Path, store: Store) -> None:
    """No traceback: what is wrong, and what helps."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE story_search")
    result = CliRunner().invoke(app, ["search", "x", "-c", str(config)])
    assert isinstance(result.exception, StoreError)
    assert "story_search" in str(result.exception)


def test_without_a_database_there_is_nothing_to_ask(tmp_path: Path) -> None:
    """One line says so; no database is made."""
    path = tmp_path / "feeds.toml"
    path.write_text('[[feeds]]\nurl = "https://a.example/feed"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["search", "x", "-c", str(path)])
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "digest.db").exists()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Site]:
    room = MailSetup(tmp_path)
    publish(room.store, edition(DAY, one_story("1", "Ferry <b>pilots</b> strike")))
    with site(room, tmp_path / "output") as served:
        yield served


def test_the_page_answers_a_plain_form(web: Site) -> None:
    """GET with ?q=: the question again, what was found with its day, as text and never markup."""
    empty = web.ask("GET", "/search")
    assert 200 == empty.status
    assert '<form method="get" action="search"' in empty.text
    found = web.ask("GET", "/search?q=%22ferry%22+pilot").text
    assert 'value="&#34;ferry&#34; pilot"' in found
    assert 'href="2026-03-02/index.html#story-s1"' in found
    assert "Ferry &lt;b&gt;pilots&lt;/b&gt; strike" in found
    assert "March 2, 2026" in found
    assert "1 story" in found
    assert "No results." in web.ask("GET", "/search?q=nowhere").text
    assert 405 == web.ask("POST", "/search?q=x").status


@pytest.mark.parametrize(
    "asked", [*map(quote, ('"', "a\0b", "x" * 10_000, "(", "<script>")), "%ff"]
)
def test_the_page_answers_whatever_is_asked(web: Site, asked: str) -> None:
    """Nothing found is an answer; nothing of a question is markup."""
    answer = web.ask("GET", f"/search?q={asked}")
    assert 200 == answer.status
    assert "<script" not in answer.text


def test_more_than_a_page_is_said(web: Site) -> None:
    """The newest hundred are named, and that there are more."""
    store = web.room.store
    for age in range(11):
        sections = [one_story(f"{age}-{number}", f"Eclipse {number}") for number in range(10)]
        publish(store, edition(DAY - timedelta(days=age), *sections))
    page = web.ask("GET", "/search?q=eclipse").text
    assert 100 == page.count("#story-s")
    assert "Showing the latest 100. Add a word to narrow it down." in page
