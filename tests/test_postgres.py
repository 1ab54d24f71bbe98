"""PostgreSQL in place of a file: the same editions and answers, and several at one database."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from typer.testing import CliRunner

from digest.cli.main import app
from digest.config import Settings, load
from digest.edition.schedule import edition_id
from digest.feeds.identity import keys_of, url_key
from digest.fetch import Allowance
from digest.flows import CollectReport
from digest.flows.fetched import FetchedEntry, KeyedEntry
from digest.flows.intake import poll_result, take_in
from digest.model import Entry, Feed, FeedState, FullText, Validators
from digest.model.errors import ConfigError, StoreError, UsageError
from digest.model.records import PollResult
from digest.services.application import application
from digest.store import FeedStore, Search, Store, database_exists, lock, open_existing, open_store
from digest.store.copy import copy_store
from digest.store.postgres import RoleLock
from digest.store.schema import articles, feeds, metadata, robots
from digest.store.schema_mail import changes, outbox, subscribers
from digest.tools.newsroom import READINGS, Newsroom

from .admin_setup import pages_over, token_of
from .conftest import ROOT
from .fakes import NOON, FakeHttp, Silent, collector, item, rss
from .mail_setup import MailSetup, edition
from .postgres import Cluster
from .test_search import HOSTILE, publish

# Both engines are at hand in every test of this module.
pytestmark = pytest.mark.usefixtures("cluster")


@pytest.fixture
def url(cluster: Cluster, tmp_path: Path) -> str:
    """A database of our own with empty tables."""
    return cluster.database(str(tmp_path))


# --- the same -----------------------------------------------------------------------------------


class _Three:
    """Three editions of the newsroom, made over one database."""

    def __init__(self, folder: Path, newsroom: Newsroom, url: str | None) -> None:
        folder.mkdir()
        config = folder / "feeds.toml"
        table = f'[store]\nurl = "{url}"\n' if url else ""
        newsrooms = newsroom.config(output="output", database="digest.db")
        config.write_text(table + newsrooms, encoding="utf-8")
        self.output = folder / "output"
        self.place = load(config).place
        for now in READINGS:
            newsroom.now = now
            self._publish(load(config), now)

    def _publish(self, settings: Settings, now: datetime) -> None:
        with application(
            settings,
            clock=lambda: now,
            observer=Silent(),
            allowed=(Allowance.parse("127.2.0.0/16"),),
        ) as flows:
            asyncio.run(flows.collect(patient=False))
            flows.build(edition_id(now, settings.digest.zone))

    @property
    def files(self) -> Mapping[str, bytes]:
        found = (path for path in self.output.rglob("*") if path.is_file())
        return {str(path.relative_to(self.output)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def three(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[_Three, _Three]]:
    """Three editions in a file, and the same in a server's database."""
    folder = tmp_path_factory.mktemp("three")
    with Newsroom(ROOT / "examples/newsroom") as newsroom:
        url = cluster.database(str(folder))
        yield _Three(folder / "file", newsroom, None), _Three(folder / "server", newsroom, url)


def test_editions_are_equal_byte_by_byte(three: tuple[_Three, _Three]) -> None:
    """Every file of three days: pages, mail, feeds, data."""
    file, server = three
    assert len(file.files) > 50
    assert file.files == server.files


QUESTIONS = (
    "court", "harbour", "the", "storm", "ferry", "1,000", "3", "3.5", "2024", "a_b@c.org", "and",
    "london", "LONDON", "lond", "é", "naive", "naïve", "over the", '"over the"', '"the over"',
    "gov", "prime minister", '"prime minister"', "u.s.", "don't", "can't stop", "re-opened",
    "reopened", "half-time", "10", "10%", "July", "jul", "ministers court", "x", "of of of",
    "“said the", "new york", '"new york" fire', "covid-19",
)  # fmt: skip


def test_searches_are_answered_alike(three: tuple[_Three, _Three]) -> None:
    """Words, phrases, numbers, and what is no question at all."""
    assert 40 == len(QUESTIONS)
    file, server = three
    with open_existing(file.place) as left, open_existing(server.place) as right:
        one, other = Search(left.engine), Search(right.engine)
        answers = {asked: one.find(asked) for asked in (*QUESTIONS, *HOSTILE)}
        assert answers == {asked: other.find(asked) for asked in answers}
        words = {word for found in one.find("the") for word in found.headline.split()}
        assert {word: one.find(word) for word in words} == {
            word: other.find(word) for word in words
        }
    assert sum(bool(answers[asked]) for asked in QUESTIONS) > 15


