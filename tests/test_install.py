"""What is installed is what the locks say, whatever an index offers."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest
from scripts.install import installed, pins

from .conftest import ROOT

# The interpreter that made the environment: its pip fills it, the environment itself has none.
PYTHON = getattr(sys, "_base_executable", sys.executable)


def test_exactly_the_lock_is_installed() -> None:
    """Every package of requirements-dev.lock at its version, the project itself, and no other."""
    here = installed(Path(sysconfig.get_path("purelib")))
    assert here.pop("digest", None)
    assert pins(ROOT / "requirements-dev.lock") == here


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock"])
def test_the_locks_agree(name: str) -> None:
    """The development lock contains the others, version by version."""
    part, development = pins(ROOT / name), pins(ROOT / "requirements-dev.lock")
    assert part == {package: development.get(package) for package in part}


class _Index(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests have no log."""


def _release(index: Path, name: str, version: str, metadata: str = "") -> str:
    """Publish a wheel on the index; its SHA-256."""
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with ZipFile(wheel, "w") as archive:
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(f"{info}/METADATA", head + metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """An index on loopback: the folder to publish in, and the variables that make pip use it."""
    folder = tmp_path / "simple"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Index, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    others = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    yield (
        folder,
        others
        | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple",
            "PIP_NO_CACHE_DIR": "1",
        },
    )
    server.shutdown()
    thread.join()
    server.server_close()


def _run(environment: dict[str, str], *command: str | Path) -> None:
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def test_a_newer_release_changes_nothing(
    index: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """Also one that is required with an extra, which pip would otherwise resolve past the lock.

    The control: pip left to itself takes the newer releases from the same index.
    """
    folder, environment = index
    plugin = "Requires-Dist: measure[toml]>=1\n"
    measure = 'Provides-Extra: toml\nRequires-Dist: tomlish; extra == "toml"\n'
    old = {
        "plugin": _release(folder, "plugin", "1.0", plugin),
        "measure": _release(folder, "measure", "1.0", measure),
    }
    lock = tmp_path / "requirements.lock"
    lock.write_text("".join(f"{n}==1.0 --hash=sha256:{h}\n" for n, h in old.items()), "utf-8")
    for name, metadata in (("plugin", plugin), ("measure", measure), ("tomlish", "")):
        _release(folder, name, "2.0", metadata)

    found = {}
    for name in ("locked", "control"):
        venv.create(tmp_path / name, with_pip=False)
    _run(environment, PYTHON, "scripts/install.py", tmp_path / "locked", lock)
    pip = ("-m", "pip", "--python", tmp_path / "control/bin/python", "install", "plugin")
    _run(environment, PYTHON, *pip)
    for name in ("locked", "control"):
        (packages,) = (tmp_path / name).glob("lib/python3*/site-packages")
        found[name] = installed(packages)
    assert {"plugin": "1.0", "measure": "1.0"} == found["locked"]
    assert {"plugin": "2.0", "measure": "2.0", "tomlish": "2.0"} == found["control"]


def test_what_no_lock_names_is_removed(index: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """A package that a lock no longer names leaves the environment with the next installation."""
    folder, environment = index
    hashes = {name: _release(folder, name, "1.0") for name in ("kept", "dropped")}
    lines = {name: f"{name}==1.0 --hash=sha256:{value}\n" for name, value in hashes.items()}
    lock = tmp_path / "requirements.lock"
    venv.create(tmp_path / "env", with_pip=False)
    (packages,) = (tmp_path / "env").glob("lib/python3*/site-packages")
    found = []
    for names in (("kept", "dropped"), ("kept",)):
        lock.write_text("".join(lines[name] for name in names), "utf-8")
        _run(environment, PYTHON, "scripts/install.py", tmp_path / "env", lock)
        found.append(sorted(installed(packages)))
    assert [["dropped", "kept"], ["kept"]] == found
