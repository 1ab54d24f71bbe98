"""kill -9 while mail goes out: nobody is skipped, nobody gets two, and what is in doubt is known.

The sink logs each message before it answers, so that a kill between its word and our commit is
seen. DIGEST_KILLS sets the number of kills (a few at each commit; `make soak` has 200 over 12,000
subscribers).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from digest.model import DeliveryState
from digest.model.records import Delivery, Settlement
from digest.store import Outbox

from .mail_setup import MailSetup
from .sink import Manner, Running, running_sink

KILLS = int(os.environ.get("DIGEST_MAIL_KILLS", "12"))
READERS = 60 * KILLS
CONNECTIONS = 4

_fork = multiprocessing.get_context("fork")


class CursorOutbox(Outbox):
    """A mutant: what was fetched counts as sent, as with a cursor over a list."""

    def due(self, now: datetime, **options: Any) -> tuple[Delivery, ...]:
        batch = super().due(now, **options)
        for delivery in batch:
            super().step(Settlement(id=delivery.id, state=DeliveryState.SENT, at=now))
        return batch

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        return True


class BatchOutbox(Outbox):
    """A mutant: what was sent is written down fifty at a time."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.unwritten: list[Settlement] = []

    def due(self, now: datetime, **options: Any) -> tuple[Delivery, ...]:
        for done in self.unwritten:
            super().step(done)
        self.unwritten.clear()
        return super().due(now, **options | {"limit": 50})

    def step(
        self, done: Settlement | None, begin: Delivery | None = None, now: datetime | None = None
    ) -> bool:
        if done is not None:
            self.unwritten.append(done)
        return True


def send(folder: Path, port: int, kind: type[Outbox], options: dict[str, Any]) -> None:
    """What the process that is killed does."""
    room = MailSetup(folder, port=port, connections=CONNECTIONS, **options)
    room.deliverer(queue=kind(room.store.engine)).deliver()


def bombard(
    folder: Path, sink: Running, kind: type[Outbox] = Outbox, **options: Any
) -> tuple[list[dict[str, Any]], int]:
    """Send with kills at random moments, then to the end; what arrived, and the kills."""
    moments = random.Random(20261121)
    room = MailSetup(folder, port=sink.port)
    room.crowd(READERS)
    room.publish()
    room.store.close()
    log = sink.folder / "mails"
    kills = 0
    while True:
        before = log.stat().st_size
        process = _fork.Process(target=send, args=(folder, sink.port, kind, options))
        process.start()
        if kills < KILLS:
            while process.is_alive() and log.stat().st_size == before:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.1))
        else:
            process.join()
        if not process.is_alive():
            assert 0 == process.exitcode
            return sink.taken(), kills
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1


def sound(folder: Path) -> bool:
    connection = sqlite3.connect(folder / "digest.db")
    try:
        return ("ok",) == tuple(connection.execute("PRAGMA integrity_check").fetchone())
    finally:
        connection.close()


def skipped_and_extra(taken: Sequence[dict[str, Any]]) -> tuple[int, int]:
    copies = Counter(mail["to"] for mail in taken)
    return READERS - len(copies), sum(copies.values()) - len(copies)


def test_killed_in_retry_mode_nobody_is_skipped(tmp_path: Path) -> None:
    """0 skipped; at most one raw copy a kill and connection, and each with the same bytes."""
    with running_sink(tmp_path / "sink", Manner(delay=0.002)) as sink:
        taken, kills = bombard(tmp_path, sink)
    skipped, extra = skipped_and_extra(taken)
    print(f"retry: {READERS} readers, {kills} kills: {skipped} skipped, {extra} raw copies")  # noqa: T201
    assert KILLS // 2 <= kills
    assert 0 == skipped
    assert extra <= kills * CONNECTIONS
    assert READERS == len({mail["id"] for mail in taken})
    bodies: dict[str, set[bytes]] = {}
    for mail in taken:
        bodies.setdefault(mail["id"], set()).add(mail["body"])
    assert {1} == {len(body) for body in bodies.values()}
    assert {"sent": READERS} == MailSetup(tmp_path).states()
    assert sound(tmp_path)


def test_killed_in_hold_mode_nobody_gets_two(tmp_path: Path) -> None:
    """0 copies; who got nothing, and who perhaps did, is in the list of held deliveries."""
    with running_sink(tmp_path / "sink", Manner(delay=0.002)) as sink:
        taken, kills = bombard(tmp_path, sink, in_doubt="hold")
    skipped, extra = skipped_and_extra(taken)
    room = MailSetup(tmp_path)
    held = {one.address: why for one, _, why in room.outbox.all_of([DeliveryState.HELD])}
    print(f"hold: {kills} kills: {extra} raw copies, {len(held)} held, {skipped} of them unsent")  # noqa: T201
    assert 0 == extra
    assert {"in doubt"} == set(held.values())
    assert skipped <= len(held) <= kills * CONNECTIONS
    assert {subscriber.address for subscriber in room.people.all()} == held.keys() | {
        m["to"] for m in taken
    }
    assert sound(tmp_path)


def test_a_cursor_moved_at_the_fetch_skips(tmp_path: Path) -> None:
    """The control for 0 skipped: the same kills leave people out."""
    with running_sink(tmp_path / "sink", Manner(delay=0.002)) as sink:
        taken, kills = bombard(tmp_path, sink, CursorOutbox)
    skipped, _ = skipped_and_extra(taken)
    print(f"cursor: {kills} kills: {skipped} skipped")  # noqa: T201
    assert 0 < skipped


def test_state_written_at_the_end_of_a_batch_doubles(tmp_path: Path) -> None:
    """The control for the extra copies: the same kills send more than one a connection."""
    with running_sink(tmp_path / "sink", Manner(delay=0.002)) as sink:
        taken, kills = bombard(tmp_path, sink, BatchOutbox)
    _, extra = skipped_and_extra(taken)
    print(f"state at the end of a batch: {kills} kills: {extra} raw copies")  # noqa: T201
    assert kills * CONNECTIONS < extra


@pytest.mark.parametrize("mode", ["retry", "hold"])
def test_a_delivery_that_kills_its_sender_is_set_aside(tmp_path: Path, mode: str) -> None:
    """A poison mail is tried three times at most; all others leave."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        room.add("poison@mail.example")
        room.crowd(20)
        room.publish()
        room.store.close()
        deaths = 0
        while True:
            process = _fork.Process(target=send_poison, args=(tmp_path, sink.port, mode))
            process.start()
            process.join()
            if process.exitcode == 0:
                break
            deaths += 1
    states = MailSetup(tmp_path).states()
    assert {"sent": 20, "held": 1} == states
    assert (3 if mode == "retry" else 1) == deaths


def send_poison(folder: Path, port: int, mode: str) -> None:
    """Dies on one address, as a crash in a library would have it."""
    room = MailSetup(folder, port=port, connections=1, in_doubt=mode)
    flow = room.deliverer()
    real = flow.mailer

    class Deadly:
        def connect(self) -> Any:
            line = real.connect()
            passed = line.send

            def deadly(envelope: Any) -> Any:
                if envelope.recipient.startswith("poison"):
                    os._exit(137)
                return passed(envelope)

            line.send = deadly  # type: ignore[method-assign]
            return line

    room.deliverer(mailer=Deadly()).deliver()
