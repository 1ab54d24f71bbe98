"""Death at every commit and every step of the SMTP conversation, one after the other.

A first run writes down each point that it passes; then a run is ended at each of them, without a
word (`os._exit`), and a second one finishes. Nothing of this is in the program: the points hang on
SQLAlchemy's commit and on the socket.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import smtplib
import socket
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.model import DeliveryState
from digest.model.records import Delivery, Settlement
from digest.store import Outbox

from .mail_setup import MailSetup
from .sink import Manner, running_sink

READERS = 2
DIED = 137

_fork = multiprocessing.get_context("fork")
At = Callable[[str], None]


class Careless(Outbox):
    """A mutant: a message leaves before it is written down that it does."""

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        if done is not None:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(
                    "UPDATE outbox SET state = 'sending' WHERE id = ?", (done.id,)
                )
            super().step(done)
        return True


def watch(engine: Any, at: At) -> None:
    """Call `at` before and after each commit and each step on the wire. For a child process."""
    commit = engine.dialect.do_commit
    sendall, connect, reply = socket.socket.sendall, smtplib.SMTP.connect, smtplib.SMTP.getreply

    written: dict[int, int] = {}

    def do_commit(connection: Any) -> None:
        raw = connection.driver_connection
        before = written.get(id(raw), 0)
        written[id(raw)] = raw.total_changes
        if before == raw.total_changes:  # somebody only read
            commit(connection)
            return
        at("before commit")
        commit(connection)
        at("after commit")

    def send(self: Any, data: bytes, *rest: Any) -> None:
        message = data.endswith(b"\r\n.\r\n")
        what = "message" if message else bytes(data[:4]).decode()
        at(f"before {what}")
        if message:
            sendall(self, data[: len(data) // 2])
            at("within message")
            data = data[len(data) // 2 :]
        sendall(self, data, *rest)
        at(f"after {what}")

    def connected(self: Any, *arguments: Any, **named: Any) -> Any:
        at("before connection")
        answer = connect(self, *arguments, **named)
        at("after connection")
        return answer

    def replied(self: Any) -> Any:
        answer = reply(self)
        at("after reply")
        return answer

    engine.dialect.do_commit = do_commit
    socket.socket.sendall = send  # type: ignore[method-assign, assignment]
    smtplib.SMTP.connect = connected  # type: ignore[method-assign]
    smtplib.SMTP.getreply = replied  # type: ignore[method-assign]


def run(folder: Path, port: int, mode: str, kind: type[Outbox], dies_at: int) -> None:
    """Publish and deliver; die at a point, or write all down where it is none."""
    room = MailSetup(folder, port=port, connections=1, in_doubt=mode)
    passed: list[str] = []

    def at(name: str) -> None:
        if len(passed) == dies_at:
            os._exit(DIED)
        passed.append(name)

    watch(room.store.engine, at)
    finish(room, kind)
    (folder / "points").write_text("\n".join(passed), encoding="ascii")


def finish(room: MailSetup, kind: type[Outbox]) -> None:
    room.publish()
    room.deliverer(queue=kind(room.store.engine)).deliver()


def forked(*arguments: Any) -> int:
    process = _fork.Process(target=run, args=arguments)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def doubtful(points: list[str]) -> set[int]:
    """Where the server has a message and that is not written down: dying there leaves a doubt."""
    found, open_ = set(), False
    for number, name in enumerate(points):
        if name == "after message":
            open_ = True
        if name == "after commit":
            open_ = False
        if open_:
            found.add(number)
    return found


def extras(
    tmp_path: Path,
    mode: str,
    kind: type[Outbox] = Outbox,
    *,
    pipelining: bool = True,
    only_doubtful: bool = False,
) -> tuple[list[str], dict[int, tuple[int, int, int]]]:
    """All points; and for each: copies too many, ids too many, deliveries held at the end."""
    blank = tmp_path / "blank"
    blank.mkdir()
    room = MailSetup(blank)
    room.crowd(READERS)
    room.store.close()
    found = {}
    with running_sink(tmp_path / "sink", Manner(pipelining=pipelining)) as sink:

        def scene(name: str) -> Path:
            folder = tmp_path / name
            folder.mkdir()
            shutil.copy(blank / "digest.db", folder)
            return folder

        whole = scene("whole")
        assert 0 == forked(whole, sink.port, mode, kind, -1)
        points = (whole / "points").read_text(encoding="ascii").splitlines()
        for number in sorted(doubtful(points)) if only_doubtful else range(len(points)):
            folder = scene(f"point{number}")
            before = sink.size()
            assert DIED == forked(folder, sink.port, mode, kind, number)
            room = MailSetup(folder, port=sink.port, connections=1, in_doubt=mode)
            finish(room, kind)
            taken = sink.taken(before)
            held = room.outbox.all_of([DeliveryState.HELD])
            reached = {mail["to"] for mail in taken}
            assert {subscriber.address for subscriber in room.people.all()} == reached | {
                one.address for one, _, _ in held
            }
            assert room.states().keys() <= {"sent", "held"}
            assert 1 == len({mail["body"] for mail in taken if mail["to"] == taken[0]["to"]})
            room.store.close()
            ids = Counter(mail["id"] for mail in taken)
            found[number] = (len(taken) - len(reached), len(ids) - len(reached), len(held))
            shutil.rmtree(folder)
    return points, found


def test_in_retry_mode_only_an_unwritten_answer_doubles(tmp_path: Path) -> None:
    """One copy of the same bytes under the same Message-ID there, none at any other point."""
    points, found = extras(tmp_path, "retry", pipelining=False)
    assert 40 <= len(points)
    expected = {number: (int(number in doubtful(points)), 0, 0) for number in range(len(points))}
    assert expected == found
    assert READERS == sum(name == "within message" for name in points)


def test_in_hold_mode_no_point_doubles(tmp_path: Path) -> None:
    """Nobody gets two; who was in doubt is the one that is listed."""
    points, found = extras(tmp_path, "hold")
    assert {(0, 0)} == {match[:2] for match in found.values()}
    assert {1} == {found[number][2] for number in doubtful(points)}
    assert {0, 1} == {match[2] for match in found.values()}


def test_a_sender_that_writes_afterwards_doubles(tmp_path: Path) -> None:
    """The control: to hold is of no use where nobody knows what was begun."""
    _, found = extras(tmp_path, "hold", Careless, only_doubtful=True)
    assert 1 <= max(copies for copies, _, _ in found.values())
