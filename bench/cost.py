"""CPU per new article, fetch to store, beside the libraries' own costs, in one run.

`python bench/cost.py`: serves a newsroom on loopback (the corpus where it is there, else the
examples), runs the collect flow into an empty store and counts the CPU of this process and its
workers. Beside it is the sum of what the libraries alone cost on the same bytes: aiohttp's
GET, feedparser or json, trafilatura's extract and SQLAlchemy's insert. Prints milliseconds an
article, and the ratio; what is paid once (imports and models of either side, the start of the
workers) is reported separately.
"""

from __future__ import annotations

import asyncio
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import feedparser
import sqlalchemy as sa
import trafilatura

from digest.cli.output import Screen
from digest.config import load
from digest.feeds.extract import extract
from digest.feeds.parse import parse
from digest.fetch import Allowance
from digest.flows.workers import WorkerPool
from digest.languages import detect_languages
from digest.model import Document
from digest.services.application import application
from digest.tools.newsroom import READINGS, Newsroom

NEWSROOM = Path(__file__).parents[1] / "examples" / "newsroom"
SHARED = Path(__file__).parents[2] / "shared"
RUNS = 3


def cpu(who: int) -> float:
    """CPU seconds used so far by this process (RUSAGE_SELF) or its ended children."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def spent(task: Callable[[], object]) -> float:
    """CPU seconds of a task in this process."""
    before = time.process_time()
    task()
    return time.process_time() - before


def collect(folder: Path, config: str) -> tuple[float, int]:
    """CPU seconds and articles of the collect flow into an empty store, workers included."""
    (folder / "feeds.toml").write_text(config, encoding="utf-8")
    settings = load(folder / "feeds.toml")
    before = cpu(resource.RUSAGE_SELF) + cpu(resource.RUSAGE_CHILDREN)
    with application(
        settings,
        clock=lambda: datetime.now(UTC),
        observer=Screen(quiet=True, verbose=False),
        allowed=(Allowance.parse("127.0.0.0/8"),),
    ) as flows:
        report = asyncio.run(flows.collect(patient=False))
    after = cpu(resource.RUSAGE_SELF) + cpu(resource.RUSAGE_CHILDREN)
    return after - before, report.new_articles


def start_up() -> float:
    """CPU seconds that the workers cost once, before their first article: imports, models."""
    small = Document(url="http://a.example/", body=b"<html><body><p>One line.</p></body></html>")

    async def both() -> None:
        apart = (detect_languages,)
        async with WorkerPool(2, timeout=20, memory_mb=1024, apart=apart) as workers:
            await asyncio.gather(*(workers.run(extract, small) for _ in range(2)))
            await asyncio.gather(*(workers.run(parse, small) for _ in range(2)))
            await workers.run(detect_languages, ("A line of text in some language",))

    before = cpu(resource.RUSAGE_CHILDREN)
    asyncio.run(both())
    return cpu(resource.RUSAGE_CHILDREN) - before


async def get_all(urls: list[str]) -> list[bytes]:
    """The bodies behind the addresses, one after the other, by aiohttp alone."""
    async with aiohttp.ClientSession() as session:
        bodies = []
        for url in urls:
            async with session.get(url) as answer:
                bodies.append(await answer.read())
        return bodies


def libraries(requests: list[str], folder: Path) -> dict[str, float]:
    """CPU seconds of each library alone on the addresses that the flow asked for."""
    fetched: list[bytes] = []
    fetch = spent(lambda: fetched.extend(asyncio.run(get_all(requests))))
    feeds = [body for url, body in zip(requests, fetched, strict=True) if url.endswith("/feed")]
    pages = [body for url, body in zip(requests, fetched, strict=True) if not url.endswith("/feed")]

    def parse_all() -> None:
        for body in feeds:
            json.loads(body) if body[:1] == b"{" else feedparser.parse(io.BytesIO(body))

    def extract_all() -> None:
        for body in pages:
            trafilatura.extract(body, fast=True, include_comments=False)

    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("text", sa.Text))
    engine = sa.create_engine(f"sqlite:///{folder / 'plain.db'}")

    def insert() -> None:
        table.metadata.create_all(engine)
        for number, body in enumerate(pages):
            with engine.begin() as connection:
                row = {"id": number, "text": body[:2000].decode("latin-1")}
                connection.execute(table.insert(), [row])

    return {
        "fetch": fetch,
        "parse": spent(parse_all),
        "extract": spent(extract_all),
        "insert": spent(insert),
    }


def measure(folder: Path, config: str, requests: Callable[[], list[str]]) -> float:
    """One run of both sides; prints the costs and gives the ratio."""
    ours, articles = collect(folder, config)
    costs, once = libraries(requests(), folder), start_up()
    alone, ours = sum(costs.values()), ours - once
    parts = ", ".join(f"{name} {1000 * each / articles:.2f}" for name, each in costs.items())
    print(
        f"{articles} articles: ours {1000 * ours / articles:.2f} ms, "
        f"libraries {1000 * alone / articles:.2f} ms ({parts}), "
        f"ratio {ours / alone:.2f}; start of the workers, once: {once:.2f} s (not in the ratio)"
    )
    return ours / alone


def corpus_newsroom(folder: Path) -> float:
    """Real publishers' pages and labelled stories, served by the newsroom beside the corpus."""
    log = folder / "log.jsonl"
    sources = ["seeds", SHARED / "seeds", "pages", SHARED / "corpus"]
    sources += ["stories", SHARED / "corpus/stories/ecbplus.jsonl.gz"]
    command = [sys.executable, SHARED / "newsroom/newsroom.py", "--port", "8931"]
    options = ["--config", folder / "served.toml", "--log", log, *sources]
    with subprocess.Popen([*map(str, [*command, *options])], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()

            def requests() -> list[str]:
                rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
                return [f"http://{row['host']}:8931{row['path']}" for row in rows]

            config = "[fetch]\nhost_gap = 0.0\n" + (folder / "served.toml").read_text("utf-8")
            return measure(folder, config, requests)
        finally:
            server.kill()


def example_newsroom(folder: Path) -> float:
    """The offline newsroom of the examples: small pages, so that start-up weighs heavily."""
    with Newsroom(NEWSROOM, now=READINGS[-1]) as newsroom:
        port = newsroom.address("harbour-post").rsplit(":", 1)[1]
        return measure(
            folder,
            newsroom.config(output="o", database="d.db"),
            lambda: [f"http://{host}:{port}{path}" for host, path, *_ in newsroom.requests],
        )


def main() -> None:
    """Measure a few times and print the median."""
    newsroom = corpus_newsroom if SHARED.exists() else example_newsroom
    with tempfile.TemporaryDirectory() as folder:
        print("not counted, for models are loaded once: ", end="")
        example_newsroom(Path(folder))
    ratios = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            ratios.append(newsroom(Path(folder)))
    print(f"median ratio {sorted(ratios)[RUNS // 2]:.2f}")


if __name__ == "__main__":
    main()
