"""`digest subscribers`, `deliver`, `status` and `bounces` as an operator uses them."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digest.stories.cluster import Background

from .command import digest
from .conftest import ROOT
from .mail_setup import MailSetup
from .sink import Manner, running_sink
from .test_demo import run_digest

LIST = """address,hour,timezone,sections,frequency,state
ann@example.org,7,Europe/Berlin,World;Science,weekly,
bob@example.org,25,,,,
nobody,,,,,
ANN@example.org,,,,,
carl@EXÄMPLE.de,9,America/Los_Angeles,,,
"eve@example.org",,,,,unsubscribed
,,,,,
dan@example.org,,Mars/Olympus,,,
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    feeds = (
        f'[[feeds]]\nurl = "https://a.example/{name}"\nsection = "{name}"\n'
        for name in ("World", "Science")
    )
    path.write_text("".join(feeds), encoding="utf-8")
    return path


def problems(stderr: str) -> list[str]:
    """The lines on what is wrong; that a database is new is said once, and no problem."""
    return [line for line in stderr.splitlines() if " INFO new database: " not in line]


def test_a_list_goes_in_and_comes_out(config: Path, tmp_path: Path) -> None:
    """One line for each bad row, the rest goes in; out again, and in again: nothing changes."""
    people = tmp_path / "people.csv"
    people.write_bytes(b"\xef\xbb\xbf" + LIST.encode())
    common = ("--config", str(config))
    dry = run_digest("subscribers", "import", str(people), "--dry-run", *common)
    assert (1, "Dry run: 3 added, 4 invalid.\n") == (dry.returncode, dry.stdout)
    done = digest("subscribers", "import", str(people), *common)
    assert (1, "3 added, 4 invalid.\n") == (done.returncode, done.stdout)
    assert [
        f"{people}:3: hour: write a full hour from 0 to 23, not '25'",
        f"{people}:4: address: is no mail address: write name@domain",
        f"{people}:5: address: is already on line 2",
        f"{people}:9: timezone: no such timezone 'Mars/Olympus'; write one such as 'Europe/Berlin'",
    ] == problems(done.stderr)
    out = digest("subscribers", "export", *common).stdout
    rows = {row["address"]: row for row in csv.DictReader(io.StringIO(out))}
    assert {"ann@example.org", "carl@xn--exmple-cua.de", "eve@example.org"} == rows.keys()
    assert ("World;Science", "unsubscribed") == (
        rows["ann@example.org"]["sections"],
        rows["eve@example.org"]["state"],
    )
    people.write_text(out, encoding="utf-8")
    again = digest("subscribers", "import", str(people), *common)
    assert (0, "2 known, 1 left alone: unsubscribed.\n") == (again.returncode, again.stdout)
    assert out == digest("subscribers", "export", *common).stdout
    assert "example" not in config.read_text(encoding="utf-8").replace("a.example", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_what_spreadsheets_write(config: Path, tmp_path: Path, encoding: str, mark: str) -> None:
    """With the byte order marks, separators, quotes and line ends of each."""
    path = tmp_path / "people.csv"
    text = 'address,language,sections\r\nann@a.example,de,"World;Science"\r\n'
    text = text.replace(",", mark)
    if encoding.startswith("utf-16"):
        text = "\ufeff" + text
    path.write_bytes(text.encode(encoding))
    done = digest("subscribers", "import", str(path), "--config", str(config))
    assert (0, "1 added.\n") == (done.returncode, done.stdout), done.stderr
    out = digest("subscribers", "export", "--config", str(config)).stdout
    assert "ann@a.example,de,,,daily,World;Science,,,active" in out


def test_a_quote_that_is_never_closed_costs_its_own_row(config: Path, tmp_path: Path) -> None:
    """Those after it go in, whatever ends the lines."""
    for number, end in enumerate(("\n", "\r\n", "\r")):
        path = tmp_path / "people.csv"
        rows = ["address,language", '"a@a.example,de', f"b{number}@a.example,de", '"c', ""]
        path.write_bytes(end.join([*rows, f'"e{number}@a.example","fr"']).encode())
        done = digest("subscribers", "import", str(path), "--config", str(config))
        assert (1, "2 added, 2 invalid.\n") == (done.returncode, done.stdout)
        assert [f"{path}:2", f"{path}:4"] == [
            ":".join(line.split(":")[:2]) for line in problems(done.stderr)
        ]


def test_a_long_list_goes_in_by_pieces(config: Path, tmp_path: Path) -> None:
    """Somebody else writes meanwhile; an address that occurs twice is seen across pieces."""
    path = tmp_path / "people.csv"
    rows = [f"r{number}@a.example" for number in range(1200)]
    path.write_text("\n".join(["address", *rows, rows[0]]), encoding="utf-8")
    common = ("--config", str(config))
    dry = digest("subscribers", "import", str(path), "--dry-run", *common)
    assert (1, "Dry run: 1200 added, 1 invalid.\n") == (dry.returncode, dry.stdout)
    done = digest("subscribers", "import", str(path), *common)
    assert (1, "1200 added, 1 invalid.\n") == (done.returncode, done.stdout)
    assert [f"{path}:1202: address: is already on line 2"] == problems(done.stderr)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Person\na@b.example\n", "has no column 'address'"),
        ("address,secton\n", "unknown column 'secton', did you mean 'sections'?"),
        ("address,address\n", "has two columns 'address'"),
        ("", "has no column 'address'"),
    ],
)
def test_a_header_of_no_use(config: Path, tmp_path: Path, text: str, problem: str) -> None:
    """Is exit code 2, and nothing goes in."""
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    done = digest("subscribers", "import", str(path), "--config", str(config))
    assert 2 == done.returncode
    assert f"{path}:1: {problem}" in done.stderr


