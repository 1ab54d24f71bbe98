"""`digest cluster`, `summarize` and `eval` on plain files, as people run them."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from digest.cli.main import app
from digest.model.errors import DigestError
from digest.stories.dedup import near_duplicates
from digest.tools.jsonl import articles, line
from digest.tools.newsroom.files import load

from .command import digest
from .test_demo import NEWSROOM, gold

Rows = list[dict[str, Any]]


def run(*arguments: str | Path, given: bytes | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=given)


def error_of(*arguments: str | Path) -> str:
    """What a command that fails ends with: the line that `main` prints, for exit code 1."""
    error = run(*arguments).exception
    assert isinstance(error, DigestError)
    return str(error)


def rows_of(text: str | bytes) -> Rows:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def newsroom() -> Rows:
    """The example newsroom's articles with the event of each, in no telling order."""
    named = {ref: story["name"] for story in gold()["stories"] for ref in story["articles"]}
    made = [
        {
            "id": item.ref,
            "title": item.title,
            "text": "\n".join(item.paragraphs),
            "source": outlet.name,
            "published": item.published.isoformat() if item.published else None,
            "event": named.get(item.ref, item.ref),
        }
        for outlet in load(NEWSROOM)
        for item in outlet.items
    ]
    return sorted(made, key=lambda row: str(row["id"])[::-1])


