"""One edition in every format says the same thing, safely, in the same bytes each time."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from digest.model import (
    Counts,
    Coverage,
    Edition,
    EditionStory,
    FeedReport,
    RenderedFile,
    Role,
    Section,
    SummarySentence,
)
from digest.render import Renderer, clean, to_json, web_url
from digest.render.mail import LIMIT
from digest.render.plain import WIDTH, columns, fill

ROOT = Path(__file__).parents[1]
RENDERER = Renderer()  # without a base URL
UNTIL = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
HOSTILE = (
    "Council <script>alert('x')</script> \u202eevil\u202c \x1b[31m\x00 votes {{ 7*7 }} "
    "& \ud800 rests"
)

# --- an invented edition ----------------------------------------------------------------------

_ids = count(1)


def article(
    outlet: str,
    title: str,
    hours: float,
    role: Role = "report",
    copy_of: str | None = None,
    *,
    paywalled: bool = False,
    dated: bool = True,
    url: str | None = "own",
) -> Coverage:
    number = next(_ids)
    slug = re.sub(r"[^a-z]+", "-", outlet.lower()).strip("-") or "outlet"
    return Coverage(
        id=f"a{number}",
        url=f"https://{slug}.example/{number}" if url == "own" else url,
        title=title,
        outlet=outlet,
        published_at=UNTIL - timedelta(hours=hours),
        role=role,
        copy_of=copy_of,
        dated=dated,
        paywalled=paywalled,
    )


def story(
    headline: str, articles: list[Coverage], sentences: list[str], language: str = "en"
) -> EditionStory:
    first, *rest = articles
    members = (replace(first, role="canonical"), *rest)
    originals = [one for one in members if one.role != "copy"]
    return EditionStory(
        id=f"s-{first.id}",
        headline=headline,
        language=language,
        outlets=len({one.outlet for one in members}),
        independent_reports=len(originals),
        summary=tuple(
            SummarySentence(text=text, article=originals[place % len(originals)].id)
            for place, text in enumerate(sentences)
        ),
        articles=members,
    )


def _wire_story() -> EditionStory:
    wire = article("Capital Wire", "Ferry pilots walk out over night crossings", 9)
    return story(
        "Ferry pilots walk out over night crossings",
        [
            wire,
            *(
                article(
                    outlet,
                    "Ferry pilots walk out over night crossings",
                    9 - place / 3,
                    "copy",
                    wire.id,
                )
                for place, outlet in enumerate(
                    ("Pell Echo", "Harbour Post", "Morning Signal", "Sennet Mail", "Kells Star"), 1
                )
            ),
            article("Strait Herald", "Last boat leaves Pell half empty", 6.2, paywalled=True),
            article(
                "Union Notes",
                "Pilots publish the letter that started it",
                4.4,
                "copy",
                "not-in-this-story",
            ),
        ],
        [
            "The pilots of the Pell strait stopped work at midnight and left nine ferries tied "
            "up on both shores.",
            "About four hundred passengers spent the night in the terminal, where the kitchen "
            "stayed open until three.",
            "The operator said it would offer a second pilot on winter crossings from January.",
        ],
    )


def _bridge_story() -> EditionStory:
    return story(
        "Old bridge at Upper Combe closes after divers find a crack wide enough for a hand",
        [
            article("Valley Tribune", "Crack found under Combe bridge, traffic sent round", 23.8),
            article("Northgate Ledger", "Combe bridge shut until spring", 21.5),
            article("Harbour Post", "Farmers face a forty-kilometre detour", 14.0),
            article("The Engineer's Week", "How a stone arch fails", 3.1, paywalled=True),
            article("Combe Parish News", "Bridge: what we know", 30, dated=False),
        ],
        [
            "Divers who were counting mussels found the crack on Friday morning, low on the "
            "second pier.",
            "The county closed the bridge within the hour; some two thousand cars a day now "
            "have to go by way of Kells.",
            "An arch of this kind gives notice before it goes, an engineer said, and this one "
            "has been giving it for years.",
            "Repairs cannot begin before the river falls in April.",
        ],
    )


def _arabic_story() -> EditionStory:
    return story(
        "إعادة افتتاح مكتبة الميناء بعد عشر سنوات من الترميم",
        [
            article("صدى الساحل", "مكتبة الميناء تفتح أبوابها من جديد", 12),
            article("Harbour Post", "Harbour library reopens", 8),
            article("Levant Review", "A library returns to its quay", 5),
        ],
        [
            "فتحت مكتبة الميناء أبوابها صباح الجمعة بعد ترميم استغرق عشر سنوات.",
            "وقف مئات القراء في طابور طويل على الرصيف قبل شروق الشمس.",
        ],
        "ar",
    )


def _plain_story(headline: str, outlets: list[str], sentences: list[str]) -> EditionStory:
    return story(
        headline,
        [article(outlet, headline, 2 + place * 1.7) for place, outlet in enumerate(outlets)],
        sentences,
    )


def sample() -> Edition:
    """Twelve stories in four sections, with everything that is hard to show."""
    sections = (
        Section(
            title="World",
            stories=(
                _bridge_story(),
                _plain_story(
                    "Lighthouse keeper retires as the last of her trade",
                    ["Strait Herald"],
                    ["She climbed the 212 steps for the last time on Thursday, with a thermos."],
                ),
                _wire_story(),
                _arabic_story(),
                _plain_story(HOSTILE, ["Evil <b>Bee</b> \u202eecaG"], [f"A sentence. {HOSTILE}"]),
            ),
        ),
        Section(
            title="Business",
            stories=(
                _plain_story(
                    "Two bakers' chains agree to share an oven",
                    ["Trade Ledger", "Morning Signal"],
                    [
                        "The chains will bake at night in one hall outside Ellinport and sell "
                        "under both names.",
                        "Nobody is to lose a job, both said, though three of five ovens go cold.",
                    ],
                ),
                _plain_story(
                    "Rechtsschutzversicherungsgesellschaften "
                    "und Donaudampfschifffahrtsgesellschaften einigen sich",
                    ["Handelsblick"],
                    ["Die Einigung gilt ab Januar."],
                ),
            ),
        ),
        Section(
            title="Science & health",
            stories=(
                _plain_story(
                    "Heron telescope sees a comet break in three",
                    ["Science Desk", "Northgate Ledger", "Star Dispatch"],
                    [
                        "The pieces drift apart at walking pace, the team writes.",
                        "Amateurs may see the brightest with binoculars after the full moon.",
                    ],
                ),
                _plain_story(
                    "Marsh fever shot holds for two winters",
                    ["Science Desk"],
                    ["Of 3,100 people who had both doses, eleven fell ill."],
                ),
                _plain_story("Why moss likes old roofs", ["Garden Column"], []),
            ),
        ),
        Section(
            title="Culture",
            stories=(
                _plain_story(
                    "The Alhambra shows its last film to a full house of forty",
                    ["Screen Weekly", "Couch Notes"],
                    ["The projector was older than anyone in the room."],
                ),
                _plain_story(
                    "Chess final ends with a rook nobody wanted", ["Lakeside Courier"], []
                ),
            ),
        ),
    )
    return Edition(
        id="2026-11-21",
        title="The Digest",
        language="en",
        timezone="Europe/Berlin",
        since=UNTIL - timedelta(days=1),
        until=UNTIL,
        counts=Counts(feeds=41, feeds_failed=2, articles=1312, copies=58, stories=37),
        feeds=(
            FeedReport(url="https://a.example/feed", title="Harbour Post", status="ok", entries=9),
            FeedReport(url="https://b.example/feed", title="Quiet Notes", status="unchanged"),
            FeedReport(
                url="https://broken-bell.example/rss",
                title="Broken Bell",
                status="failed",
                error="not XML: mismatched tag at line 41, column 7",
            ),
            FeedReport(
                url="https://slow.example/feeds/all.atom.xml?format=full&language=en&size=500",
                title="",
                status="failed",
                error="no answer in 60 s; tried again at 04:10 and 06:10",
            ),
        ),
        sections=sections,
    )


def large(stories: int) -> Edition:
    """An edition of so many stories, each with a summary and coverage."""
    return replace(
        sample(),
        sections=(
            Section(
                title="World",
                stories=tuple(
                    _plain_story(
                        f"Story number {number} of a very long day",
                        ["Harbour Post", "Valley Tribune", "Kells Star"],
                        ["What happened is told here at some length, so that it adds up."] * 3,
                    )
                    for number in range(stories)
                ),
            ),
        ),
    )


def file(files: tuple[RenderedFile, ...], name: str) -> str:
    (body,) = [one.body for one in files if one.path.rpartition("/")[2] == name]
    return body.decode()


@pytest.fixture(scope="module")
def edition() -> Edition:
    return sample()


@pytest.fixture(scope="module")
def files(edition: Edition) -> tuple[RenderedFile, ...]:
    return RENDERER.edition(edition, "2026-11-20")


def find(node: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """Elements below a node by a path such as `ol.coverage > li p.summary`."""
    xpath, axis = ".", "//"
    for part in path.split():
        if part == ">":
            axis = "/"
            continue
        tag, _, name = part.partition(".")
        xpath += axis + (tag or "*")
        if name:
            xpath += f"[contains(concat(' ', @class, ' '), ' {name} ')]"
        axis = "//"
    found: list[html.HtmlElement] = node.xpath(xpath)
    return found


def squeezed(node: html.HtmlElement) -> str:
    return " ".join(node.text_content().split())


def headlines_of(edition: Edition) -> list[str]:
    """The headlines in the order of all formats, as readers see them."""
    data = json.loads(to_json(edition))
    return [story["headline"] for section in data["sections"] for story in section["stories"]]


# --- one order, one content -------------------------------------------------------------------


def test_all_formats_tell_the_same_stories_in_the_same_order(
    edition: Edition, files: tuple[RenderedFile, ...]
) -> None:
    """Page, mail, text, Atom and JSON Feed hold the headlines of digest.json in its order."""
    expected = headlines_of(edition)
    site = RENDERER.site([edition])
    assert len(expected) == 12
    for markup in (
        file(files, "index.html").partition("About this edition")[0],
        file(files, "email.html"),
        json.loads(file(site, "feed.json"))["items"][0]["content_html"],
        feedparser.parse(file(site, "feed.xml"), sanitize_html=False).entries[0].content[0].value,
    ):
        assert expected == [squeezed(node) for node in html.fromstring(markup).iter("h3")]
    text = " ".join(file(files, "email.txt").split())
    places = [text.find(headline) for headline in expected]
    assert -1 not in places
    assert sorted(places) == places


def test_sentences_are_shown_with_their_outlet_and_link(files: tuple[RenderedFile, ...]) -> None:
    """Behind each sentence of a story stands a link to the article it is taken from."""
    page = html.fromstring(file(files, "index.html"))
    data = json.loads(file(files, "digest.json"))
    told = data["sections"][0]["stories"][0]
    by_id = {one["id"]: one for one in told["articles"]}
    cites = find(page.get_element_by_id(f"story-{told['id']}"), "p.summary a.cite")
    expected = [
        (by_id[s["article"]]["outlet"], by_id[s["article"]]["url"]) for s in told["summary"]
    ]
    assert expected == [(squeezed(cite), cite.get("href")) for cite in cites]
    assert {"noopener noreferrer nofollow"} == {cite.get("rel") for cite in cites}


def test_a_sentence_of_an_unknown_article_is_shown_without_a_citation(edition: Edition) -> None:
    """A citation that leads nowhere is left out; the sentence stays."""
    told = replace(
        edition.stories[0], summary=(SummarySentence(text="Nobody said this.", article="gone"),)
    )
    lone = replace(edition, sections=(Section(title="World", stories=(told,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    (paragraph,) = find(page, "p.summary")
    assert "Nobody said this." == squeezed(paragraph)


def test_coverage_stands_in_time_order_with_copies_under_their_original(
    files: tuple[RenderedFile, ...],
) -> None:
    """Reports are sorted by time; copies are nested; a copy of nothing shown stands alone."""
    page = html.fromstring(file(files, "index.html"))
    wire = find(page, "article")[1]
    reports = find(wire, "ol.coverage > li")
    outlets = [squeezed(find(li, ".what .who")[0]) for li in reports]
    assert ["Capital Wire", "Strait Herald · paywall", "Union Notes · copy"] == outlets
    copies = [squeezed(find(li, ".what a")[0]) for li in find(reports[0], "ol > li")]
    assert ["Pell Echo", "Harbour Post", "Morning Signal", "Sennet Mail", "Kells Star"] == copies


def test_the_line_of_evidence_counts_and_names_the_first(files: tuple[RenderedFile, ...]) -> None:
    """Singular and plural are right; who was first is judged by stated times alone."""
    page = html.fromstring(file(files, "index.html"))
    lines = [squeezed(node) for node in find(page, "summary")]
    assert (
        "5 articles · 5 outlets · 5 independent reports · first by Valley Tribune, Fri 08:12"
        == lines[0]
    )
    only = story(
        "One text",
        [first := article("A", "One text", 1), article("A", "One text", 0, "copy", first.id)],
        [],
    )
    lone = replace(sample(), sections=(Section(title="World", stories=(only,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    (line,) = find(page, "summary")
    assert "2 articles · 1 outlet · 1 independent report · first by A, 07:00" == squeezed(line)


def test_the_header_says_what_was_read(edition: Edition) -> None:
    """Feeds, articles, copies and stories are counted, with the number shown where it is less."""
    page = html.fromstring(file(RENDERER.edition(edition, None), "index.html"))
    (line,) = find(page, "p.read")
    expected = "1,312 articles from 41 feeds, 58 copies folded, 37 stories, 12 shown"
    assert expected == squeezed(line)
    counts = Counts(feeds=1, feeds_failed=0, articles=1, copies=1, stories=1)
    lone = replace(
        edition,
        counts=counts,
        sections=(Section(title="World", stories=edition.stories[1:2]),),
    )
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    (line,) = find(page, "p.read")
    assert "1 article from 1 feed, 1 copy folded, 1 story" == squeezed(line)


def test_failed_feeds_are_named_with_their_reason(files: tuple[RenderedFile, ...]) -> None:
    """The footer lists failed feeds only, by address where they have no title."""
    page = html.fromstring(file(files, "index.html"))
    expected = [
        "Broken Bell not XML: mismatched tag at line 41, column 7",
        "https://slow.example/feeds/all.atom.xml?format=full&language=en&size=500 "
        "no answer in 60 s; tried again at 04:10 and 06:10",
    ]
    assert expected == [squeezed(li) for li in find(page, "ul.failed li")]


@pytest.mark.parametrize("failed", [True, False])
def test_an_empty_edition_says_so(edition: Edition, failed: bool) -> None:
    """Without stories every format says kindly that there is nothing new."""
    empty = replace(edition, sections=(), feeds=edition.feeds if failed else edition.feeds[:1])
    files = RENDERER.edition(empty, None)
    for name in ("index.html", "email.html", "email.txt"):
        assert "Nothing new today." in file(files, name)
    assert failed == ("Every feed could be read." not in file(files, "index.html"))
    assert [] == json.loads(file(files, "digest.json"))["sections"]
    (entry,) = json.loads(file(RENDERER.site([empty]), "feed.json"))["items"]
    assert "Nothing new today." in entry["content_html"]


# --- safety -----------------------------------------------------------------------------------


def test_text_from_feeds_is_never_markup(edition: Edition, files: tuple[RenderedFile, ...]) -> None:
    """A script in a title reads as its letters, and is an element nowhere."""
    assert "<script>alert('x')</script>" in " ".join(headlines_of(edition))
    site = RENDERER.site([edition])
    markups = [file(files, "index.html"), file(files, "email.html"), file(site, "index.html")]
    markups.append(json.loads(file(site, "feed.json"))["items"][0]["content_html"])
    for markup in markups:
        tree = html.fromstring(markup)
        assert [] == tree.xpath("//script | //b[text()='Bee']")
    assert "<script>alert('x')</script>" in html.fromstring(markups[0]).text_content()
    assert "{{ 7*7 }}" in html.fromstring(markups[0]).text_content()


def test_no_format_holds_control_or_bidi_characters(
    edition: Edition, files: tuple[RenderedFile, ...]
) -> None:
    """What reorders or hides text is gone from every file, and all of it is UTF-8."""
    for one in (*files, *RENDERER.site([edition])):
        text = one.body.decode()
        odd = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} - {"\n"}
        assert set() == odd, one.path


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//host.example/x",
        "/relative",
        "mailto:a@b.example",
        "http://",
        "http://[::1",
        "http://host.example:99999/",
        "https://bank.example@evil.example/",
        "https://a b.example/",
        f"https://{'x' * 70}.example/",
        "https://host.example/" + "x" * 2000,
    ],
)
def test_only_web_addresses_are_links(edition: Edition, url: str | None) -> None:
    """Anything but an absolute http(s) address without a user name is shown as text."""
    assert web_url(url) is None
    lone = replace(
        edition,
        sections=(
            Section(
                title="World",
                stories=(story("No link", [article("A", "No link", 1, url=url)], ["Said."]),),
            ),
        ),
    )
    for one in Renderer(base_url="https://news.example").edition(lone, None)[:2]:
        links = html.fromstring(one.body.decode()).xpath("//a[@rel]/@href")
        assert [] == [link for link in links if "news.example" not in link]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Host.Example/a?b=c&d=%20e#f", "https://host.example/a?b=c&d=%20e#f"),
        ("http://host.example:8080/", "http://host.example:8080/"),
        ("http://[2001:db8::1]/x", "http://[2001:db8::1]/x"),
        ("https://bücher.example/ä b\"'<>", "https://xn--bcher-kva.example/%C3%A4%20b%22'%3C%3E"),
        ("https://host.example/\u202egpj.exe", "https://host.example/gpj.exe"),
    ],
)
def test_links_are_plain_ascii(url: str, expected: str) -> None:
    """Hosts are shown in punycode, everything else is percent-encoded where it must be."""
    assert expected == web_url(url)


@given(st.text(st.characters(), max_size=400), st.integers(1, 300))
def test_cleaning_is_final(text: str, limit: int) -> None:
    """Cleaned text is one line within the limit, and cleaning it again changes nothing."""
    once = clean(text, limit)
    assert once == clean(once, limit)
    assert len(once) <= limit
    assert once == " ".join(once.split())
    etree.fromstring(f"<a>{once.replace('&', '').replace('<', '').replace('>', '')}</a>")


def test_stacked_marks_are_cut_to_four() -> None:
    """A hundred combining marks on one letter would paint over the lines around it."""
    assert "e" + "\u0301" * 4 + "x" == clean("e" + "\u0301" * 100 + "x")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.datetimes())
@settings(max_examples=40, deadline=None)
def test_odd_text_breaks_no_format(
    headline: str, outlet: str, url: str, published: datetime
) -> None:
    """Whatever a feed says, all files are made, the XML is well formed and the JSON is valid."""
    odd = replace(article(outlet, headline, 1, url=url), published_at=published.replace(tzinfo=UTC))
    told = story(headline, [odd, article("B", headline, 2, "copy", odd.id)], [headline])
    made = replace(sample(), sections=(Section(title=outlet, stories=(told,)),))
    assert 4 == len(RENDERER.edition(made, None))
    atom, feed, _ = RENDERER.site([made])
    etree.fromstring(atom.body)
    assert 1 == len(json.loads(feed.body)["items"])


# --- determinism ------------------------------------------------------------------------------


def test_the_same_edition_gives_the_same_bytes(edition: Edition) -> None:
    """Two renderers make equal files, in an order that lets the archive be written last."""
    first, second = (
        (*one.edition(edition, None), *one.site([edition])) for one in (Renderer(), RENDERER)
    )
    assert first == second
    expected = [
        "2026-11-21/index.html",
        "2026-11-21/email.html",
        "2026-11-21/email.txt",
        "2026-11-21/digest.json",
        "feed.xml",
        "feed.json",
        "index.html",
    ]
    assert expected == [one.path for one in first]
    assert to_json(edition) == first[3].body


# --- digest.json ------------------------------------------------------------------------------

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "$") -> list[str]:
    """Where a value departs from a schema, for the keywords that ours uses."""
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    found = _scalar_faults(value, schema, path)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{path}: {key} is missing" for key in schema["required"] if key not in value]
        found += [f"{path}: {key} is not described" for key in value if key not in known]
        for key in value.keys() & known.keys():
            found += faults(value[key], known[key], root, f"{path}.{key}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{path}: too few items")
        for place, item in enumerate(value):
            found += faults(item, schema["items"], root, f"{path}[{place}]")
    return found


def _scalar_faults(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    found = []
    names = schema.get("type", [])
    allowed = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    if allowed and type(value) not in allowed:
        found.append(f"{path}: {type(value).__name__} is not {names}")
    if value not in schema.get("enum", [value]):
        found.append(f"{path}: {value!r} is not in {schema['enum']}")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{path}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{path}: {value} is too small")
    return found


def test_digest_json_is_what_its_schema_says(edition: Edition) -> None:
    """The data keeps to docs/digest.schema.json, and every key is described there."""
    schema = json.loads((ROOT / "docs/digest.schema.json").read_text(encoding="utf-8"))
    data = json.loads(to_json(edition))
    assert [] == faults(data, schema, schema)
    data["sections"][0]["stories"][0]["articles"][0]["role"] = "centroid"
    data["edition"]["since"] = "yesterday"
    assert 2 == len(faults(data, schema, schema))


def test_digest_json_is_stable_text(edition: Edition) -> None:
    """UTF-8 with letters as they are, two spaces, one newline at the end, times with Z."""
    body = to_json(edition).decode()
    assert body.startswith('{\n  "edition": {\n    "id": "2026-11-21",')
    assert body.endswith("}\n")
    assert "مكتبة" in body
    assert '"until": "2026-11-21T07:00:00Z"' in body


def test_digest_json_says_what_the_edition_says(edition: Edition) -> None:
    """Roles, copies, counts and times are those of the edition."""
    data = json.loads(to_json(edition))
    wire = data["sections"][0]["stories"][1]
    assert ["canonical", *["copy"] * 5, "report", "copy"] == [a["role"] for a in wire["articles"]]
    assert wire["articles"][0]["id"] == wire["articles"][1]["copy_of"]
    assert "2026-11-20T22:00:00Z" == wire["articles"][0]["published_at"]
    assert {
        "articles": 1312,
        "copies": 58,
        "feeds": 41,
        "feeds_failed": 2,
        "stories": 37,
        "repeats": 0,
    } == data["counts"]


# --- page -------------------------------------------------------------------------------------


def test_the_page_loads_nothing(files: tuple[RenderedFile, ...]) -> None:
    """No script, image, frame, font or style sheet; the policy would refuse them."""
    page = html.fromstring(file(files, "index.html"))
    assert [] == page.xpath("//script | //img | //iframe | //link[@rel='stylesheet'] | //@src")
    assert "url(" not in file(files, "index.html")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_the_page_can_be_walked_through(files: tuple[RenderedFile, ...]) -> None:
    """Landmarks, one h1, no skipped heading level, unique ids, and jumps that arrive."""
    page = html.fromstring(file(files, "index.html"))
    assert [1, 1, 1] == [len(page.xpath(f"//body/{tag}")) for tag in ("header", "main", "footer")]
    levels = [int(node.tag[1]) for node in page.xpath("//h1 | //h2 | //h3 | //h4")]
    assert 1 == levels.count(1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.xpath("//@id")
    assert len(set(ids)) == len(ids)
    jumps = [href[1:] for href in page.xpath("//a/@href") if href.startswith("#")]
    assert "main" == jumps[0]
    assert 5 == len(jumps)
    assert set(jumps) <= set(ids)


def test_other_languages_are_marked(files: tuple[RenderedFile, ...], edition: Edition) -> None:
    """An Arabic story says so and runs from right to left; an unknown one finds its own way."""
    page = html.fromstring(file(files, "index.html"))
    arabic = page.xpath("//*[@lang='ar']")
    assert ["h3", "p"] == [node.tag for node in arabic]
    assert {"rtl"} == {node.get("dir") for node in arabic}
    unknown = replace(edition.stories[0], language="und")
    lone = replace(edition, sections=(Section(title="World", stories=(unknown,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert ["auto", "auto"] == page.xpath("//article//@dir")
    assert [] == page.xpath("//article//@lang")


def test_the_page_knows_its_neighbours(edition: Edition) -> None:
    """Archive, feeds and the edition before are linked; the first edition has none before it."""
    page = html.fromstring(file(RENDERER.edition(edition, "2026-11-20"), "index.html"))
    assert "../2026-11-20/index.html" in page.xpath("//a/@href")
    assert "../index.html" in page.xpath("//a/@href")
    assert ["../feed.xml", "../feed.json"] == page.xpath("//link[@rel='alternate']/@href")
    page = html.fromstring(file(RENDERER.edition(edition, None), "index.html"))
    assert [] == page.xpath("//*[@rel='prev']")


def test_dates_follow_language_and_timezone(edition: Edition) -> None:
    """The day is said in the edition's language, times in its timezone, far days with a date."""
    german = replace(edition, language="de")
    page = html.fromstring(file(RENDERER.edition(german, None), "index.html"))
    assert "Samstag, 21. November 2026" == squeezed(find(page, "p.date")[0])
    assert "Valley Tribune, Fr., 08:12" in squeezed(find(page, "summary")[0])
    old = [article("A", "Old", 24 * 20), article("B", "Older", 24 * 400)]
    lone = replace(
        edition, sections=(Section(title="World", stories=(story("Old", old, []),)),), language="xx"
    )
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert ["Oct 17, 2025", "Nov 1"] == [squeezed(node) for node in find(page, ".when")]


