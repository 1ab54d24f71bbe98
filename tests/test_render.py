"""One edition in every format says the same thing, safely, in the same bytes each time."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from digest.model import (
    Counts,
    Earlier,
    Edition,
    Personal,
    RenderedFile,
    Section,
    SummarySentence,
)
from digest.render import Renderer, clean, to_json, web_url
from digest.render.catalogue import Strings
from digest.render.clean import _web_url, clean_edition
from digest.render.lookalikes import disguised
from digest.render.sample_edition import sample_editions
from digest.render.story_view import flat
from digest.render.view import view

from .editions import article, file, find, large, sample, site, squeezed, story

ROOT = Path(__file__).parents[1]
RENDERER = Renderer()  # without a base URL
LAST = datetime.max.replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return sample()


@pytest.fixture(scope="module")
def files(edition: Edition) -> tuple[RenderedFile, ...]:
    return RENDERER.edition(edition, "2026-11-20")


def headlines_of(edition: Edition) -> list[str]:
    """The headlines in the order of all formats, as readers see them."""
    return [story["headline"] for story in in_reading_order(json.loads(to_json(edition)))]


def in_reading_order(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The stories of digest.json: the front, then each section, lines behind those in full."""
    sections = [section["stories"] for section in data["sections"]]
    by_id = {story["id"]: story for stories in sections for story in stories}
    others = [
        [story for story in stories if story["id"] not in data["front"]] for stories in sections
    ]
    lines = [sorted(stories, key=lambda story: not story["summary"]) for stories in others]
    return [by_id[name] for name in data["front"]] + [
        story for stories in lines for story in stories
    ]


# --- one order, one content -------------------------------------------------------------------


def test_all_formats_tell_the_same_stories_in_the_same_order(
    edition: Edition, files: tuple[RenderedFile, ...]
) -> None:
    """Those of digest.json, the front first, and its ids wherever a format has any."""
    expected = headlines_of(edition)
    made = site([edition])
    assert len(expected) == 12
    for markup in (
        file(files, "index.html").partition("<footer")[0],
        file(files, "email.html"),
        json.loads(file(made, "feed.json"))["items"][0]["content_html"],
        feedparser.parse(file(made, "feed.xml"), sanitize_html=False).entries[0].content[0].value,
    ):
        shown = html.fromstring(markup).xpath("//h3 | //h2[contains(@class, 'headline')]")
        assert expected == [squeezed(node) for node in shown]
    ids = [story["id"] for story in in_reading_order(json.loads(file(files, "digest.json")))]
    page = html.fromstring(file(files, "index.html"))
    assert [f"story-{edition_id}" for edition_id in ids] == page.xpath(
        "//*[starts-with(@id, 'story-')]/@id"
    )
    stories = json.loads(file(made, "stories.json"))["items"]
    assert [f"stories/{edition_id}/" for edition_id in ids] == [item["url"] for item in stories]
    entries = feedparser.parse(file(made, "stories.xml")).entries
    assert [story["id"] for story in stories] == [entry.id for entry in entries]
    text = " ".join(file(files, "email.txt").split())
    places = [text.find(headline) for headline in expected]
    assert -1 not in places
    assert sorted(places) == places


def test_sentences_are_shown_with_their_outlet_and_link(files: tuple[RenderedFile, ...]) -> None:
    """Behind each sentence of a story is a link to the article it is taken from."""
    page = html.fromstring(file(files, "index.html"))
    data = json.loads(file(files, "digest.json"))
    single = data["sections"][0]["stories"][0]
    by_id = {article["id"]: article for article in single["articles"]}
    shown = page.get_element_by_id(f"story-{single['id']}")
    cites = find(shown, "p.summary sup.cite > a")
    expected = [by_id[sentence["article"]]["url"] for sentence in single["summary"]]
    assert expected == [cite.get("href") for cite in cites]
    assert ["1", "2", "3", "4"] == [squeezed(cite) for cite in cites]
    assert {"noopener noreferrer nofollow"} == {cite.get("rel") for cite in cites}
    named = [by_id[sentence["article"]]["outlet"] for sentence in single["summary"]]
    sources = find(shown, "p.sources a")
    assert [f"{outlet} {place}" for place, outlet in enumerate(named, 1)] == [
        squeezed(source) for source in sources
    ]
    assert expected == [source.get("href") for source in sources]