@pytest.fixture(scope="module")
def file(newsroom: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "articles.jsonl"
    path.write_bytes(b"".join(map(line, newsroom)))
    return path


@pytest.fixture(scope="module")
def clustered(file: Path) -> Rows:
    done = run("cluster", file)
    assert (0, "") == (done.exit_code, done.stderr)
    return rows_of(done.stdout)


# --- cluster ----------------------------------------------------------------------------------


def test_every_article_has_one_line_in_the_order_of_the_file(
    newsroom: Rows, clustered: Rows
) -> None:
    """With these four fields."""
    assert [row["id"] for row in newsroom] == [row["id"] for row in clustered]
    assert {("id", "story", "copy_of", "group")} == {tuple(row) for row in clustered}


def test_a_group_is_named_by_the_article_that_its_copies_are_of(clustered: Rows) -> None:
    """The wire story and its five reprints are one group; copies are in their original's story."""
    (copies,) = gold()["copies"]
    by_id = {row["id"]: row for row in clustered}
    group = {by_id[ref]["group"] for ref in copies["copies"]}
    assert {copies["original"]} == group
    assert {copies["original"]} == {by_id[ref]["copy_of"] for ref in copies["copies"]}
    for row in clustered:
        original = by_id[row["group"]]
        assert (None, row["story"]) == (original["copy_of"], original["story"])
        assert row["copy_of"] == (None if row is original else original["id"])


def test_articles_of_one_event_are_one_story(clustered: Rows) -> None:
    """As the newsroom's gold file has it: two earthquakes are two stories."""
    story_of = {row["id"]: row["story"] for row in clustered}
    for pair in gold()["apart"]:
        assert len(pair["articles"]) == len({story_of[ref] for ref in pair["articles"]})
    quake = next(story for story in gold()["stories"] if story["name"] == "tirvan-earthquake")
    assert 1 == len({story_of[ref] for ref in quake["articles"]})


def test_pairs_are_those_of_the_exact_comparison(file: Path) -> None:
    """By id, with both measures in full."""
    done = run("cluster", "--pairs", file)
    with file.open("rb") as stream:
        read, _ = articles(stream)
    pairs = near_duplicates([row.article for row in read])
    wanted = [(pair.a, pair.b, pair.resemblance, pair.containment, pair.template) for pair in pairs]
    assert len(wanted) >= 15
    assert wanted == [tuple(row.values()) for row in rows_of(done.stdout)]
    assert ["a", "b", "resemblance", "containment", "template"] == list(rows_of(done.stdout)[0])


def test_compressed_files_come_in_and_go_out(file: Path, clustered: Rows, tmp_path: Path) -> None:
    """Known by their bytes when read, by their name when written; equal results, equal bytes."""
    packed = tmp_path / "articles.bin"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    made = [tmp_path / "one.jsonl.gz", tmp_path / "two.jsonl.gz"]
    for path in made:
        assert 0 == run("cluster", packed, "-o", path).exit_code
    assert clustered == rows_of(gzip.decompress(made[0].read_bytes()))
    assert made[0].read_bytes() == made[1].read_bytes()
    assert {packed, *made} == set(tmp_path.iterdir())


def test_standard_streams_serve_as_files(file: Path, clustered: Rows) -> None:
    """As `-`, compressed or not; a process of its own, as in a pipe."""
    command = [sys.executable, "-W", "error", "-c", "from digest.cli.main import main; main()"]
    for given in (file.read_bytes(), gzip.compress(file.read_bytes())):
        arguments = [*command, "cluster", "-", "-o", "-"]
        done = subprocess.run(arguments, input=given, capture_output=True, check=False)
        assert (0, b"") == (done.returncode, done.stderr)
        assert clustered == rows_of(done.stdout)


def test_an_output_that_is_no_file_is_written_to_and_stays(file: Path, tmp_path: Path) -> None:
    """A named pipe is filled, never replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    assert 0 == run("cluster", file, "--pairs", "-o", pipe).exit_code
    reader.join()
    assert got[0].startswith(b'{"a": ')
    assert pipe.is_fifo()


def test_the_result_may_take_the_place_of_what_was_read(file: Path, tmp_path: Path) -> None:
    """Also behind a link, which stays one."""
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_bytes(file.read_bytes())
    link.symlink_to(target)
    assert 0 == run("cluster", link, "-o", link).exit_code
    assert link.is_symlink()
    assert len(file.read_bytes().splitlines()) == len(rows_of(target.read_bytes()))


def test_a_bad_line_is_named_on_standard_error_and_left_out(tmp_path: Path) -> None:
    """What could be judged is written; exit code 1 says that something is missing."""
    path = tmp_path / "some.jsonl"
    path.write_bytes(b'{"id": "1", "title": "Bridge closed"}\nno\x1b[31m\n{"title": "x"}\n')
    done = run("cluster", path)
    assert 1 == done.exit_code
    assert ["1"] == [row["id"] for row in rows_of(done.stdout)]
    first, second = done.stderr.splitlines()
    assert f"{path}:2: not valid JSON: Expecting value at character 1" == first
    assert f"{path}:3: no id" == second
    assert "<stdin>:1: no id" == run("cluster", "-", given=b"{}").stderr.strip()


def test_an_empty_file_has_an_empty_result(tmp_path: Path) -> None:
    """That is no failure."""
    (tmp_path / "empty").touch()
    for command in ("cluster", "summarize"):
        done = run(command, tmp_path / "empty")
        assert (0, "", "") == (done.exit_code, done.stdout, done.stderr)


def test_a_missing_file_is_a_mistake_of_usage(tmp_path: Path) -> None:
    """As is a folder; nothing is written."""
    for path in (tmp_path / "none.jsonl", tmp_path):
        done = run("cluster", path, "-o", tmp_path / "out.jsonl")
        assert (2, "") == (done.exit_code, done.stdout)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("given", ["out.jsonl", "out.jsonl.gz"])
def test_an_output_that_cannot_be_written_is_one_line(
    given: str, file: Path, tmp_path: Path
) -> None:
    """It is named, with the reason and what to do; nothing half done is left."""
    missing, full = tmp_path / "no" / given, tmp_path / given
    what = "cannot be written: No such file or directory; check permissions and free space"
    assert f"{missing}: {what}" == error_of("cluster", file, "-o", missing)
    full.symlink_to("/dev/full")
    what = "cannot be written: No space left on device; check permissions and free space"
    assert f"{full}: {what}" == error_of("cluster", file, "-o", full)
    assert [full] == list(tmp_path.iterdir())


def test_a_full_disk_behind_standard_output_is_one_line(file: Path) -> None:
    """As for any file."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-c", "from digest.cli.main import main; main()"]
        arguments = [*command, "cluster", "--pairs", str(file)]
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, check=False)
    assert 1 == done.returncode
    assert done.stderr.startswith(b"digest: <stdout>: cannot be written: No space left")


