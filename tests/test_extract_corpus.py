"""How well articles are found on real pages, by measures that others have defined."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.parse import urlsplit

import pytest

from digest.feeds.extract import extract
from digest.model import Document, PageText


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was found on a page, and what people say is there."""

    url: str
    gold: dict[str, Any]
    found: PageText


def _pages(folder: Path, files: str) -> Iterator[Page]:
    with gzip.open(folder / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        for gold in map(json.loads, lines):
            with gzip.open(folder / files.format(**gold)) as stream:
                document = Document(url=gold["url"], body=stream.read())
            yield Page(url=gold["url"], gold=gold, found=extract(document))


@pytest.fixture(scope="module")
def benchmark(corpus: Path) -> tuple[Page, ...]:
    """Pages of the article extraction benchmark."""
    return tuple(_pages(corpus / "articles/aeb", "{id}.html.gz"))


@pytest.fixture(scope="module")
def news(corpus: Path) -> tuple[Page, ...]:
    """Pages of publishers in many countries."""
    return tuple(_pages(corpus / "articles/fundus", "../../{file}"))


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words, with counts; a shorter text is one run."""
    words = re.findall(r"\w+", text)
    runs = range(max(1, len(words) - 3))
    return Counter(run for start in runs if (run := tuple(words[start : start + 4])))


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def has_paragraph(text: str, paragraph: str) -> bool:
    """Is the paragraph there word for word, or at least 90 % of its shingles?"""
    wanted, there = shingles(folded(paragraph)), shingles(folded(text))
    covered = (wanted & there).total() >= 0.9 * wanted.total()
    return folded(paragraph) in folded(text) or covered


def test_shingle_f1_of_the_benchmark(benchmark: tuple[Page, ...]) -> None:
    """F1 of the mean precision and the mean recall on 4-word shingles is at least .966."""
    precisions, recalls = [], []
    for page in benchmark:
        gold, found = shingles(page.gold["articleBody"]), shingles(page.found.text)
        shared = (gold & found).total()
        recalls.append(shared / gold.total())
        if found:
            precisions.append(shared / found.total())
    precision, recall = mean(precisions), mean(recalls)
    assert 2 * precision * recall / (precision + recall) >= 0.966


def test_pages_with_nearly_all_paragraphs(news: tuple[Page, ...]) -> None:
    """At least 95 % of news pages yield at least 90 % of their paragraphs."""
    complete = [
        mean(has_paragraph(page.found.text, paragraph) for paragraph in page.gold["paragraphs"])
        >= 0.9
        for page in news
    ]
    assert mean(complete) >= 0.95


def test_times_to_the_minute(news: tuple[Page, ...]) -> None:
    """Of the pages that state a time with its zone, at least 95 % are dated to the minute."""
    exact = []
    for page in news:
        stated = datetime.fromisoformat(page.gold["published"])
        if stated.tzinfo:
            found = page.found.published_at
            exact.append(found is not None and abs((found - stated).total_seconds()) < 60)
    assert len(exact) > 100
    assert mean(exact) >= 0.95


def test_titles(news: tuple[Page, ...]) -> None:
    """At least 80 % of titles are word for word those that people chose."""
    same = [folded(page.gold["title"]) == folded(page.found.title or "") for page in news]
    assert mean(same) >= 0.8


def test_canonical_urls(news: tuple[Page, ...]) -> None:
    """At least 95 % of canonical URLs have the host and path that the page was found at."""
    same = [
        urlsplit(page.found.canonical_url or "")[1:3] == urlsplit(page.url)[1:3] for page in news
    ]
    assert mean(same) >= 0.95


def test_languages(news: tuple[Page, ...]) -> None:
    """At least 95 % of news pages state their language."""
    assert mean(page.found.language is not None for page in news) >= 0.95


def test_articles_are_not_taken_for_problems(
    news: tuple[Page, ...], benchmark: tuple[Page, ...]
) -> None:
    """At most 1 % of articles is refused as a consent wall, a shell or too short."""
    assert mean(page.found.problem is not None for page in news + benchmark) <= 0.01
