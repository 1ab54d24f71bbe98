"""The command line: exit codes, reports, one clear line for every mistake."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest

import digest as package
from digest import __version__
from digest.tools.newsroom import READINGS, Newsroom

from .command import digest
from .conftest import ROOT
from .fakes import mark_read
from .test_demo import NEWSROOM, run_digest

NOW = READINGS[0].isoformat()
DAY = "2024-07-10"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text('[[feeds]]\nurl = "http://127.0.0.1:9/feed"\ntitle = "Nine"\n', "utf-8")
    return path


def test_run_reads_builds_and_reports(tmp_path: Path) -> None:
    """A whole run over HTTP: plain lines for people, then the page's path; and again as JSON."""
    with Newsroom(NEWSROOM, now=READINGS[0]) as newsroom:
        config = tmp_path / "feeds.toml"
        config.write_text(newsroom.config(output="out", database="d.db"), encoding="utf-8")
        options = ("--config", str(config), "--now", NOW, "--allow-address", "127.2.0.0/16")
        first = run_digest("run", *options)
        second = run_digest("run", *options, "--json", "--tolerant")
    page = tmp_path / "out" / DAY / "index.html"
    assert 1 == first.returncode
    new, reading, failing = first.stderr.splitlines()
    assert "Reading 13 feeds" == reading
    assert new.endswith(f" INFO new database: {tmp_path / 'd.db'}")
    assert " WARNING failing since 2024-07-10 18:00 UTC: The Broken Bell (http://127" in failing
    lines = first.stdout.splitlines()
    assert lines[0].startswith("Feeds: 11 read, 1 unchanged, 1 failed. New articles: 2")
    assert lines[1].startswith("  failed: The Broken Bell (http://127.2.0.1:")
    assert lines[-2].startswith(f"Edition {DAY}: ")
    assert str(page) == lines[-1]
    assert page.is_file()
    assert (0, "") == (second.returncode, second.stderr)  # nothing has changed since
    report = json.loads(second.stdout)
    assert str(page) == report["page"]
    assert (0, 0) == (report["new_articles"], report["exit_code"])
    assert {"unchanged", "failed"} == {feed["outcome"] for feed in report["feeds"]}


def test_collect_and_build_are_the_two_halves_of_run(tmp_path: Path) -> None:
    """Collected first and built later, with other places for database and output."""
    with Newsroom(NEWSROOM, now=READINGS[0]) as newsroom:
        config = tmp_path / "feeds.toml"
        config.write_text(newsroom.config(output="out", database="d.db"), encoding="utf-8")
        common = ("--config", str(config), "--database", str(tmp_path / "e.db"), "--now", NOW)
        collected = digest("collect", *common, "--allow-address", "127.2.0.0/16", "-v")
        waiting = digest("collect", *common, "--due")
    assert 1 == collected.returncode, collected.stderr  # one of the feeds answers 503
    assert "read, 1 new: Star Dispatch" in collected.stderr
    assert waiting.stdout.startswith("Feeds: 13 not due yet. New articles: 0.")
    built = digest("build", *common, "--output", str(tmp_path / "other"), "--quiet")
    assert (0, "", "") == (built.returncode, built.stdout, built.stderr)
    assert (tmp_path / "other" / DAY / "digest.json").is_file()
    assert not (tmp_path / "d.db").exists()
    assert not (tmp_path / "out").exists()


def test_every_feed_failed_is_exit_code_1(config: Path) -> None:
    """Loopback is refused unless the command line allows it; the reason is printed."""
    done = digest("run", "--config", str(config))
    assert 1 == done.returncode
    assert "failed: Nine (http://127.0.0.1:9/feed): " in done.stdout
    assert "127.0.0.1" in done.stdout


