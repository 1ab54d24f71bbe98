"""With --log-format json every line on standard error is one event, whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.cli.main import main

from .conftest import ROOT
from .feed_server import Answer, FeedServer, Operator

# What a command may come across: each is run in a process of its own, in the place of `check`.
FAULTS: dict[str, Callable[[], None]] = {}


def fault(function: Callable[[], None]) -> Callable[[], None]:
    """Let a process come across this."""
    FAULTS[function.__name__] = function
    return function


@fault
def warned() -> None:
    warnings.warn("first line\nsecond line", stacklevel=1)


@fault
def thread_failed() -> None:
    def fail() -> None:
        raise ValueError("in a thread\non two lines")

    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()


@fault
def failed() -> None:
    raise RuntimeError("nobody thought of this\n" + "x" * 9000)


def come_across(name: str) -> None:
    """Run the command line with a fault in it."""
    import digest.cli.check as module

    vars(module)["settings_of"] = lambda *_: FAULTS[name]()
    sys.argv = ["digest", "--log-format", "json", "check"]
    main()


def events(text: str) -> list[dict[str, Any]]:
    """The events of all lines; a line that is none fails."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(event.keys() >= {"at", "level", "from", "event"} for event in found)
    assert all(len(line) <= 8000 for line in text.splitlines())
    return found


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("warned", "warning", "first line"),
        ("thread_failed", "error", "in a thread"),
        ("failed", "error", "nobody thought of this"),
    ],
)
def test_warnings_threads_and_faults_are_events(name: str, level: str, said: str) -> None:
    """With the traceback of an error, as far as a line has room for it."""
    code = f"from tests.test_logs import come_across; come_across({name!r})"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, cwd=ROOT,
        check=False,
    )  # fmt: skip
    found = events(done.stderr)
    event = next(event for event in found if said in event["event"] + event.get("error", ""))
    assert level == event["level"]
    if name == "thread_failed":
        assert event["trace"][-1].endswith(" fail")
    if name == "failed":
        assert 1 == done.returncode


def process(operator: Operator, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "digest", "--log-format", "json", *arguments, "-c",
         str(operator.path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_what_commands_report_is_events_too(tmp_path: Path) -> None:
    """Progress, failures and mistakes; with -v everything that happens."""
    with FeedServer() as server:
        operator = Operator(tmp_path, server)
        server.feed("/a", server.item("/a", 1, "One"))
        server.answers["/b"] = Answer(status=500)
        operator.write('url = "http://127.0.0.1:PORT/a"', 'url = "http://127.0.0.1:PORT/b"')
        done = process(operator, "run", "-v", "--allow-address", "127.0.0.0/8")
        assert 1 == done.returncode
        found = events(done.stderr)
        assert "Reading 2 feeds" in [event["event"] for event in found]
        assert any(event["event"].startswith("failed: ") for event in found)
        assert any("failing since" in event["event"] for event in found)
        operator.write('url = "http://127.0.0.1:PORT/a"\ntitel = "x"\nlimit = -1')
        done = process(operator, "serve")
        assert 2 == done.returncode
        found = events(done.stderr)
        assert {"error"} == {event["level"] for event in found}
        assert any("did you mean 'title'" in event["event"] for event in found)
        assert [True, True] == [str(operator.path) in event["event"] for event in found]


def test_as_text_lines_are_for_people(tmp_path: Path) -> None:
    """Control: the same mistake without the option is no JSON."""
    with FeedServer() as server:
        operator = Operator(tmp_path, server)
        operator.write('url = "http://127.0.0.1:PORT/a"\ntitel = "x"')
        done = subprocess.run(
            [sys.executable, "-m", "digest", "check", "-c", str(operator.path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    with pytest.raises(json.JSONDecodeError):
        events(done.stderr)