def test_outlets_are_named_once_however_often_they_are_quoted() -> None:
    """Two articles of one outlet share its name; one source alone needs no number."""
    articles = [article("A", "One", 3), article("A", "Two", 2), article("B", "Three", 1)]
    single = story("Told thrice", articles, ["First.", "Second.", "Third.", "Fourth."])
    alone = story("Told once", [article("C", "Told once", 1)], ["It was so.", "It still is."])
    lone = replace(sample(), front=(), sections=(Section(title="World", stories=(single, alone)),))
    page = html.fromstring(file(RENDERER.edition(lone), "index.html"))
    first, second = find(page, "article")
    assert ["1", "2", "3", "1"] == [squeezed(cite) for cite in find(first, "sup.cite")]
    assert "A 1 2 · B 3" == squeezed(find(first, "p.sources")[0])
    assert [] == find(second, "sup")
    assert "C · 07:00" == squeezed(find(second, "p.sources")[0])


def test_a_lone_source_that_is_not_the_headlines_is_numbered() -> None:
    """Else nobody could tell which of the two outlets named the sentences are from."""
    single = story("Shown", [article("A", "Shown", 2), article("B", "Other", 1)], [])
    single = replace(
        single, summary=(SummarySentence(text="So it is.", article=single.articles[1].id),)
    )
    lone = replace(sample(), front=(), sections=(Section(title="World", stories=(single,)),))
    page = html.fromstring(file(RENDERER.edition(lone), "index.html"))
    assert "So it is.1" == squeezed(find(page, "p.summary")[0])
    assert "A · B 1" == squeezed(find(page, "p.sources")[0])


