"""`digest demo`: the real pipeline, over real HTTP, on three days of the offline newsroom."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html

from .conftest import ROOT

NEWSROOM = ROOT / "examples" / "newsroom"
DAYS = ("2024-07-10", "2024-07-11", "2024-07-12")


# Round-up, columns and features, by what their headlines begin with.
UNTOLD = {
    "Around Hasker",
    "In the garden",
    "Tech on test",
    "The last reel",
    "The man who collects the noises we are losing",
}


def run_digest(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, in a process of its own."""
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            "from digest.cli.main import main; main()",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one demo run."""
    output = tmp_path_factory.mktemp("demo") / "output"
    done = run_digest("demo", "--output", str(output))
    assert (0, "") == (done.returncode, done.stderr.replace("Reading 13 feeds\n", ""))
    assert (
        f"Open {output / 'index.html'} for all three.\n"
        == done.stdout[-len(f"Open {output / 'index.html'} for all three.\n") :]
    )
    return output


@pytest.fixture(scope="module")
def editions(demo: Path) -> dict[str, Any]:
    """digest.json of each day."""
    return {day: json.loads((demo / day / "digest.json").read_bytes()) for day in DAYS}


def stories(editions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for day, edition in editions.items():
        for section in edition["sections"]:
            yield from ((day, story) for story in section["stories"])


def gold() -> dict[str, list[dict[str, Any]]]:
    merged: dict[str, list[dict[str, Any]]] = {}
    with (NEWSROOM / "gold.toml").open("rb") as file:
        merged |= tomllib.load(file)
    return merged


def slug(article: dict[str, Any] | str) -> str:
    """The last part of a reference or of an article's address."""
    text = article if isinstance(article, str) else article["url"]
    return str(text).rsplit("/", 1)[-1].removesuffix(".html")


def test_three_editions_stand_in_the_output_folder(demo: Path, editions: dict[str, Any]) -> None:
    """Each with page, email, text and data; an archive, feeds, and a page of each story."""
    each = ("digest.json", "email.html", "email.txt", "index.html")
    expected = {f"{day}/{name}" for day in DAYS for name in each}
    expected |= {"feed.json", "feed.xml", "index.html"}
    found = {str(path.relative_to(demo)) for path in demo.rglob("*") if path.is_file()}
    assert set() == expected - found
    ids = {story["id"] for _, story in stories(editions)}
    assert {f"stories/{id_}/index.html" for id_ in ids} == {
        path for path in found if path.startswith("stories/")
    }


def test_every_article_is_in_exactly_one_edition(editions: dict[str, Any]) -> None:
    """What the newsroom published is there once, but for a recap that says nothing new."""
    published = sorted(
        path.stem for path in NEWSROOM.glob("*/*.toml") if path.name != "outlet.toml"
    )
    shown = sorted(slug(article) for _, story in stories(editions) for article in story["articles"])
    assert published == sorted([*shown, "tidewell-harrow-recap"])


def test_the_stories_are_those_a_reader_finds(editions: dict[str, Any]) -> None:
    """On each day the articles of a gold story are one story, and no other article is in it."""
    found = {
        (day, frozenset(slug(article) for article in story["articles"]))
        for day, story in stories(editions)
    }
    days_of = {
        slug(article): day for day, story in stories(editions) for article in story["articles"]
    }
    wrong = []
    for story in gold()["stories"]:
        for day in DAYS:
            members = frozenset(
                slug(ref) for ref in story["articles"] if days_of.get(slug(ref)) == day
            )
            if members and (day, members) not in found:
                wrong.append((story["name"], day))
    assert [] == wrong


def test_reprints_are_one_report_with_copies(editions: dict[str, Any]) -> None:
    """The six reprints of the wire story count once; five are named as copies."""
    for wanted in gold()["copies"]:
        refs = {slug(ref) for ref in (wanted["original"], *wanted["copies"])}
        story = next(
            candidate
            for _, candidate in stories(editions)
            if refs & {slug(article) for article in candidate["articles"]}
        )
        roles = [article["role"] for article in story["articles"]]
        assert 1 == story["independent_reports"]
        assert ["canonical", *["copy"] * (len(refs) - 1)] == roles


def test_look_alikes_stay_apart(editions: dict[str, Any]) -> None:
    """Two earthquakes, two rulings, another Kardashians story: never one story."""
    together = [frozenset(slug(article) for article in s["articles"]) for _, s in stories(editions)]
    for pair in gold()["apart"]:
        refs = {slug(ref) for ref in pair["articles"]}
        assert all(len(refs & members) <= 1 for members in together), pair["reason"]


