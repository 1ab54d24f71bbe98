"""feeds.toml is read whole or refused whole, with every mistake named at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import __version__
from digest.config import load
from digest.model import FullText
from digest.model.errors import ConfigError

from .conftest import ROOT

FEED = '\n[[feeds]]\nurl = "https://a.example/feed"\n'


def problems_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [line.removeprefix(f"{path}:") for line in caught.value.problems]


def test_the_shipped_file_is_valid() -> None:
    """What `digest init` writes has about 25 feeds in sections and no mistake."""
    settings = load(ROOT / "examples/feeds.toml")
    assert 24 <= len(settings.feeds) <= 30
    assert len({feed.section for feed in settings.feeds}) >= 5


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    """One feed is enough; every default is filled in and paths are relative to the file."""
    (tmp_path / "feeds.toml").write_text(FEED, encoding="utf-8")
    settings = load(tmp_path / "feeds.toml")
    assert time(7, 0) == settings.digest.publish_at
    assert tmp_path / "digest.db" == settings.digest.database
    assert tmp_path / "output" == settings.digest.output
    assert tmp_path / "templates" == settings.digest.templates
    assert "none" == settings.digest.images
    assert FullText.AUTO is settings.feeds[0].full_text
    assert [] == [path for path in tmp_path.iterdir() if path.name != "feeds.toml"]


@pytest.mark.parametrize(
    ("tables", "agent"),
    [
        ("", f"digest/{__version__} (feed reader)"),
        (
            '[fetch]\ncontact = "ann@paper.example"',
            f"digest/{__version__} (feed reader; +ann@paper.example)",
        ),
        (
            '[web]\nbase_url = "https://paper.example/"',
            f"digest/{__version__} (feed reader; +https://paper.example/)",
        ),
        ('[fetch]\ncontact = "a@b.example"\nuser_agent = "Paper/2"', "Paper/2"),
    ],
)
def test_the_user_agent_says_who_reads(tmp_path: Path, tables: str, agent: str) -> None:
    """The configured contact, else the address of the editions; never an invented one."""
    (tmp_path / "feeds.toml").write_text(tables + FEED, encoding="utf-8")
    assert agent == load(tmp_path / "feeds.toml").fetch.agent


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('[fetch]\ncontact = "Ann"', "write a mail address, or a URL"),
        ('[fetch]\ncontact = "a@b.example\\r\\nX: y"', "write a mail address, or a URL"),
        ('[fetch]\ncontact = "https://z\u00fcrich.example/"', "write a mail address, or a URL"),
        ('[fetch]\nuser_agent = "a\\nCookie: b"', "not allowed in an HTTP header"),
        ("[digest]\nkeep_text_days = 29", "must be at least 30"),
        ('[digest]\ndatabase = ""', "write the name of a file or folder"),
        ('[digest]\noutput = "a\\u0000b"', "write the name of a file or folder"),
        ('[digest]\ndatabase = "~nobody-of-this-name/x.db"', "there is no home folder"),
        ("[digest]\nmax_stories = " + "9" * 6000, "not valid TOML: Exceeds the limit"),
        ("x = " + "[" * 100_000, "not valid TOML: nested too deeply"),
    ],
)
def test_what_cannot_be_sent_or_kept_is_refused(tmp_path: Path, line: str, words: str) -> None:
    """One line each, which says what to write."""
    (problem,) = problems_of(tmp_path, line + FEED)
    assert words in problem


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    """Ten mistakes give ten lines, each with its line, its path and a hint where there is one."""
    text = """[digest]
