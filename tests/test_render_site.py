"""Pages and feeds about many editions, and what a new edition changes of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import feedparser
import pytest
from lxml import etree, html
from pydantic import TypeAdapter

from digest.feeds.parse import parse
from digest.model import Document, Earlier, Edition, ParsedFeed, RenderedFile
from digest.render import Renderer, to_json
from digest.render.paths import section_slug, story_slug
from digest.render.sample_edition import sample_editions

from .editions import UNTIL, days, file, find, sample, site, squeezed

HERE = "https://news.example/daily"


@pytest.fixture(scope="module")
def forty() -> tuple[RenderedFile, ...]:
    return site(days(40), Renderer(base_url=HERE))


@pytest.fixture(scope="module")
def two_days() -> tuple[RenderedFile, ...]:
    return site(sample_editions())


def pages(files: tuple[RenderedFile, ...], folder: str) -> list[str]:
    return [file.path for file in files if file.path.startswith(folder)]


# --- feeds ------------------------------------------------------------------------------------


def test_atom_and_json_feed_say_the_same(forty: tuple[RenderedFile, ...]) -> None:
    """Read back, all pairs of feeds have equal ids, titles, links, times and content."""
    pairs = {story.path[:-5] for story in forty if re.search(r"(feed|stories)\.json$", story.path)}
    assert {"feed", "stories", "sections/world/feed"} <= pairs
    for name in pairs:
        atom = feedparser.parse(file(forty, f"{name}.xml"), sanitize_html=False)
        document = json.loads(file(forty, f"{name}.json"))
        assert not atom.bozo
        assert f"{HERE}/{name}.json" == document["feed_url"]
        assert document["items"]
        for entry, item in zip(atom.entries, document["items"], strict=True):
            assert item["title"] == entry.title
            assert item["id"] == entry.id
            assert item["url"] == entry.link
            assert item["date_published"] == entry.published
            assert item["date_modified"] == entry.updated
            # The parser writes entities its own way: compare what is read.
            content = html.fromstring(entry.content[0].value)
            assert squeezed(html.fromstring(item["content_html"])) == squeezed(content)


def test_our_own_reader_reads_our_feeds(forty: tuple[RenderedFile, ...]) -> None:
    """What we publish we can also collect: Atom and JSON give equal entries."""
    read = []
    for ending, kind in (("xml", "application/atom+xml"), ("json", "application/feed+json")):
        body = file(forty, f"stories.{ending}").encode()
        feed = parse(Document(url=f"{HERE}/stories.{ending}", body=body, content_type=kind))
        assert isinstance(feed, ParsedFeed)
        read.append(
            [(entry.raw_id, entry.url, entry.title, entry.published_at) for entry in feed.entries]
        )
    assert len(read[0]) > 10
    assert read[0] == read[1]


def test_the_feed_of_editions_holds_the_newest_ten(forty: tuple[RenderedFile, ...]) -> None:
    """The newest ten editions, newest first."""
    items = json.loads(file(forty, "feed.json"))["items"]
    assert [f"{HERE}/{day.id}/" for day in days(10)] == [item["url"] for item in items]
    assert "The Digest, November 21, 2026" == items[0]["title"]
    assert "2026-11-21T07:00:00Z" == items[0]["date_published"]


def test_ids_stay_over_rebuilds_days_and_moves() -> None:
    """Ids are URNs that depend on no address and no day; links are absolute once one is known."""
    new, old = sample_editions()
    made = (site([new, old]), site([new, old]), site([new, old], Renderer(base_url=HERE)))
    once, again, moved = (feedparser.parse(file(files, "stories.xml")).entries for files in made)
    ids = [entry.id for entry in once]
    assert ids == [entry.id for entry in again] == [entry.id for entry in moved]
    assert all(edition_id.startswith("urn:uuid:") for edition_id in ids)
    (ferries,) = feedparser.parse(file(site([old]), "stories.xml")).entries
    assert ferries.id == ids[0]
    assert "stories/ferries/" == once[0].link
    assert f"{HERE}/stories/ferries/" == moved[0].link


def test_an_update_is_the_same_entry_with_a_later_time() -> None:
    """`published` is the first day's, `updated` the newest; a story is in the feed once."""
    entries = feedparser.parse(file(site(sample_editions()), "stories.xml")).entries
    assert 4 == len(entries)
    ferries = entries[0]
    assert "2026-03-01T07:00:00Z" == ferries.published
    assert "2026-03-02T07:00:00Z" == ferries.updated
    assert "2026-03-02T07:00:00Z" == entries[1].published
    assert "Pilots and ferry operator sit down to talk" == ferries.title


