"""`digest replay`: past editions with another configuration, and nothing written."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import edit
from digest.edition.difference import difference
from digest.model import Counts, Edition, Section
from digest.store import open_store
from digest.tools.newsroom import READINGS, Newsroom

from .command import digest
from .conftest import ROOT
from .feed_server import FeedServer, Operator
from .mail_setup import MORNING, story

NOW = READINGS[-1].isoformat()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database and configuration of the demo's three days."""
    folder = tmp_path_factory.mktemp("demo")
    done = digest("demo", "--keep", str(folder), "-o", str(folder / "out"), "-q")
    assert 0 == done.returncode, done.stderr
    return folder


def replayed(demo: Path, *more: str) -> list[dict[str, Any]]:
    config = demo / "feeds.toml"
    done = digest("replay", "--json", "-c", str(config), "--now", NOW, *more)
    assert 0 == done.returncode, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def editions(database: Path) -> dict[str, Edition]:
    store = open_store(database)
    found = {edition.id: edition for edition in store.editions()}
    store.close()
    return found


def rows(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    lines = list(connection.iterdump())
    connection.close()
    return lines


def test_the_same_configuration_changes_nothing_and_writes_nothing(demo: Path) -> None:
    """The control of all that follows; not a row differs afterwards."""
    before = rows(demo / "demo.db")
    found = replayed(demo)
    assert [[], [], []] == [edition["changes"] for edition in found]
    assert before == rows(demo / "demo.db")


def test_the_difference_is_what_building_again_gives(demo: Path, tmp_path: Path) -> None:
    """Other settings: `digest build` in a copy of everything makes the same editions."""
    other = tmp_path / "feeds.toml"
    text = (demo / "feeds.toml").read_text("utf-8")
    other.write_text(text.replace("[digest]\n", "[digest]\nmax_stories = 2\n", 1), "utf-8")
    found = replayed(demo, "--with", str(other))
    assert any(edition["changes"] for edition in found)
    shutil.copy(demo / "demo.db", tmp_path / "demo.db")
    for reading in READINGS:
        options = ("-c", str(other), "-o", str(tmp_path / "out"), "--now", reading.isoformat())
        done = digest("build", *options, "--database", str(tmp_path / "demo.db"), "-q")
        assert 0 == done.returncode, done.stderr
    before, after = editions(demo / "demo.db"), editions(tmp_path / "demo.db")
    assert found == [
        json.loads(json.dumps(asdict(difference(before[day], after[day])))) for day in sorted(after)
    ]


def test_a_feed_less_and_a_filter_more(demo: Path, tmp_path: Path) -> None:
    """No article of the feed is left; what only it reported is gone; its words are filtered."""
    text = (demo / "feeds.toml").read_text("utf-8")
    feed = next(url for url in edit.urls(text) if "127.2.0.11:" in url)
    other = tmp_path / "feeds.toml"
    other.write_text(edit.removed(text, feed), "utf-8")
    found = replayed(demo, "--with", str(other))
    gone = {
        headline
        for edition in found
        for change in edition["changes"]
        if change["kind"] == "gone"
        for headline in change["before"]
    }
    alone = {
        story.headline
        for edition in editions(demo / "demo.db").values()
        for story in edition.stories
        if {article.outlet for article in story.articles} == {"Star Dispatch"}
    }
    assert alone
    assert alone <= gone
    word = next(iter(alone)).split()[0]
    other.write_text(f'[filters]\nexclude = [{{ title = "{word}" }}]\n{text}', "utf-8")
    assert any(edition["changes"] for edition in replayed(demo, "--with", str(other)))


Life = tuple[Newsroom, Path]
SEEDS = range(20 if os.environ.get("DIGEST_SOAK") else 2)


def live(newsroom: Newsroom, config: Path) -> None:
    """Collect and build on three evenings."""
    for newsroom.now in READINGS:
        options = ("-c", str(config), "--now", newsroom.now.isoformat(), "-q", "--tolerant")
        done = digest("run", *options, "--allow-address", "127.2.0.0/16")
        assert 0 == done.returncode, done.stderr


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Three days of a newsroom that is still there, and what was made of them."""
    folder = tmp_path_factory.mktemp("life")
    with Newsroom(ROOT / "examples/newsroom", now=READINGS[0]) as newsroom:
        config = folder / "feeds.toml"
        config.write_text(newsroom.config(output="out", database="demo.db"), "utf-8")
        live(newsroom, config)
        yield newsroom, folder


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replay_is_what_those_days_would_have_been(life: Life, tmp_path: Path, seed: int) -> None:
    """Fewer feeds and other settings: the same as reading the same days anew with them."""
    newsroom, folder = life
    random_ = random.Random(seed)
    text = (folder / "feeds.toml").read_text("utf-8")
    for url in random_.sample(edit.urls(text), random_.randint(1, 3)):
        text = edit.removed(text, url)
    settings = {
        "max_stories": random_.choice((3, 8, 100)),
        "reading_minutes": random_.choice((1, 3, 6)),
        "max_age_days": random_.choice((1, 7)),
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    config = tmp_path / "feeds.toml"
    config.write_text(text.replace("[digest]\n", f"[digest]\n{lines}", 1), "utf-8")
    before = rows(folder / "demo.db")
    found = replayed(folder, "--with", str(config))
    assert before == rows(folder / "demo.db")
    live(newsroom, config)
    was, now = editions(folder / "demo.db"), editions(tmp_path / "demo.db")
    assert any(edition["changes"] for edition in found)
    assert found == [
        json.loads(json.dumps(asdict(difference(was[day], now[day])))) for day in sorted(now)
    ]


def test_rules_on_categories_are_replayed(tmp_path: Path) -> None:
    """As the same rule would have dropped them: what a feed calls an entry is stored with it."""
    with FeedServer() as server:
        operator = Operator(tmp_path, server)
        sport = "<category>Sport</category>"
        server.feed("/a", server.item("/a", 1, "A match", sport), server.item("/a", 2, "A vote"))
        feed = 'url = "http://127.0.0.1:PORT/a"\n'
        operator.write(feed)
        assert 0 == operator.run("run").returncode
        plain = operator.path.read_text("utf-8")
        operator.write(f'{feed}exclude = [{{ category = "sport" }}]')
        (tmp_path / "other.toml").write_text(operator.path.read_text("utf-8"), "utf-8")
        operator.path.write_text(plain, "utf-8")
        (found,) = operator.run("replay", "--json", "--with", str(tmp_path / "other.toml"))
    assert [("gone", ["A match"])] == [
        (change["kind"], change["before"]) for change in found["changes"]
    ]


def _edition(stories: list[list[int]]) -> Edition:
    """An edition whose stories have these articles; an article is in the first that names it."""
    seen: set[int] = set()
    shown = []
    for number, articles in enumerate(stories):
        own = [article for article in articles if article not in seen]
        seen.update(own)
        if own:
            whole = story(number)
            covered = tuple(replace(whole.articles[0], id=f"a{article}") for article in own)
            shown.append(replace(whole, articles=covered, headline=f"Of {own}"))
    return Edition(
        id="2026-03-02",
        title="The Digest",
        language="en",
        timezone="UTC",
        since=MORNING,
        until=MORNING,
        counts=Counts(feeds=0, feeds_failed=0, articles=0, copies=0, stories=len(shown)),
        feeds=(),
        sections=(Section(title="News", stories=tuple(shown)),),
    )


NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)


@given(st.lists(NUMBERS, max_size=4), st.lists(NUMBERS, max_size=4))
def test_an_edition_differs_from_itself_in_nothing(
    first: list[list[int]], second: list[list[int]]
) -> None:
    """And new is gone the other way round, joined is split."""
    one, other = _edition(first), _edition(second)
    assert () == difference(one, one).changes
    there, back = difference(one, other).changes, difference(other, one).changes
    opposite = {"new": "gone", "gone": "new", "joined": "split", "split": "joined"}
    assert sorted(
        (opposite[change.kind], change.after, change.before)
        for change in there
        if change.kind in opposite
    ) == sorted(
        (change.kind, change.before, change.after) for change in back if change.kind in opposite
    )
