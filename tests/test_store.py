"""The store keeps what it is given, whole or not at all, and knows its own schema."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text, update
from sqlalchemy.exc import DatabaseError, StatementError

import digest.store.database as database_module
from digest.model import Counts, Edition, Feed, FeedState, Validators
from digest.model.errors import Overtaken, StoreError
from digest.model.records import Edit, NewArticle, PageRetry, PollResult, Publication
from digest.store import Store, WriterLock, open_store
from digest.store.schema import editions, metadata

from .factories import article
from .postgres import place

pytestmark = pytest.mark.usefixtures("engine")

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = Feed(url="https://a.example/feed", section="World")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(place(tmp_path / "digest.db"))


def new(article_id: str, **changes: Any) -> NewArticle:
    made = article(id=article_id, feed_url=FEED.url, outlet="A", section="World", **changes)
    return NewArticle(article=made, raw_id=f"raw-{article_id}", content_hash="0" * 32)


def poll(*articles: NewArticle, **changes: object) -> PollResult:
    state = FeedState(url=FEED.url, polled_at=NOW, validators=Validators(etag='"1"'))
    keys = tuple(
        (article.article.id.encode().ljust(16, b"\0"), article.article.id) for article in articles
    )
    made = PollResult(feed=FEED, outlet="A", state=state, new=articles, keys=keys)
    return replace(made, **changes)  # type: ignore[arg-type]


def edition(day: str) -> Edition:
    return Edition(
        id=day,
        title="T",
        language="en",
        timezone="UTC",
        since=NOW,
        until=NOW,
        counts=Counts(feeds=0, feeds_failed=0, articles=0, copies=0, stories=0),
        feeds=(),
        sections=(),
    )


def publication(day: str, *articles: str) -> Publication:
    return Publication(edition=edition(day), considered=articles, terms=day.encode())


def test_migrations_lead_to_the_schema_in_use(tmp_path: Path) -> None:
    """What the migration scripts make is what schema.py declares."""
    open_store(tmp_path / "digest.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'digest.db'}")
    with engine.connect() as connection:
        # The index of the search is SQLite's own, with tables of its own.
        opts = {"include_name": lambda name, *_: not str(name).startswith("story_search")}
        context = MigrationContext.configure(connection, opts=opts)
        assert [] == compare_metadata(context, metadata)
    engine.dispose()


def test_the_newest_migration_is_the_one_known_at_start() -> None:
    """HEAD names the last script, so that a database up to date is recognised without alembic."""
    folder = Path(database_module.__file__).parent / "migrations"
    assert [database_module.HEAD] == ScriptDirectory(str(folder)).get_heads()


@pytest.mark.sqlite
def test_the_database_is_durable(store: Store) -> None:
    """WAL with full synchronisation: what was committed survives the end of the process."""
    with store._engine.connect() as connection:
        assert "wal" == connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        assert 2 == connection.exec_driver_sql("PRAGMA synchronous").scalar()
        assert 1 == connection.exec_driver_sql("PRAGMA foreign_keys").scalar()


def test_an_error_names_nobody(store: Store) -> None:
    """It ends in a log, and what was to be written may be somebody's address."""
    with store.engine.begin() as connection, pytest.raises(DatabaseError) as caught:
        connection.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": "ann@mail.example"})
    assert "ann@" not in str(caught.value)


def test_a_poll_comes_back_as_it_went_in(store: Store) -> None:
    """State, validators byte for byte, articles and keys."""
    given = new("a1", title="Ünïcode — «title»", dated=False, author="B", labels=("One", "Two"))
    store.save_poll(poll(given))
    assert Validators(etag='"1"') == store.feed_states([FEED.url])[FEED.url].validators
    assert (given.article,) == store.articles_for("2026-03-02")
    known = store.known([b"a1".ljust(16, b"\0"), b"none".ljust(16, b"\0")])
    assert ["a1"] == [known_item.article for known_item in known.values()]
    assert None is next(iter(known.values())).published_at  # nobody stated one
    assert {"a1"} == store.taken(["a1", "a2"])


