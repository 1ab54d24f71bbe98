"""`digest feeds`: adding by discovery, moving with history, trying a feed beside the others."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.config import edit, load
from digest.tools.newsroom import READINGS, Newsroom

from .command import digest
from .feed_server import START, Answer, FeedServer, Operator
from .test_demo import NEWSROOM

LOOPBACK = ("--allow-address", "127.0.0.0/8")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


def page(*links: str) -> Answer:
    stated = "".join(f'<link rel="alternate" {link}>' for link in links)
    return Answer(f"<html><head>{stated}</head><body><p>News.</p></body></html>".encode())


def test_a_page_finds_its_feed_and_several_are_listed(tmp_path: Path, server: FeedServer) -> None:
    """One is added; of several none, and they are named; one that is there is refused."""
    config = tmp_path / "feeds.toml"
    config.write_text("# mine\n[fetch]\nhost_gap = 0\nworker_timeout = 120\n", encoding="utf-8")
    server.feed("/one", server.item("/one", 1, "One"), pages=False)
    server.feed("/two", server.item("/two", 1, "Two"), pages=False)
    one = 'type="application/rss+xml" href="/one"'
    server.answers["/"] = page(one, 'type="text/css" href="/style"')
    server.answers["/many"] = page(one, 'type="application/atom+xml" href="/two"')
    server.answers["/none"] = page()
    added = digest(
        "feeds", "add", server.url("/"), "--section", "World", "-c", str(config), *LOOPBACK
    )
    assert (0, f"Added {server.url('/one')} (Feed /one).\n") == (added.returncode, added.stdout)
    text = config.read_text("utf-8")
    assert text.startswith("# mine\n")
    (feed,) = load(config).feeds
    assert (server.url("/one"), None, "World") == (feed.url, feed.title, feed.section)
    for path, code, words in (
        ("/many", 2, f"{server.url('/one')}\n{server.url('/two')}"),
        ("/one", 2, "is in the file already"),
        ("/none", 1, "nothing was added"),
    ):
        done = digest("feeds", "add", server.url(path), "-c", str(config), *LOOPBACK)
        assert (code, True) == (done.returncode, words in done.stderr), done
    assert text == config.read_text("utf-8")


def test_a_feed_moves_with_its_history(tmp_path: Path, server: FeedServer) -> None:
    """Nothing that was read comes again at the new address; removing it would bring it back."""
    operator = Operator(tmp_path, server)
    items = [server.item("/old", number, f"Item {number}") for number in range(3)]
    # Without links, an entry is known by the id that its feed gave it.
    bare = [re.sub("<link>.*?</link>", "", item) for item in items]
    server.feed("/old", *bare, pages=False)
    operator.write('url = "http://127.0.0.1:PORT/old"  # kept\ntitle = "Ours"')
    assert 3 == operator.collect()["new"]
    server.answers["/new"] = server.answers["/old"]
    server.answers["/old"] = Answer(status=404)
    old, new = server.url("/old"), server.url("/new")
    moved = digest("feeds", "move", old, new, "-c", str(operator.path))
    assert (0, f"Moved {old} to {new} with 3 articles.\n") == (moved.returncode, moved.stdout)
    assert f'url = "{new}"  # kept\n' in operator.path.read_text("utf-8")
    report = operator.collect(START + timedelta(hours=2))
    assert ("unchanged", 0) == (report["outcome"], report["new"])
    shown = operator.run("feeds", "show", new, "--json")
    assert (3, 2) == (len(shown["entries"]), len(shown["polls"]))
    database = operator.path.with_name("digest.db")
    connection = sqlite3.connect(database)
    assert [(new,)] == connection.execute("SELECT DISTINCT feed_url FROM articles").fetchall()
    connection.close()


def test_rename_and_remove_change_one_feed(tmp_path: Path, server: FeedServer) -> None:
    """The other one stays byte for byte."""
    operator = Operator(tmp_path, server)
    operator.write('url = "http://127.0.0.1:PORT/a"', '# b\nurl = "http://127.0.0.1:PORT/b"')
    config = ("-c", str(operator.path))
    before = operator.path.read_text("utf-8")
    done = digest("feeds", "rename", server.url("/a"), "Alpha", "--section", "World", *config)
    assert 0 == done.returncode, done.stderr
    assert ["Alpha", None] == [feed.title for feed in load(operator.path).feeds]
    done = digest("feeds", "remove", server.url("/a"), *config)
    assert 0 == done.returncode, done.stderr
    assert [server.url("/b")] == [feed.url for feed in load(operator.path).feeds]
    assert before.partition("[[feeds]]")[0] in operator.path.read_text("utf-8")
    refused = digest("feeds", "remove", server.url("/b"), *config)
    assert (2, True) == (refused.returncode, "add at least one [[feeds]]" in refused.stderr)


@pytest.mark.parametrize("outlet", [6, 13])
def test_the_overlap_of_a_trial_is_what_the_judgement_finds_later(
    tmp_path: Path, outlet: int
) -> None:
    """A feed of the newsroom, tried before it is added; nothing is stored by trying."""
    with Newsroom(NEWSROOM, now=READINGS[0]) as newsroom:
        text = newsroom.config(output="out", database="d.db")
        (url,) = (url for url in edit.urls(text) if f"//127.2.0.{outlet}:" in url)
        config = tmp_path / "feeds.toml"
        config.write_text(edit.removed(text, url), encoding="utf-8")
        options = ("-c", str(config), "--now", READINGS[0].isoformat())
        allowed = ("--allow-address", "127.2.0.0/16")
        digest("run", *options, *allowed, "--tolerant", "-q")
        before = _rows(tmp_path / "d.db")
        tried = digest("feeds", "check", url, *options, *allowed, "--pages", "40", "--json")
        assert 0 == tried.returncode, tried.stderr
        assert before == _rows(tmp_path / "d.db")
        (trial,) = json.loads(tried.stdout)
        config.write_text(text, encoding="utf-8")
        new = ("--database", str(tmp_path / "new.db"))
        digest("run", *options, *allowed, *new, "--tolerant", "-q")
    covered, number = _judged(tmp_path / "new.db", url)
    assert number > 1
    assert abs(trial["overlap"] - covered / number) <= 0.1


def test_every_feed_of_a_trial_of_all_overlaps_as_it_is_judged(tmp_path: Path) -> None:
    """All feeds of the newsroom beside each other: within 10 points, or within one article."""
    with Newsroom(NEWSROOM, now=READINGS[0]) as newsroom:
        config = tmp_path / "feeds.toml"
        config.write_text(newsroom.config(output="out", database="d.db"), encoding="utf-8")
        options = ("-c", str(config), "--now", READINGS[0].isoformat())
        allowed = ("--allow-address", "127.2.0.0/16")
        digest("run", *options, *allowed, "--tolerant", "-q")
        tried = digest("feeds", "check", "all", *options, *allowed, "--pages", "40", "--json")
    trials = [trial for trial in json.loads(tried.stdout) if trial["failure"] is None]
    assert 12 == len(trials)
    for trial in trials:
        covered, number = _judged(tmp_path / "d.db", trial["url"])
        assert number == trial["entries"]
        if number == 0:
            assert trial["overlap"] is None
            continue
        assert abs(trial["overlap"] - covered / number) <= max(0.1, 1.001 / number), trial
    assert len({trial["overlap"] for trial in trials}) > 3


def _judged(database: Path, url: str) -> tuple[int, int]:
    """How many of a feed's articles are in a story with others, and how many it has.

    The ledger has all stories of the first edition, since there is room for all of them.
    """
    connection = sqlite3.connect(database)
    feeds = dict(connection.execute("SELECT id, feed_url FROM articles"))
    stories = [json.loads(row[0]) for row in connection.execute("SELECT articles FROM ledger")]
    connection.close()
    mine = {article for article, feed in feeds.items() if feed == url}
    covered = {
        article
        for articles in stories
        if {feeds[article] for article in articles} - {url}
        for article in articles
    }
    return len(mine & covered), len(mine)


def _rows(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    lines = list(connection.iterdump())
    connection.close()
    return lines
