"""Situations from reports of people who run readers, through the whole program over HTTP.

Each folder of ../shared/cases/reading holds what a site serves, and says what is right. The
expectations here are ours: what must be true of the articles that the program stores.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .command import digest
from .conftest import SHARED, _shared
from .reading import (
    FIRST_DAY,
    Answer,
    Read,
    Request,
    Site,
    Sites,
    collect,
    configuration,
    from_paths,
    response,
)

FOLDER = SHARED / "cases/reading"
FOLDERS = sorted(
    path.parent for path in FOLDER.glob("*/*/expected.md") if path.parts[-3] != "edition"
)
ALL_PARAGRAPHS = re.compile(r"<(?:p|li|blockquote)>([^<]{60,})")

# What must be true of the one article of a case: see `faults`. "stated" is the title that the
# case's own description calls right.
EXPECTED: Mapping[str, Mapping[str, Any]] = {
    "fetch-412": {"articles": 2},
    "many-oldest-first-rss": {"articles": 1001},
    "after-html-end": {"paragraphs": 5},
    "agg-google-news": {"title": "Ferry slip closed for weeks", "lacks": "Sundle Echo"},
    "bare-ul-first": {"paragraphs": 8},
    "comments-div": {"lacks": "thirty years"},
    "comments-section": {"lacks": "thirty years"},
    "text-markdown": {"has": "northern slip"},
    "date-rdf-meta": {"at": "2026-11-25 14:30"},
    "date-rdf-sidebar": {"at": "2026-11-25 14:30"},
    "date-rss-dcdate": {"at": "2026-11-25 14:30"},
    "date-rss-dcdate-epochmeta": {"at": "2026-11-25 14:30"},
    "text-double-escaped-cdata": {"has": "Lorries", "lacks": "<p>|&lt;"},
    "text-double-escaped-rss": {"has": "Lorries", "lacks": "<p>|&lt;|&amp;"},
    "text-triple-amp": {"has": "mayor’s slip"},
    "json-epoch": {"at": "2026-11-25 15:00"},
    "text-reddit": {"lacks": "submitted by|\\[link\\]"},
    "text-wp-footer": {"has": "northern slip", "lacks": "appeared first"},
    "quote-figure": {"paragraphs": 5},
    "live-article-live-post": {"paragraphs": 6},
    "live-article-none": {"paragraphs": 6},
    "two-articles": {"paragraphs": 10},
    "two-halves": {"paragraphs": 10},
    "hold-title-changes": {"articles": 6},
    "id-all-same": {"articles": 3},
    "id-all-same-time": {"articles": 3},
    "id-single-briefing": {"articles": 3},
    "id-single-same-link": {"articles": 3},
    "id-window-fragment": {"articles": 6},
    "json-authors-str": {"author": "Mira Holt"},
    "ld-longer-html": {"lacks": "<p>", "has": "cannot be used at low water"},
    "ld-other-article": {"author": "Mira", "at": "2026-11-25 12:00", "lacks": "furnace"},
    "link-no-scheme": {"url": "https?://www\\.sundle-echo\\.example/a/1"},
    "live-ld": {"has": "Lorries.*fish market.*council meets"},
    "image-title-desc": {"has": "Eleven weeks", "lacks": "picture"},
    "itunes-summary-longer": {"has": "Eleven weeks", "lacks": "brought to you"},
    "title-media-before": {"has": "Eleven weeks", "lacks": "Divers"},
    "title-media": {"title": "Ferry slip closed", "has": "Eleven weeks", "lacks": "Divers"},
    "title-double-escaped": {"title": "Ferry closed now"},
    "page-is-list": {"has": "Eleven weeks", "lacks": "Owls|furnace"},
    "page-text-plain": {"paragraphs": 5},
    "agg-google-alerts": {"url": "\\{B\\}/a/1"},
    "redirector-fb": {"url": "\\{B\\}/a/1"},
    "redirector-feedproxy": {"url": "\\{B\\}/a/1"},
    "link-relative-channel": {"url": "\\{B\\}/a/1"},
    "text-ruby": {"has": "港の渡し場が閉鎖される"},
    "invisible-entity": {"title": "Sundle"},
    "invisible-wj": {"title": "Sundle"},
    "title-soft-hyphen": {
        "title": "Unternehmen in Seenot",
        "has": "Die Unternehmen.*Arbeitslosigkeit",
    },
    "json-text-literal": {"text": "Write <b>bold</b> and &amp; in the source."},
    "title-literal-atom-br": {"title": "stated"},
    "title-literal-atom-img": {"title": "stated"},
    "title-literal-json-img": {"title": "stated"},
    "title-literal-json-p": {"title": "stated"},
    "title-literal-rss-amp": {"title": "stated"},
    "title-literal-rss-br": {"title": "stated"},
    "title-literal-rss-img": {"title": "stated"},
    "lost-blockquote": {"paragraphs": 5},
    "lost-body-ul": {"paragraphs": 5},
    "date-none-sidebar": {"not_at": "2026-11-02 08:00"},
    "wall-bot": {"has": "Eleven weeks", "lacks": "gatekeeper"},
    "wall-en-app": {"has": "Eleven weeks", "lacks": "iPhone"},
    "wall-fr": {"has": "Eleven weeks", "lacks": "abonn"},
    "wall-meter": {"has": "Eleven weeks", "lacks": "free account"},
    "wall-pur": {"has": "Eleven weeks", "lacks": "two hundred firms"},
    "wall-subscription": {"has": "Eleven weeks", "lacks": "subscription"},
    "wall-teaser-plus": {"has": "voted on Tuesday", "lacks": "subscription"},
    "text-whole-document": {"text": "The northern slip is closed."},
    "discovery": {"read_or_named": "/feed.xml"},
    "discovery-anchor": {"read_or_named": "linked in the page"},
    "discovery-json": {"read_or_named": "linked in the page"},
}


def _responses(folder: Path, answers: Any) -> list[bytes]:
    made = []
    for answer in answers:
        body = (folder / answer["file"]).read_bytes()
        if answer["file"].endswith(".gz"):  # one address in several cases would be one article
            there = gzip.decompress(body).replace(b"127.0.0.1:9", f"{folder.name}.example".encode())
            body = gzip.compress(there)
        if answer.get("whole_response"):
            made.append(body)
            continue
        made.append(
            response(
                body,
                answer["content_type"],
                *answer.get("headers", ()),
                status=answer["status"],
            )
        )
    return made


def _feed_of(number: int = 1, *headers: str) -> bytes:
    """The feed of a case that describes it in words only."""
    entries = "".join(
        f"<item><title>Ferry slip closed {n}</title><link>{{H}}/a/{n}</link><guid>id-{n}</guid>"
        "</item>"
        for n in range(1, number + 1)
    )
    return response(
        f"<rss version='2.0'><channel><title>Echo</title>{entries}</channel></rss>",
        "application/xml",
        *headers,
    )


def _refused(status: str) -> bytes:
    return response("", None, status=status)


def _to(location: str, *headers: str, status: str = "302 Found") -> bytes:
    return response("", None, f"Location: {location}", *headers, status=status)


def _described(folder: Path) -> Answer | None:
    """The server of a case whose description says what it does."""
    if "fetch-quote" in folder.name:
        return _spelling(folder)
    feed = _feed_of()
    servers: Mapping[str, Callable[[Request, int], bytes | None]] = {
        "fetch-406-html": lambda request, poll: (
            feed if "text/html" in request.headers["accept"] else _refused("406 Not Acceptable")
        ),
        "fetch-412": lambda request, poll: (
            _refused("412 Precondition Failed")
            if "if-none-match" in request.headers
            else _feed_of(poll + 1, 'ETag: "v1"')
        ),
        "fetch-cookie-same-host": lambda request, poll: {
            "/feed.xml": feed
            if "seen=1" in request.headers.get("cookie", "")
            else _to("/check?back=/feed.xml", "Set-Cookie: seen=1; Path=/"),
            "/check?back=/feed.xml": _to("/feed.xml"),
        }.get(request.target),
        "fetch-cookie-two-hosts": lambda request, poll: {
            "/feed.xml": feed
            if "sess=ab" in request.headers.get("cookie", "")
            else _to("{B}/authorize"),
            "/feed.xml?code=77": _to("/feed.xml", "Set-Cookie: sess=ab"),
        }.get(request.target),
        "many-oldest-first-rss": _growing,
    }
    return servers.get(folder.name)


def _spelling(folder: Path) -> Answer:
    """A server that answers one spelling of its address, and redirects to it or refuses others."""
    exact = re.search(r"`(/[^`]*)`", _section(folder, "Server"))
    moved = re.search(r"for good to (\S+),", _section(folder, "Situation"))
    right = moved or exact
    assert right is not None
    other = _to(right[1], status="301 Moved Permanently") if moved else _refused("403 Forbidden")
    return lambda request, poll: _feed_of() if request.target == right[1] else other


def _growing(request: Request, poll: int) -> bytes:
    """1,200 entries, oldest first, and one more at the end with each poll."""
    entries = "".join(
        f"<item><title>Entry {n} of the log</title><link>{{H}}/a/{n}</link><guid>id-{n}</guid>"
        f"<pubDate>{24 if n < 1200 else 25} Nov 2026 {n % 1200 // 60:02}:{n % 60:02}:00 GMT"
        "</pubDate></item>"
        for n in range(1200 + poll)
    )
    return response(
        f"<rss version='2.0'><channel><title>Echo</title>{entries}</channel></rss>",
        "application/xml",
    )


def _section(folder: Path, name: str) -> str:
    text = (folder / "expected.md").read_text("utf-8")
    found = re.search(rf"\*\*{name}\.\*\* (.*)", text)
    return found[1] if found else ""


def _site(folder: Path) -> Site:
    """What a folder describes."""
    routes = json.loads((folder / "routes.json").read_text("utf-8"))
    paths: dict[str, bytes | list[bytes]] = {}
    elsewhere: dict[str, bytes | list[bytes]] = {}
    for path, answers in routes["routes"].items():
        if not isinstance(answers, str):
            where, key = (elsewhere, path[1:]) if path.startswith("B/") else (paths, path)
            where[key] = _responses(folder, answers)
    plain, special = from_paths(paths), _described(folder)

    def answer(request: Request, poll: int) -> bytes | None:
        return (special and special(request, poll)) or plain(request, poll)

    return Site(
        name=folder.name,
        answer=answer,
        elsewhere=from_paths(elsewhere),
        feed=routes["feed"],
        toml=routes["feeds.toml"],
        polls=routes["polls"],
    )


def faults(read: Read, folder: Path, wanted: Mapping[str, Any]) -> list[str]:
    """What is not as it should be."""
    if "read_or_named" in wanted:
        return _not_found(read, folder, wanted["read_or_named"])
    if (number := wanted.get("articles", 1)) != len(read.articles):
        titles = [article["title"] for article in read.articles][:5]
        return [f"{len(read.articles)} articles for {number}: {read.reason}: {titles}"]
    article = read.articles[0]
    text = article["text"]
    found = []
    for key in wanted.keys() & {"title", "text", "author"}:
        right = stated_title(folder) if wanted[key] == "stated" else wanted[key]
        if right != article[key]:
            found.append(f"{key}: {article[key]!r} for {right!r}")
    if not re.fullmatch(wanted.get("url", ".*"), article["url"]):
        found.append(f"url: {article['url']}")
    time = article["published_at"]
    if wanted.get("at", time) != time or wanted.get("not_at") == time:
        found.append(f"time: {time}")
    if not re.search(wanted.get("has", ""), text, re.DOTALL):
        found.append(f"not in the text: {wanted['has']}: {text[:200]!r}")
    if "lacks" in wanted and re.search(wanted["lacks"], text):
        found.append(f"in the text: {wanted['lacks']}: {text[:200]!r}")
    return found + (_missing(text, folder, wanted["paragraphs"]) if "paragraphs" in wanted else [])


def stated_title(folder: Path) -> str:
    """The title that a case calls right."""
    right = _section(folder, "Right").removesuffix(".")
    return right.removeprefix("title ")


def _missing(text: str, folder: Path, number: int) -> list[str]:
    page = (folder / "a_1.html").read_text("utf-8")
    paragraphs = ALL_PARAGRAPHS.findall(page) or page.splitlines()
    paragraphs = [
        html.unescape(paragraph.strip()) for paragraph in paragraphs if len(paragraph.strip()) >= 60
    ]
    assert number == len(paragraphs), paragraphs
    return [f"missing: {paragraph[:60]}" for paragraph in paragraphs if paragraph not in text]


def _not_found(read: Read, folder: Path, named: str) -> list[str]:
    if named == "linked in the page":
        page = (folder / "start.html").read_text("utf-8")
        links = re.findall(r"<(?:link|a)\b[^>]*href=[\"']?([^\"'\s>]+)", page)
        named = next(link for link in links if re.search("feed|rss|json|xml", link))
    if read.articles or named.removeprefix("{H}") in read.reason:
        return []
    return [f"neither read nor named: {read.reason}"]


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Read]:
    """All cases, collected in one run for each number of polls."""
    _shared("cases/reading")
    sites = [_site(folder) for folder in FOLDERS]
    found: dict[str, Read] = {}
    for polls in sorted({site.polls for site in sites}):
        folder = tmp_path_factory.mktemp(f"polls{polls}")
        with Sites(site for site in sites if site.polls == polls).running() as running:
            found |= collect(running, configuration(running, folder), polls)
    return found


def test_there_are_cases() -> None:
    """Every case that is known here is there, so that none can be skipped unseen."""
    _shared("cases/reading")
    assert set() == EXPECTED.keys() - {folder.name for folder in FOLDERS}


@pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}"
)
def test_a_case_is_read_as_it_should_be(folder: Path, reads: Mapping[str, Read]) -> None:
    """What is stored of a site is what its description calls right."""
    wanted: Mapping[str, Any] = {"title": "stated"} if folder.parent.name == "charset" else {}
    assert [] == faults(reads[folder.name], folder, EXPECTED.get(folder.name, wanted))


def test_of_a_long_feed_the_newest_entries_are_read(reads: Mapping[str, Read]) -> None:
    """Though they are listed last, and one more is added."""
    titles = {article["title"] for article in reads["many-oldest-first-rss"].articles}
    assert {"Entry 1199 of the log", "Entry 1200 of the log"} <= titles
    assert "Entry 0 of the log" not in titles


def _dates() -> list[tuple[str, str]]:
    if not FOLDER.exists():
        return []
    table = (FOLDER / "dates/expected.md").read_text("utf-8")
    rows = re.findall(r"^\| `(.*)` \| (\d{4}-\d\d-\d\d \d\d:\d\d)", table, re.MULTILINE)
    return [(html.unescape(written), right) for written, right in rows]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """When each entry of the feed of dates was published, by title."""
    folder = _shared("cases/reading") / "dates"
    feed = response((folder / "feed.xml").read_bytes(), "application/xml")
    site = Site(name="dates", answer=from_paths({"/feed.xml": feed}), toml='full_text = "always"')
    with Sites([site]).running() as running:
        config = configuration(running, tmp_path_factory.mktemp("dates"))
        read = collect(running, config, 1)["dates"]
    return {row["title"]: row["published_at"] for row in read.articles if row["dated"]}


@pytest.mark.parametrize(
    ("number", "written", "right"), [(n, *row) for n, row in enumerate(_dates())]
)
def test_a_date_is_the_moment_it_names(
    number: int, written: str, right: str, dated: Mapping[str, str]
) -> None:
    """In every spelling; a date in the future is that of the reading."""
    reading = FIRST_DAY.strftime("%Y-%m-%d %H:%M")
    assert min(right, reading) == dated[f"Piece number {number}"], written


# --- whole editions ---------------------------------------------------------------------------

EDITIONS: Mapping[str, tuple[tuple[int, ...], str]] = {  # stories of each day; never quoted
    "edition-briefing-three-days": ((1, 1, 1), "Nobody"),
    "edition-caption-quoted": ((1,), "acquitted"),
    "edition-comment-quoted": ((1,), "fish market"),
    "edition-page-is-list": ((3,), "Nobody"),
    "edition-walls-three-papers": ((6,), "subscription"),
    "edition-wordpress-footer": ((6,), "appeared first"),
}


@pytest.mark.parametrize("name", EDITIONS)
def test_an_edition_is_made_of_articles(name: str, tmp_path: Path) -> None:
    """No wall, list, caption, comment or footer is published as news, and no day's entry is lost.

    Which articles tell one event is judged elsewhere: of six unrelated ones at least five
    stories are asked for.
    """
    folder = _shared("cases/reading") / "edition" / name
    routes = json.loads((folder / "routes.json").read_text("utf-8"))
    sites = [
        Site(
            name=str(number),
            answer=from_paths({path: _responses(folder, a) for path, a in site["routes"].items()}),
            feed=site["feed"],
            toml=site["feeds.toml"],
        )
        for number, site in enumerate(routes)
    ]
    stories, quoted = EDITIONS[name]
    found = []
    printed = ""
    with Sites(sites).running() as running:
        config = configuration(running, tmp_path)
        for day in range(len(stories)):
            running.poll = day
            now = FIRST_DAY + timedelta(days=day + 1 - len(stories))
            done = digest(
                "run", "--config", str(config), "--now", now.isoformat(), "--allow-address",
                "127.20.0.0/16",
            )  # fmt: skip
            assert 0 == done.returncode, done.stderr
            printed = done.stdout
            page = (tmp_path / f"out/{now:%Y-%m-%d}/digest.json").read_text("utf-8")
            assert quoted not in page
            found.append(json.loads(page)["counts"]["stories"])
    assert all(
        number - 1 <= count <= number if number > 3 else count == number
        for count, number in zip(found, stories, strict=True)
    ), found
    if "walls" in name:
        assert "18 subscription wall" in printed
