"""/health and /metrics of a real `digest serve`, beside what the commands say."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from digest.config import load
from digest.model.errors import ConfigError

from .command import digest
from .feed_server import Answer, FeedServer, Operator


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str, token: str | None = None) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@contextmanager
def serving(config: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`digest serve` as a process of its own."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "digest",
            "serve",
            "-c",
            str(config),
            "--allow-address",
            "127.0.0.0/8",
        ],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def until(port: int, path: str, expected: str, seconds: float = 90) -> str:
    """The answer once it holds a text."""
    end = time.monotonic() + seconds
    found = ""
    while time.monotonic() < end:
        try:
            _, found = get(port, path)
        except OSError:
            found = "no answer"
        if re.search(expected, found):
            return found
        time.sleep(0.2)
    raise AssertionError(f"no {expected!r} in {found}")


def test_serve_answers_health_and_metrics(tmp_path: Path) -> None:
    """What /metrics, /health, `digest feeds` and the readers' page say of feeds agrees."""
    web, admin = free_port(), free_port()
    with FeedServer() as server:
        operator = Operator(tmp_path, server)
        now = datetime.now(UTC)
        server.feed("/a", server.item("/a", 1, "One"), server.item("/a", 2, "Two"), pages=False)
        server.answers["/gone"] = Answer(status=410)
        operator.write(
            'url = "http://127.0.0.1:PORT/a"\nfull_text = "always"\nexclude = ["two"]',
            'url = "http://127.0.0.1:PORT/gone"',
            top=f'[web]\nlisten = "127.0.0.1:{web}"\n[admin]\nlisten = "127.0.0.1:{admin}"\n',
        )
        with serving(operator.path):
            metrics = until(admin, "/metrics", r"digest_poll_seconds_count 2\.0")
            assert 'digest_feeds{condition="ok"} 1.0' in metrics
            assert 'digest_polls_total{outcome="failed"} 1.0' in metrics
            assert "digest_poll_seconds_count 2.0" in metrics
            assert "digest_feeds_overdue 0.0" in metrics
            assert re.search(r"digest_loop_lag_seconds \d", metrics)
            status, text = get(admin, "/health")
            health = json.loads(text)
            assert (200, True, 2, 1, 0) == (
                status, health["ready"], health["feeds"], health["feeds_in_trouble"],
                health["overdue_feeds"],
            )  # fmt: skip
            assert abs((datetime.fromisoformat(health["last_poll"]) - now).total_seconds()) < 120
            status, page = get(admin, "/")
            assert (200, ["gone", "ok"]) == (
                status, re.findall(r'<span class="label(?: mark)?">(\w+)</span>', page),
            )  # fmt: skip
            assert (200, '{"status":"ok"}') == get(web, "/health")
            assert 404 == get(web, "/metrics")[0]
            rows = json.loads(digest("feeds", "--json", "-c", str(operator.path)).stdout)
            assert ["gone", "ok"] == [row["state"] for row in rows]


def test_an_address_that_others_reach_needs_a_token(tmp_path: Path) -> None:
    """In the file, in the environment, and on every request."""
    config = tmp_path / "feeds.toml"
    feeds = '[[feeds]]\nurl = "http://127.0.0.1:9/"\n'
    config.write_text(f'[admin]\nlisten = "0.0.0.0:1"\n{feeds}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r":2: admin\.listen: needs token_env"):
        load(config)
    same = '[web]\nlisten = "127.0.0.1:1"\n[admin]\nlisten = "127.0.0.1:1"\n'
    config.write_text(f"{same}{feeds}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r":4: admin\.listen: is that of \[web\]"):
        load(config)
    admin = free_port()
    table = f'[admin]\nlisten = "0.0.0.0:{admin}"\ntoken_env = "ADMIN_TOKEN"\n'
    config.write_text(table + feeds, encoding="utf-8")
    with serving(config) as process:
        assert (2, "") == (process.wait(60), "")
        assert process.stderr is not None
        assert "the environment has no ADMIN_TOKEN" in process.stderr.read()
    with serving(config, ADMIN_TOKEN="t0ken") as process:
        assert 2 == process.wait(60)
        assert process.stderr is not None
        assert "ADMIN_TOKEN has fewer than 16 characters" in process.stderr.read()
    good, bad = "t0ken-of-16-bytes", "t0ken-of-16-byteS"
    with serving(config, ADMIN_TOKEN=good):
        until(admin, "/live", "ok")
        assert [401, 401, 200] == [get(admin, "/metrics", token)[0] for token in (None, bad, good)]
        assert [401, 200] == [get(admin, "/health", token)[0] for token in (None, good)]
