"""kill -9 at any moment of a run: the next one completes; nothing is lost, twice or torn.

Each trial kills a run in an empty folder at a random moment and then runs to the end; the result
must be byte for byte what an undisturbed run gives. DIGEST_KILLS sets the number of trials (a
few at each commit, 50 in `make soak`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from digest.tools.newsroom import READINGS, Newsroom

from .test_demo import NEWSROOM

KILLS = int(os.environ.get("DIGEST_KILLS", "4"))
NOW = READINGS[-1]


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    """All three days at once, so that a run has 68 articles to store."""
    with Newsroom(NEWSROOM, now=NOW) as room:
        yield room


def start(newsroom: Newsroom, folder: Path) -> subprocess.Popen[bytes]:
    """Start `digest run` on the newsroom, one feed of which fails, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "feeds.toml"
    config.write_text(newsroom.config(output="output", database="digest.db"), encoding="utf-8")
    command = [sys.executable, "-c", "from digest.cli.main import main; main()", "run"]
    options = ["--config", str(config), "--now", NOW.isoformat()]
    return subprocess.Popen(
        [*command, *options, "--allow-address", "127.2.0.0/16", "-q", "--tolerant"],
        stderr=subprocess.DEVNULL,
    )


def finished(newsroom: Newsroom, folder: Path) -> dict[str, bytes]:
    """The files of a run that was left alone."""
    assert 0 == start(newsroom, folder).wait(timeout=120)
    output = folder / "output"
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file()
    }


def check_whole(output: Path) -> None:
    """Every file in place is whole, and an index names nothing that is not there."""
    for path in output.rglob("*"):
        if not path.is_file() or path.name.endswith(".part"):
            continue
        body = path.read_text(encoding="utf-8")
        assert body, path
        if path.suffix == ".json":
            json.loads(body)
        elif path.suffix == ".xml":
            ElementTree.fromstring(body)
        elif path.suffix == ".html":
            assert body.rstrip().endswith("</html>"), path
    if (output / "index.html").exists():
        assert (output / NOW.date().isoformat() / "index.html").exists()


def check_store(database: Path, articles: int) -> None:
    """The database is sound and holds every article once."""
    connection = sqlite3.connect(database)
    try:
        assert "ok" == connection.execute("PRAGMA integrity_check").fetchone()[0]
        urls = [url for (url,) in connection.execute("SELECT url FROM articles")]
        assert (articles, articles) == (len(urls), len(set(urls)))
    finally:
        connection.close()


def test_a_run_can_be_killed_at_any_moment(newsroom: Newsroom, tmp_path: Path) -> None:
    """Killed and run again, the output is what an undisturbed run gives."""
    began = time.monotonic()
    expected = finished(newsroom, tmp_path / "undisturbed")
    length = time.monotonic() - began
    articles = json.loads(expected[f"{NOW.date()}/digest.json"])["counts"]["articles"]
    moments = random.Random(20261121)
    killed = 0
    for trial in range(KILLS):
        folder = tmp_path / str(trial)
        process = start(newsroom, folder)
        try:
            process.wait(timeout=moments.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        check_whole(folder / "output")
        assert expected == finished(newsroom, folder), f"trial {trial}"
        check_store(folder / "digest.db", articles)
    assert killed >= KILLS // 2  # else the trial tries nothing