def test_sections_are_those_that_there_are(config: Path, tmp_path: Path) -> None:
    """In any case; others are refused with the nearest, on the command line and in a list."""
    common = ("--config", str(config))
    wrong = digest("subscribers", "add", "ann@a.example", "--sections", "Scence", *common)
    assert (2, True) == (wrong.returncode, "'Science'" in wrong.stderr)
    commas = digest("subscribers", "add", "ann@a.example", "--sections", "World,Science", *common)
    assert (2, True) == (commas.returncode, "semicolons" in commas.stderr)
    done = digest("subscribers", "add", "ann@a.example", "--sections", "world;SCIENCE", *common)
    assert "added\n" == done.stdout
    assert "World;Science" in digest("subscribers", "export", *common).stdout
    people = tmp_path / "people.csv"
    people.write_text("address,sections\nbob@a.example,Wrld\n", encoding="utf-8")
    listed = digest("subscribers", "import", str(people), *common)
    assert (1, True) == (listed.returncode, f"{people}:2: sections: no such" in listed.stderr)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("sep=;\r\naddress;hour\r\na@a.example;7\r\n", 1),
        ("\n\naddress,hour\n\na@a.example,07:00\n,\n", 1),
        ("\u200bE-Mail ,hour,,\n\ufeffa@a.example\u200b,7 PM,,\nb@a.example,12:00 AM,,\n", 2),
        ("email,hour\na@a.example,07:00:00\nb@a.example,7.0\n", 2),
        ("address,hour\na@a.example,07:30\n", 0),
        ("address,hour\na@a.example,7.5\n", 0),
        ("address,hour\na@a.example,13 PM\n", 0),
        ("address,,\na@a.example,x,\n", 0),
    ],
)
def test_lists_as_people_have_them(config: Path, tmp_path: Path, text: str, added: int) -> None:
    """Excel's own first line, blank lines and columns, hours as cells show them, unseen marks."""
    people = tmp_path / "people.csv"
    people.write_text(text, encoding="utf-8", newline="")
    done = digest("subscribers", "import", str(people), "--config", str(config))
    assert (f"{added} added." if added else "1 invalid.") == done.stdout.strip(), done.stderr