def test_no_file_and_no_environment_opens_the_door(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An allowance in the file is an unknown key; one in the environment is not read."""
    monkeypatch.setenv("DIGEST_ALLOW_ADDRESS", "127.0.0.0/8")
    monkeypatch.setenv("ALLOW_ADDRESS", "127.0.0.0/8")
    done = digest("collect", "--config", str(config))
    assert "refused" in done.stdout
    assert "connection refused" not in done.stdout
    config.write_text('[fetch]\nallow_address = ["127.0.0.0/8"]\n' + config.read_text())
    done = digest("collect", "--config", str(config))
    assert (2, "") == (done.returncode, done.stdout)
    assert "fetch.allow_address: unknown key" in done.stderr


def test_configuration_mistakes_are_exit_code_2_without_side_effects(tmp_path: Path) -> None:
    """Every mistake on a line of its own; no database, no output."""
    config = tmp_path / "feeds.toml"
    config.write_text('[digest]\ntitel = "x"\n[[feeds]]\nurl = "ftp://x"\n', encoding="utf-8")
    for command in ("run", "collect", "build", "serve", "check"):
        done = digest(command, "--config", str(config))
        assert (2, "") == (done.returncode, done.stdout)
        assert 2 == len(done.stderr.splitlines())
        assert f"{config}:2: digest.titel: unknown key, did you mean 'title'?" in done.stderr
    assert [config] == list(tmp_path.iterdir())


def test_check_prints_the_configuration_with_its_defaults(config: Path) -> None:
    """As JSON; nothing is written. A missing contact is reported beside it."""
    done = digest("check", "--show", "--config", str(config))
    assert 0 == done.returncode
    (warning,) = done.stderr.splitlines()
    assert f"{config}: fetch.contact: not set" in warning
    printed = json.loads(done.stdout)
    assert "07:00:00" == printed["digest"]["publish_at"]
    assert "Nine" == printed["feeds"][0]["title"]
    assert [config] == list(config.parent.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--now", "tomorrow"),
        ("run", "--allow-address", "everything"),
        ("run", "--allow-address", "127.0.0.0/8:99999"),
        ("publish",),
        ("run", "--no-such-option"),
    ],
)
def test_usage_mistakes_are_exit_code_2(arguments: tuple[str, ...]) -> None:
    """With a line that says what was wrong."""
    done = digest(*arguments)
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr


def test_a_database_that_is_none_is_exit_code_1_and_one_line(config: Path) -> None:
    """It is named, with what to do; nothing is overwritten."""
    database = config.parent / "digest.db"
    database.write_bytes(b"these are notes for my grandmother, do not touch " * 50)
    before = database.read_bytes()
    done = digest("build", "--config", str(config))
    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert f"digest: {database}: cannot be used as a database" in done.stderr
    assert before == database.read_bytes()


def test_an_output_folder_that_cannot_be_written_is_exit_code_1(config: Path) -> None:
    """The file is named with the reason."""
    (config.parent / "output").write_text("a file, not a folder")
    mark_read(config.parent / "digest.db", "http://127.0.0.1:9/feed", datetime.now(UTC))
    done = digest("build", "--config", str(config))
    assert 1 == done.returncode
    assert "cannot be written" in done.stderr.splitlines()[-1]


def test_version_and_help_in_every_form() -> None:
    """`--version`, `-h` of the whole and of a command, and `python -m digest`."""
    version = f"digest {__version__}\n"
    assert (0, version) == (digest("--version").returncode, digest("--version").stdout)
    for arguments in (("-h",), ("run", "-h"), ("subscribers", "add", "-h")):
        shown = digest(*arguments)
        assert (0, "") == (shown.returncode, shown.stderr)
        assert shown.stdout.split() == digest(*arguments[:-1], "--help").stdout.split()
        assert f"Usage: digest {' '.join(arguments[:-1])}".strip() in shown.stdout
    module = [sys.executable, "-m", "digest", "--version"]
    assert version == subprocess.run(module, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run",), "Mail is sent to subscribers if [smtp] is configured."),
        (("serve",), "served at [web] listen, if it is set. With [store] url, `digest worker`"),
        (("worker",), "the PostgreSQL database of [store] url. What is due is planned"),
        (("feeds", "play"), "The feed's keys in the configuration apply"),
        (("cluster",), 'optional fields: {"id", "title", "text", "url"?,'),
    ],
)
def test_help_is_shown_as_it_is_written(arguments: tuple[str, ...], expected: str) -> None:
    """Names in brackets are no styles, and a paragraph is wrapped as one."""
    shown = digest(*arguments, "--help").stdout.replace("│", " ")
    assert expected in " ".join(shown.split())


def test_the_package_states_its_version_and_its_types() -> None:
    """One source of the version; py.typed tells type checkers that annotations count (PEP 561)."""
    assert __version__ == metadata.version("digest")
    assert (Path(package.__file__).parent / "py.typed").is_file()
    newest = re.search(r"^## (\d\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert __version__ == newest[1]


# What takes long to import, and no list of commands needs.
HEAVY = {"aiohttp", "babel", "feedparser", "jinja2", "lxml", "numpy", "pydantic", "scipy"}
HEAVY |= {"sqlalchemy", "starlette", "trafilatura"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["init"], {"babel", "pydantic"}),
        (["check"], {"babel", "jinja2", "pydantic"}),
        (["status"], {"babel", "pydantic", "sqlalchemy"}),
        (["run", "--help"], HEAVY - {"numpy", "scipy", "starlette", "trafilatura"}),
        (["cluster", "--help"], {"numpy", "scipy"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_imports_only_what_it_uses(
    tmp_path: Path, arguments: list[str], needed: set[str]
) -> None:
    """The control is the last: a command that compares texts imports what that takes."""
    (tmp_path / "feeds.toml").write_text('[[feeds]]\nurl = "https://a.example/"\n', "utf-8")
    code = (
        "import sys; from digest.cli.main import main\n"
        f"sys.argv = ['digest', *{arguments}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('imported:', *sorted({HEAVY} & {{*sys.modules}}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    imported = set(ran.stdout.rpartition("imported:")[2].split())
    if arguments == ["cluster", "--help"]:
        assert needed <= imported
    else:
        assert set() == imported - needed


def test_init_writes_a_file_to_start_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be used as it is, and with every line that is commented out."""
    monkeypatch.chdir(tmp_path)
    done = digest("init")
    assert (0, "") == (done.returncode, done.stderr)
    assert "Wrote feeds.toml. Edit its feeds, then try `digest check`.\n" == done.stdout
    assert 0 == digest("check").returncode
    path = tmp_path / "feeds.toml"
    settings, feeds = path.read_text("utf-8").split("# The feeds.", 1)
    active = re.sub(r"^# (\[|\w+ = )", r"\1", settings, flags=re.MULTILINE)
    assert active.count("\n[") > settings.count("\n[")
    path.write_text(f"{active}#{feeds}", "utf-8")
    for name in re.findall(r'_env = "(\w+)"', active):
        monkeypatch.setenv(name, "a value")
    assert (0, "") == (digest("check").returncode, digest("check").stderr)


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """An existing file stays as it is; a folder that does not exist is named."""
    path = tmp_path / "mine.toml"
    path.write_text("mine", "utf-8")
    done = digest("init", "--config", str(path))
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"digest: {path}: already exists; ")
    assert "mine" == path.read_text("utf-8")
    lost = digest("init", "--config", str(tmp_path / "no/feeds.toml"))
    assert 2 == lost.returncode
    assert f"{tmp_path}/no/feeds.toml: cannot be written: No such file" in lost.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("digest su", "subscribers"),
        ("digest ch", "check"),
        ("digest run --no-d", "--no-deliver"),
        ("digest subscribers im", "import"),
    ],
)
def test_the_shell_completes(words: str, offered: str) -> None:
    """Commands, their own commands and their options, as bash asks for them."""
    count = str(len(words.split()) - 1)
    shell = {"_DIGEST_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": count}
    done = subprocess.run(
        [sys.executable, "-m", "digest"],
        env=os.environ | shell,
        capture_output=True,
        text=True,
        check=True,
    )
    assert offered in done.stdout.split()
