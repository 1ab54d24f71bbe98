"""`digest feeds record` and `play`: a feed as it was served, offline, without its secrets."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from .command import digest
from .feed_server import START, FeedServer, Operator


def test_a_recording_plays_offline_as_the_feed_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries, texts, dates, problems; the keys of the configuration count; no secret is kept."""
    monkeypatch.setenv("FEED_PW", "s3cret-pw")
    token = base64.b64encode(b"me:s3cret-pw").decode()
    with FeedServer() as server:
        operator = Operator(tmp_path, server)
        needs = {"authorization": f"Basic {token}"}
        server.feed(
            "/a",
            server.item("/a", 1, "One", "<comments>http://x.example/?api_key=abc123</comments>"),
            server.item("/a", 2, "Missing"),
            needs=needs,
        )
        server.page("/a/1", "Hello, s3cret-pw! " + "The council met and voted. " * 40)
        server.answers["/a/2"].status = 404
        operator.write(
            'url = "http://127.0.0.1:PORT/a"\nauth = { username = "me", password_env = "FEED_PW" }'
        )
        folder = tmp_path / "recording"
        options = ("-c", str(operator.path), "--now", START.isoformat())
        made = digest(
            "feeds", "record", server.url("/a"), str(folder), *options,
            "--allow-address", "127.0.0.0/8",
        )  # fmt: skip
        assert 0 == made.returncode, made.stderr
        url = server.url("/a")
    monkeypatch.delenv("FEED_PW")
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert [False] * 3 == [word in kept for word in (b"s3cret-pw", token.encode(), b"abc123")]
    played = json.loads(digest("feeds", "play", str(folder), "--json", *options[:2]).stdout)
    assert (url, 2, 2, 1) == (
        played["url"], played["entries"], played["dated"], played["with_text"],
    )  # fmt: skip
    assert {"page: HTTP 404 Not Found": 1} == played["without_text"]
    texts = {item["title"]: item["text"] for item in played["texts"]}
    assert "The council met and voted." in texts["One"]
    operator.write('url = "PLACE"\nexclude = ["missing"]'.replace("PLACE", url))
    lines = digest("feeds", "play", str(folder), *options[:2]).stdout.splitlines()
    assert "  dropped: 1 (exclude: missing)" in lines
    assert 2 == digest("feeds", "play", str(tmp_path), *options[:2]).returncode
