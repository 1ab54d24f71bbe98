"""What the documents say is so."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from scripts.docs import cli, configuration, keys
from scripts.meanings import MEANINGS, TABLES

from digest.cli.main import COMMANDS, load_command
from digest.config import load
from digest.tools.newsroom import READINGS, Newsroom

from .conftest import ROOT
from .test_demo import run_digest

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CONSOLE = re.compile(r"^```console\n\$ digest (.+)\n((?:.*\n)*?)```$", re.MULTILINE)
GENERATED = {"cli.md", "configuration.md"}
WRITTEN = [path for path in DOCUMENTS if path.name not in GENERATED]
SESSIONS = [found for path in WRITTEN for found in CONSOLE.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: object) -> None:
    """Every relative link names a file that is there."""
    text = ROOT.joinpath(str(path)).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [] == [link for link in links if not (ROOT.joinpath(str(path)).parent / link).exists()]


@pytest.mark.parametrize("page", [path.name for path in DOCUMENTS if path.parent.name == "docs"])
def test_every_page_is_one_click_from_the_readme(page: str) -> None:
    """The README links to each page of docs/."""
    assert f"](docs/{page})" in (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_the_readme_s_configuration_is_valid(tmp_path: Path) -> None:
    """As printed in the README."""
    (block,) = _blocks("toml")
    (tmp_path / "feeds.toml").write_text(block, encoding="utf-8")
    assert len(load(tmp_path / "feeds.toml").feeds) == block.count("[[feeds]]")


def test_the_readme_s_commands_run_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As written and in this order; only the feeds that `digest run` polls are on this machine."""
    monkeypatch.chdir(tmp_path)
    commands = [
        shlex.split(line, comments=True)[1:]
        for block in _blocks("sh")
        for line in block.splitlines()
        if line.startswith("digest ")
    ]
    assert [["init"], ["check"], ["run"]] == commands
    ran = []
    with Newsroom(ROOT / "examples/newsroom", now=READINGS[0]) as newsroom:
        for command in commands:
            options: tuple[str, ...] = ()
            if command == ["run"]:
                Path("feeds.toml").write_text(
                    newsroom.config(output="output", database="digest.db")
                )
                options = ("--now", READINGS[0].isoformat(), "--allow-address", "127.2.0.0/16")
            ran.append(run_digest(*command, *options))
            # One feed of the newsroom fails on purpose, which `digest run` reports with 1.
            assert int(command == ["run"]) == ran[-1].returncode, ran[-1].stderr
    page = Path(ran[-1].stdout.splitlines()[-1])
    assert (tmp_path, True) == (page.parents[2], page.is_file())


@pytest.mark.parametrize(("page", "written"), [("cli", cli), ("configuration", configuration)])
def test_generated_pages_are_current(page: str, written: Callable[[], str]) -> None:
    """What `make docs` would write now is what is there."""
    assert written() == (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")


def test_every_key_of_the_settings_has_a_meaning() -> None:
    """And there is no meaning of a key that does not exist."""
    assert {f"{table}.{name}" for table, name, _ in keys()} == set(MEANINGS)
    assert {table for table, _, _ in keys()} == set(TABLES)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lines_say_what_the_command_says(name: str) -> None:
    """The line in the list of commands and the first line of the command's own help."""
    assert COMMANDS[name].help == load_command(name).help.partition("\n")[0]


@pytest.mark.parametrize(("command", "printed"), SESSIONS, ids=[session[0] for session in SESSIONS])
def test_commands_print_what_the_documents_show(
    command: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from the project's folder; an ellipsis stands for whatever is there."""
    monkeypatch.chdir(ROOT)
    done = run_digest(*shlex.split(command))
    assert (0, "") == (done.returncode, done.stderr)
    same = doctest.OutputChecker().check_output(printed, done.stdout, doctest.ELLIPSIS)
    assert same, done.stdout


def test_make_targets_in_documents_exist() -> None:
    """Whoever copies a line from a document finds the target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE))
    assert set() == named - targets


def test_architecture_names_every_part_of_the_package() -> None:
    """The table names every module and package."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        path.stem
        for path in (ROOT / "src" / "digest").iterdir()
        if not path.name.startswith(("_", "py."))
    }
    assert set() == {room for room in rooms if f"`{room}`" not in text}


def test_files_named_by_the_architecture_exist() -> None:
    """Whoever looks for a rule finds the file that the table names."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", text))
    assert len(named) > 10
    folders = (ROOT / "src/digest", ROOT)
    assert set() == {
        name for name in named if not any((folder / name).is_file() for folder in folders)
    }


def test_lock_files_carry_hashes_and_no_address() -> None:
    """Every pin has a hash; no registry is named."""
    for name in ("requirements.lock", "requirements-build.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.findall(r"^[\w.\[\]-]+==\S+ \\\n +--hash=sha256:", text, flags=re.MULTILINE)
        assert len(re.findall(r"^\S+==", text, flags=re.MULTILINE)) == len(pins)
