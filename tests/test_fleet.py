"""Workers as processes of their own over one PostgreSQL database: with trouble and without.

DIGEST_SOAK=1 has longer trouble: 40 s of suspension, 2,000 mails, a kill every 2 s.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from digest.mail.keys import VARIABLE
from digest.store import Store, lock, open_store
from digest.store.queue import JobQueue
from digest.store.schema import articles, feeds
from digest.store.schema_mail import outbox

from .command import digest
from .fleet import Fleet, Sites, configuration, wait_until
from .mail_setup import MailSetup
from .postgres import Cluster
from .sink import Manner, Running, running_sink
from .test_monitoring import free_port, get

SOAK = bool(os.environ.get("DIGEST_SOAK"))
KEY = "a-key-of-the-tests-that-is-long-enough"
FEEDS = 120


@pytest.fixture
def store(cluster: Cluster, tmp_path: Path) -> Iterator[Store]:
    """A database of our own."""
    name = re.sub(r"\W", "_", tmp_path.name).lower()[-60:]
    with closing(open_store(cluster.empty(name))) as store:
        yield store


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string().replace("+psycopg", "")


def number_of(store: Store, query: Any) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(query) or 0


def read_feeds(store: Store) -> int:
    return number_of(store, select(func.count()).where(feeds.c.read_at.is_not(None)))


def jobs(store: Store) -> int:
    """What is in the queue of those who collect, the failed ones included."""
    query = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'collect'"
    return number_of(store, text(query))


def assert_all_is_read_once(store: Store, sites: Sites) -> None:
    """Every feed, with every article, and no article twice."""
    assert FEEDS == read_feeds(store)
    wanted = FEEDS * sites.entries
    assert wanted == number_of(store, select(func.count()).select_from(articles))
    assert wanted == number_of(store, select(func.count(func.distinct(articles.c.url))))
    full = select(func.count()).where(func.length(articles.c.text) > 500)
    assert wanted == number_of(store, full)  # that of its page


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_all_feeds_are_read_once(workers: int, store: Store, tmp_path: Path) -> None:
    """By one worker, two and four: with all pages, and no host is asked twice at once."""
    with Sites(feeds=FEEDS).running() as sites:
        urls = [sites.url(number) for number in range(FEEDS)]
        config = configuration(tmp_path, url_of(store), urls)
        with Fleet(config) as fleet:
            fleet.scheduler()
            for _ in range(workers):
                fleet.worker("collect")
            assert wait_until(lambda: read_feeds(store) == FEEDS, 90), fleet.logs
            assert wait_until(lambda: jobs(store) == 0, 30), fleet.logs
            for process in fleet.processes:
                process.send_signal(signal.SIGTERM)
            assert [0] * (workers + 1) == [process.wait(30) for process in fleet.processes]
        assert {f"/feed/{number}": 1 for number in range(FEEDS)} == Counter(sites.polls())
        assert 0 == sites.overlapping()
        assert_all_is_read_once(store, sites)
        assert 0 == number_of(store, text("SELECT count(*) FROM procrastinate_workers"))


def test_nothing_is_lost_to_kills_and_restarts(
    cluster: Cluster, store: Store, tmp_path: Path
) -> None:
    """Of four workers one is killed and one suspended with jobs in hand; the server crashes.

    The others read every feed within a minute. The suspended one goes on, and changes nothing.
    """
    with Sites(feeds=FEEDS, latency=0.2).running() as sites:
        urls = [sites.url(number) for number in range(FEEDS)]
        config = configuration(tmp_path, url_of(store), urls)
        with Fleet(config) as fleet:
            fleet.scheduler()
            killed, suspended, *_ = workers = [fleet.worker("collect") for _ in range(4)]
            assert wait_until(lambda: len(sites.polls()) > 20, 60), fleet.logs
            killed.kill()
            suspended.send_signal(signal.SIGSTOP)
            stopped = time.monotonic()
            cluster.restart()
            assert read_feeds(store) < FEEDS  # there was something in hand
            assert wait_until(lambda: read_feeds(store) == FEEDS, 60), fleet.logs
            assert wait_until(lambda: jobs(store) == 0, 30), fleet.logs
            time.sleep(max(0.0, (40 if SOAK else 12) - (time.monotonic() - stopped)))
            suspended.send_signal(signal.SIGCONT)
            time.sleep(3)
            assert [None] * 3 == [process.poll() for process in workers[1:]]
            for process in workers[1:]:
                process.send_signal(signal.SIGTERM)
            assert [0] * 3 == [process.wait(30) for process in workers[1:]]
        assert "was suspended for" in fleet.logs
        assert 0 == jobs(store)
        assert_all_is_read_once(store, sites)


# --- mail -----------------------------------------------------------------------------------------


def mail_tables(sink: Running, more: str = "", *, rate: int = 200) -> str:
    return (
        f'[web]\nbase_url = "https://news.example"\n{more}\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
        f'sender = "The Digest <digest@news.example>"\nrate = {rate}\nconnections = 4\n'
    )


@contextmanager
def readers(store: Store, folder: Path, number: int) -> Iterator[tuple[MailSetup, Running]]:
    """So many subscribers whose mail of an edition is due now, and a server that takes it."""
    with running_sink(folder / "sink", Manner(keep_bodies=False)) as sink:
        room = MailSetup(folder, store=store, port=sink.port)
        room.now = datetime.now(UTC)
        room.crowd(number)
        room.publish()
        with store.engine.begin() as connection:
            connection.execute(update(outbox).values(due_at=room.now, retry_at=room.now))
        yield room, sink


def test_two_senders_share_the_rate_and_survive_kills(store: Store, tmp_path: Path) -> None:
    """Every reader gets one mail; only what was in hand at a kill may come twice."""
    number, rate, kills = (2000, 200, 8) if SOAK else (900, 150, 2)
    with readers(store, tmp_path, number) as (room, sink):
        more = mail_tables(sink, rate=rate)
        config = configuration(tmp_path, url_of(store), ["http://127.0.0.1:9/"], more=more)
        with Fleet(config, **{VARIABLE: KEY}) as fleet:
            senders = [fleet.worker("send"), fleet.worker("send")]
            fleet.scheduler()
            calm = number * 2 // 3 if kills < 3 else number // 2
            assert wait_until(lambda: len(sink.taken()) > calm, 60), fleet.logs
            for kill in range(kills):
                time.sleep(2 if kill else 0)
                senders[kill % 2].kill()
                senders[kill % 2] = fleet.worker("send")
            assert wait_until(lambda: set(room.states()) == {"sent"}, 90), fleet.logs
    taken = sink.taken()
    copies = Counter(mail["to"] for mail in taken)
    assert number == len(copies)
    # Each of a killed sender's connections had one message in hand.
    assert sum(copies.values()) - number <= 4 * kills
    times = sorted(mail["at"] for mail in taken)[: calm + 1]
    first, last = len(times) // 10, len(times) * 9 // 10
    measured = (last - first) / (times[last] - times[first])
    assert rate * 0.9 < measured < rate * 1.1


def test_a_confirmation_leaves_at_once(store: Store, tmp_path: Path) -> None:
    """Who asks on the pages of one process gets the mail from another, within seconds."""
    port = free_port()
    with running_sink(tmp_path / "sink") as sink:
        more = mail_tables(sink, f'listen = "127.0.0.1:{port}"')
        config = configuration(tmp_path, url_of(store), ["http://127.0.0.1:9/"], more=more)
        with Fleet(config, **{VARIABLE: KEY}) as fleet:
            fleet.worker("send")
            fleet.start("serve", "--role", "web")
            assert wait_until(lambda: "working on send" in fleet.logs, 60), fleet.logs
            form = urllib.parse.urlencode({"address": "reader@mail.example"}).encode()

            def asked() -> bool:
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                try:
                    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                        connection.request("POST", "/subscribe", form, kind)
                        return connection.getresponse().status == 200
                except OSError:
                    return False

            assert wait_until(asked, 60), fleet.logs
            assert wait_until(lambda: bool(sink.taken()), 10), fleet.logs
    (mail,) = sink.taken()
    assert "reader@mail.example" == mail["to"]
    assert b"https://news.example/confirm/" in mail["body"]


# --- what a worker refuses, and what an operator sees ---------------------------------------------


def test_a_worker_does_everything_unless_told_otherwise(store: Store, tmp_path: Path) -> None:
    """It collects, builds and sends; status says how it keeps up; others are refused meanwhile."""
    port = free_port()
    with Sites(feeds=6).running() as sites, running_sink(tmp_path / "sink") as sink:
        MailSetup(tmp_path, store=store).add("reader@mail.example")
        more = mail_tables(sink).replace("[web]", f'[admin]\nlisten = "127.0.0.1:{port}"\n[web]')
        urls = [sites.url(number) for number in range(6)]
        config = configuration(tmp_path, url_of(store), urls, more=more)
        config.write_text(config.read_text().replace("23:59", "00:00"))  # due since midnight
        with Fleet(config, **{VARIABLE: KEY}) as fleet:
            fleet.scheduler()
            fleet.worker()
            fleet.start("serve", "--role", "web")
            assert wait_until(lambda: bool(store.last_published()), 60), fleet.logs
            assert wait_until(lambda: bool(sink.taken()), 60), fleet.logs
            pages = list((tmp_path / "output").rglob("index.html"))
            assert pages
            done = digest("status", "--workers", "-c", str(config))
            assert (0, "") == (done.returncode, done.stderr)
            assert "Feeds overdue by more than an hour: 0 of 6." in done.stdout
            assert "Roles at work: 4." in done.stdout
            shown = json.loads(digest("status", "--workers", "--json", "-c", str(config)).stdout)
            assert (4, 0, 0) == (shown["alive"], shown["failed"], shown["feeds_overdue"])

            def metrics() -> str:
                try:
                    return get(port, "/metrics")[1]
                except OSError:
                    return ""

            assert wait_until(lambda: "digest_workers 4.0" in metrics(), 30), fleet.logs
            assert 'digest_queue_oldest_seconds{queue="collect"} 0.0' in metrics()
            alone = digest("build", "-c", str(config))
            assert 1 == alone.returncode
            assert "another digest is at work on this database" in alone.stderr


def test_a_worker_of_another_configuration_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one line and exit code 2; places on this machine may differ."""
    JobQueue(store.engine).prepare()
    JobQueue(store.engine).configure("another")
    config = configuration(tmp_path, url_of(store), ["http://127.0.0.1:9/"])
    done = digest("worker", "--role", "collect", "-c", str(config))
    assert 2 == done.returncode
    assert "the scheduler plans by another configuration" in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    monkeypatch.delenv(VARIABLE, raising=False)
    with running_sink(tmp_path / "sink") as sink:
        config = configuration(
            tmp_path, url_of(store), ["http://127.0.0.1:9/"], more=mail_tables(sink)
        )
    done = digest("worker", "-c", str(config))
    assert 2 == done.returncode
    assert "DIGEST_SECRET_KEY: is not set" in done.stderr
    monkeypatch.setenv(VARIABLE, "short")
    done = digest("worker", "-c", str(config))
    assert 2 == done.returncode
    assert "needs a key of at least 32 characters" in done.stderr


