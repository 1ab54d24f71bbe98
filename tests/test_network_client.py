"""The one network allowance (checks D1 to D6), in production mode inside a network of its own.

`unshare -rnm` gives a network namespace in which public addresses are on the loopback
interface, port 80 can be bound and a canary on every address sees any forbidden connection.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT
from .test_guard import HOSTILE

SOURCE = ROOT / "src" / "digest"
ADDRESSES = (
    "93.184.216.34/32", "169.254.169.254/32", "10.0.0.1/32", "100.64.0.1/32", "172.16.0.1/32",
    "192.168.0.1/32", "192.0.2.1/32", "198.18.0.1/32", "198.51.100.7/32", "203.0.113.7/32",
    "2606:2800:220:1::1/128", "64:ff9b::7f00:1/128", "2002:7f00:1::/128", "2001:db8::1/128",
    "fc00::1/128", "fec0::1/128", "5f00::1/128", "3ffe::1/128", "::127.0.0.1/128",
)  # fmt: skip


def _unshare() -> list[str]:
    """The command that runs another in a namespace; skips where the system does not allow it."""
    tools = ("unshare", "ip")
    if not all(shutil.which(tool) for tool in tools):
        pytest.skip("no unshare or no ip here")
    set_up = "ip link set lo up" + "".join(
        f" && ip addr add {address} dev lo" for address in ADDRESSES
    )
    command = ["unshare", "-rnm", "sh", "-c", f'{set_up} && exec "$@"', "sh"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system allows no network namespaces to ordinary users")
    return command


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    """What the program in client_probe.py found inside of the namespace."""
    forms = [form for form in HOSTILE if not form.startswith("[")]
    done = subprocess.run(
        [*_unshare(), sys.executable, str(Path(__file__).with_name("client_probe.py"))],
        input=json.dumps(forms),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "HTTP_PROXY": "http://127.0.0.1:80"},
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("way", ["feed", "redirect", "dns", "mixed dns", "page"])
def test_no_hostile_address_is_reached_by_any_way(results: dict[str, object], way: str) -> None:
    """Seventy forms and more, as URL, redirect target and DNS answer: no hit on the canary (D1)."""
    hits = results["hits"]
    tried = results["tried"]
    assert isinstance(hits, dict)
    assert isinstance(tried, dict)
    assert tried[way] >= 60
    assert [] == hits[way]


def test_public_addresses_are_reached(results: dict[str, object]) -> None:
    """Without any allowance: the guard blocks nothing that it should not (D1)."""
    assert results["public"] == {"93.184.216.34": "read", "2606:2800:220:1::1": "read"}


def test_the_canary_sings_for_an_unguarded_client(results: dict[str, object]) -> None:
    """Control: the same forms without a guard reach it many times."""
    assert isinstance(results["unguarded"], int)
    assert results["unguarded"] >= 20


def test_a_name_that_changes_its_address_is_judged_at_the_socket(
    results: dict[str, object],
) -> None:
    """A thousand tries of DNS rebinding: public for the check, private for the connection (D2)."""
    assert results["rebinding"] == {"tries": 1000, "hits": 0}


@pytest.mark.parametrize(
    "scheme", ["file", "gopher", "data", "ftp", "javascript", "ws", "unix", "loop", "six", "down"]
)
def test_redirects_lead_to_the_web_only(results: dict[str, object], scheme: str) -> None:
    """Five hops at most, each checked; never down from https (D3)."""
    redirects = results["redirects"]
    assert isinstance(redirects, dict)
    assert redirects[scheme] == "failure"


def test_the_environment_opens_nothing(results: dict[str, object]) -> None:
    """HTTP_PROXY, .netrc and SSLKEYLOGFILE change no request (D4)."""
    assert results["environment"] == {"proxied": 0, "authorization": 0, "key log": False}


def test_an_allowance_opens_its_own_address_only(results: dict[str, object]) -> None:
    """With one exact ip:port allowed, every other form stays closed (D6)."""
    assert results["allowed"] == {"127.0.0.1:81": "read", "others": []}


# --- nobody else connects (D5) -------------------------------------------------------------------

# Modules that can open a connection, and the only places of ours that may name them.
_NETWORK = {
    "socket": {"fetch/guard.py", "flows/workers.py"},
    "aiohttp": {
        "fetch/client.py",
        "fetch/chat.py",
        "fetch/failures.py",  # names errors only
        "fetch/lenient.py",
        "fetch/request.py",
    },
    "http": {
        "fetch/client.py",
        "fetch/chat.py",
        "fetch/request.py",
        "model",
        "feeds/polling.py",
        "tools/newsroom/server.py",
    },
    "http.server": {"tools/newsroom/server.py"},
    "socketserver": {"tools/newsroom/server.py"},
    "urllib.request": set(),
    "requests": set(),
    "httpx": set(),
    "ftplib": set(),
    "telnetlib": set(),
    "xmlrpc": set(),
}


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_only_the_door_names_the_network() -> None:
    """A module that imports what can connect is on this list, or the check fails."""
    found = {
        (str(path.relative_to(SOURCE)), name)
        for path in SOURCE.rglob("*.py")
        for name in _imports(path)
        if name in _NETWORK
        and not any(str(path.relative_to(SOURCE)).startswith(p) for p in _NETWORK[name])
    }
    # Mail and the subscriber's pages are clients of their own, in their own folders.
    found = {match for match in found if not match[0].startswith(("mail/", "web/", "cli/"))}
    assert set() == found


def test_parsers_get_bytes_only() -> None:
    """feedparser opens a str as a path or URL, trafilatura can fetch: neither is ever asked to."""
    calls = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            name = f"{owner.id}.{node.func.attr}" if isinstance(owner, ast.Name) else ""
            if name == "feedparser.parse":
                calls.append(ast.unparse(node.args[0]))
            assert name not in {"trafilatura.fetch_url", "trafilatura.fetch_response"}
    assert ["io.BytesIO(body)"] == calls