def test_the_operators_pages_are_alike(three: tuple[_Three, _Three]) -> None:
    """Feeds with their entries a day, an edition, a feed, a story and why it is one."""
    shown = []
    for side in three:
        with pages_over(side.output.parent / "feeds.toml", READINGS[-1]) as pages:
            first = pages.get().text
            story = max(pages.stories().items(), key=lambda found: found[1])[0]
            feeds = re.findall(r'href="(/feed\?url=[^"]+)"', first)
            paths = (*feeds, "/editions/2024-07-12", f"/stories/{story}", "/deliveries")
            texts = [first, *(pages.get(path).text for path in paths)]
            pinned = pages.post(
                f"/stories/{story}", {"token": token_of(texts[-2]), "act": "pin"}
            ).text
            shown.append([re.sub(r'name="token" value="[^"]+"', "", text) for text in texts])
            assert "Pinned with 5 articles" in pinned
            pages.editor.unpin(story)
    assert shown[0] == shown[1]
    assert len(shown[0]) > 10


def _content(store: Store) -> dict[str, list[Any]]:
    with store.engine.begin() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in metadata.sorted_tables
        }


def test_a_copy_holds_everything_and_goes_on(
    three: tuple[_Three, _Three], cluster: Cluster, tmp_path: Path
) -> None:
    """From a file to a server and back: each row, the index of the search, and the numbering."""
    mail = MailSetup(tmp_path)
    mail.add("reader@mail.example")
    mail.store.close()
    with open_existing(three[0].place) as first:
        content = _content(first)
        copy_store(three[0].place, url := cluster.empty("copied_there"))
        with open_existing(url) as second:
            assert content == _content(second)
            asked = "minister"
            assert Search(first.engine).find(asked) == Search(second.engine).find(asked)
        counts = copy_store(url, tmp_path / "back.db")
    with open_existing(tmp_path / "back.db") as third:
        assert content == _content(third)
    assert counts == {name: len(rows) for name, rows in content.items()}
    copy_store(tmp_path / "digest.db", people := cluster.empty("people"))
    with open_existing(people) as store, store.engine.begin() as connection:
        last = max(connection.scalars(select(changes.c.id)))
        person = connection.scalars(select(subscribers.c.id)).one()
        row = {"subscriber_id": person, "at": NOON, "cause": "a test", "what": "one more"}
        connection.execute(insert(changes).values(row))
        assert last + 1 == max(connection.scalars(select(changes.c.id)))


def test_a_dump_is_a_backup(three: tuple[_Three, _Three], cluster: Cluster) -> None:
    """What docs/operations.md says: pg_dump, and pg_restore into an empty database."""
    source = str(three[1].place).partition("@/")[2].partition("?")[0]
    dump = cluster.folder / "digest.dump"
    cluster.tool("pg_dump", "-Fc", "-f", dump, source)
    url = cluster.empty("restored")
    cluster.tool("pg_restore", "-d", "restored", dump)
    with open_existing(three[1].place) as before, open_existing(url) as after:
        assert _content(before) == _content(after)
        assert Search(before.engine).find("ferry") == Search(after.engine).find("ferry") != ()


def test_a_copy_goes_into_an_empty_place_only(url: str, tmp_path: Path) -> None:
    """What is there stays; what is not there is not made up."""
    open_store(tmp_path / "digest.db").close()
    with pytest.raises(UsageError, match="holds a database already"):
        copy_store(tmp_path / "digest.db", url)
    with pytest.raises(UsageError, match="no database at"):
        copy_store(tmp_path / "none.db", tmp_path / "new.db")