# --- the archive ------------------------------------------------------------------------------


def test_pages_know_their_address(forty: tuple[RenderedFile, ...]) -> None:
    """With a base URL every page states the address it wants to be known by."""
    for story in forty:
        if story.path.endswith("index.html"):
            page = html.fromstring(story.body.decode())
            address = f"{HERE}/{story.path.removesuffix('index.html')}"
            assert [address] == page.xpath("//link[@rel='canonical']/@href")
            assert [address] == page.xpath("//meta[@property='og:url']/@content")


def test_every_link_within_the_site_leads_somewhere() -> None:
    """From each page by relative links, over two editions written one after the other."""
    new, old = sample_editions()
    written = {item.path: item.body.decode() for item in (*site([old]), *site([new, old]))}
    checked = 0
    for path, body in written.items():
        if not path.endswith("index.html"):
            continue
        for href in html.fromstring(body).xpath("//a/@href | //link/@href"):
            if "://" in href or href.startswith("mailto:"):
                continue
            where = urljoin(f"http://x/{path}", href).removeprefix("http://x/")
            target, _, anchor = where.partition("#")
            assert target in written, (path, href)
            if anchor:
                assert html.fromstring(written[target]).get_element_by_id(anchor) is not None
            checked += 1
    assert checked > 50


def test_pages_lead_to_the_search_where_a_server_answers() -> None:
    """A folder alone cannot search: by default no page says that one could."""
    for asked in (True, False):
        made = site(days(2), Renderer(search=asked))
        for name, link in (("index.html", "search"), ("2026-11-21/index.html", "../search")):
            page = html.fromstring(file(made, name))
            assert ([link] if asked else []) == page.xpath("//a[text()='Search']/@href")


def test_the_archive_lists_the_newest_month_and_links_the_others() -> None:
    """Its editions newest first, then each earlier month by year."""
    made = site(days(40))
    page = html.fromstring(file(made, "index.html"))
    assert ["November 2026", "Earlier months", "Feeds"] == [squeezed(n) for n in page.iter("h2")]
    listed = page.xpath("//h3/a/@href")
    assert [f"{day.id}/index.html" for day in days(40)[:21]] == listed
    assert ["2026-10/index.html"] == page.xpath("//dd//a/@href")
    month = html.fromstring(file(made, "2026-11/index.html"))
    assert [f"../{href}" for href in listed] == month.xpath("//h3/a/@href")
    assert ["../2026-10/index.html"] == month.xpath("//a[@rel='prev']/@href")
    oldest = html.fromstring(file(site(days(5)), "2026-11/index.html"))
    for page, label in ((month, "Earlier months"), (oldest, "Editions")):
        assert [label] == page.xpath("//footer/h2/text()") == page.xpath("//footer/nav/@aria-label")


def test_a_new_edition_touches_a_fixed_number_of_old_files() -> None:
    """With 3,650 editions before it, it reads and writes what it does with forty."""
    renderer = Renderer()
    ids = [(UNTIL.date() - timedelta(days=age)).isoformat() for age in range(3650)]
    made = days(40)
    wanted = renderer.wanted(made[0], ids)
    assert renderer.wanted(made[0], ids[:40]) == wanted
    at_hand = [item for item in made if item.id in wanted]
    few = [file.path for file in renderer.files(made[0], ids[:40], at_hand)]
    assert few == [file.path for file in renderer.files(made[0], ids, at_hand)]
    dated = {path for path in few if re.match(r"\d{4}-\d\d-\d\d/", path)}
    assert {"2026-11-20/index.html"} == {
        path for path in dated if not path.startswith("2026-11-21")
    }