def test_a_reader_that_has_seen_enough_is_no_failure_to_tell_of(file: Path) -> None:
    """As with `| head`: no word on standard error."""
    command = [sys.executable, "-c", "from digest.cli.main import main; main()"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        arguments = [*command, "cluster", "--pairs", str(file)]
        done = subprocess.run(arguments, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert b"" == done.stderr


# --- summarize --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labelled(newsroom: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newsroom's articles with a story each."""
    path = tmp_path_factory.mktemp("labelled") / "stories.jsonl"
    path.write_bytes(b"".join(line(row | {"story": row["event"]}) for row in newsroom))
    return path


def test_every_story_is_summarized_in_sentences_of_its_articles(
    newsroom: Rows, labelled: Path
) -> None:
    """In order of first appearance, word for word; where several reports tell it, in any case."""
    done = run("summarize", labelled)
    assert (0, "") == (done.exit_code, done.stderr)
    rows, texts = rows_of(done.stdout), {row["id"]: row for row in newsroom}
    assert list(dict.fromkeys(row["event"] for row in newsroom)) == [row["story"] for row in rows]
    for row in rows:
        several = sum(row["story"] == entry["event"] for entry in newsroom) > 1
        assert several <= len(row["sentences"]) <= 4
        for sentence in row["sentences"]:
            assert {"text", "id"} == sentence.keys()
            assert row["story"] == texts[sentence["id"]]["event"]
            assert sentence["text"] in texts[sentence["id"]]["text"]


def test_a_length_may_be_asked_for(labelled: Path, tmp_path: Path) -> None:
    """Long summaries of long stories come near to it."""
    lengths = {}
    for words in (40, 160):
        path = tmp_path / f"{words}.jsonl"
        assert 0 == run("summarize", labelled, "--words", str(words), "-o", path).exit_code
        lengths[words] = sum(
            len(sentence["text"].split())
            for row in rows_of(path.read_bytes())
            if row["story"] == "kestrel-dam"
            for sentence in row["sentences"]
        )
    assert lengths[40] <= 44
    assert 120 <= lengths[160] <= 176


def test_an_article_without_a_story_is_named(tmp_path: Path) -> None:
    """The stories of the others are summarized."""
    path = tmp_path / "some.jsonl"
    path.write_bytes(
        b'{"id": "1", "text": "The bridge was closed to lorries on Monday.", "story": "s"}\n'
        b'{"id": "2", "text": "It opens in spring."}\n'
    )
    done = run("summarize", path)
    assert (1, f"{path}:2: no story\n") == (done.exit_code, done.stderr)
    assert ["s"] == [row["story"] for row in rows_of(done.stdout)]
    assert 2 == run("summarize", path, "--words", "0").exit_code


# --- eval -------------------------------------------------------------------------------------


def test_a_file_with_events_is_clustered_and_measured(newsroom: Rows, file: Path) -> None:
    """Three measures, each with precision, recall and F1."""
    done = run("eval", file)
    assert (0, "") == (done.exit_code, done.stderr)
    counts, heading, *scores = done.stdout.splitlines()
    events = len({row["event"] for row in newsroom})
    assert counts.startswith(f"{len(newsroom)} articles, {events} events, ")
    assert ["precision", "recall", "F1"] == heading.split()
    assert ["B-cubed", "pairwise", "V-measure"] == [row.split()[0] for row in scores]
    assert float(scores[0].split()[3]) >= 0.95


def test_a_result_is_measured_as_the_command_itself_would_be(
    file: Path, clustered: Rows, tmp_path: Path
) -> None:
    """What cluster wrote scores what eval prints; as JSON to all digits."""
    result = tmp_path / "result.jsonl"
    result.write_bytes(b"".join(map(line, clustered)))
    own, of_file = run("eval", file, "--json"), run("eval", file, "--predicted", result, "--json")
    assert 0 == own.exit_code
    assert json.loads(own.stdout) == json.loads(of_file.stdout)
    keys = ["articles", "events", "stories", "b_cubed", "pairwise", "v_measure"]
    assert keys == list(json.loads(own.stdout))
    assert ["precision", "recall", "f1"] == list(json.loads(own.stdout)["b_cubed"])


def test_what_a_result_lacks_counts_as_a_story_of_its_own(tmp_path: Path) -> None:
    """And is said; names of stories do not matter, ids that are not asked for neither."""
    true, result = tmp_path / "gold.jsonl", tmp_path / "result.jsonl"
    true.write_bytes(b"".join(line({"id": id_, "event": "abb"[int(id_)]}) for id_ in "012"))
    result.write_bytes(b"".join(line({"id": id_, "story": "alone 2"}) for id_ in "13"))
    done = run("eval", true, "--predicted", result, "--json")
    assert 1 == done.exit_code
    said = "2 of 3 articles have no story, such as '0'; each counts as its own story"
    assert f"{result}: {said}\n" == done.stderr
    scores = json.loads(done.stdout)
    assert (3, 2, 3) == (scores["articles"], scores["events"], scores["stories"])
    assert (1, pytest.approx(2 / 3)) == tuple(scores["b_cubed"].values())[:2]


def test_labelled_pairs_are_measured_as_events_and_lines(tmp_path: Path) -> None:
    """Doubtful events are not counted, pairs that nobody labelled are unrelated."""
    articles, result, pairs = (tmp_path / name for name in ("gold", "result", "pairs"))
    articles.write_bytes(b"".join(line({"id": id_}) for id_ in "0123"))
    result.write_bytes(b"".join(line({"id": id_, "story": "s"}) for id_ in "0123"))
    labels = {
        ("0", "1"): "event",
        ("0", "2"): "line",
        ("1", "2"): "event_grey",
        ("0", "3"): "line_grey",
    }
    rows = [{"a": a, "b": b, "label": label} for (a, b), label in labels.items()]
    pairs.write_bytes(b"".join(map(line, rows)))
    done = run("eval", articles, "--predicted", result, "--pairs", pairs, "--json")
    assert (0, "") == (done.exit_code, done.stderr)
    scores = json.loads(done.stdout)
    assert {"event": 1, "line": 2, "unrelated": 2} == scores["joined"]
    assert (1 / 5, 1) == tuple(scores["event"].values())[:2]
    assert (3 / 5, 1) == tuple(scores["event_or_line"].values())[:2]
    shown = run("eval", articles, "--predicted", result, "--pairs", pairs).stdout.splitlines()
    assert "in one story: 1 event, 2 line, 2 unrelated" == shown[1]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"a": "0", "b": "1", "label": "same"}, "label: 'same' instead of event, event_grey, "),
        ({"a": "0", "b": "0", "label": "event"}, "a and b are one article, '0'"),
        ({"a": "0", "label": "event"}, "no b"),
        ({"b": "0", "a": "1", "label": "line"}, "the pair '0' and '1' as line is already used in "),
        ({"a": "0", "b": "7", "label": "event"}, "1 of 2 pairs name an article that is missing"),
    ],
)
def test_a_pair_that_cannot_be_used_is_left_out(
    tmp_path: Path, row: dict[str, str], what: str
) -> None:
    """One line says which and why; the others are measured."""
    articles, pairs = tmp_path / "gold", tmp_path / "pairs"
    articles.write_bytes(b"".join(line({"id": id_, "title": "Bridge closed"}) for id_ in "01"))
    pairs.write_bytes(line({"a": "0", "b": "1", "label": "line"}) + line(row))
    done = run("eval", articles, "--pairs", pairs)
    assert 1 == done.exit_code
    assert done.stderr.startswith(str(pairs))
    assert what in done.stderr
    assert "in one story: " in done.stdout