def test_a_worker_and_a_process_alone_exclude_each_other(store: Store, tmp_path: Path) -> None:
    """`digest run` and a worker would both do everything that is due."""
    config = configuration(tmp_path, url_of(store), ["http://127.0.0.1:9/"])
    with lock(url_of(store)):
        done = digest("worker", "--role", "collect", "-c", str(config))
    assert 1 == done.returncode
    assert "another digest is at work on this database" in done.stderr
    with lock(url_of(store), shared=True), lock(url_of(store), shared=True):
        assert 1 == digest("build", "-c", str(config)).returncode


def test_a_file_has_one_process(tmp_path: Path) -> None:
    """Roles need a server; without one they end with exit code 2 and one line."""
    config = tmp_path / "feeds.toml"
    config.write_text('[[feeds]]\nurl = "http://127.0.0.1:9/"\n')
    for command in (
        ("worker",),
        ("worker", "--role", "send"),
        ("serve", "--role", "scheduler"),
        ("serve", "--role", "web"),
    ):
        done = digest(*command, "-c", str(config))
        assert 2 == done.returncode
        assert "several processes share a database on a server only" in done.stderr
        assert 1 == len(done.stderr.strip().splitlines())
    done = digest("status", "--workers", "-c", str(config), "--database", str(tmp_path / "none"))
    assert 2 == done.returncode