def test_the_last_day_of_the_calendar_is_a_day(edition: Edition) -> None:
    """A time that cannot be told in the edition's timezone is told as it stands."""
    told = story("Late", [replace(article("A", "Late", 0), published_at=LAST)], [])
    lone = replace(edition, sections=(Section(title="World", stories=(told,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert "A · Dec 31, 9999" == squeezed(find(page, "ul.briefs p.who")[0])


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_enough_contrast_in_both_schemes() -> None:
    """Each text colour stands at 4.5:1 or more on its paper (WCAG 2.2, 1.4.3)."""
    css = (ROOT / "templates/style.css").read_text(encoding="utf-8")
    schemes = re.findall(r":root \{([^}]*--paper: #\w{6};[^}]*)\}", css)
    assert 2 == len(schemes)
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6});", scheme))
        paper = _luminance(colours["paper"])
        for name in ("ink", "quiet", "accent"):
            light, dark = sorted((paper, _luminance(colours[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


# --- mail -------------------------------------------------------------------------------------


def test_mail_is_inlined_and_still_knows_the_dark(files: tuple[RenderedFile, ...]) -> None:
    """Styles stand on the elements; only the media query stays a style sheet."""
    mail = html.fromstring(file(files, "email.html"))
    (style,) = mail.xpath("//style/text()")
    assert style.strip().startswith("@media (prefers-color-scheme: dark)")
    assert all("font-size" in style for style in mail.xpath("//td[@class='story']/@style"))
    assert ["light dark"] == mail.xpath("//meta[@name='color-scheme']/@content")
    assert [] == mail.xpath("//img | //script | //@src")
    preheader = squeezed(find(mail, ".preheader")[0])
    assert preheader.startswith("Old bridge at Upper Combe closes")


@pytest.mark.parametrize(
    ("stories", "notice"),
    [
        (12, ""),
        (60, "the outlets of"),
        (90, "without a summary"),
        (400, "are left out and no summaries are given"),
    ],
)
def test_mail_stays_below_the_limit(stories: int, notice: str) -> None:
    """Coverage gives way first, then summaries, then stories; the mail says which and links."""
    renderer = Renderer(base_url="https://news.example/")
    files = renderer.edition(large(stories), None)
    body = file(files, "email.html")
    assert len(body.encode()) <= LIMIT
    assert notice in body
    assert bool(notice) == ("Read the whole edition" in body)
    assert stories == file(files, "index.html").count("<article")
    if notice:
        assert len(body.encode()) > 0.9 * LIMIT


def test_mail_counts_what_it_leaves_out() -> None:
    """Stories shown and stories left out add up to all."""
    mail = html.fromstring(file(RENDERER.edition(large(400), None), "email.html"))
    (left_out,) = re.findall(r"(\d+) stories are left out", squeezed(mail))
    assert 400 == int(left_out) + len(mail.xpath("//h3"))
    assert [] == mail.xpath("//a[text()='Read the whole edition']")


def test_a_thousand_failed_feeds_do_not_fill_the_mail(edition: Edition) -> None:
    """Ten failures are named, the rest is counted."""
    feeds = tuple(
        FeedReport(url=f"https://{n}.example/", title="<" * 900, status="failed", error="&" * 900)
        for n in range(1000)
    )
    body = file(RENDERER.edition(replace(edition, feeds=feeds), None), "email.html")
    assert "and 990 more" in body
    assert len(body.encode()) <= LIMIT


# --- text -------------------------------------------------------------------------------------


def test_text_mail_keeps_its_width(files: tuple[RenderedFile, ...]) -> None:
    """No line is wider than 78 columns, but for the addresses at the end of a section."""
    lines = file(files, "email.txt").splitlines()
    wide = [one for one in lines if columns(one) > WIDTH and not re.match(r"\[\d+\] http", one)]
    assert [] == wide
    assert [one.rstrip() for one in lines] == lines


def test_text_mail_numbers_its_links(files: tuple[RenderedFile, ...]) -> None:
    """Each number in the text is explained once, at the end of its own section."""
    text = file(files, "email.txt")
    listed = re.findall(r"^\[(\d+)\] (http\S+)$", text, re.MULTILINE)
    assert [str(number) for number in range(1, len(listed) + 1)] == [n for n, _ in listed]
    assert len(listed) == len({url for _, url in listed})
    for part in text.split("\n\n\n")[1:-1]:
        body, _, notes = part.rpartition("\n\n")
        used = set(re.findall(r"\[(\d+)\]", body))
        assert used == set(re.findall(r"^\[(\d+)\]", notes, re.MULTILINE))


@given(st.text(st.sampled_from("ab 語文\n"), max_size=400), st.sampled_from([0, 2, 4]))
def test_filling_keeps_text_and_width(text: str, indent: int) -> None:
    """No line is too wide, wide characters counted twice, and no letter is lost."""
    lines = fill(text, indent).split("\n")
    assert all(columns(line) <= WIDTH for line in lines)
    assert "".join(text.split()) == "".join("".join(lines).split())


def test_words_that_are_too_long_are_cut() -> None:
    """A word wider than a line goes on in the next; wide letters count twice."""
    assert "a\n" + "x" * 78 + "\nxx b" == fill("a " + "x" * 80 + " b")
    assert "語" * 39 + "\n語" == fill("語" * 40)


# --- feeds and archive ------------------------------------------------------------------------


def _days(number: int) -> list[Edition]:
    made = []
    for age in range(number):
        until = UNTIL - timedelta(days=age)
        made.append(replace(sample(), id=until.date().isoformat(), until=until))
    return made


@pytest.fixture(scope="module")
def site() -> tuple[RenderedFile, ...]:
    return RENDERER.site(_days(40))


def test_atom_and_json_feed_say_the_same(site: tuple[RenderedFile, ...]) -> None:
    """Read back, both hold the newest 30 editions with equal ids, titles, times and content."""
    atom = feedparser.parse(file(site, "feed.xml"), sanitize_html=False)
    items = json.loads(file(site, "feed.json"))["items"]
    assert not atom.bozo
    assert 30 == len(atom.entries) == len(items)
    assert "The Digest, November 21, 2026" == items[0]["title"]
    for entry, item in zip(atom.entries, items, strict=True):
        assert item["title"] == entry.title
        assert item["id"] == entry.id
        assert item["url"] == entry.link
        assert item["date_published"] == entry.updated
        # The parser writes entities its own way: compare what is read.
        content = html.fromstring(entry.content[0].value)
        assert squeezed(html.fromstring(item["content_html"])) == squeezed(content)
    assert "2026-11-21T07:00:00Z" == atom.entries[0].updated


def test_feed_ids_outlive_a_move() -> None:
    """Ids are URNs that do not depend on the address; links are absolute once it is known."""
    here = feedparser.parse(file(RENDERER.site(_days(2)), "feed.xml"))
    there = feedparser.parse(
        file(Renderer(base_url="https://news.example/daily").site(_days(2)), "feed.xml")
    )
    assert [entry.id for entry in here.entries] == [entry.id for entry in there.entries]
    assert all(entry.id.startswith("urn:uuid:") for entry in here.entries)
    assert "2026-11-21/" == here.entries[0].link
    assert "https://news.example/daily/2026-11-21/" == there.entries[0].link


def test_pages_know_their_address() -> None:
    """With a base URL pages state the address they want to be known by."""
    renderer = Renderer(base_url="https://news.example")
    page = html.fromstring(file(renderer.edition(sample(), None), "index.html"))
    assert ["https://news.example/2026-11-21/"] == page.xpath("//link[@rel='canonical']/@href")
    archive = html.fromstring(file(renderer.site([sample()]), "index.html"))
    assert ["https://news.example/"] == archive.xpath("//link[@rel='canonical']/@href")


def test_the_archive_lists_all_editions_by_month(site: tuple[RenderedFile, ...]) -> None:
    """Every edition is linked, newest first, under the month it belongs to."""
    page = html.fromstring(file(site, "index.html"))
    assert ["November 2026", "October 2026"] == [squeezed(node) for node in page.iter("h2")]
    expected = [f"{edition.id}/index.html" for edition in _days(40)]
    assert expected == page.xpath("//h3/a/@href")


def test_no_editions_make_no_site() -> None:
    """Before the first edition there is nothing to list."""
    assert () == RENDERER.site([])
