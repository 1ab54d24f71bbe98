"""Explanations of stories, and an operator's corrections, which later builds follow."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.demo import run_demo
from digest.cli.main import app
from digest.flows import Editor
from digest.model import Edition
from digest.model.errors import UsageError
from digest.services.explaining import render_lines
from digest.store import open_store

from .conftest import ROOT
from .fakes import NOON
from .test_build import CHESS, DAY, FEED, FIRE, FIRE_AGAIN, NEXT, OTHER, STORM, Harness


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


@pytest.fixture
def editor(harness: Harness) -> Editor:
    return Editor(
        store=harness.store, max_age=timedelta(days=7), today=lambda: NEXT, clock=lambda: NOON
    )


def groups(edition: Edition) -> list[list[str]]:
    return sorted(sorted(article.title for article in story.articles) for story in edition.stories)


def explained(editor: Editor, *names: str) -> str:
    return "\n".join(render_lines(editor.explain(*names)))


def ids(edition: Edition) -> dict[str, str]:
    """The id of each article and story, by title and headline."""
    found = {article.title: article.id for story in edition.stories for article in story.articles}
    return found | {f"story {story.headline}": story.id for story in edition.stories}


def test_a_story_is_explained_join_by_join(harness: Harness, editor: Editor) -> None:
    """What the two share, how near that is, and what would make two stories of them."""
    harness.poll(FEED, FIRE, CHESS)
    harness.poll(OTHER, FIRE_AGAIN)
    edition = harness.edition()
    (story,) = (story for story in edition.stories if len(story.articles) == 2)
    text = explained(editor, story.id)
    assert "2 articles, 2 outlets, 2 independent reports; as of edition" in text
    assert "Both have the names Marrow, Bay" in text
    assert "less and they would be two stories." in text
    assert "No other story is similar" in text or "Most similar of all" in text


def test_two_articles_are_compared(harness: Harness, editor: Editor) -> None:
    """In one story or in two, by id or by address, with what would change it."""
    harness.poll(FEED, FIRE, CHESS)
    harness.poll(OTHER, FIRE_AGAIN, url="https://b.example/fire")
    names = ids(harness.edition())
    same = explained(editor, names[FIRE[:30]], "https://b.example/fire")
    assert same.startswith("One story: “")
    assert "Similarity: " in same
    apart = explained(editor, names[FIRE[:30]], names[CHESS[:30]])
    assert apart.startswith("Two stories: “")
    assert "more and they would be one." in apart
    assert "Only the first names " in apart


def test_a_copy_is_explained_by_what_it_shares(harness: Harness, editor: Editor) -> None:
    """Containment and resemblance, in words."""
    body = " ".join([FIRE, STORM, CHESS])
    harness.poll(FEED, body)
    harness.poll(OTHER, body + " This was added.")
    edition = harness.edition()
    first, second = (article.id for article in edition.stories[0].articles)
    text = explained(editor, first, second)
    assert text.startswith("One text: “")
    assert "of its word sequences occur in that text" in text
    assert "One text: “" in explained(editor, edition.stories[0].id)


def test_an_article_that_no_edition_has_taken_in_is_judged_for_today(
    harness: Harness, editor: Editor
) -> None:
    """With yesterday's articles, as the next build will."""
    harness.poll(FEED, FIRE)
    harness.build()
    harness.poll(OTHER, FIRE_AGAIN, url="https://b.example/new")
    text = explained(editor, "https://b.example/new")
    assert "as of edition 2026-03-03" in text
    assert "2 articles" in text


def test_a_split_is_followed_and_taken_back_by_a_merge(harness: Harness, editor: Editor) -> None:
    """The later correction counts; the ledger goes on."""
    harness.poll(FEED, FIRE, CHESS)
    harness.poll(OTHER, FIRE_AGAIN)
    edition = harness.edition()
    names = ids(edition)
    whole = groups(edition)
    (story,) = (story for story in edition.stories if len(story.articles) == 2)
    assert 1 == editor.split(story.id, [names[FIRE_AGAIN[:30]]])
    apart = sorted([text[:30]] for text in (FIRE, FIRE_AGAIN, CHESS))
    assert apart == groups(harness.edition())
    assert "An operator keeps them apart." in explained(
        editor, names[FIRE[:30]], names[FIRE_AGAIN[:30]]
    )
    assert 1 == editor.merge([names[FIRE_AGAIN[:30]], names[FIRE[:30]]])
    assert whole == groups(harness.edition())


def test_a_merge_is_followed(harness: Harness, editor: Editor) -> None:
    """However unlike the two stories are; the answer says whose word it was."""
    harness.poll(FEED, FIRE, CHESS)
    edition = harness.edition()
    editor.merge([story.id for story in edition.stories])
    again = harness.edition()
    assert [[FIRE[:30], CHESS[:30]]] == [sorted(group) for group in groups(again)]
    names = ids(again)
    text = explained(editor, names[FIRE[:30]], names[CHESS[:30]])
    assert "An operator put them into one story." in text
    assert "An operator put them into one story." in explained(editor, again.stories[0].id)


def test_a_pin_keeps_a_story_first_and_together(harness: Harness, editor: Editor) -> None:
    """Until it is taken back."""
    harness.poll(FEED, CHESS, FIRE)
    harness.poll(OTHER, FIRE_AGAIN)
    edition = harness.edition()
    lone = edition.stories[-1].id
    editor.pin(lone)
    assert lone == harness.edition().stories[0].id
    editor.unpin(lone)
    assert edition == harness.edition()
    editor.pin(edition.stories[0].id)
    assert [True] == [same for _, _, same in editor.pairs()]


