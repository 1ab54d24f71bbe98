"""Time, files, the database, logs when things go wrong (checks A9, A11, A13, A14, G2, G5 to G8)."""

from __future__ import annotations

import json
import logging
import os
import random
import re
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from digest.cli.logs import Formatter, LogFormat
from digest.config import load
from digest.feeds.polling import after_success, is_due
from digest.model import FeedState, NotModified, Validators
from digest.model.errors import ConfigError, StoreError
from digest.store import WriterLock, open_store
from digest.tools.newsroom import READINGS, Newsroom

from .conftest import ROOT
from .fakes import NOON
from .payloads import payloads
from .test_demo import NEWSROOM
from .test_store import new, poll

MANY = os.environ.get("DIGEST_SOAK") == "1"
MAIN = "from digest.cli.main import main; main()"


# --- time ----------------------------------------------------------------------------------------


def test_no_clock_jump_makes_a_feed_wait_longer(tmp_path: Path) -> None:
    """Two hundred jumps of a second to 400 days, both ways: due within its usual wait (G2)."""
    random_ = random.Random(5)
    for _ in range(200):
        jump = timedelta(seconds=random_.choice((-1, 1)) * random_.uniform(1, 400 * 86_400))
        answer = NotModified(validators=Validators(etag="x"), max_age=7200)
        state = after_success(FeedState(url="u"), answer, now=NOON, interval=3600)
        assert is_due(state, NOON + jump + timedelta(hours=4), patient=True)


# --- files and the database -----------------------------------------------------------------------


def run(folder: Path, room: Newsroom, **options: object) -> subprocess.CompletedProcess[str]:
    """`digest run` on the newsroom, one feed of which fails, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    config = folder / "feeds.toml"
    config.write_text(room.config(output="output", database="digest.db"), encoding="utf-8")
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "-c", MAIN, "run", "-c", str(config), "--now", READINGS[-1].isoformat(),
         "--allow-address", "127.2.0.0/16", "-q", "--tolerant"],
        capture_output=True, text=True, check=False, **options,
    )  # type: ignore[call-overload]  # fmt: skip
    return done


def limited(size: int) -> None:
    """No file of this process may grow beyond a size, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def products(folder: Path) -> dict[str, bytes]:
    output = folder / "output"
    return {str(p.relative_to(output)): p.read_bytes() for p in output.rglob("*") if p.is_file()}


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """At many points: exit 1 and one line that says what; the next run makes all good (A9)."""
    sizes = range(4096, 440_000, 11_000) if MANY else (4096, 100_000, 300_000)
    reported = 0
    with Newsroom(NEWSROOM, now=READINGS[-1]) as room:
        assert 0 == run(tmp_path / "calm", room).returncode
        expected = products(tmp_path / "calm")
        for size in sizes:
            folder = tmp_path / str(size)
            full = run(folder, room, preexec_fn=lambda size=size: limited(size))
            if full.returncode:
                reported += 1
                assert 1 == full.returncode, full.stderr
                lines = full.stderr.strip().splitlines()
                assert lines[-1].startswith("digest: "), full.stderr[-1500:]
                assert "Traceback" not in full.stderr
            assert all(body == expected[name] for name, body in products(folder).items())
            again = run(folder, room)
            assert 0 == again.returncode, again.stderr
            assert expected == products(folder)
            with sqlite3.connect(folder / "digest.db") as database:
                assert ("ok",) == database.execute("PRAGMA integrity_check").fetchone()
    assert reported >= len(sizes) // 2


def test_readers_and_a_backup_never_find_the_database_locked(tmp_path: Path) -> None:
    """While one writer stores poll after poll, six read and one copies it (A10)."""
    path = filled(tmp_path / "x")
    done = threading.Event()
    errors: list[Exception] = []
    reads = 0

    def read() -> None:
        nonlocal reads
        store = open_store(path)
        try:
            while not done.is_set():
                store.articles_for("2026-03-02")
                reads += 1
        except Exception as error:  # noqa: BLE001 -- whatever a reader sees is what is asked
            errors.append(error)
        finally:
            store.close()

    def copy() -> None:
        with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "copy.db") as target:
            source.backup(target)
            assert ("ok",) == target.execute("PRAGMA integrity_check").fetchone()

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    store = open_store(path)
    try:
        for number in range(1000 if MANY else 60):
            store.save_poll(poll(new(f"w{number}")))
            if number % 50 == 10:
                copy()
        assert [] == errors
    finally:
        done.set()
        for thread in threads:
            thread.join()
    written = {article.id for article in store.articles_for("2026-03-02")}
    store.close()
    assert {f"w{number}" for number in range(60)} <= written
    assert reads > 6


