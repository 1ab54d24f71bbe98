"""Mutated feeds and pages: no crash, no hang, no growth (check C1).

The seeds are real documents where the corpus is at hand, and small ones of our own. A few
thousand mutants at every commit; DIGEST_FUZZ="200000 20000" in `make soak`.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import resource
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice

import feedparser
import pytest

from digest.feeds.extract import extract
from digest.feeds.parse import parse
from digest.flows.workers import WorkerPool
from digest.model import Document, Failure, PageText, ParsedFeed
from digest.model.errors import TaskFailed, WorkerError

from .bombs import FEEDS
from .conftest import SHARED
from .fakes import item, page, rss

FEED_MUTANTS, PAGE_MUTANTS = map(int, os.environ.get("DIGEST_FUZZ", "10000 150").split())
BATCH = 50  # mutants in one task: the way to a worker costs as much as a small feed
_LARGEST = 12_000  # bytes of a feed; a mutant of a large one shows no more than of a small one

_TOKENS = (
    b"<", b">", b"&", b"'", b'"', b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml ", b"?>", b"\0",
    b"<!DOCTYPE a [", b"&amp;", b"&#0;", b"&#xD800;", b"&#x110000;", b"\xff\xfe", b"\xed\xa0\x80",
    b"</item>", b"</entry>", b"<item>", b"<title>", b"xmlns=''", b"xml:base='http://[x'", b"[" * 50,
    b"{", b"}", b"\\ud800", b"1e999", b"-1", b"9" * 40, b"\xc0\x80", b"\x1b$B", b"http://[", b"%",
    b"<pubDate>", b"44798-13-32", b"<a href='javascript:", b"<svg><style>",
    b"<table><td colspan=9999>",
    b'{"@context":"http://schema.org","@type":', b"<meta http-equiv=refresh content='0;url=",
)  # fmt: skip


def mutant(seed: bytes, other: bytes, random_: random.Random) -> bytes:
    """A seed with up to eight injuries: cuts, repeats, swaps, flips, tokens, parts of another."""
    body = bytearray(seed)
    for _ in range(random_.randint(1, 8)):
        start = random_.randrange(len(body) + 1)
        end = min(len(body), start + random_.choice((1, 4, 20, 200, 2000)))
        match random_.randrange(7):
            case 0:
                del body[start:end]
            case 1:
                body[start:start] = body[start:end] * random_.choice((2, 10))
            case 2:
                body[start:end] = random_.randbytes(end - start)
            case 3:
                body[start:start] = random_.choice(_TOKENS)
            case 4:
                body[start:end] = random_.choice(_TOKENS) * random_.choice((1, 3, 100))
            case 5:
                place = random_.randrange(len(other) + 1)
                body[start:end] = other[place : place + end - start + 100]
            case _:
                del body[start:]
    return bytes(body)


def mutants(seeds: list[bytes], number: int, seed: int) -> Iterator[bytes]:
    random_ = random.Random(seed)
    for _ in range(number):
        yield mutant(random_.choice(seeds), random_.choice(seeds), random_)


def _shared(pattern: str) -> list[bytes]:
    found = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in sorted((SHARED / "corpus").glob(pattern))
        if path.is_file() and "oracle" not in path.name and "gold" not in path.name
    ]
    return [body for body in found if 0 < len(body)]


@cache
def feed_seeds() -> list[bytes]:
    own = [rss(*(item(n) for n in range(5))), b'{"version":"https://jsonfeed.org/version/1.1"}']
    real = [body for body in _shared("feeds/**/*") if len(body) <= _LARGEST]
    return [*own, *real, *_unit_seeds()]


def _unit_seeds() -> list[bytes]:
    """The tiny feeds of the parsers' own test suites."""
    packed = SHARED / "corpus" / "feeds-unit.tar.xz"
    if not packed.exists():
        return []
    with tarfile.open(packed) as files:
        found = [files.extractfile(member) for member in files if member.isfile()]
        return [body for file in found if file and 0 < len(body := file.read()) <= _LARGEST]


