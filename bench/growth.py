"""What grows with the days of a store, the articles of a window and the texts of one form."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from bench.measure import Cost, Row, cost, digest, environment, python
from bench.polls import publisher
from bench.volume import articles
from bench.year import LAST, build
from digest.flows.scheduler import TICK

SECONDS, FEEDS = 120, 300
WINDOW = 8  # days that a build compares: the new one and seven before
_REST = 15  # seconds after an edition in which its memory is returned

HOSTILE = """
import random, sys
from dataclasses import replace
from tests.factories import article
from tests.forms import CLOSING, FORMS, _fill, report
from digest.stories.dedup import deduplicate
kind, count = sys.argv[1], int(sys.argv[2])
chance = random.Random(1)
wire = " ".join(report(chance, 25))
texts = (
    wire + " " if kind == "copies" else _fill(FORMS["weather"], chance) + CLOSING
    for _ in range(count)
)
deduplicate([
    article(text, title=f"Report {at} of the day", id=f"a{at}", outlet=f"site {at % (count // 2)}")
    for at, text in enumerate(texts)
])
"""

SERVE = (
    "from pathlib import Path; import sys; from bench.loop import serve;"
    " serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:], blocked=False)"
)


def hostile(sizes: Sequence[int]) -> list[Row]:
    """Copies of one wire story, and texts of one form on half as many sites."""
    rows = []
    for kind, what in (("copies", "copies of one text"), ("form", "texts of one form")):
        base = cost(*python(HOSTILE, kind, "2")).cpu
        for size in sizes:
            found = cost(*python(HOSTILE, kind, str(size)))
            each = 1e3 * (found.cpu - base) / size
            rows.append(_row(f"{size:,} {what}", found, f"{each:.2f} ms each"))
    return rows


def clusters(sizes: Sequence[int]) -> list[Row]:
    """`digest cluster` on invented articles."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            given = Path(folder) / "articles.jsonl.gz"
            with gzip.open(given, "wt", encoding="utf-8", compresslevel=1) as file:
                file.writelines(json.dumps(row) + "\n" for row in islice(articles(size), size))
            found = cost(*digest("cluster", str(given), "-o", f"{folder}/out.jsonl"))
        each = f"{1e3 * found.cpu / size:.2f} ms and {1024 * found.peak / size:.1f} KB each"
        rows.append(_row(f"`digest cluster`, {size:,} articles", found, each))
    return rows


def builds(sizes: Sequence[int]) -> list[Row]:
    """`digest build` of a day's articles beside those of the seven days before."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            build(folder / "digest.db", WINDOW, size, waiting=size)
            config = _config(folder, [f"http://127.0.0.1:1/{at}.xml" for at in range(FEEDS)])
            found = cost(*digest("build", "-c", config, "--now", f"{LAST:%Y-%m}-02T07:00:00+00:00"))
        each = f"{1e3 * found.cpu / size:.2f} ms a new article"
        rows.append(_row(f"`digest build`, {size:,} new, {WINDOW * size:,} in all", found, each))
    return rows


def days(counts: Sequence[int], seconds: int = SECONDS) -> list[Row]:
    """`digest serve` on the stores of so many days: its CPU, and how long its loop stops.

    The first tick reads all feeds, with news; the others find nothing due.
    """
    return [_row(*_served(count, seconds)) for count in counts]


def resting(size: int) -> list[Row]:
    """The memory of `digest serve` when it has published an edition of so many new articles."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder / "digest.db", 1, 10, waiting=size)
        config = _config(folder, ["http://127.0.0.1:1/0.xml"])
        now = f"{LAST:%Y-%m}-02T12:00:00+00:00"
        allowed = ("--allow-address", "127.0.0.0/8")
        process = subprocess.Popen(
            digest("serve", "-c", config, *allowed, "--quiet", "--now", now),
            env=environment(),
            stderr=subprocess.DEVNULL,
        )
        while not (folder / "out" / "index.html").exists():
            time.sleep(1)
        time.sleep(_REST)
        status = Path(f"/proc/{process.pid}/status").read_text()
        rests = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        os.kill(process.pid, signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
    found = Cost(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / 1024)
    return [_row(f"`digest serve`, an edition of {size:,}", found, f"{rests:.0f} MB afterwards")]


def _served(count: int, seconds: int) -> tuple[str, Cost, str]:
    with tempfile.TemporaryDirectory() as name, publisher(FEEDS, 8958) as urls:
        folder = Path(name)
        build(folder / "digest.db", count, urls=urls)
        report, config = folder / "report.json", _config(folder, urls)
        arguments = ["-c", config, "--allow-address", "127.0.0.0/8", "--quiet"]
        process = subprocess.Popen(
            python(
                SERVE,
                str(report),
                str(folder / "digest.db"),
                *arguments,
                "--now",
                f"{LAST}T12:00:00+00:00",
            ),
            env=environment(),
            stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(seconds)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            _, _, usage = os.wait4(process.pid, 0)
        beats = json.loads(report.read_text())
        size = (folder / "digest.db").stat().st_size / 1e6
    longest = 1e3 * max(late for _, late, _ in beats)
    own = 1e3 * max(min(late, cpu) for _, late, cpu in beats)
    last = [cpu for at, _, cpu in beats if at > beats[-1][0] - 2 * TICK]
    beat = median(last)  # what the measuring costs
    tick = 1e3 * sum(cpu - beat for cpu in last) / 2
    found = Cost(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / 1024)
    what = f"`digest serve`, day {count} ({size:.0f} MB), {seconds} s"
    stops = f"longest stop of the loop {longest:.0f} ms, own CPU {own:.0f} ms"
    return what, found, f"{tick:.0f} ms a tick that finds nothing due; {stops}"


def _config(folder: Path, urls: Sequence[str]) -> str:
    path = folder / "feeds.toml"
    path.write_text(
        f'[digest]\ndatabase = "{folder}/digest.db"\noutput = "{folder}/out"\n'
        "max_age_days = 366\n" + "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
    )
    return str(path)


def _row(what: str, found: Cost, each: str) -> Row:
    return Row(what=what, ours=f"{found.cpu:.1f} s, {found.peak:.0f} MB", beside=each)


if __name__ == "__main__":
    for row in days([int(count) for count in sys.argv[1:] or ("1", "100", "365")]):
        print(row)