def filled(folder: Path) -> Path:
    folder.mkdir()
    store = open_store(folder / "digest.db")
    store.save_poll(poll(*(new(f"a{n}", text="word " * 400) for n in range(60))))
    store.close()
    return folder / "digest.db"


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """Cut or overwritten in its structure: one line that says to restore a backup (A11)."""
    sound = filled(tmp_path / "sound").read_bytes()
    random_ = random.Random(3)
    refused = 0
    for number in range(200 if MANY else 40):
        path = tmp_path / f"{number}.db"
        body = bytearray(sound)
        if number % 2:
            del body[random_.randrange(100, len(body)) :]
        else:
            for page in range(0, len(body), 4096):
                body[page : page + 16] = random_.randbytes(16)
        path.write_bytes(body)
        with pytest.raises(StoreError, match="restore a backup"):
            open_store(path)
        refused += 1
    assert refused == number + 1


@pytest.mark.parametrize("name", ["x" * 300 + ".db", "file/x.db"])
def test_a_place_where_no_database_can_be_is_one_line(tmp_path: Path, name: str) -> None:
    """The lock is what meets it first."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"\.lock: cannot be opened: "):
        WriterLock(tmp_path / name).__enter__()


def test_an_empty_file_is_no_new_database(tmp_path: Path) -> None:
    """A restore that went wrong must not bring everything back as new; nothing is begun (A11)."""
    path = tmp_path / "digest.db"
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="restore a backup, or remove it to start"):
        open_store(path)
    assert ([path], b"") == ([*tmp_path.iterdir()], path.read_bytes())


def test_a_database_appears_whole(tmp_path: Path) -> None:
    """Killed at any statement of its making it is not there at all; the next start makes it."""
    open_store(tmp_path / "first.db").close()  # what is imported then need not be for each
    absent = 0
    for statement in range(1, 60, 1 if MANY else 4):
        folder = tmp_path / str(statement)
        child = os.fork()
        if child == 0:
            _die_at(statement, folder / "digest.db")
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            break
        absent += not (folder / "digest.db").exists()
        open_store(folder / "digest.db").close()
        assert ["digest.db"] == [path.name for path in folder.iterdir()]
    assert absent >= 5


def test_a_database_that_many_begin_is_made_once(tmp_path: Path) -> None:
    """Serving and its pages may start together: each opens the one that is there."""
    path = tmp_path / "digest.db"
    together = threading.Barrier(8)
    states: list[str] = []

    def begin(number: int) -> None:
        together.wait()
        store = open_store(path)
        store.save_poll(poll(new(f"a{number}")))
        states.append("stored")
        store.close()

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = open_store(path)
    assert 8 == len(states) == len(store.articles_for("2026-03-02"))
    store.close()
    assert ["digest.db"] == [path.name for path in tmp_path.iterdir()]


def test_a_command_that_only_reads_names_a_damaged_database(tmp_path: Path) -> None:
    """It does not read the whole structure first; what it meets is one line all the same."""
    config = tmp_path / "feeds.toml"
    config.write_text("[[feeds]]\nurl = 'https://a.example/'\n", encoding="utf-8")
    path = filled(tmp_path / "x").replace(tmp_path / "digest.db")
    body = bytearray(path.read_bytes())
    for page in range(4096, len(body), 4096):
        body[page : page + 16] = b"\xff" * 16
    path.write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "explain", "a1", "-c", str(config)], capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (1, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
    assert "restore a backup" in done.stderr


def test_the_database_is_nobody_elses_to_read(tmp_path: Path) -> None:
    """Mode 0600, with its log beside it (G7)."""
    path = filled(tmp_path / "x")
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    modes = {
        stat.S_IMODE(other_path.stat().st_mode) for other_path in path.parent.glob("digest.db*")
    }
    assert {0o600} == modes


def _die_at(statement: int, path: Path) -> None:
    """In a child process: open a store and die at the statement of that number."""
    count = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def _die(*_: object) -> None:
        nonlocal count
        count += 1
        if count >= statement:
            os._exit(137)

    open_store(path)
    os._exit(0)


def test_a_migration_that_is_killed_can_be_run_again(tmp_path: Path) -> None:
    """At every statement of every migration: the data is there, the next start completes (A14)."""
    from alembic import command
    from alembic.config import Config

    import digest.store.database as module

    first = tmp_path / "first.db"
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{first}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO feeds (url, outlet, section, failures) VALUES ('u', 'o', 's', 0)"
        )
    engine.dispose()
    old = first.read_bytes()
    killed = 0
    for statement in range(1, 60):
        path = tmp_path / f"{statement}.db"
        path.write_bytes(old)
        child = os.fork()
        if child == 0:
            _die_at(statement, path)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        killed += code == 137
        store = open_store(path)
        assert "u" == store.feed_states(["u"])["u"].url
        store.close()
        with sqlite3.connect(path) as database:
            assert [("o",)] == database.execute("SELECT outlet FROM feeds").fetchall()
        if code == 0:
            break
    assert killed >= 10


@pytest.mark.parametrize("moment", range(20 if MANY else 3))
def test_serving_ends_soon_after_sigterm(tmp_path: Path, moment: int) -> None:
    """Whatever it is doing: within ten seconds, and its database is sound (A13)."""
    with Newsroom(NEWSROOM, now=READINGS[-1]) as room:
        config = tmp_path / "feeds.toml"
        config.write_text(room.config(output="output", database="digest.db"), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "serve", "-c", str(config), "--now",
             READINGS[-1].isoformat(), "--allow-address", "127.2.0.0/16"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not (tmp_path / "digest.db").exists() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.2 + random.Random(moment).uniform(0, 4))
        process.terminate()
        code = process.wait(timeout=20)
        assert process.stderr
        process.stderr.close()
    assert code in {0, -signal.SIGTERM}
    with sqlite3.connect(tmp_path / "digest.db") as database:
        assert ("ok",) == database.execute("PRAGMA integrity_check").fetchone()


# --- configuration ------------------------------------------------------------------------------


def broken_files() -> list[bytes]:
    """The shipped file, broken in 150 ways and more."""
    good = (ROOT / "examples/feeds.toml").read_text(encoding="utf-8")
    lines = good.splitlines()
    keys = [n for n, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    made: list[bytes] = [b"", b"\xff\xfe", b"\0", good.encode("utf-16"), b"feeds = 1", b"[[feeds]]"]
    for n in keys:
        name, _, value = lines[n].partition(" = ")
        wrongs = (
            f"{name}x = {value}", f"{name} = ", f"{name} = [{{}}]", f"{lines[n]}\n{lines[n]}",
            f"{name} {value}", f"{name} = 1979-05-27T07:32:00Z",
        )  # fmt: skip
        made += ["\n".join([*lines[:n], wrong, *lines[n + 1 :]]).encode() for wrong in wrongs]
    values = (
        "timezone = 'Mars/Olympus'", "publish_at = '24:00'", "language = 'xx-yy-zz'", "title = ''",
        "max_stories = -1", "max_age_days = nan", "keep_text_days = 0", "database = 3",
    )  # fmt: skip
    feed = "[[feeds]]\nurl = 'https://a.example/'"
    made += [f"[digest]\n{value}\n{feed}".encode() for value in values]
    urls = ("", "a", "http://", "ftp://a/", "javascript:1", "http://a b/", "http://[", "//a")
    return made + [f"[[feeds]]\nurl = {json.dumps(url)}".encode() for url in urls]


def test_every_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Never a traceback, never a side effect; each line says where (G5)."""
    files = broken_files()
    assert len(files) >= 150
    for number, body in enumerate(files):
        path = tmp_path / "feeds.toml"
        path.write_bytes(body)
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert all(line.startswith(f"{path}:") for line in caught.value.problems), number
        assert [path] == [*tmp_path.iterdir()]


