"""docs/operations.md: its commands run as written; its examples are what the code has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from digest.feeds.health import Condition
from digest.feeds.opml import write_opml
from digest.model import Feed

from .command import digest
from .conftest import ROOT
from .feed_server import Answer, FeedServer, Operator

GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
METRICS = (ROOT / "src" / "digest" / "services" / "monitoring.py").read_text("utf-8")


def test_the_table_of_expectations_runs_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row in an empty folder; only URL stands for an address of this machine."""
    monkeypatch.chdir(tmp_path)
    rows = re.findall(r"^\| [^|]+ \| `(digest [^`]+)` \|$", GUIDE, re.MULTILINE)
    assert 12 == len(rows)
    with FeedServer() as server:
        server.feed("/a", server.item("/a", 1, "One"), pages=False)
        page = (
            '<html><head><link rel="alternate" type="application/rss+xml" href="/a"></head></html>'
        )
        server.answers["/"] = Answer(page.encode())
        (tmp_path / "subscriptions.opml").write_bytes(
            write_opml("x", [Feed(url=server.url("/b"), section="World")])
        )
        for row in rows:
            words = shlex.split(row.replace("URL", server.url("/a")))[1:]
            if words[0] == "run" or words[:2] in (["feeds", "add"], ["feeds", "check"]):
                words += ["--allow-address", "127.0.0.0/8"]
            done = digest(*words)
            assert 0 == done.returncode, (row, done.stdout, done.stderr)
            if row == "digest init":  # the newsrooms of the world cannot be reached from a test
                Operator(tmp_path, server).write('url = "http://127.0.0.1:PORT/c"')
                server.feed("/c", server.item("/c", 1, "Two"), pages=False)
                server.feed("/b", server.item("/b", 1, "Three"), pages=False)


def test_every_state_and_metric_is_explained() -> None:
    """None is missing, none is invented."""
    states = re.search(r"\| state \| meaning(.*?)\n\n", GUIDE, re.DOTALL)
    assert states
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", states[1], re.MULTILINE)))
    assert {condition.value for condition in Condition} == set(named)
    explained = set(
        re.findall(r"^\| `(digest_\w+?)(?:_total)?(?:\{\w+\})?` \|", GUIDE, re.MULTILINE)
    )
    assert set(re.findall(r'"(digest_\w+)"', METRICS)) == explained
