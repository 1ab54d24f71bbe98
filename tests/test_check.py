"""`digest check`: OK, or one line for each thing to mend."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from .command import digest
from .sink import running_sink

GOOD = '[fetch]\ncontact = "me@mail.example"\n'
MAIL = '[web]\nbase_url = "{base}"\n[smtp]\nhost = "127.0.0.1"\nsender = "d@news.example"\n'
FEED = '[[feeds]]\nurl = "https://a.example/feed"\n'


def checked(tmp_path: Path, text: str, *more: str) -> tuple[int, list[str]]:
    config = tmp_path / "feeds.toml"
    config.write_text(text, encoding="utf-8")
    done = digest("check", "-c", str(config), *more)
    lines = (done.stdout + done.stderr).replace(f"{config}: ", "").splitlines()
    assert [config] == list(tmp_path.glob("*"))
    return done.returncode, lines


def test_a_good_configuration_is_ok(tmp_path: Path) -> None:
    """One line; a suggestion is no fault."""
    assert (0, ["OK, 1 feed"]) == checked(tmp_path, GOOD + FEED)
    code, lines = checked(tmp_path, FEED)
    assert (0, "OK, 1 feed") == (code, lines[0])
    assert lines[1].startswith("fetch.contact: not set")


def test_a_language_without_phrases_is_named(tmp_path: Path) -> None:
    """One line, no fault; a region takes its language's phrases, and a file of one's own helps."""
    for language in ("en", "de-AT"):
        text = f'[digest]\nlanguage = "{language}"\n{GOOD}{FEED}'
        assert (0, ["OK, 1 feed"]) == checked(tmp_path, text)
    config = tmp_path / "config"
    config.mkdir()
    text = f'[digest]\nlanguage = "pt"\ntemplates = "../templates"\n{GOOD}{FEED}'
    code, lines = checked(config, text)
    assert (0, "OK, 1 feed", 2) == (code, lines[0], len(lines))
    assert lines[1].startswith("digest.language: there are no phrases in 'pt'")
    strings = tmp_path / "templates/strings"
    strings.mkdir(parents=True)
    (strings / "pt.toml").write_text('front = "Hoje"\n', encoding="utf-8")
    assert (0, ["OK, 1 feed"]) == checked(config, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            FEED + FEED.replace("https://a.example/feed", "http://www.A.example:80/feed/"),
            "feeds: https://a.example/feed and http://www.A.example:80/feed/ differ only in",
        ),
        (
            f'{FEED}section = "World"\n{FEED.replace("a.", "b.")}section = "world "\n',
            "feeds: the section is spelled 'World' and 'world '",
        ),
        (
            MAIL.format(base="http://n.example") + FEED,
            "web.base_url: http://n.example is not https",
        ),
        (
            MAIL.format(base="https://n.example")
            + 'username = "d"\npassword_env = "NO_SUCH_PW"\n'
            + FEED,
            "smtp.password_env: the environment has no NO_SUCH_PW",
        ),
        (
            f'{FEED}auth = {{ username = "d", password_env = "NO_SUCH_PW" }}\n',
            "https://a.example/feed: auth.password_env: the environment has no NO_SUCH_PW",
        ),
        (
            f'[digest]\noutput = "/proc/version/out"\n{FEED}',
            "digest.output: /proc/version/out: /proc/version is not a folder",
        ),
    ],
)
def test_what_would_fail_later_is_reported_now(tmp_path: Path, text: str, expected: str) -> None:
    """Exit code 1, and one line that says what."""
    code, (line,) = checked(tmp_path, GOOD + text)
    assert (1, True) == (code, line.startswith(expected)), line


def test_online_the_mail_server_is_asked(tmp_path: Path) -> None:
    """Nothing is sent; without a server its refusal is the line."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mail = MAIL.format(base="https://n.example") + 'security = "none"\nport = '
    place = tmp_path / "config"
    place.mkdir()
    code, (line,) = checked(place, f"{GOOD}{mail}{port}\n{FEED}", "--online")
    assert (1, True) == (code, "onnection refused" in line), line
    with running_sink(tmp_path / "sink") as sink:
        text = f"{GOOD}{mail}{sink.port}\n{FEED}"
        assert (0, ["OK, 1 feed"]) == checked(place, text, "--online")
        assert [] == sink.taken()