def page_seeds() -> list[bytes]:
    return [
        page(1),
        *(body for body in _shared("articles/aeb/**/*.gz") if len(body) <= 10 * _LARGEST),
    ]


def parse_all(documents: list[Document]) -> list[str]:
    """The kind of each answer, and how long the slowest took where that is long."""
    return [_kind(parse, document) for document in documents]


def extract_all(documents: list[Document]) -> list[str]:
    """The same for pages."""
    return [_kind(extract, document) for document in documents]


def _kind(function: Callable[[Document], object], document: Document) -> str:
    begun = time.process_time()
    answer = function(document)
    if time.process_time() - begun > 10:
        return "slow"
    assert isinstance(answer, ParsedFeed | Failure | PageText)
    return type(answer).__name__


async def fuzz(
    bodies: Iterator[bytes],
    function: Callable[[list[Document]], list[str]],
    kind: str,
    *,
    deadline: float = 10,
) -> tuple[Counter[str], float]:
    """Answers by kind, and by how many MB our own memory has grown after the first tenth."""
    answers: Counter[str] = Counter()
    grown = 0.0

    async def task(documents: list[Document]) -> None:
        try:
            answers.update(await workers.run(function, documents))
        except TaskFailed as error:
            answers[f"raised: {error}"] += 1
        except WorkerError as error:
            # Which of them was it? Each by itself, as in real life.
            if len(documents) == 1:
                answers[f"ended: {error}"] += 1
            else:
                for document in documents:
                    await task([document])

    async with WorkerPool(2, timeout=deadline, memory_mb=512) as workers:
        baseline = None
        while batch := list(islice(bodies, BATCH * 4)):
            documents = [
                Document(url="https://a.example/x", body=body, content_type=kind) for body in batch
            ]
            await asyncio.gather(
                *(task(documents[n : n + BATCH]) for n in range(0, len(documents), BATCH))
            )
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            baseline = baseline or peak
            grown = peak - baseline
    return answers, grown


def test_mutated_feeds_end_in_a_value() -> None:
    """Entries or a reason, in time; our own memory does not grow."""
    seeds = feed_seeds()
    bodies = mutants(seeds, FEED_MUTANTS, 1)
    answers, grown = asyncio.run(fuzz(bodies, parse_all, "application/xml"))
    print(f"{len(seeds)} seeds: {answers}, parent grew by {grown:.0f} MB")  # noqa: T201
    assert FEED_MUTANTS == sum(answers.values())
    assert answers.keys() <= {"ParsedFeed", "Failure"}
    assert grown <= 64


def test_mutated_pages_end_in_a_value() -> None:
    """The same for pages and their extraction."""
    seeds = page_seeds()
    bodies = mutants(seeds, PAGE_MUTANTS, 2)
    answers, grown = asyncio.run(fuzz(bodies, extract_all, "text/html"))
    print(f"{len(seeds)} seeds: {answers}, parent grew by {grown:.0f} MB")  # noqa: T201
    assert PAGE_MUTANTS == sum(answers.values())
    assert answers.keys() <= {"PageText"}
    assert grown <= 64


def test_bare_feedparser_raises() -> None:
    """Control: without our guard some mutants end in an exception."""
    import io

    raised: Counter[str] = Counter()
    for body in islice(mutants(feed_seeds(), FEED_MUTANTS, 1), 3000):
        try:
            feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/xml"})
        except Exception as error:  # noqa: BLE001 -- that is what is counted
            raised[type(error).__name__] += 1
            if FEED_MUTANTS <= 10_000:
                break
    print(f"bare feedparser: {raised}")  # noqa: T201
    if len(feed_seeds()) < 10:
        pytest.skip("seeds of our own alone are too tame to show it")
    assert sum(raised.values()) >= 1


def test_a_bomb_in_a_batch_is_found() -> None:
    """Control: what takes longer than its time is seen as such."""
    slow = iter([rss(item(1)), FEEDS["100,000 links"]()])
    answers, _ = asyncio.run(fuzz(slow, parse_all, "application/xml", deadline=1))
    assert 2 == sum(answers.values())
    assert any(answer.startswith("ended: the worker took more than") for answer in answers)