def test_a_sentence_of_an_unknown_article_is_shown_without_a_citation(edition: Edition) -> None:
    """A citation that leads nowhere is left out; the sentence stays."""
    single = replace(
        edition.stories[0], summary=(SummarySentence(text="Nobody said this.", article="gone"),)
    )
    lone = replace(edition, sections=(Section(title="World", stories=(single,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    (paragraph,) = find(page, "p.summary")
    assert "Nobody said this." == squeezed(paragraph)


def test_coverage_stands_in_time_order_with_copies_under_their_original(
    files: tuple[RenderedFile, ...],
) -> None:
    """Reports are sorted by time; copies are nested; a copy of nothing shown is listed alone."""
    page = html.fromstring(file(files, "index.html"))
    wire = find(page, "article")[1]
    reports = find(wire, "ol.coverage > li")
    outlets = [squeezed(find(li, ".what .who")[0]) for li in reports]
    assert ["Capital Wire", "Strait Herald · paywall", "Union Notes · reprint"] == outlets
    copies = [squeezed(find(li, ".what a")[0]) for li in find(reports[0], "ol > li")]
    assert ["Pell Echo", "Harbour Post", "Morning Signal", "Sennet Mail", "Kells Star"] == copies


def test_coverage_says_what_is_no_news() -> None:
    """An opinion beside the reports is marked as one."""
    comment = replace(article("B", "Ships must sail", 1), kind="opinion")
    only = story("Ships sail", [article("A", "Ships sail", 2), comment], ["Ships sail again."])
    lone = replace(sample(), sections=(Section(title="World", stories=(only,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    named = [squeezed(node) for node in find(page, "ol.coverage .who")]
    assert ["A", "B · Opinion"] == named


def test_the_line_of_evidence_counts_and_names_the_first(files: tuple[RenderedFile, ...]) -> None:
    """As short as it can be said; who was first is judged by stated times alone."""
    page = html.fromstring(file(files, "index.html"))
    lines = [squeezed(node) for node in find(page, "summary")]
    assert ["5 independent reports", "8 outlets · 2 independent reports"] == lines[:2]
    first_by = find(page, "details > p")[0]
    assert "First reported by Valley Tribune, Fri 08:12" == squeezed(first_by)
    only = story(
        "One text",
        [first := article("A", "One text", 1), article("A", "One text", 0, "copy", first.id)],
        ["So it is."],
    )
    lone = replace(sample(), sections=(Section(title="World", stories=(only,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    (line,) = find(page, "summary")
    assert "2 articles" == squeezed(line)


def test_numbers_of_interest_stand_above_and_the_others_below(edition: Edition) -> None:
    """How much there is to read; at the foot what was read, and the number shown if it is less."""
    page = html.fromstring(file(RENDERER.edition(edition, None), "index.html"))
    assert "12 stories · 2 min read" == squeezed(find(page, "header span.read")[0])
    counted = squeezed(find(page, "footer p")[0]).partition("). ")[2]
    expected = "1,312 articles from 41 feeds, 58 reprints left out, 37 stories, 12 shown."
    assert expected == counted
    counts = Counts(feeds=1, feeds_failed=0, articles=1, copies=1, stories=1)
    lone = replace(
        edition,
        counts=counts,
        sections=(Section(title="World", stories=edition.stories[1:2]),),
    )
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert "1 story · 1 min read" == squeezed(find(page, "header span.read")[0])
    counted = squeezed(find(page, "footer p")[0]).partition("). ")[2]
    assert "1 article from 1 feed, 1 reprint left out, 1 story." == counted


def test_failed_feeds_are_named(files: tuple[RenderedFile, ...]) -> None:
    """The footer lists failed feeds only, by address where they have no title."""
    page = html.fromstring(file(files, "index.html"))
    slow = "https://slow.example/feeds/all.atom.xml?format=full&language=en&size=500"
    assert f"2 feeds could not be read: Broken Bell, {slow}." in [
        squeezed(node) for node in find(page, "footer p")
    ]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (0, 1, "Nothing new today."),
        (0, 4, "Nothing new today."),
        (2, 4, "We could not read any feed today."),
    ],
)
def test_an_empty_edition_says_so(edition: Edition, first: int, last: int, said: str) -> None:
    """Every format says that there is nothing new, or that nothing could be read at all."""
    empty = replace(edition, sections=(), front=(), rest=(), feeds=edition.feeds[first:last])
    files = RENDERER.edition(empty, None)
    for name in ("index.html", "email.html", "email.txt"):
        assert said in file(files, name)
    assert (last == 1) == ("Every feed could be read." in file(files, "index.html"))
    assert [] == json.loads(file(files, "digest.json"))["sections"]
    (entry,) = json.loads(file(site([empty]), "feed.json"))["items"]
    assert said in entry["content_html"]


# --- safety -----------------------------------------------------------------------------------


def test_text_from_feeds_is_never_markup(edition: Edition, files: tuple[RenderedFile, ...]) -> None:
    """A script in a title reads as its letters, and is an element nowhere."""
    assert "<script>alert('x')</script>" in " ".join(headlines_of(edition))
    made = site([edition])
    markups = [file(files, "index.html"), file(files, "email.html"), file(made, "index.html")]
    markups.append(json.loads(file(made, "feed.json"))["items"][0]["content_html"])
    for markup in markups:
        tree = html.fromstring(markup)
        assert [] == tree.xpath("//script | //b[text()='Bee']")
    assert "<script>alert('x')</script>" in html.fromstring(markups[0]).text_content()
    assert "{{ 7*7 }}" in html.fromstring(markups[0]).text_content()


def test_no_format_holds_control_or_bidi_characters(
    edition: Edition, files: tuple[RenderedFile, ...]
) -> None:
    """What reorders or hides text is gone from every file, and all of it is UTF-8."""
    for item in (*files, *site([edition])):
        text = item.body.decode()
        odd = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} - {"\n"}
        assert set() == odd, item.path


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
        rest=(),
        sections=(
            Section(
                title="World",
                stories=(story("No link", [article("A", "No link", 1, url=url)], ["Said."]),),
            ),
        ),
    )
    for item in Renderer(base_url="https://news.example").edition(lone, None)[:2]:
        links = html.fromstring(item.body.decode()).xpath("//a[@rel]/@href")
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


@given(
    st.from_regex(
        r"https?://[a-z0-9.-]{1,70}(/[a-zA-Z0-9%.~_'()*?#&=-]{0,30})?(\?[a-z&=+?#]{0,9})?",
        fullmatch=True,
    )
)
def test_a_plain_address_stays_as_it_is(url: str) -> None:
    """The short way for addresses that are plain already finds what the long one does."""
    assert _web_url(url) == web_url(url)


@given(st.text(st.characters(), max_size=400), st.integers(1, 300))
def test_cleaning_is_final(text: str, limit: int) -> None:
    """Cleaned text is one line within the limit, and cleaning it again changes nothing."""
    once = clean(text, limit)
    assert once == clean(once, limit)
    assert len(once) <= limit
    assert once == " ".join(once.split())
    etree.fromstring(f"<a>{once.replace('&', '').replace('<', '').replace('>', '')}</a>")


def test_stacked_marks_are_cut_to_four() -> None:
    """A hundred combining marks on one letter would cover the lines around it."""
    assert "e" + "\u0301" * 4 + "x" == clean("e" + "\u0301" * 100 + "x")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.datetimes())
@settings(max_examples=20, deadline=None)
def test_odd_text_breaks_no_format(
    headline: str, outlet: str, url: str, published: datetime
) -> None:
    """Whatever a feed says, all files are made, the XML is well formed and the JSON is valid."""
    odd = replace(article(outlet, headline, 1, url=url), published_at=published.replace(tzinfo=UTC))
    single = story(headline, [odd, article("B", headline, 2, "copy", odd.id)], [headline])
    made = replace(sample(), sections=(Section(title=outlet, stories=(single,)),), rest=())
    assert 4 == len(RENDERER.edition(made, None))
    by_path = {item.path: item.body for item in site([made])}
    for path, body in by_path.items():
        if path.endswith((".xml", ".opml")):
            etree.fromstring(body)
    assert 1 == len(json.loads(by_path["stories.json"])["items"])


# --- determinism ------------------------------------------------------------------------------


def test_the_same_edition_gives_the_same_bytes(edition: Edition) -> None:
    """Two renderers make equal files, in an order that lets the archive be written last."""
    first, second = (site([edition], value) for value in (Renderer(), RENDERER))
    assert first == second
    assert "2026-11-21/index.html" == first[0].path
    assert "index.html" == first[-1].path
    assert len({item.path for item in first}) == len(first)
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
    wire = data["sections"][0]["stories"][2]
    assert wire["id"] == data["front"][1]
    assert ["canonical", *["copy"] * 5, "report", "copy"] == [a["role"] for a in wire["articles"]]
    assert wire["articles"][0]["id"] == wire["articles"][1]["copy_of"]
    assert "2026-11-20T22:00:00Z" == wire["articles"][0]["published_at"]
    counts = {"articles": 1312, "copies": 58, "feeds": 41, "feeds_failed": 2, "stories": 37}
    assert counts | {"repeats": 0} == data["counts"]


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
    assert 7 == len(jumps)  # to the content, four sections, the titles, the imprint
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


def test_a_section_keeps_its_number_behind_its_name(edition: Edition) -> None:
    """A name that runs from right to left would draw the number before itself."""
    named = Section(title="أخبار العالم", stories=edition.stories[:1])
    sections = (named, replace(edition.sections[0], stories=edition.stories[1:]))
    page = html.fromstring(
        file(
            RENDERER.edition(replace(edition, sections=sections, front=edition.front[1:])),
            "index.html",
        )
    )
    first = page.xpath("//nav[@class='inside']//a")[0]
    assert [("bdi", named.title), ("span", "1")] == [(part.tag, part.text) for part in first]


def test_the_page_knows_its_neighbours(edition: Edition) -> None:
    """Archive, feeds and the edition before are linked; the first edition has none before it."""
    page = html.fromstring(file(RENDERER.edition(edition, "2026-11-20"), "index.html"))
    assert "../2026-11-20/index.html" in page.xpath("//a/@href")
    assert "../index.html" in page.xpath("//a/@href")
    assert ["../feed.xml", "../feed.json", "../stories.xml"] == page.xpath(
        "//link[@rel='alternate']/@href"
    )
    page = html.fromstring(file(RENDERER.edition(edition, None), "index.html"))
    assert [] == page.xpath("//*[@rel='prev']")


def test_dates_follow_language_and_timezone(edition: Edition) -> None:
    """The day is said in the edition's language, times in its timezone, far days with a date."""
    german = replace(edition, language="de")
    page = html.fromstring(file(RENDERER.edition(german, None), "index.html"))
    assert "Samstag, 21. November 2026" == squeezed(find(page, "p.date time")[0])
    assert "Valley Tribune, Fr., 08:12" in squeezed(find(page, "details > p")[0])
    old = [article("A", "Old", 24 * 20), article("B", "Older", 24 * 400)]
    lone = replace(
        edition,
        sections=(Section(title="World", stories=(story("Old", old, ["It was."]),)),),
        language="xx",
    )
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert ["Oct 17, 2025", "Nov 1"] == [squeezed(node) for node in find(page, ".when")]


def test_the_last_day_of_the_calendar_is_a_day(edition: Edition) -> None:
    """A time beyond the edition's timezone is shown in its own."""
    single = story("Late", [replace(article("A", "Late", 0), published_at=LAST)], ["So it is."])
    lone = replace(edition, sections=(Section(title="World", stories=(single,)),))
    page = html.fromstring(file(RENDERER.edition(lone, None), "index.html"))
    assert "A · Dec 31, 9999" == squeezed(find(page, "p.sources")[0])


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_enough_contrast_in_both_schemes() -> None:
    """Each text colour has a contrast of 4.5:1 or more on its paper (WCAG 2.2, 1.4.3)."""
    css = (ROOT / "templates/style.css").read_text(encoding="utf-8")
    schemes = re.findall(r":root \{([^}]*--paper: #\w{6};[^}]*)\}", css)
    assert 2 == len(schemes)
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6});", scheme))
        paper = _luminance(colours["paper"])
        for name in ("ink", "quiet", "accent"):
            light, dark = sorted((paper, _luminance(colours[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


# --- updates, differences, pictures, other tongues ------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://аррӏе.example/x", "xn--80ak6aa92e.example"),
        ("https://news.pαge.example/", "news.xn--pge-oxc.example"),
        ("https://xn--0.example/", "xn--0.example"),
        ("https://bücher.example/", None),
        ("https://новости.рф/", None),
        ("https://港報.example/", None),
        ("https://plain.example/xn--path", None),
    ],
)
def test_a_host_that_looks_like_another_is_spelt_out(url: str, shown: str | None) -> None:
    """Beside each link to it, in page and mail; names in honest letters are left alone."""
    single = story(
        "Shown", [article("A", "Shown", 1, url=url), article("B", "Too", 2)], ["It is so."]
    )
    lone = replace(sample(), sections=(Section(title="World", stories=(single,)),))
    assert shown == disguised(web_url(url))
    for name in ("index.html", "email.html"):
        marks = html.fromstring(file(RENDERER.edition(lone), name)).xpath("//a/@href/../..//span")
        found = {squeezed(node) for node in marks if node.get("class") == "mark"}
        assert ({shown} if shown else set()) == found


def test_labels_tell_what_is_new_today() -> None:
    """An update says its day; "new" is said only where most stories go on from before."""
    new, old = sample_editions()
    page = html.fromstring(file(RENDERER.edition(new), "index.html"))
    assert ["Update, day 2"] == [squeezed(node) for node in find(page, "article .label")]
    assert [] == find(
        html.fromstring(file(RENDERER.edition(old), "index.html")), "article > .status"
    )
    ferries, library, clock, _ = new.stories
    updates = (ferries, replace(library, status="update", day=3), clock)
    made = replace(new, sections=(Section(title="World", stories=updates),))
    page = html.fromstring(file(RENDERER.edition(made), "index.html"))
    labels = [squeezed(node) for node in find(page, "article .label")]
    assert ["Update, day 2", "Update, day 3", "New"] == labels


@pytest.mark.parametrize("display", ["full", "line"])
def test_what_is_no_news_report_says_so(display: Any) -> None:
    """Opinion is called so in page, mail, text and feeds, in full and in a line."""
    single = replace(sample_editions()[1].stories[0], kind="opinion", display=display)
    lone = replace(
        sample(), front=(), rest=(), sections=(Section(title="World", stories=(single,)),)
    )
    files = site([lone])
    for name in ("2026-11-21/index.html", "email.html", "email.txt", "feed.json", "stories.xml"):
        assert 1 == file(files, name).count("Opinion"), name


def test_an_update_shows_only_what_is_new_and_leads_to_the_days_before() -> None:
    """No earlier edition had what is listed; earlier days are linked."""
    new, _ = sample_editions()
    page = html.fromstring(file(RENDERER.edition(new), "index.html"))
    update = page.get_element_by_id("story-ferries")
    assert "3 outlets · 2 independent reports" == squeezed(find(update, "summary")[0])
    listed = [squeezed(node) for node in find(update, "ol.coverage > li > .what > a")]
    assert ["Pilots and operator sit down", "What the pilots want"] == listed
    (day,) = find(update, "p.earlier a")
    assert "../2026-03-01/index.html#story-ferries" == day.get("href")
    assert "Sun, Mar 1" == squeezed(day)
    text = file(RENDERER.edition(new), "email.txt")
    assert "[Update, day 2] Pilots and ferry operator sit down to talk" in text
    assert "Earlier: Sun, Mar 1" in text


def test_many_earlier_days_are_folded() -> None:
    """Five are named; the story's page, to which the headline leads, has all."""
    new, _ = sample_editions()
    days = tuple(
        Earlier(edition=f"2026-02-{day:02}", headline="On it went") for day in range(20, 0, -1)
    )
    single = replace(new.stories[0], earlier=days, day=30)
    made = replace(new, sections=(replace(new.sections[0], stories=(single,)),))
    page = html.fromstring(file(RENDERER.edition(made), "index.html"))
    links = find(page, "p.earlier a")
    assert 5 == len(links)
    assert "../stories/ferries/index.html" == find(page, "h3 > a")[0].get("href")


def test_what_sources_state_differently_is_shown_with_each_source() -> None:
    """In page, mail and text, the number marked in the sentence that states it."""
    _, old = sample_editions()
    files = RENDERER.edition(old)
    page = html.fromstring(file(files, "index.html"))
    said = [squeezed(node) for node in find(page, ".differ li")]
    assert [
        "Some 400 people spent the night there. Capital Wire",
        "At least 650 people slept in the terminal. Harbour Post",
    ] == said
    assert ["400", "650"] == [squeezed(node) for node in find(page, ".differ b")]
    for name in ("email.html", "email.txt"):
        shown = " ".join(file(files, name).split())
        assert "Sources differ" in shown
        assert "people slept in the terminal." in shown


def test_readers_learn_what_could_not_be_read_and_not_why() -> None:
    """Reasons, and feeds that are silent, are for the operator: `digest feeds` and alerts."""
    new, _ = sample_editions()
    (failed,) = (feed for feed in new.feeds if feed.status == "failed")
    assert failed.error
    files = RENDERER.edition(new)
    (said,) = (
        squeezed(node)
        for node in find(html.fromstring(file(files, "index.html")), "footer p")
        if "could not be read" in squeezed(node)
    )
    assert f"1 feed could not be read: {failed.title}." == said
    for name in ("index.html", "email.html", "email.txt"):
        shown = " ".join(file(files, name).split())
        assert "1 feed could not be read:" in shown
        assert failed.title in shown
        assert failed.error not in shown
        assert "Quiet Notes" not in shown


def test_pictures_are_shown_only_where_they_are_wanted() -> None:
    """Not by default; else the lead's, from the site itself, with its size and whose it is."""
    new, _ = sample_editions()
    plain = file(RENDERER.edition(new), "index.html")
    assert "<img" not in plain
    assert "img-src" not in plain
    made = site([new], Renderer(base_url="https://news.example", images="page"))
    address = "https://news.example/2026-03-01/pictures/ferries.jpg"
    for name in ("2026-03-02/index.html", "stories/ferries/index.html"):
        tree = html.fromstring(file(made, name))
        assert [address] == tree.xpath("//meta[@property='og:image']/@content")
    page = file(Renderer(images="page").edition(new), "index.html")
    assert "img-src 'self';" in page
    assert "og:image" not in page
    (image,) = html.fromstring(page).iter("img")
    assert {
        "src": "../2026-03-01/pictures/ferries.jpg",
        "alt": "Picture published by Strait Herald",
        "width": "1200",
        "height": "675",
        "decoding": "async",
    } == dict(image.attrib)
    assert "Picture: Strait Herald" == squeezed(find(html.fromstring(page), "figcaption")[0])
    other = replace(new, front=new.front[::-1])
    assert "<img" not in file(Renderer(images="page").edition(other), "index.html")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_phrases_are_in_the_readers_language(language: str) -> None:
    """No phrase is missing in any format, and none is English by mistake."""
    editions = [replace(edition, language=language) for edition in sample_editions()]
    empty = replace(editions[0], sections=(), rest=())
    renderer = Renderer(base_url="https://news.example", images="all", mark=True)
    files = [*site(editions, renderer), *renderer.edition(empty)]
    for other_file in files:
        assert "⟦" not in other_file.body.decode(), other_file.path
    foreign = "Skip to content" not in file(files, "index.html")
    assert foreign == (language != "en")


def test_a_language_without_a_catalogue_is_spoken_to_in_english() -> None:
    """Words, dates and numbers alike: a page is not half of each; stories keep their language."""
    new, _ = sample_editions()
    page = html.fromstring(file(RENDERER.edition(replace(new, language="it")), "index.html"))
    assert "en" == page.get("lang")
    arabic = html.fromstring(file(RENDERER.edition(replace(new, language="ar")), "index.html"))
    assert ("en", "ltr") == (arabic.get("lang"), arabic.get("dir"))
    assert ["rtl", "rtl"] == arabic.xpath("//article//@dir")[:2]
    japanese = file(RENDERER.edition(replace(new, language="ja")), "index.html")
    assert "1 min read<" in japanese
    assert "Skip to content" == squeezed(find(page, "a.skip")[0])
    assert "Monday, March 2, 2026" == squeezed(find(page, "p.date time")[0])
    assert (
        "it"
        == json.loads(file(RENDERER.edition(replace(new, language="it")), "digest.json"))[
            "edition"
        ]["language"]
    )


def test_a_page_of_many_articles_is_small() -> None:
    """Under 100 kB with 20 stories of 60 outlets each: coverage goes on on their own pages."""
    edition = large(20, outlets=60)
    assert 1200 == sum(len(story.articles) for story in edition.stories)
    files = site([edition])
    page = file(files, "2026-11-21/index.html")
    assert len(page.encode()) <= 100_000
    assert "more articles on the story" in page
    whole = file(files, f"stories/{edition.stories[0].id}/index.html")
    assert 60 == len(find(html.fromstring(whole), "ol.coverage > li"))


def test_twelve_hundred_articles_are_a_small_page_and_a_small_mail() -> None:
    """Fifteen stories by eighty outlets each: under 100 kB, and under 60 kB with all addresses."""
    single = large(15, outlets=80)
    sentence = " ".join(["The council of the harbour town said that it would vote again"] * 2)
    stories = tuple(
        replace(
            story,
            summary=tuple(
                SummarySentence(text=f"{sentence}.", article=article.id)
                for article in story.articles[:4]
            ),
        )
        for story in single.stories
    )
    edition = replace(
        single,
        sections=(Section(title="World", stories=stories),),
        front=tuple(story.id for story in stories[:7]),
        rest=sample().rest * 15,
    )
    assert 1200 == sum(len(story.articles) for story in edition.stories)
    renderer = Renderer(base_url="https://news.example")
    assert len(renderer.page(edition).body) <= 100_000
    mail = renderer.mail(edition).html
    for token in Personal():
        mail = mail.replace(token, "https://news.example/preferences/".ljust(100, "x"))
    assert len(mail.encode()) <= 60_000
    assert 15 == mail.count("Mute this story")


def test_coverage_is_cut_between_reports_and_copies() -> None:
    """So many articles are shown, copies counted."""
    shown = view(clean_edition(sample()), lambda locale: Strings.of(locale, lambda _: ()))
    wire = shown.stories[1]
    assert [0, 1, 3, 6, 7, 8, 8] == [
        len(flat(wire.within(room))) for room in (0, 1, 3, 6, 7, 8, 99)
    ]


def test_reading_time_counts_signs_where_there_are_no_words() -> None:
    """Japanese is read by the sign; nothing takes less than a minute."""
    single = story("港", [article("A", "港", 1), article("B", "港", 2)], ["語" * 800, "海" * 799])
    made = replace(sample(), sections=(Section(title="World", stories=(single,)),))
    assert "4 min read" in file(RENDERER.edition(made), "index.html")


def test_a_models_words_are_marked_in_every_format(edition: Edition) -> None:
    """Beside each story's evidence, also of a single report; quoted ones bear no mark."""
    worded = tuple(
        replace(
            section,
            stories=tuple(replace(story, written_by="parrot-7b") for story in section.stories),
        )
        for section in edition.sections
    )
    made = {
        marked: {
            file.path: file.body.decode()
            for file in RENDERER.files(shown, [shown.id], [shown])
            if not file.path.endswith((".opml", "sitemap.xml", "digest.json"))
        }
        for marked, shown in ((True, replace(edition, sections=worded)), (False, edition))
    }
    number = sum(bool(story.summary) for story in edition.stories)
    for name in ("index.html", "email.html", "email.txt"):
        assert number == made[True][f"{edition.id}/{name}"].count("parrot-7b"), name
    assert "parrot-7b" in made[True]["stories.xml"]
    assert not any("parrot-7b" in body for body in made[False].values())


def test_a_front_alone_has_no_list_of_contents() -> None:
    """It would lead to the foot only; with a section it is there."""
    whole = sample()
    story = whole.stories[0]
    alone = replace(
        whole,
        sections=(replace(whole.sections[0], stories=(story,)),),
        front=(story.id,),
        rest=(),
    )
    made = {
        edition: html.fromstring(file(site([edition]), f"{edition.id}/index.html"))
        for edition in (alone, whole)
    }
    assert [0, 1] == [len(page.xpath("//nav[@class='inside']")) for page in made.values()]


def test_no_time_is_no_span() -> None:
    """A first edition whose articles were all found at once names no beginning and end."""
    moment = replace(sample(), since=sample().until)
    for edition, expected in ((sample(), True), (moment, False)):
        files = site([edition])
        assert expected == ("Covers " in file(files, f"{edition.id}/index.html"))
        assert expected == ("Covers " in file(files, f"{edition.id}/email.txt"))