def test_an_export_runs_nothing(config: Path, tmp_path: Path) -> None:
    """A cell that a spreadsheet would take for a formula is text, and comes back as it was."""
    common = ("--config", str(config))
    digest("subscribers", "add", "=cmd|calc@a.example", *common)
    digest("subscribers", "add", "+1@a.example", *common)
    out = digest("subscribers", "export", *common).stdout
    assert ["'+1@a.example", "'=cmd|calc@a.example"] == sorted(
        row["address"] for row in csv.DictReader(io.StringIO(out))
    )
    people = tmp_path / "people.csv"
    people.write_text(out, encoding="utf-8")
    assert "2 known.\n" == digest("subscribers", "import", str(people), *common).stdout


def test_one_persons_way(config: Path) -> None:
    """Added, shown, paused, removed, erased; each with time and cause, none brought back."""
    common = ("--config", str(config), "--now", "2026-03-02T07:00:00+00:00")

    def subscribers(*arguments: str) -> tuple[int, str]:
        done = digest("subscribers", *arguments)
        return done.returncode, done.stdout + "".join(f"{line}\n" for line in problems(done.stderr))

    assert (0, "added\n") == subscribers("add", "ann@example.org", "--hour", "7", *common)
    assert (0, "changed\n") == subscribers("add", "Ann@example.org", "--hour", "8", *common)
    assert 0 == subscribers("pause", "ann@example.org", *common)[0]
    code, shown = subscribers("show", "ann@example.org", *common[:2])
    document = json.loads(shown)
    assert (0, "paused", 8) == (code, document["state"], document["rhythm"]["hour"])
    assert ["state: active", "hour: 8", "state: paused"] == [
        change["what"] for change in document["history"]
    ]
    assert "added: the operator vouches" == document["history"][0]["cause"]
    assert 0 == subscribers("pause", "ann@example.org", "--resume", *common)[0]
    assert 0 == subscribers("remove", "ann@example.org", *common)[0]
    assert (1, "left alone: unsubscribed\n") == subscribers("add", "ann@example.org", *common)
    assert "asked\n" == subscribers("add", "ann@example.org", "--confirm", *common)[1]
    code, error = subscribers("pause", "ann@example.org", "--resume", *common)
    assert (1, True) == (code, "which only they can change" in error)
    assert 0 == subscribers("remove", "ann@example.org", "--erase", *common)[0]
    assert (0, "") == subscribers("list", *common[:2])
    assert (1, "left alone: erased\n") == subscribers("add", "ann@example.org", *common)
    assert "no such subscriber" in subscribers("show", "ann@example.org", *common[:2])[1]
    assert 2 == subscribers("add", "no address", *common)[0]


