"""Every figure beside its peer or floor, measured in the same run.

    python -m bench [--all] [--write]

Prints one table; with --all also: 100,000 articles, 5,000 feeds, windows of 30,000 and 100,000.
With --write the table goes to docs/performance.md, with date, commit and machine.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench import growth, polls
from bench.measure import ROUNDS, Cost, Row, cost, digest, interleaved, python, table
from bench.year import build

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
TYPER = (
    "import typer; app = typer.Typer(); app.command()(lambda: None);"
    " app.command('b')(lambda: None); app()"
)
LIBRARIES = "import typer, rich, sqlalchemy, pydantic"

SIGNATURES = """
import sys
from itertools import islice
from bench.copies import in_one_batch
from bench.cost import SHARED
from bench.volume import articles
from digest.stories.minhash import signature
from tests.factories import labelled
wire = SHARED / "corpus" / "copies" / "wire.jsonl.gz"
if wire.exists():
    texts = [article.text for article, _ in labelled(wire)]
else:
    texts = [row["text"] for row in islice(articles(600), 600)]
texts *= 3
print(len(texts))
step = {"ours": signature, "datasketch": in_one_batch, "nothing": len}[sys.argv[1]]
for text in texts:
    step(text)
"""


def start_up() -> Iterator[Row]:
    """Commands beside the imports that any program with the same libraries has."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder / "digest.db", 2, 50)
        config = folder / "feeds.toml"
        config.write_text(
            f'[digest]\ndatabase = "{folder}/digest.db"\n[[feeds]]\nurl = "https://a.example/"\n'
        )
        options = ("-c", str(config))
        found = _medians(
            {
                "a typer program's `--help`": python(TYPER, "--help"),
                f"`{LIBRARIES}`": python(LIBRARIES),
                "`--version`": digest("--version"),
                "`--help`": digest("--help"),
                "`check`": digest("check", *options),
                "`status`": digest("status", *options),
                "`search`": digest("search", *options, "ferry"),
            }
        )
    (plain, small), (libraries, large), *commands = found.items()
    for name, took in commands:
        peer, floor = (plain, small) if name.startswith("`--") else (libraries, large)
        yield Row(
            what=f"start-up, {name}",
            ours=f"{took.cpu:.2f} s",
            beside=f"{peer} {floor.cpu:.2f} s",
            ratio=f"{took.cpu / floor.cpu:.2f}",
        )


def signatures() -> Iterator[Row]:
    """Signatures with fingerprints, beside datasketch's fastest way without."""
    found = _medians({name: python(SIGNATURES, name) for name in ("nothing", "ours", "datasketch")})
    once = found["nothing"].cpu
    ours, theirs = (3000 / (found[name].cpu - once) for name in ("ours", "datasketch"))
    yield Row(
        what="signatures of news texts",
        ours=f"{ours:,.0f} a second",
        beside=f"datasketch {theirs:,.0f}",
        ratio=f"{ours / theirs:.2f} times as many",
    )


def _medians(commands: dict[str, tuple[str, ...]]) -> dict[str, Cost]:
    return interleaved({name: partial(cost, *command) for name, command in commands.items()})


def main() -> None:
    """Print the table, part by part as it is measured."""
    whole = "--all" in sys.argv
    parts: list[Callable[[], Iterator[Row] | list[Row]]] = [
        start_up,
        signatures,
        lambda: polls.measure(100),
        lambda: polls.measure(1000, ROUNDS if whole else 1),
        lambda: polls.measure(5000, 1) if whole else [],
        lambda: growth.hostile([2000, 10_000]),
        lambda: growth.clusters([1000, 10_000, *([100_000] if whole else [])]),
        lambda: growth.builds([250, 2000, *([3750, 12_500] if whole else [])]),
        lambda: growth.resting(10_000),
        lambda: growth.days([1, 100, 365]),
    ]
    rows: list[Row] = []
    for part in parts:
        for row in part():
            print(*(text for text in (row.what, row.ours, row.beside, row.ratio) if text), sep="  ")
            rows.append(row)
    if "--write" in sys.argv:
        head, _, _ = PAGE.read_text(encoding="utf-8").partition("| what |")
        PAGE.write_text(head + table(rows) + "\n\n" + _where() + "\n", encoding="utf-8")


def _where() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit {commit or '?'}: Python"
        f" {platform.python_version()}, {os.cpu_count()} cores of {cpu}, Linux"
        f" {platform.release().partition('-')[0]}."
    )


if __name__ == "__main__":
    main()