def test_nothing_to_measure_is_a_failure(tmp_path: Path) -> None:
    """A file without events is not 0 % right, nor does a file without pairs find all of them."""
    path = tmp_path / "plain.jsonl"
    path.write_bytes(b'{"id": "1", "title": "Bridge closed"}\n')
    what = "no line with an id and an event; nothing to measure"
    assert f"{path}: {what}" == error_of("eval", path)
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_bytes(b"")
    what = "no pair of these articles; nothing to measure"
    assert f"{pairs}: {what}" == error_of("eval", path, "--pairs", pairs)


def test_standard_input_is_one_file_only(file: Path) -> None:
    """The true events and the result cannot both come from it; each can."""
    assert 2 == run("eval", "-", "--predicted", "-").exit_code
    assert 2 == run("eval", "-", "--pairs", "-").exit_code
    assert 0 == run("eval", "-", given=file.read_bytes()).exit_code


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """A socket is there, but no file."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert error_of("cluster", path).startswith(f"{path}: cannot be read: ")


@pytest.mark.parametrize("command", ["cluster", "summarize", "eval"])
def test_help_names_what_is_read_and_written(command: str) -> None:
    """A person finds the fields without looking anything up."""
    done = digest(command, "--help")
    assert 0 == done.returncode
    for word in ("cluster", "-", "exit code is 1"):
        assert word in done.stdout
