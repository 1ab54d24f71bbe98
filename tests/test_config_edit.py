"""Editing feeds.toml by command: what is not meant stays byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import edit, load
from digest.model.errors import ConfigError, DigestError

from .conftest import ROOT

FILE = """# Our digest.
[digest]
title = "Morning"   # what readers see

# --- World ---

[[feeds]]
url = "https://a.example/feed"
title = "A"        # the best

# about b
[[feeds]]
url = "https://b.example/feed"
headers = { "X-Key" = "1" }
  # trailing

[smtp]
host = "mail.example"
sender = "a@b.example"

[[feeds]]
url = "https://c.example/feed"
exclude = [
  "horoscope",  # nobody believes it
]
[feeds.auth]
username = "me"
password_env = "PW"
"""


def test_a_feed_is_added_after_the_last_one_and_nothing_else_changes() -> None:
    """Its table is new; every line that was there is still there, in order."""
    new = edit.added(FILE, [{"url": "https://d.example/", "section": 'Old & "new"'}])
    assert new.startswith(FILE)
    assert (
        '\n[[feeds]]\nurl = "https://d.example/"\nsection = "Old & \\"new\\""\n' == new[len(FILE) :]
    )


def test_a_feed_is_added_before_the_table_that_follows_the_last_feed() -> None:
    """Not at the end of another table; the comment below the last feed stays below it."""
    text = FILE.rpartition("[[feeds]]")[0].rstrip() + "\n"
    new = edit.added(text, [{"url": "https://d.example/"}])
    at = text.index("  # trailing")
    assert new == text[:at] + '\n[[feeds]]\nurl = "https://d.example/"\n' + text[at:]


def test_a_file_is_begun_and_one_without_a_last_newline_is_continued() -> None:
    """Both are valid TOML afterwards."""
    assert '[[feeds]]\nurl = "https://d.example/"\n' == edit.added(
        "", [{"url": "https://d.example/"}]
    )
    new = edit.added('[digest]\ntitle = "x"', [{"url": "https://d.example/"}])
    assert '[digest]\ntitle = "x"\n\n[[feeds]]\nurl = "https://d.example/"\n' == new


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_feed_is_removed_with_its_table_alone(name: str) -> None:
    """Comments stay, the other feeds and tables stay."""
    new = edit.removed(FILE, f"https://{name}.example/feed")
    gone = set(FILE.splitlines()) - set(new.splitlines())
    assert f'url = "https://{name}.example/feed"' in gone
    assert not [line for line in gone if line.lstrip().startswith("#")]
    assert 2 == len(tomllib.loads(new)["feeds"])


def test_a_value_is_changed_in_place() -> None:
    """The comment behind it stays; so does everything around."""
    new = edit.changed(FILE, "https://a.example/feed", {"title": "Alpha"})
    assert FILE.replace('title = "A" ', 'title = "Alpha" ') == new
    new = edit.changed(FILE, "https://b.example/feed", {"section": "World"})
    assert FILE.replace('"1" }\n', '"1" }\nsection = "World"\n') == new
    assert FILE == edit.changed(new, "https://b.example/feed", {"section": None})


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_stay(mark: str) -> None:
    """A file of Windows keeps its CRLF, also in what is new."""
    text = mark + FILE.replace("\n", "\r\n")
    new = edit.added(text, [{"url": "https://d.example/"}])
    new = edit.changed(new, "https://a.example/feed", {"title": "Alpha"})
    assert new.count("\n") == new.count("\r\n")
    assert new.startswith(mark)
    assert FILE.replace('"A" ', '"Alpha" ') in new.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "text",
    [
        'feeds = [{ url = "https://a.example/feed" }]\n',
        '[digest]\ntitle = """\n[[feeds]]\n"""\n[[feeds]]\nurl = "https://b.example/feed"\n',
        'feeds = []\n[web]\nlisten = "127.0.0.1:80"\n',
    ],
)
def test_what_cannot_be_edited_is_refused_or_edited_right(text: str) -> None:
    """Never a file that says something else than was meant."""
    try:
        new = edit.added(text, [{"url": "https://d.example/"}])
    except DigestError as error:
        assert "by hand" in str(error)
    else:
        before, after = tomllib.loads(text), tomllib.loads(new)
        assert [*before["feeds"], {"url": "https://d.example/"}] == after["feeds"]


def test_a_feed_that_is_not_there_is_named() -> None:
    """With where to look."""
    with pytest.raises(DigestError, match=r"https://x/: no feed of that URL"):
        edit.removed(FILE, "https://x/")


WORD = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 5), WORD),
            st.tuples(st.just("remove"), st.integers(0, 5), WORD),
            st.tuples(st.just("rename"), st.integers(0, 5), WORD),
        ),
        max_size=8,
    )
)
def test_any_sequence_of_edits_keeps_every_comment_and_other_table(
    steps: list[tuple[str, int, str]],
) -> None:
    """Every line outside of the tables of feeds survives, in its order."""
    text = (ROOT / "examples" / "feeds.toml").read_text("utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    others = {name: table for name, table in tomllib.loads(text).items() if name != "feeds"}
    for kind, number, word in steps:
        urls = edit.urls(text)
        if kind == "add":
            text = edit.added(
                text, [{"url": f"https://{number}.example/{len(urls)}", "title": word}]
            )
        elif kind == "remove" and len(urls) > number:
            text = edit.removed(text, urls[number])
        elif kind == "rename" and len(urls) > number:
            text = edit.changed(text, urls[number], {"title": word})
    assert comments == [line for line in text.splitlines() if line.startswith("#")]
    after = tomllib.loads(text)
    assert others == {name: table for name, table in after.items() if name != "feeds"}


def test_a_file_is_replaced_only_by_one_that_loads(tmp_path: Path) -> None:
    """A mistake is named by the file's own name; nothing is left beside it."""
    path = tmp_path / "feeds.toml"
    path.write_text(FILE.replace('sender = "a@b.example"', 'sender = "a@b.example"'), "utf-8")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"feeds\.toml:\d+: feeds\.\d\.url: must begin with"):
        edit.write(path, edit.added(FILE, [{"url": "ftp://d.example/"}]))
    good = edit.removed(FILE, "https://c.example/feed").replace(
        "[smtp]", '[web]\nbase_url = "https://d.example"\n[smtp]'
    )
    edit.write(path, good)
    assert good == path.read_text("utf-8")
    assert 0o640 == path.stat().st_mode & 0o777
    assert [path] == list(tmp_path.iterdir())
    assert 2 == len(load(path).feeds)