@pytest.mark.sqlite
def test_a_file_needs_nothing_of_postgresql(tmp_path: Path) -> None:
    """Neither its driver nor its dialect is imported, which take 50 ms and more."""
    open_store(tmp_path / "digest.db").close()  # alembic, needed for a new one, imports them
    code = (
        "import sys; from pathlib import Path; from digest.store import open_store, lock;"
        f"path = Path({str(tmp_path / 'digest.db')!r})\n"
        "with lock(path): open_store(path).close()\n"
        "print([name for name in sys.modules if 'postgres' in name or 'psycopg' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "[]\n" == done.stdout


def test_a_poll_is_one_transaction(store: Store) -> None:
    """When one article of a poll cannot be stored, nothing of the poll is."""
    store.save_poll(poll(new("a1")))
    later = FeedState(url=FEED.url, polled_at=NOW + timedelta(hours=1))
    with pytest.raises(Overtaken):
        store.save_poll(poll(new("a2"), new("a1"), state=later))
    assert NOW == store.feed_states([FEED.url])[FEED.url].polled_at
    assert ["a1"] == [article.id for article in store.articles_for("2026-03-02")]


def test_a_key_stays_with_its_first_article(store: Store) -> None:
    """A key that is used again for another article does not lose its memory of the first."""
    key = b"k" * 16
    store.save_poll(poll(new("a1"), new("a2"), keys=((key, "a1"), (key, "a2"))))
    store.save_poll(poll(keys=((key, "a2"),)))
    assert "a1" == store.known([key])[key].article


def test_more_keys_than_one_statement_takes(store: Store) -> None:
    """Thousands of keys are looked up in chunks."""
    articles = tuple(new(f"a{number}") for number in range(1200))
    store.save_poll(poll(*articles))
    keys = [f"a{number}".encode().ljust(16, b"\0") for number in range(5000)]
    assert 1200 == len(store.known(keys))


def test_an_edit_changes_an_article_until_an_edition_has_it(store: Store) -> None:
    """Title and feed text follow the feed; a page's text and a published article do not."""
    store.save_poll(poll(new("a1", text="page"), new("a2", text="feed", text_source="feed")))
    edits = tuple(
        Edit(article=item, title="New", text="newer", content_hash="1" * 32)
        for item in ("a1", "a2")
    )
    store.save_poll(poll(edits=edits))
    assert [("New", "page"), ("New", "newer")] == [
        (article.title, article.text) for article in store.articles_for("2026-03-02")
    ]
    store.save_edition(publication("2026-03-02", "a1", "a2"))
    store.save_poll(poll(edits=(replace(edits[0], title="Too late"),)))
    assert ["New", "New"] == [article.title for article in store.articles_for("2026-03-02")]


def test_an_article_belongs_to_one_edition(store: Store) -> None:
    """Taken in by one edition it is there for its rebuild, and new to no other."""
    store.save_poll(poll(new("a1")))
    store.save_edition(publication("2026-03-02", "a1"))
    store.save_poll(poll(new("a2")))
    assert ["a1", "a2"] == [article.id for article in store.articles_for("2026-03-02")]
    assert ["a2"] == [article.id for article in store.articles_for("2026-03-03")]


def test_editions_come_newest_first(store: Store) -> None:
    """Saved twice an edition is there once; the published one is known."""
    for day in ("2026-03-02", "2026-03-01", "2026-03-02"):
        store.save_edition(publication(day))
    assert ["2026-03-02", "2026-03-01"] == [edition.id for edition in store.editions()]
    assert ["2026-03-01"] == [
        edition.id for edition in store.editions(before="2026-03-02", limit=1)
    ]
    assert (b"2026-03-01",) == store.terms_before("2026-03-02", 5)
    assert None is store.last_published()
    store.mark_published("2026-03-01", NOW)
    assert ("2026-03-01", NOW) == store.last_published()


def test_editions_are_found_by_id(store: Store) -> None:
    """Ids newest first; those asked for, newest first, and only those that are there."""
    days = [f"2026-03-{day:02}" for day in range(1, 5)]
    for day in days:
        store.save_edition(publication(day))
    assert tuple(reversed(days)) == store.edition_ids()
    found = store.editions_of({"2026-03-01", "2026-03-03", "1999-01-01"})
    assert ["2026-03-03", "2026-03-01"] == [match.id for match in found]


def test_an_edition_of_before_is_read_without_what_was_added_since(store: Store) -> None:
    """New fields have defaults: years of stored editions stay readable."""
    store.save_edition(publication("2026-03-01"))
    with store._engine.begin() as connection:
        text = connection.exec_driver_sql("SELECT document FROM editions").scalar_one()
        document = json.loads(text)
        del document["rest"]
        connection.execute(update(editions).values(document=json.dumps(document)))
    (found,) = store.editions()
    assert () == found.rest


def test_signatures_are_kept(store: Store) -> None:
    """They are stored with the edition that made them."""
    store.save_poll(poll(new("a1")))
    store.save_edition(replace(publication("2026-03-02", "a1"), signatures=(("a1", b"sig"),)))
    assert {"a1": b"sig"} == store.signatures(["a1", "a2"])


def test_pending_pages_are_due_when_their_time_has_come(store: Store) -> None:
    """A page is tried again after its time, and not any more once it is set aside."""
    waiting = replace(new("a1"), page=PageRetry(tries=1, at=NOW))
    store.save_poll(poll(waiting, new("a2")))
    assert () == store.pending_pages(NOW - timedelta(seconds=1))
    assert [("a1", 1)] == [(page.article.id, page.tries) for page in store.pending_pages(NOW)]
    store.save_page(replace(waiting.article, text="better"), PageRetry(tries=3, at=None))
    assert () == store.pending_pages(NOW + timedelta(days=9))
    assert ["better"] == [
        article.text for article in store.articles_for("2026-03-02") if article.id == "a1"
    ]


def test_a_naive_time_is_refused(store: Store) -> None:
    """A time without a zone is a bug, never data."""
    state = FeedState(url=FEED.url, polled_at=datetime(2026, 3, 2))
    with pytest.raises(StatementError, match="naive datetime"):
        store.save_poll(poll(state=state))


def test_what_is_no_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A file that is not ours, a folder, and a schema from the future."""
    (tmp_path / "x.db").write_bytes(b"this is no database, it is a text of some length" * 100)
    with pytest.raises(StoreError, match="cannot be used as a database.*restore a backup"):
        open_store(tmp_path / "x.db")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path / "file" / "x.db")
    open_store(tmp_path / "y.db").close()
    with sqlite3.connect(tmp_path / "y.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer digest .schema 9999"):
        open_store(tmp_path / "y.db")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second holder gets the process id of the first; when that is done it may go on."""
    database = tmp_path / "digest.db"
    with (
        WriterLock(database),
        pytest.raises(StoreError, match="another digest .process \\d+. is at work"),
    ):
        WriterLock(database).__enter__()
    with WriterLock(database):
        pass
