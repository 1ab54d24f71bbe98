"""What several tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from . import postgres

# How long an example takes says something of the machine, not of the program.
settings.register_profile("digest", deadline=None)
settings.load_profile("digest")


def _only_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """No test connects to anywhere else, whatever it runs in this process (check D5)."""
    address = arguments[1] if event == "socket.connect" else None
    host = address[0] if isinstance(address, tuple) else "::1"  # else a path: on this machine
    if not str(host).startswith(("127.", "::1", "localhost")):
        raise AssertionError(f"a test connects to {address}")


sys.addaudithook(_only_this_machine)

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def _shared(part: str) -> Path:
    folder = SHARED / part
    if not folder.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing: continuous integration must have it")
        pytest.skip(f"{folder} is not here: a clone has no corpus of other people's texts")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real feeds, pages and labelled stories."""
    return _shared("corpus")


@pytest.fixture(scope="session")
def mail_cases() -> Path:
    """The folder of mail that went wrong somewhere, with what is right for each."""
    return _shared("cases/mail")


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the five texts on one event."""
    return _shared("seeds")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests of this process."""
    reason = postgres.why_not()
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}: continuous integration must have it")
        pytest.skip(reason)
    with postgres.running() as cluster:
        yield cluster


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: in a third of their time tests wait for processes."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine that databases of this test are on, where it opens them by `postgres.place`."""
    name: str = request.param
    cluster = request.getfixturevalue("cluster") if name == "postgresql" else None
    with postgres.used(cluster):
        yield name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both engines what asks for one, but on files only what is about them or slow.

    That is marked as `@pytest.mark.sqlite`.
    """
    if "engine" in metafunc.fixturenames:
        files_only = metafunc.definition.get_closest_marker("sqlite") is not None
        engines = ["sqlite"] if files_only else ["sqlite", "postgresql"]
        metafunc.parametrize("engine", engines, indirect=True)
