"""What the benches share: processes measured in turn, and rows of a table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took, with all the processes it waited for."""

    cpu: float  # seconds
    peak: float  # MB, of the largest of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: a figure, and beside it the peer or floor of the same run."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""


def cost(*command: str, codes: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end; what it prints is thrown away."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise SystemExit(f"{' '.join(command)}: ended with {code}")
    return Cost(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """Child processes find this project's packages as this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def digest(*arguments: str) -> tuple[str, ...]:
    """The command line of digest."""
    return (sys.executable, "-m", "digest", *arguments)


def python(code: str, *arguments: str) -> tuple[str, ...]:
    """A command line that runs this code."""
    return (sys.executable, "-c", code, *arguments)


def interleaved(runs: Mapping[str, Callable[[], Cost]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """The median of each, run in turn so that a busy minute falls on all of them."""
    found: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
    return {
        name: Cost(cpu=median(cost.cpu for cost in costs), peak=median(cost.peak for cost in costs))
        for name, costs in found.items()
    }


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| what | digest | beside it | ratio |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.ours} | {row.beside} | {row.ratio} |" for row in rows]
    return "\n".join(lines)
