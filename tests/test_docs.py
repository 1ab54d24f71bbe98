"""What the documents say is so."""

from __future__ import annotations

import doctest
import re
import shlex

import pytest

from digest.cli.main import COMMANDS

from .conftest import ROOT
from .test_demo import run_digest

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CONSOLE = re.compile(r"^```console\n\$ digest (.+)\n((?:.*\n)*?)```$", re.MULTILINE)
SESSIONS = [found for path in DOCUMENTS for found in CONSOLE.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: object) -> None:
    """Every relative link names a file that is there."""
    text = ROOT.joinpath(str(path)).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [] == [link for link in links if not (ROOT.joinpath(str(path)).parent / link).exists()]


def test_the_readme_names_every_command() -> None:
    """And none that is not there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `digest (\w+)`", text, flags=re.MULTILINE))
    assert set(COMMANDS) == named


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
    """The map shows every room."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        path.stem
        for path in (ROOT / "src" / "digest").iterdir()
        if not path.name.startswith("_") and path.name != "data"
    }
    assert set() == {room for room in rooms if f"`{room}`" not in text}


def test_lock_files_carry_hashes_and_no_address() -> None:
    """Every pin has a hash; no registry is named."""
    for name in ("requirements.lock", "requirements-build.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.findall(r"^[\w.\[\]-]+==\S+ \\\n +--hash=sha256:", text, flags=re.MULTILINE)
        assert len(re.findall(r"^\S+==", text, flags=re.MULTILINE)) == len(pins)