def test_templates_are_no_copies(editions: dict[str, Any]) -> None:
    """Two market reports have one form and other numbers: nothing is folded."""
    refs = {slug(ref) for template in gold()["templates"] for ref in template["articles"]}
    roles = {
        article["role"]
        for _, story in stories(editions)
        for article in story["articles"]
        if slug(article) in refs
    }
    assert "copy" not in roles


def test_summaries_quote_the_articles_they_cite(editions: dict[str, Any]) -> None:
    """Every sentence of every story occurs word for word in the cited article's source file.

    A few have none: a round-up and features, of which no sentence tells what the headline says.
    """
    texts = {
        path.stem: " ".join(tomllib.loads(path.read_text(encoding="utf-8")).get("text", "").split())
        for path in NEWSROOM.glob("*/*.toml")
    }
    for _, story in stories(editions):
        by_id = {article["id"]: slug(article) for article in story["articles"]}
        assert len(story["summary"]) <= 4
        for sentence in story["summary"]:
            assert " ".join(sentence["text"].split()) in texts[by_id[sentence["article"]]]
    untold = {
        story["headline"].split(":")[0] for _, story in stories(editions) if not story["summary"]
    }
    assert UNTOLD == untold


def test_the_failed_outlet_is_named_with_its_reason(editions: dict[str, Any]) -> None:
    """The honest footer: one feed failed, and why."""
    failed = [feed for feed in editions[DAYS[0]]["feeds"] if feed["status"] == "failed"]
    assert ["The Broken Bell"] == [feed["title"] for feed in failed]
    assert "503" in failed[0]["error"]


def test_stories_go_on_as_the_gold_file_says(editions: dict[str, Any]) -> None:
    """New on the first day, an update with what is new, held back where nothing is."""
    statuses: dict[str, dict[str, str]] = {}
    ids: dict[str, set[str]] = {}
    for day, story in stories(editions):
        for article in story["articles"]:
            statuses.setdefault(slug(article), {})[day] = story["status"]
            ids.setdefault(slug(article), set()).add(story["id"])
    repeats = dict.fromkeys(DAYS, 0)
    for expected in gold()["stories"]:
        found: dict[str, str] = {}
        for article in expected["articles"]:
            found |= statuses.get(slug(article), {})
        held = {day for day, status in expected["editions"].items() if status == "repeat"}
        shown = {day: each for day, each in expected["editions"].items() if day not in held}
        assert shown == found, expected["name"]
        every_id = {item for article in expected["articles"] for item in ids.get(slug(article), ())}
        assert 1 == len(every_id), expected["name"]
        for day in held:
            repeats[day] += 1
    assert repeats == {day: edition["counts"]["repeats"] for day, edition in editions.items()}


def test_an_update_says_its_day_and_links_back(editions: dict[str, Any]) -> None:
    """The dam: three days, each with sentences of its own."""
    dam = [story for _, story in stories(editions) if "Orrin" in json.dumps(story)]
    assert [("new", 1), ("update", 2), ("update", 3)] == [(s["status"], s["day"]) for s in dam]
    assert list(DAYS[1::-1]) == [
        earlier_edition["edition"] for earlier_edition in dam[2]["earlier"]
    ]
    said = [sentence["text"] for story in dam for sentence in story["summary"]]
    assert sorted(set(said)) == sorted(said)


def test_every_link_between_its_pages_arrives(demo: Path) -> None:
    """Also from the page of a week that is only three days old, which says that it is a week."""
    arrived = set()
    for page in demo.rglob("index.html"):
        for href in html.fromstring(page.read_bytes()).xpath("//a/@href | //link/@href"):
            parts = urlsplit(href)
            if parts.scheme or not parts.path:
                continue
            target = (page.parent / parts.path).resolve()
            assert target.is_file(), (page.relative_to(demo), href)
            arrived.add(target)
    assert len(arrived) > len(list((demo / "stories").iterdir()))
    week = html.fromstring((demo / DAYS[-1] / "week/index.html").read_bytes())
    assert "Week of July 10, 2024" == week.xpath("string(//p[@class='date']/time)")
    assert "The Demo Digest, Week of July 10, 2024" == week.xpath("string(//title)")