def test_what_an_operator_sees_of_a_send(tmp_path: Path) -> None:
    """Dry run, test send, send, status; a second run sends nothing."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path)
        room.add("ann@example.org", "nobody@example.org")
        room.add("bob@example.org", state="paused")
        room.publish()
        room.store.close()
        config = sending_config(tmp_path, sink.port)
        common = ("--config", str(config), "--now", "2026-03-02T08:00:00+00:00")
        dry = digest("deliver", "--dry-run", *common)
        assert [
            "ann@example.org: 2026-03-02, 3 stories, now",
            "nobody@example.org: 2026-03-02, 3 stories, now",
            "bob@example.org: no, is paused",
        ] == dry.stdout.splitlines()
        test = digest("deliver", "--to", "me@example.org", *common)
        assert (0, ["me@example.org"]) == (
            test.returncode,
            [message["to"] for message in sink.taken()],
        )
        sent = digest("deliver", *common)
        assert (0, "Mail: 1 sent, 1 refused.\n") == (sent.returncode, sent.stdout)
        wrong = digest("deliver", "--edition", "2026-03-20", *common)
        assert (1, True) == (wrong.returncode, "there is no edition '2026-03-20'" in wrong.stderr)
        again = digest("deliver", *common)
        assert (0, "Mail: nothing due.\n") == (again.returncode, again.stdout)
        assert 2 == len(sink.taken())
    status = digest("status", "--held", "--config", str(config)).stdout
    assert "2026-03-02: 1 failed, 1 sent, done." in status
    assert "  2026-03-02 failed nobody@example.org: 550 5.1.1" in status
    assert {"active": 2, "paused": 1} == json.loads(
        digest("status", "--json", "--config", str(config)).stdout
    )["subscribers"]
    gone = digest("deliver", "--to", "me@example.org", *common)
    assert 1 == gone.returncode
    assert "mail server 127.0.0.1" in gone.stderr
    back = digest("bounces", str(config), *common)
    assert "Bounces: 1 not understood.\n" == back.stdout
    logs = sent.stderr + again.stderr + gone.stderr
    assert "example.org" not in logs


def sending_config(folder: Path, port: int) -> Path:
    """A configuration that sends to a sink."""
    path = folder / "feeds.toml"
    path.write_text(
        '[digest]\ndatabase = "digest.db"\npublish_at = "00:00"\n'
        '[[feeds]]\nurl = "http://127.0.0.1:9/feed"\n'
        '[web]\nbase_url = "https://news.example"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'sender = "digest@news.example"\nrate = 1000\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("command", ["deliver", "run"])
def test_a_command_that_is_told_to_stop_leaves_nothing_in_doubt(
    tmp_path: Path, command: str
) -> None:
    """SIGTERM in the middle of a send: it ends within ten seconds, the rest waits (A13)."""
    with running_sink(tmp_path / "sink", Manner(delay=0.02)) as sink:
        room = MailSetup(tmp_path)
        room.crowd(300)
        room.publish()
        with room.store.engine.begin() as connection:  # so that another can be built after it
            terms = Background().to_bytes()
            connection.exec_driver_sql("UPDATE editions SET terms = ?", (terms,))
        room.store.close()
        config = sending_config(tmp_path, sink.port)
        code = "from digest.cli.main import main; main()"
        now = "2026-03-03T05:00:00+00:00"  # `run` builds an edition of its own, an empty one
        with subprocess.Popen(
            [sys.executable, "-c", code, command, "--config", str(config), "--now", now],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            until = time.monotonic() + 60
            while not sink.size() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
        taken = [mail["to"] for mail in sink.taken()]
    states = MailSetup(tmp_path).states()
    assert {"sent", "pending"} == states.keys()
    assert (states["sent"], len(set(taken))) == (len(taken), len(taken))


def test_the_walk_through_of_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an empty folder to the first mails, each line as docs/delivery.md has it."""
    text = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"## From nothing.*?```sh\n(.*?)```", text, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with running_sink(tmp_path / "sink") as sink:
        for piece in re.split(r"^(?=digest )|(?<=^END\n)", script, flags=re.MULTILINE):
            command, newline, other = piece.partition("\n")
            if not command.startswith("digest "):
                command, other = "", command + newline + other
            if command:
                line, _, target = command.partition(" > ")
                done = digest(*shlex.split(line)[1:])
                assert 0 == done.returncode, (line, done.stderr)
                if target:
                    Path(target).write_text(done.stdout, encoding="utf-8")
            subprocess.run(["bash", "-ec", other.replace("2525", str(sink.port))], check=True)
        recipients = [mail["to"] for mail in sink.taken()]
    assert ["me@mail.example", "ann@mail.example", "bob@mail.example"] == recipients
    exported = Path("everybody.csv").read_text(encoding="utf-8")
    assert ["ann@mail.example", "bob@mail.example"] == re.findall(
        r"^(\S+?@\S+?),", exported, re.MULTILINE
    )