def test_a_failed_copy_leaves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """The target is as empty as before, and the file's own NUL is no reason to fail."""
    with closing(open_store(tmp_path / "digest.db")) as store:
        row = {"origin": "https://a.example", "rules": "a\0b", "good_until": NOON}
        with store.engine.begin() as connection:
            connection.execute(insert(robots).values(row))
        copy_store(tmp_path / "digest.db", target := cluster.empty("with_nul"))
        with open_existing(target) as copied, copied.engine.begin() as connection:
            assert "ab" == connection.scalar(select(robots.c.rules))
        with store.engine.begin() as connection:  # a text that is no UTF-8
            connection.exec_driver_sql("UPDATE robots SET origin = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreError, match="the copy failed: Could not decode.*holds nothing yet"):
        copy_store(tmp_path / "digest.db", target := cluster.empty("failed"))
    with open_existing(target) as copied:
        assert all(not rows for rows in _content(copied).values())


def test_the_command_copies(cluster: Cluster, tmp_path: Path) -> None:
    """`digest store copy FROM TO` says how many rows went where."""
    mail = MailSetup(tmp_path)
    mail.add("reader@mail.example")
    mail.store.close()
    target = cluster.empty("by_command")
    done = CliRunner().invoke(app, ["store", "copy", str(tmp_path / "digest.db"), target])
    assert (0, "") == (done.exit_code, done.stderr), done.exception
    assert done.stdout.startswith(f"{target}: ")
    assert "subscribers: 1\n" in done.stdout


def test_the_command_takes_no_password(tmp_path: Path) -> None:
    """It would be in the list of processes, and in this message."""
    done = CliRunner().invoke(
        app, ["store", "copy", "postgresql://u:hush@h/d", str(tmp_path / "x")]
    )
    assert isinstance(done.exception, UsageError)
    assert "PGPASSWORD" in str(done.exception)
    assert "hush" not in str(done.exception)


def test_the_schema_is_the_one_in_use(url: str) -> None:
    """What is created on a server is what schema.py declares."""
    with closing(open_store(url)) as store, store.engine.connect() as connection:
        opts = {"include_name": lambda name, *_: "story_search" not in str(name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert [] == compare_metadata(context, metadata)


def test_text_is_ordered_by_its_bytes(url: str) -> None:
    """Whatever the order of the database is, which here is that of English."""
    names = ["B", "a", "Z", "ä", "É", "e", "-", "_", "京"]
    with closing(open_store(url)) as store, store.engine.begin() as connection:
        rows = [{"url": n, "outlet": n, "section": n, "failures": 0} for n in names]
        connection.execute(insert(feeds), rows)
        found = list(connection.scalars(select(feeds.c.url).order_by(feeds.c.outlet)))
        assert sorted(names, key=str.encode) == found
        query = text("SELECT x FROM unnest(CAST(:names AS text[])) AS x ORDER BY x")
        assert found != list(connection.scalars(query, {"names": names}))  # by the database


def test_numbers_go_beyond_32_bits(url: str, tmp_path: Path) -> None:
    """Ten million mails a day would end them in 214 days."""
    with closing(open_store(url)) as store:
        mail = MailSetup(tmp_path, store=store)
        mail.add("reader@mail.example")
        publish(store, edition(mail.now.date()))
        with store.engine.begin() as connection:
            connection.execute(text("ALTER SEQUENCE outbox_id_seq RESTART WITH 9000000000"))
        mail.outbox.freeze(mail.now.date().isoformat(), mail.now, mail.slot_of)
        with store.engine.begin() as connection:
            assert [9_000_000_000] == list(connection.scalars(select(outbox.c.id)))
        (waiting,) = mail.outbox.planned(mail.now, mail.slot_of)
        assert mail.outbox.step(None, waiting, mail.now)
        assert [9_000_000_000] == [delivery.id for delivery in mail.outbox.in_doubt()]


# --- several at one database --------------------------------------------------------------------

SISTERS = tuple(
    Feed(url=f"https://a.example/{name}", title="A", full_text=FullText.ALWAYS)
    for name in ("world", "economy")
)


def _shown(feed: Feed) -> tuple[KeyedEntry, ...]:
    """An entry that links to a page by an address of the feed's own."""
    entry = Entry(raw_id=f"{feed.url}#1", url=f"{feed.url}/1", title="Harbour closed")
    return ((entry, keys_of(feed.url, entry)),)


def _judged(store: Store, feed: Feed, judge: Callable[..., PollResult | None]) -> PollResult:
    shown = _shown(feed)
    (entry, keys) = shown[0]
    page = url_key("https://a.example/1")  # where the page was found
    poll = judge(
        store,
        feed,
        FeedState(url=feed.url, polled_at=NOON),
        shown,
        fetched={id(entry): FetchedEntry(entry=entry, keys=(*keys, page))},
        now=NOON,
    )
    assert poll is not None
    return poll


class _Overtaken:
    """A store that another process overtakes between judging and storing, once."""

    def __init__(self, store: Store, other: Callable[[], object]) -> None:
        self._store = store
        self._other: Callable[[], object] | None = other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save_poll(self, *polls: PollResult) -> tuple[PollResult, ...]:
        if self._other is not None:
            other, self._other = self._other, None
            other()
        return self._store.save_poll(*polls)


@pytest.mark.parametrize("on", ["file", "server"])
def test_an_article_that_two_processes_find_is_stored_once(
    on: str, url: str, tmp_path: Path
) -> None:
    """Who comes second judges again: the article is known, and its feed is stored as read."""
    place = url if on == "server" else tmp_path / "digest.db"
    with closing(open_store(place)) as one, closing(open_store(place)) as other:
        late: Any = _Overtaken(one, lambda: _judged(other, SISTERS[1], take_in))
        assert 0 == len(_judged(late, SISTERS[0], take_in).new)
        assert ["Harbour closed"] == [found.title for found in one.articles_for("2026-03-02")]
        states = one.feed_states([feed.url for feed in SISTERS])
        assert {NOON} == {state.polled_at for state in states.values()}


def test_control_without_the_check_it_is_stored_twice(url: str) -> None:
    """Both judged it to be new, and nobody looked again."""
    with closing(open_store(url)) as store:
        for poll in [_judged(store, feed, poll_result) for feed in SISTERS]:
            store.save_poll(replace(poll, fresh=frozenset()))
        assert 2 == len(store.articles_for("2026-03-02"))


@pytest.mark.parametrize("on", ["file", "server"])
def test_a_poll_that_another_overtook_is_left_out(on: str, url: str, tmp_path: Path) -> None:
    """Of a batch it alone; a worker that was stopped for minutes must not bring back the past."""
    place = url if on == "server" else tmp_path / "digest.db"
    began = {feed.url: FeedState(url=feed.url) for feed in SISTERS}

    def polled(feed: Feed, etag: str, minute: int) -> PollResult:
        at = NOON + timedelta(minutes=minute)
        state = FeedState(url=feed.url, polled_at=at, validators=Validators(etag=etag))
        return PollResult(feed=feed, outlet="A", state=state, began=began[feed.url])

    with closing(open_store(place)) as store:
        first = polled(SISTERS[0], "new", 5)
        assert (first,) == store.save_poll(first)
        late = [polled(feed, "old", 4) for feed in SISTERS]
        assert (late[1],) == store.save_poll(*late)
        assert () == store.save_poll(late[0])
        states = store.feed_states(list(began))
        assert ["new", "old"] == [states[feed.url].validators.etag for feed in SISTERS]
        assert 1 == len(FeedStore(store.engine).polls(SISTERS[0].url, 9))
        began = states
        again = polled(SISTERS[0], "newer", 6)
        assert (again,) == store.save_poll(again)


def test_control_without_what_was_read_the_late_one_wins(url: str) -> None:
    """Two polls of one feed, stored in the wrong order."""
    with closing(open_store(url)) as store:
        for minute in (5, 4):
            at = NOON + timedelta(minutes=minute)
            state = FeedState(url=SISTERS[0].url, polled_at=at)
            store.save_poll(PollResult(feed=SISTERS[0], outlet="A", state=state))
        states = store.feed_states([SISTERS[0].url])
        assert NOON + timedelta(minutes=4) == states[SISTERS[0].url].polled_at


def test_sister_feeds_from_two_processes_at_one_instant(url: str) -> None:
    """Twenty pairs that share half of their entries: each feed is read, each article there once."""
    pages: dict[str, Any] = {}
    halves: list[list[Feed]] = [[], []]
    for pair in range(20):
        for half, shown in enumerate((range(6), range(5, 2, -1))):
            feed = Feed(url=f"https://s{pair}.example/{half}", full_text=FullText.ALWAYS)
            halves[half].append(feed)
            pages[feed.url] = rss(
                *(item(n, link=f"https://s{pair}.example/a/{n}") for n in shown),
                title=f"S{pair} {half}",
            )
    start = threading.Barrier(2)
    reports: list[CollectReport] = []
    failed: list[BaseException] = []

    def work(half: list[Feed]) -> None:
        try:
            with closing(open_store(url)) as store:
                made = collector(Settings(feeds=tuple(half)), store, FakeHttp(pages), lambda: NOON)
                start.wait()
                reports.append(asyncio.run(made.collect(patient=False)))
        except BaseException as error:  # noqa: BLE001 -- shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(half,)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [] == failed
    assert 120 == sum(report.new_articles for report in reports)
    with closing(open_store(url)) as store, store.engine.begin() as connection:
        assert 120 == len(set(connection.scalars(select(articles.c.url))))
        assert 120 == len(list(connection.scalars(select(articles.c.id))))
        assert 40 == len(list(connection.scalars(select(feeds.c.url))))


def test_one_writes_and_one_sends(url: str) -> None:
    """A second process that would is refused with one line; roles do not exclude each other."""
    with (
        lock(url),
        lock(url, "deliver"),
        pytest.raises(StoreError, match="another digest is at work on this database"),
        lock(url),
    ):
        pass
    with lock(url):  # it is free again
        pass


@pytest.fixture
def watched_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is looked after ten times a second."""
    monkeypatch.setattr("digest.store.postgres._WATCHED", 0.1)


@pytest.mark.usefixtures("watched_closely")
def test_a_lock_outlives_a_restart_of_the_server(cluster: Cluster, url: str) -> None:
    """It is taken again as soon as the server is back."""
    with RoleLock(url, "write") as held:
        cluster.restart()
        deadline = time.monotonic() + 20
        refused = False
        while not refused and time.monotonic() < deadline:
            time.sleep(0.3)
            refused = held._connection is not None and _is_refused(url)
        assert refused


def _is_refused(url: str) -> bool:
    try:
        with lock(url):
            return False
    except StoreError:
        return True


def test_who_lost_the_lock_to_another_ends(cluster: Cluster, url: str, tmp_path: Path) -> None:
    """SIGTERM, as if it had been stopped: two that think they hold it would do the same twice."""
    ready = tmp_path / "ready"
    code = (
        "import time; from pathlib import Path; import digest.store.postgres as postgres;"
        f"postgres._WATCHED = 0.5\n"
        f"with postgres.RoleLock({url!r}, 'write'):\n"
        f"    Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as loser:
        while not ready.exists():
            assert loser.poll() is None
            time.sleep(0.05)
        query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        cluster.run(query)
        with lock(url):
            assert -signal.SIGTERM == loser.wait(30)


def test_two_that_start_at_once_create_one_schema(cluster: Cluster) -> None:
    """One creates the tables, the other waits for it and finds them."""
    url = cluster.empty("at_once")
    failed: list[BaseException] = []

    def start() -> None:
        try:
            open_store(url).close()
        except BaseException as error:  # noqa: BLE001 -- shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [] == failed
    assert database_exists(url)


def test_a_restarted_server_is_used_again(cluster: Cluster, url: str) -> None:
    """A connection that broke while nobody used it costs nothing."""
    with closing(open_store(url)) as store:
        assert () == store.edition_ids()
        cluster.restart()
        assert () == store.edition_ids()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("postgresql://u:secret@h/d", "PGPASSWORD"),
        ("postgresql://h", "USER@HOST/DATABASE"),
        ("mysql://u@h/d", "USER@HOST/DATABASE"),
        ("postgresql://u@h:99999/d", "range"),
    ],
)
def test_an_odd_url_is_refused(written: str, problem: str, tmp_path: Path) -> None:
    """With its line and what to write; a password is not printed."""
    path = tmp_path / "feeds.toml"
    path.write_text(f'[store]\nurl = "{written}"\n[[feeds]]\nurl = "https://a.example/"\n')
    with pytest.raises(ConfigError, match=problem) as refused:
        load(path)
    assert ":2: store.url" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_server_that_cannot_be_used_is_said_in_one_line(cluster: Cluster) -> None:
    """No server, no such database, tables of somebody else, another encoding."""
    with pytest.raises(StoreError, match="cannot be used") as refused:
        open_store("postgresql://nobody@127.0.0.1:9/none")
    assert "\n" not in str(refused.value)
    with pytest.raises(StoreError, match="does not exist"):
        open_store(cluster.url("no_such_database"))
    others = cluster.empty("others")
    cluster.run("CREATE TABLE invoices (id int)", "others")
    with pytest.raises(StoreError, match="tables of something else .invoices."):
        open_store(others)
    cluster.run("CREATE DATABASE latin ENCODING latin1 LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="encoding is not UTF8"):
        open_store(cluster.url("latin"))
    cluster.run("CREATE TABLE alembic_version (version_num text)")
    cluster.run("INSERT INTO alembic_version VALUES ('9999')")
    with pytest.raises(StoreError, match="newer digest .schema 9999"):
        open_store(cluster.url())
    cluster.run("DROP TABLE alembic_version")


def test_a_backup_of_a_server_is_made_with_its_own_tools(url: str, tmp_path: Path) -> None:
    """Exit code 2 says so, in backup and in restore."""
    path = tmp_path / "feeds.toml"
    path.write_text(f'[store]\nurl = "{url}"\n[[feeds]]\nurl = "https://a.example/"\n')
    for command in ("backup", "restore"):
        done = CliRunner().invoke(app, [command, str(tmp_path / "backups"), "-c", str(path)])
        assert isinstance(done.exception, UsageError)
        assert "pg_dump" in str(done.exception)
