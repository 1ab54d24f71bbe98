"""OPML: lists of other readers in, ours out."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import load
from digest.feeds.opml import read_opml, write_opml
from digest.model import Feed
from digest.urls import spelling

from .command import digest

LIST = b"""<?xml version="1.0"?>
<opml version="1.0"><head><title>x</title></head><body>
<outline text="Tech &amp; more"><outline TEXT="One" xmlurl="https://one.example/feed"/>
  <outline text="Deep">
    <outline text="Two" title="Second" xmlUrl=" feed://two.example/rss "/></outline>
</outline>
<outline text="https://three.example/" xmlUrl="https://three.example/" category="/A/Science,/B"/>
<outline text="A folder that is empty"/>
<outline text="R & D" xmlUrl="http://four.example/?a=1&b=2"/>
</body></opml>"""


def test_folders_become_sections_and_odd_spellings_are_read() -> None:
    """The nearest folder, a category without one; bare ampersands; feed: addresses."""
    listed = [(feed.url, feed.title, feed.section) for feed in read_opml(LIST)]
    assert [
        ("https://one.example/feed", "One", "Tech & more"),
        ("http://two.example/rss", "Second", "Deep"),
        ("https://three.example/", None, "Science"),
        ("http://four.example/?a=1&b=2", "R & D", None),
    ] == listed


@pytest.mark.parametrize("raw", [b"", b"<html></html>", b"{}", b"\xff\xfe\x00", b"<opml"])
def test_what_is_no_list_is_said_to_be_none(raw: bytes) -> None:
    """Or is read as a list without feeds; never an exception of another kind."""
    try:
        assert () == read_opml(raw)
    except ValueError as error:
        assert "not an OPML file" in str(error)


def test_entities_are_not_expanded() -> None:
    """Neither files nor billions of laughs."""
    raw = b"""<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>
    <opml><body><outline text="&x;" xmlUrl="http://a.example/"/></body></opml>"""
    assert "root:" not in str(read_opml(raw))


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(
    lambda text: " ".join(text.split())
)
FEEDS = st.lists(
    st.builds(
        lambda number, title, section: Feed(
            url=f"https://{number}.example/feed?a=1&b=<2>", title=title or None, section=section
        ),
        st.integers(0, 10**6),
        TEXT,
        TEXT.filter(bool),
    ),
    unique_by=lambda feed: feed.url,
    max_size=10,
)


@given(FEEDS)
def test_what_is_written_is_read_again(feeds: list[Feed]) -> None:
    """Order, titles, sections."""
    again = read_opml(write_opml("Title", feeds))
    expected = [(feed.url, feed.title, feed.section) for feed in feeds]
    assert expected == [(feed.url, feed.title, feed.section) for feed in again]


def test_spellings_of_one_address() -> None:
    """Scheme, default port, www and the last slash do not make another feed; a path does."""
    same = ("https://A.example:443/feed/", "http://a.example/feed", "https://www.a.example/feed")
    assert 1 == len({spelling(url) for url in same})
    assert spelling("https://a.example/feed2") != spelling(same[0])


def test_all_lists_of_the_corpus_go_in_out_and_in_again(corpus: Path, tmp_path: Path) -> None:
    """Every address of every list is there; exported and imported again nothing differs."""
    config = tmp_path / "feeds.toml"
    own = '# ours\n[digest]\ntitle = "Ours"  # kept\n'
    config.write_text(own, "utf-8")
    urls: set[str] = set()
    lists = [path for path in (corpus / "opml").rglob("*.opml*") if path.is_file()]
    assert len(lists) > 50
    for number, path in enumerate(sorted(lists)):
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        urls |= {spelling(feed.url) for feed in read_opml(raw)}
        plain = tmp_path / f"{number}.opml"
        plain.write_bytes(raw)
        done = digest("feeds", "import", str(plain), "-c", str(config))
        assert 0 == done.returncode, done.stderr
    text = config.read_text("utf-8")
    assert text.startswith(own)
    assert urls == {spelling(feed["url"]) for feed in tomllib.loads(text)["feeds"]}
    out = digest("feeds", "export", "-c", str(config)).stdout
    plain = tmp_path / "out.opml"
    plain.write_text(out, "utf-8")
    second = tmp_path / "second.toml"
    assert 0 == digest("feeds", "import", str(plain), "-c", str(second)).returncode
    assert load(config).feeds == load(second).feeds
