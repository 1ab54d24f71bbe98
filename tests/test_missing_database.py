"""Commands that only look, or need what is stored, create neither a database nor a key."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from .command import digest

CONFIG = """[smtp]
host = "127.0.0.1"
sender = "Digest <digest@mail.example>"

[web]
base_url = "https://digest.example/"

[[feeds]]
url = "https://a.example/feed"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def run(line: str, config: Path) -> tuple[int, str]:
    done = digest(*shlex.split(line), "--config", str(config))
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "status --held --json",
        "subscribers list",
        "subscribers show ann@mail.example",
        "subscribers export",
        "subscribers pause ann@mail.example",
        "subscribers remove ann@mail.example",
        "deliver",
        "deliver --dry-run",
        "deliver --to ann@mail.example",
        "bounces mail.eml",
        "search bridge",
        "explain s1",
        "stories list",
        "stories export-pairs",
        "resume https://a.example/feed",
    ],
)
def test_without_a_database_a_command_says_how_to_get_one(config: Path, line: str) -> None:
    """One line with the path that was looked at, exit code 2, and no file is left."""
    code, errors = run(line, config)
    database = config.with_name("digest.db")
    expected = f"no database at {database}; name it with --database or begin with `digest run`"
    assert (2, f"digest: {expected}\n") == (code, errors)
    assert [config] == list(config.parent.iterdir())


def test_a_dry_run_leaves_nothing(config: Path) -> None:
    """An import can be tried before there is a database."""
    people = config.with_name("people.csv")
    people.write_text("address\nann@mail.example\n", encoding="utf-8")
    assert (0, "") == run(f"subscribers import --dry-run {people}", config)
    assert {config, people} == set(config.parent.iterdir())


def test_what_is_new_is_announced_once(config: Path) -> None:
    """A database by the first command that writes to it; a key by the first that signs."""
    code, errors = run("subscribers add ann@mail.example", config)
    assert (0, 1) == (code, len(errors.splitlines()))
    assert errors.endswith(f" INFO new database: {config.with_name('digest.db')}\n")
    assert (0, "") == run("subscribers add bob@mail.example", config)

    key = config.with_name("digest.db.key")
    assert (0, "") == run("deliver --dry-run", config)
    assert not key.exists(), "looking makes no key"
    code, errors = run("deliver", config)
    assert (0, 1) == (code, len(errors.splitlines())), errors
    assert errors.endswith(f" INFO new key, which signs subscribers' links: {key}\n")
    assert (0, "") == run("deliver", config)