titel = "x"
timezone = "Europe/Berln"
publish_at = "7:00"
max_stories = "many"
language = "no-such-language-tag"
[fetsh]
x = 1
[fetch]
host_gap = -1
[[feeds]]
url = "ftp://x/"
full_text = "allways"
[[feeds]]
title = "no url"
[[feeds]]
url = "https://a.example/"
sektion = "World"
[[feeds]]
url = "https://a.example/"
"""
    assert [
        "2: digest.titel: unknown key, did you mean 'title'?",
        "3: digest.timezone: no such timezone 'Europe/Berln', did you mean 'Europe/Berlin'?",
        '4: digest.publish_at: write a time of day as "HH:MM", for example "07:00"',
        "5: digest.max_stories: must be a valid integer, not 'many'",
        "6: digest.language: no such language 'no-such-language-tag'; "
        "write a tag such as 'en' or 'pt-BR'",
        "7: fetsh: unknown key, did you mean 'fetch'?",
        "10: fetch.host_gap: must be greater than or equal to 0, not -1",
        "12: feeds.0.url: must begin with http:// or https://, not 'ftp://x/'",
        "13: feeds.0.full_text: must be 'auto', 'always' or 'never', not 'allways', "
        "did you mean 'always'?",
        "14: feeds.1.url: is missing",
        "18: feeds.2.sektion: unknown key, did you mean 'section'?",
        "20: feeds.3.url: already listed at line 17; remove one",
    ] == problems_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: feeds: is missing: add at least one [[feeds]] table with a url"),
        ("feeds = []", "1: feeds: name at least one feed"),
        ("feeds = 3", "1: feeds: must be a valid tuple, not 3"),
        ("[digest\n", "1: not valid TOML: "),
        ("[digest]\ntitle = 'a'\ntitle = 'b'\n" + FEED, "3: not valid TOML: "),
        ('[digest]\ntitle = ""\n' + FEED, "2: digest.title: must have at least 1 character"),
        ("[digest]\npublish_at = 25\n" + FEED, "2: digest.publish_at: write a time of day"),
        ("digest.max_stories = 0\n" + FEED, "1: digest.max_stories: must be greater"),
        ("[web]\nbase_url = 'http://[x'\n" + FEED, "2: web.base_url: "),
        ("[web]\nbase_url = 'https://a/?x=1'\n" + FEED, "2: web.base_url: write scheme, host and"),
        ("[web]\nbase_url = 'https://a/#top'\n" + FEED, "2: web.base_url: write scheme, host and"),
        ("[web]\nbase_url = 'https://ä.example'\n" + FEED, "2: web.base_url: write scheme, host"),
        ("[web]\nbase_url = 'https://a/\"<'\n" + FEED, "2: web.base_url: write scheme, host and"),
        ("[[feeds]]\nurl = 'http://'\n", "2: feeds.0.url: no host in 'http://'"),
        ("[[feeds]]\nurl = 'http://a:b@c/'\n", "2: feeds.0.url: user names and passwords do not"),
        ("[[feeds]]\nurl = 'http://a/ b'\n", "2: feeds.0.url: contains a space or a control"),
        ("[[feeds]]\nurl = 'http://a:99999/'\n", "2: feeds.0.url: "),
        ("feeds = [{url = 'http://a/', x = 1}]", "1: feeds.0.x: unknown key, known here: url"),
        (FEED + "full_text = 'xyzzy'\n", "4: feeds.0.full_text: must be 'auto', 'always' or"),
        ("feeds = [1]", "1: feeds.0: "),
    ],
)
def test_one_mistake_one_line(tmp_path: Path, text: str, expected: str) -> None:
    """Each kind of mistake is named with its line and what to do."""
    problems = problems_of(tmp_path, text)
    assert 1 == len(problems)
    assert problems[0].startswith(expected), problems[0]


def test_times_may_be_written_as_toml_times(tmp_path: Path) -> None:
    """TOML has a type for a time of day; it is taken as well as the string."""
    path = tmp_path / "feeds.toml"
    path.write_text("[digest]\npublish_at = 06:30:00\n" + FEED, encoding="utf-8")
    assert time(6, 30) == load(path).digest.publish_at


def test_a_model_is_off_unless_it_is_named(tmp_path: Path) -> None:
    """The table needs a URL and a model; a key comes from the environment, never from the file."""
    path = tmp_path / "feeds.toml"
    path.write_text(FEED, encoding="utf-8")
    assert load(path).llm is None
    table = '[llm]\nurl = "http://127.0.0.1:8080/v1"\nmodel = "parrot"\nkey_env = "PARROT_KEY"\n'
    path.write_text(table + FEED, encoding="utf-8")
    llm = load(path).llm
    assert llm is not None
    assert ("parrot", "PARROT_KEY", 20, 20, False) == (
        llm.model,
        llm.key_env,
        llm.timeout,
        llm.max_stories,
        llm.judge,
    )
    assert [
        "1: llm.model: is missing",
        "1: llm.url: is missing",
        "2: llm.key: unknown key, did you mean 'key_env'?",
    ] == problems_of(tmp_path, '[llm]\nkey = "s3cret"\n' + FEED)


@pytest.mark.parametrize(
    ("stated", "meant"), [("ssl", "tls"), ("TLS", "tls"), ("starttsl", "starttls")]
)
def test_the_name_of_another_program_leads_to_ours(tmp_path: Path, stated: str, meant: str) -> None:
    """What most mail programs call SSL is TLS from the first byte."""
    table = f'[smtp]\nhost = "mail.example"\nsecurity = "{stated}"\nsender = "a@b.example"\n'
    (said,) = problems_of(tmp_path, table + FEED)
    assert said.endswith(f"not '{stated}', did you mean '{meant}'?")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors on some systems put one in front."""
    path = tmp_path / "feeds.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FEED.encode())
    assert "https://a.example/feed" == load(path).feeds[0].url


def test_a_missing_file_and_a_binary_file_give_one_line(tmp_path: Path) -> None:
    """What cannot be read is named with the reason."""
    with pytest.raises(ConfigError, match="cannot be read: no such file.*--config"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="byte 0 is not UTF-8"):
        load(tmp_path / "bad.toml")


@given(text=st.text(max_size=300))
def test_no_text_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever the file contains, the result is settings or a ConfigError."""
    path = tmp_path_factory.mktemp("config") / "feeds.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(ConfigError):
        load(path)
