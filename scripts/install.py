"""Install a lock file into an environment, exactly and visibly.

    python3 scripts/install.py ENVIRONMENT LOCK...

The lock decides everything: pip resolves nothing (`--no-deps`), accepts only files whose hash is
in the lock, and builds with the backends of an earlier lock (`--no-build-isolation`). A newer
release on an index therefore changes nothing. Packages that no lock names are removed.

Uses the standard library only, because it runs before anything is installed, and the pip of the
interpreter that runs it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

_PIN = re.compile(r"^([\w.-]+)==([\w.+!-]+)", re.MULTILINE)
_FILE = re.compile(r"^\s*(Downloading|Using cached) (\S+) \(([\d.]+) (\w+)\)")
_LOCAL = re.compile(r"^\s*Processing (\S+\.whl)")
_UNITS = {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}


def canonical(name: str) -> str:
    """The name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, str]:
    """The version of each package in a lock file, by canonical name."""
    return {canonical(name): version for name, version in _PIN.findall(lock.read_text("utf-8"))}


def installed(folder: Path) -> dict[str, str]:
    """The version of each distribution in a site-packages folder, by canonical name."""
    found = distributions(path=[str(folder)])
    return {canonical(item.metadata["Name"]): item.version for item in found}


def _pip(environment: Path, *arguments: str) -> Iterator[str]:
    """What pip prints, line by line; its failure ends the program with what it said."""
    command = [sys.executable, "-m", "pip", "--python", str(environment / "bin/python")]
    heard = []
    with subprocess.Popen(
        [*command, "--disable-pip-version-check", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.startswith("Requirement already satisfied"):
                heard.append(line)
                yield line
    if process.returncode:
        sys.exit(f"{''.join(heard)}pip {arguments[0]} failed; its output is above")


def _size(line: str) -> tuple[str, float, bool] | None:
    """The file that a line of pip's is about, its size in MB, and whether it comes from afar."""
    if found := _FILE.match(line):
        how, file, size, unit = found.groups()
        return file, float(size) * _UNITS.get(unit, 0.0), how == "Downloading"
    if found := _LOCAL.match(line):
        path = Path(found[1])
        return path.name, path.stat().st_size * 1e-6, False
    return None


def _install(environment: Path, lock: Path) -> None:
    started = time.monotonic()
    megabytes = {True: 0.0, False: 0.0}
    print(f"Installing the {len(pins(lock))} packages of {lock}", flush=True)
    fixed = ("--no-deps", "--require-hashes", "--no-build-isolation", "--use-pep517")
    for line in _pip(environment, "install", *fixed, "-r", str(lock)):
        if known := _size(line):
            file, size, fetched = known
            megabytes[fetched] += size
            name, version = file.removesuffix(".tar.gz").split("-")[:2]
            note = "" if fetched else "  (on this machine)"
            print(f"  {name + ' ' + version:<32}{size:>8.2f} MB{note}", flush=True)
    print(
        f"Done in {time.monotonic() - started:.0f} s: {megabytes[True]:.1f} MB fetched, "
        f"{megabytes[False]:.1f} MB found on this machine",
        flush=True,
    )


def _remove_others(environment: Path, locks: Iterable[Path]) -> None:
    """Uninstall what an earlier lock installed and none of these names."""
    (folder,) = environment.glob("lib/python3*/site-packages")
    named = {name for lock in locks for name in pins(lock)}
    others = sorted(installed(folder).keys() - named - {"digest"})
    if others:
        print("Removing " + ", ".join(others), flush=True)
        list(_pip(environment, "uninstall", "--yes", *others))


def main() -> None:
    """Install each lock in turn, then remove what no lock beside them names."""
    environment, *locks = map(Path, sys.argv[1:])
    for lock in locks:
        _install(environment, lock)
    _remove_others(environment, locks[0].parent.glob("requirements*.lock"))


if __name__ == "__main__":
    main()