def test_what_was_said_is_labelled_data(harness: Harness, editor: Editor) -> None:
    """Each pair with both articles, one story or two."""
    harness.poll(FEED, FIRE, CHESS, STORM)
    names = ids(harness.edition())
    fire, chess, storm = (names[text[:30]] for text in (FIRE, CHESS, STORM))
    editor.merge([fire, storm])
    editor.merge([fire, chess])
    edition = harness.edition()
    editor.split(edition.stories[0].id, [chess])
    found = {frozenset((a.id, b.id)): same for a, b, same in editor.pairs()}
    assert {
        frozenset((fire, storm)): True,
        frozenset((fire, chess)): False,
        frozenset((storm, chess)): False,
    } == found


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("explain", "nothing"), "nothing: no story or article has this id or address"),
        (("split", "{story}", "{other}"), "not in story"),
        (("split", "{story}", "{article}"), "no article would stay"),
        (("merge", "{article}"), "name two stories or articles"),
        (("pin", "{article}"), "only a story can be pinned"),
        (("unpin", "{story}"), "not pinned"),
        (("edition", "2026-03-09"), "2026-03-09: not published yet"),
        (("edition", "tomorrow"), "an edition is named by its date"),
    ],
)
def test_mistakes_have_one_clear_line(
    harness: Harness, editor: Editor, names: tuple[str, ...], message: str
) -> None:
    """What, where, what to do; nothing is kept."""
    harness.poll(FEED, FIRE, CHESS)
    edition = harness.edition()
    story, other = edition.stories
    known = {
        "story": story.id,
        "article": story.articles[0].id,
        "other": other.articles[0].id,
    }
    verb, *rest = (name.format_map(known) for name in names)
    with pytest.raises(UsageError, match=message):
        if verb == "split":
            editor.split(rest[0], rest[1:])
        elif verb == "merge":
            editor.merge(rest)
        else:
            getattr(editor, verb)(*rest)
    assert () == editor.pairs()


def test_articles_too_far_apart_cannot_be_compared(harness: Harness, editor: Editor) -> None:
    """An edition is judged with a week of articles."""
    harness.poll(FEED, FIRE)
    harness.build()
    later = NOON + timedelta(days=60)
    harness.poll(OTHER, CHESS, first_seen_at=later, published_at=later)
    names = ids(harness.edition("2026-05-01"))
    old = harness.store.articles_between(DAY, NEXT)[0].id
    with pytest.raises(UsageError, match="not among what edition 2026-05-01 was judged with"):
        editor.explain(old, names[CHESS[:30]])


# --- the commands -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The configuration of a demo whose database was kept."""
    folder = tmp_path_factory.mktemp("kept")
    run_demo(folder / "output", folder, quiet=True, verbose=False)
    yield folder / "feeds.toml"
    open_store(folder / "demo.db").close()


def command(config: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--config", str(config)])
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_the_commands_show_and_correct(kept: Path, tmp_path: Path) -> None:
    """List, explain, merge, split, pin, unpin, export: each in words."""
    for name in ("feeds.toml", "demo.db"):
        shutil.copy(kept.with_name(name), tmp_path)
    kept = tmp_path / "feeds.toml"
    listed = command(kept, "stories", "list", "--edition", "2024-07-10").splitlines()
    as_json = json.loads(command(kept, "stories", "list", "--edition", "2024-07-10", "--json"))
    assert [line.split()[0] for line in listed if line[0] == "s"] == [
        story["id"] for story in as_json
    ]
    (found, *_) = json.loads(command(kept, "search", "gypsy", "rose", "--json"))
    assert ("2024-07-12", True) == (found["edition"], "Gypsy Rose" in found["headline"])
    quakes = [line.split()[0] for line in listed if line[0] == "s" and "quake" in line.lower()]
    assert 2 == len(quakes)
    assert "Two stories: “" in command(kept, "explain", *quakes)
    assert "Recorded " in command(kept, "stories", "merge", *quakes)
    assert "Pinned with " in command(kept, "stories", "pin", quakes[0])
    assert "Unpinned." in command(kept, "stories", "unpin", quakes[0])
    rows = [json.loads(line) for line in command(kept, "stories", "export-pairs").splitlines()]
    assert {True} == {row["same_story"] for row in rows}
    article = listed[listed.index(next(line for line in listed if line[0] == " "))].split()[0]
    assert "as of edition 2024-07-10" in command(kept, "explain", article)
    newest = command(kept, "stories", "list").splitlines()
    at = next(n for n, line in enumerate(newest) if "Gypsy" in line)
    story, leaving = newest[at].split()[0], newest[at + 1].split()[0]
    assert "Recorded 4 pairs." in command(kept, "stories", "split", story, leaving)


def test_the_document_shows_what_the_demo_answers(kept: Path) -> None:
    """Five joins and five near misses, word for word."""
    document = (ROOT / "docs/explain.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text\n\$ digest (explain .+)\n((?:.+\n)+)```$", document, re.MULTILINE)
    if ":8765/" not in kept.read_text(encoding="utf-8"):
        pytest.skip("the demo's port was taken, and ids follow from addresses")
    assert 10 == len(shown)
    for line, answer in shown:
        assert answer == command(kept, *line.split())


def test_there_is_nothing_to_explain_before_the_first_run(tmp_path: Path) -> None:
    """No empty database is made by asking."""
    config = tmp_path / "feeds.toml"
    config.write_text('[[feeds]]\nurl = "https://a.example/feed"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["explain", "x", "--config", str(config)])
    assert isinstance(done.exception, UsageError)
    assert "name it with --database or begin with `digest run`" in str(done.exception)
    assert ["feeds.toml"] == [path.name for path in tmp_path.iterdir()]
