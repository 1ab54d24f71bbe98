"""The offline newsroom: its articles, its gold and its server."""

from __future__ import annotations

import io
import json
import re
import tomllib
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from digest.tools.newsroom import READINGS, Newsroom, load

FOLDER = Path(__file__).parents[1] / "examples" / "newsroom"
OUTLETS = load(FOLDER)
ITEMS = {item.ref: item for outlet in OUTLETS for item in outlet.items}
GOLD_FILES = sorted(FOLDER.glob("gold*.toml"))


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(FOLDER) as room:
        yield room


def fetch(url: str, **headers: str) -> tuple[int, HTTPMessage, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", parts.path, headers=asked)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def write(folder: Path, **changes: str) -> Path:
    """A newsroom of one outlet and one article; `changes` replaces whole files."""
    files = {
        "outlet": 'name = "A"\nformat = "rss"\nsection = "S"\ntagline = "T"\nlayout = "wire"\n',
        "story": 'title = "B"\npublished = 2024-07-10T08:00:00Z\ntext = "Words."\n',
    }
    (folder / "paper").mkdir()
    for name, text in (files | changes).items():
        (folder / "paper" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("ref", sorted(ITEMS))
def test_length_of_articles(ref: str) -> None:
    """Every article has 150 to 500 words."""
    assert 150 <= len(ITEMS[ref].text.split()) <= 500


@pytest.mark.parametrize("ref", sorted(ITEMS))
def test_articles_belong_to_a_simulated_day(ref: str) -> None:
    """Every article appears in the day before one of the three readings."""
    hours = [(moment - ITEMS[ref].available).total_seconds() / 3600 for moment in READINGS]
    assert any(0.5 <= before <= 24 for before in hours)


def test_outlets() -> None:
    """There are ten outlets or more, all four formats, and one outlet that fails."""
    assert len(OUTLETS) >= 10
    assert {outlet.format for outlet in OUTLETS} == {"rss", "atom", "json", "rdf"}
    assert sum(outlet.fails for outlet in OUTLETS) == 1
    assert len({outlet.layout for outlet in OUTLETS}) >= 4


@pytest.mark.parametrize("path", GOLD_FILES, ids=lambda path: path.name)
def test_gold_names_articles_that_exist(path: Path) -> None:
    """Whatever the gold files name is an article of the newsroom."""
    gold = tomllib.loads(path.read_text(encoding="utf-8"))
    named = [
        ref
        for kind in ("stories", "apart", "templates")
        for e in gold.get(kind, [])
        for ref in e["articles"]
    ]
    named += [ref for e in gold.get("copies", []) for ref in [e["original"], *e["copies"]]]
    assert named
    assert [ref for ref in named if ref not in ITEMS] == []


def test_gold_puts_an_article_into_one_story_only() -> None:
    """No article belongs to two stories of the same gold file."""
    for path in GOLD_FILES:
        gold = tomllib.loads(path.read_text(encoding="utf-8"))
        named = [ref for story in gold["stories"] for ref in story["articles"]]
        assert len(named) == len(set(named))


def test_gold_original_is_the_earliest() -> None:
    """The original of a set of copies was published before all of them."""
    for path in GOLD_FILES:
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("copies", []):
            first = ITEMS[entry["original"]].available
            assert all(first < ITEMS[ref].available for ref in entry["copies"])


def test_feeds_hold_all_entries(newsroom: Newsroom) -> None:
    """Each feed parses without complaint and lists the newest articles, twenty at most."""
    for outlet in newsroom.outlets:
        if outlet.fails:
            continue
        status, headers, body = fetch(newsroom.address(outlet.slug) + "/feed")
        assert status == 200
        assert headers["Last-Modified"].endswith("GMT")
        assert "charset=utf-8" in headers["Content-Type"]
        shown = outlet.items[:20]
        if outlet.format == "json":
            entries = json.loads(body)["items"]
            assert [entry["title"] for entry in entries] == [item.title for item in shown]
            dated = [item.published is not None for item in shown]
            assert ["date_published" in entry for entry in entries] == dated
            continue
        feed = feedparser.parse(
            io.BytesIO(body.encode()), response_headers={"content-type": headers["Content-Type"]}
        )
        assert not feed.bozo
        assert feed.feed.title == outlet.name
        assert [entry.title for entry in feed.entries] == [item.title for item in shown]
        for entry, item in zip(feed.entries, shown, strict=True):
            assert entry.link.endswith(item.path)
            assert ("published" in entry or "updated" in entry) == (item.published is not None)


def test_feed_dates(newsroom: Newsroom) -> None:
    """The dates in the feeds are those of the articles."""
    for outlet in newsroom.outlets:
        if outlet.format == "json" or outlet.fails:
            continue
        feed = feedparser.parse(fetch(newsroom.address(outlet.slug) + "/feed")[2])
        for entry, item in zip(feed.entries, outlet.items[:20], strict=True):
            if item.published:
                parsed = entry.get("published_parsed") or entry.updated_parsed
                assert datetime.fromtimestamp(timegm(parsed), UTC) == item.published


def test_full_text_feed(newsroom: Newsroom) -> None:
    """Only the feed of an outlet with full texts carries them."""
    for slug, full in (("couch-notes", True), ("court-watch", False)):
        body = fetch(newsroom.address(slug) + "/feed")[2]
        outlet = next(outlet for outlet in newsroom.outlets if outlet.slug == slug)
        entry, item = feedparser.parse(body).entries[0], outlet.items[0]
        assert entry.summary.startswith(item.teaser[:60])
        assert ("content" in entry) == full
        if full:
            assert item.paragraphs[-1] in entry.content[0].value


def test_not_modified(newsroom: Newsroom) -> None:
    """A feed is answered with 304 until its content changes."""
    url = newsroom.address("harbour-post") + "/feed"
    newsroom.now = READINGS[0]
    tag = fetch(url)[1]["ETag"]
    assert fetch(url, If_None_Match=tag)[0] == 304
    newsroom.now = READINGS[1]
    assert fetch(url, If_None_Match=tag)[0] == 200


def test_only_items_up_to_now(newsroom: Newsroom) -> None:
    """What is not yet published is neither in the feeds nor among the pages."""
    for moment in READINGS:
        newsroom.now = moment
        for outlet in newsroom.outlets:
            if outlet.fails or outlet.format == "json":
                continue
            expected = [item.title for item in outlet.items if item.available <= moment]
            feed = feedparser.parse(fetch(newsroom.address(outlet.slug) + "/feed")[2])
            assert [entry.title for entry in feed.entries] == expected[:20]
    item = ITEMS["harbour-post/kardashian-blanchard-new-orleans"]
    url = newsroom.address("harbour-post") + item.path
    newsroom.now = READINGS[1]
    assert fetch(url)[0] == 404
    newsroom.now = READINGS[2]
    assert fetch(url)[0] == 200


def test_every_page(newsroom: Newsroom) -> None:
    """Each article has a page with its title, its paragraphs and boilerplate around them."""
    for outlet in newsroom.outlets:
        for item in outlet.items:
            status, headers, body = fetch(newsroom.address(outlet.slug) + item.path)
            assert status == 200
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            assert item.html.split("\n")[0] in body
            assert item.html.split("\n")[-1] in body
            assert '<html lang="en">' in body
            assert 'rel="canonical"' in body
            assert "Sign up" in body or "sign up" in body
            assert len(re.findall("<p>", body)) > len(item.paragraphs)


def test_undated_page_shows_no_date(newsroom: Newsroom) -> None:
    """The page of an article without a date has no element for it."""
    undated = [item for item in ITEMS.values() if item.published is None]
    assert undated
    for item in undated:
        body = fetch(newsroom.address(item.outlet) + item.path)[2]
        assert "<time" not in body
        assert "published_time" not in body
        assert "datePublished" not in body


def test_not_found_and_out_of_order(newsroom: Newsroom) -> None:
    """Unknown paths get 404; the outlet that fails answers everything with 503."""
    assert fetch(newsroom.address("harbour-post") + "/nothing")[0] == 404
    for path in ("/feed", "/", "/nothing"):
        assert fetch(newsroom.address("broken-bell") + path)[0] == 503


def test_requests_are_recorded(newsroom: Newsroom) -> None:
    """Each request is kept with host, path, status and headers."""
    fetch(newsroom.address("capital-wire") + "/feed", User_Agent="reader/1")
    fetch(newsroom.address("capital-wire") + "/none")
    (host, path, status, headers), second = newsroom.requests
    assert newsroom.address("capital-wire").startswith(f"http://{host}:")
    assert (path, status, headers["user-agent"]) == ("/feed", 200, "reader/1")
    assert second[1:3] == ("/none", 404)


def test_each_outlet_has_its_own_address(newsroom: Newsroom) -> None:
    """All outlets share one port and differ in their addresses."""
    addresses = {newsroom.address(outlet.slug) for outlet in newsroom.outlets}
    assert len(addresses) == len(newsroom.outlets)
    assert len({address.rsplit(":", 1)[1] for address in addresses}) == 1


def test_two_newsrooms_at_once(newsroom: Newsroom) -> None:
    """A second newsroom finds a port of its own and leaves the first one alone."""
    with Newsroom(FOLDER) as other:
        assert other.address("harbour-post") != newsroom.address("harbour-post")
        assert fetch(other.address("harbour-post") + "/feed")[0] == 200
    assert fetch(newsroom.address("harbour-post") + "/feed")[0] == 200


def test_taken_port(newsroom: Newsroom) -> None:
    """A port that was asked for and is taken is an error, not a wait."""
    port = int(newsroom.address("harbour-post").rsplit(":", 1)[1])
    with pytest.raises(OSError), Newsroom(FOLDER, port=port):
        pass


def test_config(newsroom: Newsroom) -> None:
    """The configuration names every outlet's feed, title and section."""
    config = tomllib.loads(newsroom.config(output='a "b"\\c', database="d.sqlite"))
    assert config["digest"]["output"] == 'a "b"\\c'
    assert config["digest"]["database"] == "d.sqlite"
    assert [(feed["title"], feed["section"]) for feed in config["feeds"]] == [
        (outlet.name, outlet.section) for outlet in newsroom.outlets
    ]
    assert config["feeds"][0]["url"] == newsroom.address(newsroom.outlets[0].slug) + "/feed"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("outlet", "name = ", "not valid TOML"),
        ("outlet", 'name = "A"\nformat = "pdf"\nsection = "S"\ntagline = "T"', "'pdf'"),
        ("outlet", 'name = "A"\nformat = "rss"\nsection = "S"', "'tagline'"),
        ("story", 'title = "B"\ntext = "Words."', "'published' or 'day'"),
        ("story", 'title = "B"\nday = 4\ntext = "Words."', "'day'"),
        ("story", 'title = "B"\npublished = 2024-07-10\ntext = "Words."', "offset"),
        ("story", 'title = "B"\npublished = 2024-07-10T08:00:00\ntext = "Words."', "offset"),
        ("story", 'title = ""\nday = 1\ntext = "Words."', "'title'"),
        ("story", 'title = "B"\nday = 1\ntext = "Words."\nbody = ""', "'body'"),
    ],
)
def test_malformed_files(tmp_path: Path, name: str, text: str, message: str) -> None:
    """A malformed file is refused with its name and the reason."""
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        load(write(tmp_path, **{name: text}))
    assert f"{name}.toml" in str(caught.value)


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without outlets is refused."""
    with pytest.raises(ValueError, match=r"outlet\.toml"):
        load(tmp_path)


def test_markup_in_an_article_is_escaped(tmp_path: Path) -> None:
    """Signs that mean something in HTML, XML or layouts come out as text."""
    story = "title = '<b>Q&A</b> ]]> $title'\nday = 1\ntext = '''\nA <i>b</i> & c </script>.\n'''\n"
    folder = write(tmp_path, story=story)
    (folder / "layouts").mkdir()
    for path in (FOLDER / "layouts").iterdir():
        (folder / "layouts" / path.name).write_text(
            path.read_text(encoding="utf-8"), encoding="utf-8"
        )
    with Newsroom(folder) as room:
        feed = feedparser.parse(fetch(room.address("paper") + "/feed")[2])
        assert not feed.bozo
        page = fetch(room.address("paper") + "/story/story.html")[2]
    assert "<h1>&lt;b&gt;Q&amp;A&lt;/b&gt; ]]&gt; $title</h1>" in page
    assert "A &lt;i&gt;b&lt;/i&gt; &amp; c &lt;/script&gt;." in page
    assert page.count("</script>") == 1