def test_a_broken_file_ends_a_command_with_exit_code_2(tmp_path: Path) -> None:
    """And makes nothing."""
    path = tmp_path / "feeds.toml"
    path.write_text("[digest]\ntitel = 'x'\n")
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "run", "-c", str(path)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (2, True) == (done.returncode, "did you mean 'title'" in done.stderr)
    assert [path] == [*tmp_path.iterdir()]


# --- logs --------------------------------------------------------------------------------------


def line_of(kind: LogFormat, message: str, *, error: Exception | None = None) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("digest", logging.INFO, "", 1, "read %s", (message,), info)
    return Formatter(kind).format(record)


@pytest.mark.parametrize("kind", LogFormat)
def test_one_event_is_one_line(kind: LogFormat) -> None:
    """Hostile titles, addresses and headers: no control, no line end, at most 8 kB (G8)."""
    hostile = [
        *payloads()[:500],
        "a\r\n2026 ERROR forged",
        "\x1b[31mred\x1b[0m",
        "\u202egnp",
        "x" * 10**6,
    ]
    hostile += ["\u2028", "\x85", "\ud800", "\U0001f600" * 9000]
    assert len(hostile) >= 500
    for text in hostile:
        line = line_of(kind, text, error=ValueError(text))
        assert len(line.encode("utf-8")) <= 8192 * (1 if kind is LogFormat.JSON else 4)
        assert 1 == len(line.splitlines())
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff]", line)
        if kind is LogFormat.JSON:
            assert {"at", "level", "from", "event", "error"} == json.loads(line).keys()


@pytest.mark.parametrize("kind", LogFormat)
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mail to ann.b+news@mail.example.org failed", "ann.b"),
        ("GET https://user:pa55@a.example/feed", "pa55"),
        ("Authorization: Bearer abc123", "abc123"),
        ("https://a.example/?token=abc123&x=1", "abc123"),
        ("password=hunter2", "hunter2"),
        ("api_key: 'k3y'", "k3y"),
        ("Cookie: sid=s3cret", "s3cret"),
    ],
)
def test_no_address_and_no_secret_is_logged(kind: LogFormat, text: str, secret: str) -> None:
    """Planted ones are found in no line (G7)."""
    assert secret in text
    assert secret not in line_of(kind, text, error=ValueError(text))