def test_the_page_before_learns_what_comes_next(two_days: tuple[RenderedFile, ...]) -> None:
    """Only the page of the edition before is written anew, now with a link to this one."""
    assert ["2026-03-01/index.html"] == pages(two_days, "2026-03-01")
    before = html.fromstring(file(two_days, "2026-03-01/index.html"))
    assert ["../2026-03-02/index.html"] == before.xpath("//a[@rel='next']/@href")
    assert [] == before.xpath("//a[@rel='prev']")
    newest = html.fromstring(file(two_days, "2026-03-02/index.html"))
    assert ["../2026-03-01/index.html"] == newest.xpath("//a[@rel='prev']/@href")


def test_a_story_has_one_page_with_its_days(two_days: tuple[RenderedFile, ...]) -> None:
    """Newest first, each day with what it said; the days lead to their editions."""
    page = html.fromstring(file(two_days, "stories/ferries/index.html"))
    assert "Pilots and ferry operator sit down to talk" == squeezed(find(page, "h1")[0])
    assert ["Monday, March 2, 2026", "Sunday, March 1, 2026"] == [
        squeezed(node) for node in find(page, "section > h2")
    ]
    assert "../../2026-03-01/index.html#story-ferries" in page.xpath("//a/@href")
    (headline,) = find(page, "p.headline")
    assert "Ferry pilots walk out over night crossings" == squeezed(headline)
    newer, older = (squeezed(node) for node in find(page, "section > div > ol.coverage"))
    assert "Pilots and operator sit down" in newer
    assert "Nine boats tied up" not in newer
    assert "Nine boats tied up" in older


def test_a_day_that_is_not_at_hand_is_named() -> None:
    """An edition that the store no longer has stays on the timeline with its headline."""
    new, old = sample_editions()
    gone = Earlier(edition="2026-02-27", headline="It began.")
    single = replace(new.stories[0], earlier=(*new.stories[0].earlier, gone))
    again = replace(new, sections=(replace(new.sections[0], stories=(single,)),))
    page = html.fromstring(file(site([again, old]), "stories/ferries/index.html"))
    last = find(page, "section")[-1]
    assert "It began." in squeezed(last)
    assert [] == find(last, "ol.coverage")


def test_an_old_edition_built_again_keeps_the_newest_telling() -> None:
    """The page of a story is that of the newest edition which carries it, whatever is built."""
    new, old = sample_editions()
    made = Renderer().files(old, [new.id, old.id], [new, old])
    page = html.fromstring(file(made, "stories/ferries/index.html"))
    assert "Pilots and ferry operator sit down to talk" == squeezed(find(page, "h1")[0])
    edition = html.fromstring(file(made, "2026-03-01/index.html"))
    assert ["../2026-03-02/index.html"] == edition.xpath("//a[@rel='next']/@href")


def test_a_section_page_shows_each_story_once(two_days: tuple[RenderedFile, ...]) -> None:
    """As it was published last, under the day of that edition, with feeds of its own."""
    page = html.fromstring(file(two_days, "sections/world/index.html"))
    (headline,) = find(page, "li > h3")
    assert "Pilots and ferry operator sit down to talk" == squeezed(headline)
    assert ["feed.xml", "feed.json"] == page.xpath("//link[@rel='alternate']/@href")[:2]


def test_a_section_that_is_out_of_sight_keeps_its_page() -> None:
    """An old edition built again writes no page for a section that newer ones do not have."""
    made = [replace(day, sections=day.sections[:1]) for day in days(20)]
    made[-1] = replace(made[-1], sections=sample().sections[3:])
    files = Renderer().files(made[-1], [item.id for item in made], made)
    assert [] == pages(files, "sections/")


def test_what_there_was_no_room_for_is_one_click_away(two_days: tuple[RenderedFile, ...]) -> None:
    """The rest has a page of its own."""
    edition = html.fromstring(file(two_days, "2026-03-02/index.html"))
    assert "rest/index.html" in edition.xpath("//p[@class='onward']/a/@href")
    rest = html.fromstring(file(two_days, "2026-03-02/rest/index.html"))
    assert ["Two bakeries agree to share an oven"] == [
        squeezed(node) for node in find(rest, "ul.rest a")
    ]


def test_the_rest_counts_what_it_cannot_name() -> None:
    """A thousand are named; how many there are besides is said."""
    new, _ = sample_editions()
    many = replace(new, counts=replace(new.counts, stories=1507))
    page = html.fromstring(file(site([many]), "2026-03-02/rest/index.html"))
    assert "and 1,500 more" == squeezed(find(page, "main > p.onward")[0])


def test_the_sitemap_is_cut_by_month(forty: tuple[RenderedFile, ...]) -> None:
    """The index names each month; a month names its editions and stories; none without a base."""
    index = etree.fromstring(file(forty, "sitemap.xml").encode())
    assert [f"{HERE}/2026-11/sitemap.xml", f"{HERE}/2026-10/sitemap.xml"] == index.xpath(
        "//*[local-name()='loc']/text()"
    )
    month = etree.fromstring(file(forty, "2026-11/sitemap.xml").encode())
    places = month.xpath("//*[local-name()='loc']/text()")
    assert 21 == len([place for place in places if re.search(r"/2026-11-\d\d/$", place)])
    assert any("/stories/" in place for place in places)
    assert len(set(places)) == len(places)
    assert "sitemap.xml" not in {item.path for item in site(sample_editions())}


def test_the_sources_are_an_opml_list(two_days: tuple[RenderedFile, ...]) -> None:
    """Every feed by section, as reader programs import it."""
    opml = etree.fromstring(file(two_days, "sources.opml").encode())
    assert ["World"] == opml.xpath("//body/outline/@text")
    assert ["https://broken-bell.example/feed"] == opml.xpath(
        "//outline[@title='The Broken Bell']/@xmlUrl"
    )


# --- names ------------------------------------------------------------------------------------


def test_sections_have_plain_folders() -> None:
    """ASCII, one folder a title; a hash where letters alone would not tell two apart."""
    titles = ["World", "Local news", "C", "C++", "C#", "文化", "科学", "Science & health", "Été"]
    slugs = [section_slug(title) for title in titles]
    assert ["world", "local-news", "c"] == slugs[:3]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)
    assert section_slug("world") == section_slug("World")


@pytest.mark.parametrize("name", ["../../etc", "", "a/b", "CON:", "x" * 400, ".hidden", "a\0b"])
def test_a_story_can_only_name_its_own_folder(name: str) -> None:
    """An id that is no plain name is hashed."""
    assert re.fullmatch(r"[0-9a-f]{16}", story_slug(name))
    assert "s0123-AB_c" == story_slug("s0123-AB_c")


def test_an_edition_of_before_is_still_rendered() -> None:
    """A stored edition without what was added since, with what has gone, is the same edition."""
    adapter = TypeAdapter(Edition)
    edition = sample()
    stored = adapter.dump_python(edition, mode="json")
    for added in ("rest", "front", "days"):
        del stored[added]
    for section in stored["sections"]:
        for story in section["stories"]:
            for added in ("picture", "written_by", "earlier", "kind", "display"):
                del story[added]
            story["articles"] = [article | {"fresh": True} for article in story["articles"]]
    read = adapter.validate_python(stored)
    assert to_json(replace(edition, rest=(), front=())) == to_json(read)
    assert "2026-11-21/rest/index.html" not in {item.path for item in site([read])}
