"""The deliver flow: each subscriber once, whatever servers, people and operators do meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from digest.flows.rate_limit import RateLimiter
from digest.model import (
    Cause,
    Choice,
    DeliveryState,
    Edition,
    Mail,
    Section,
    SubscriberState,
    Timing,
)
from digest.model.errors import StoreError
from digest.model.records import Delivery, Envelope, Outcome, Settlement
from digest.render import Renderer
from digest.store import Why, WriterLock, forget_mail
from digest.store.outbox_step import Step

from .mail_setup import BASE, MORNING, MailSetup, edition, story
from .sink import Manner, running_sink

pytestmark = pytest.mark.usefixtures("engine")

OPEN = {"pending", "sending"}
SOAK = bool(os.environ.get("DIGEST_SOAK"))


class Wire:
    """A mail server in memory: answers as instructed, and keeps what it takes."""

    def __init__(self, *answers: Outcome, each: Any = None) -> None:
        self.answers, self.each = list(answers), each
        self.taken: list[Envelope] = []
        self.turn = threading.Lock()

    def connect(self) -> Wire:
        return self

    def send(self, envelope: Envelope) -> Outcome:
        with self.turn:
            if self.each is not None:
                self.each(envelope)
            outcome = self.answers.pop(0) if self.answers else Outcome(answer="sent")
            if outcome.answer in {"sent", "doubt"}:
                self.taken.append(envelope)
            return outcome

    def close(self) -> None:
        """Nothing to close."""

    def hang_up(self) -> None:
        """Nothing to cut."""

    @property
    def recipients(self) -> list[str]:
        return [envelope.recipient for envelope in self.taken]


@pytest.fixture
def room(tmp_path: Path) -> MailSetup:
    return MailSetup(tmp_path, connections=2)


def test_a_commit_that_fails_lets_no_message_leave(room: MailSetup) -> None:
    """A full disk at the commit of two threads: only what was written as sending may leave."""
    room.crowd(2)
    room.publish()
    due = room.outbox.due(room.now, doubtful=False, limit=9)
    failures = [OSError("no space")]
    may: dict[int, bool] = {}

    def fail(_connection: object) -> None:
        if failures:
            raise failures.pop()

    def begin(delivery: Delivery) -> None:
        with suppress(OSError):
            may[delivery.id] = room.outbox.step(None, delivery, room.now)

    event.listen(room.store.engine, "commit", fail)
    threads = [threading.Thread(target=begin, args=(item,)) for item in due]
    with room.outbox._turn:  # both wait, so that one commit is to serve both
        for thread in threads:
            thread.start()
        while len(room.outbox._steps) < len(due):
            threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    sending = {delivery.id for delivery in room.outbox.in_doubt()}
    assert ([], 1) == (failures, len(may))
    assert {id_ for id_, may_leave in may.items() if may_leave} <= sending


def test_what_holds_nothing_is_skipped_once(room: MailSetup) -> None:
    """And counted once, though the outbox is looked through again and again."""
    room.add("none@mail.example", sections="No such section")
    room.publish()
    report = room.deliverer(mailer=Wire()).deliver()
    assert ({"skipped": 1}, {"skipped": 1}) == (report.counts, room.states())


def test_everybody_active_gets_an_edition_once(room: MailSetup) -> None:
    """Published, sent; run again, nothing; who is paused, pending or gone gets none."""
    room.crowd(30)
    for state in ("paused", "pending", "unsubscribed", "bounced"):
        room.add(f"{state}@mail.example", state=state)
    room.publish()
    wire = Wire()
    first = room.deliverer(mailer=wire).deliver()
    again = room.deliverer(mailer=wire).deliver()
    assert (30, 0) == (first.counts[DeliveryState.SENT], again.counts[DeliveryState.SENT])
    assert 30 == len(set(wire.recipients)) == len(wire.taken)
    assert {"sent": 30} == room.states()


def test_an_audience_is_frozen_with_its_edition(room: MailSetup) -> None:
    """Who comes later gets the next one; a changed address is used, once (A7)."""
    room.add("ann@mail.example", "bob@mail.example", "eve@mail.example")
    room.publish()
    room.add("late@mail.example")
    bob = room.people.find("bob@mail.example")
    assert bob is not None
    room.people.erase(bob.id, at=room.now)
    wire = Wire()
    room.deliverer(mailer=wire).deliver()
    assert ["ann@mail.example", "eve@mail.example"] == sorted(wire.recipients)
    room.publish()  # a rebuild of the same day freezes nothing anew
    assert 0 == room.deliverer(mailer=wire).deliver().counts[DeliveryState.SENT]


@pytest.mark.sqlite
def test_what_making_an_edition_takes_delays_nobody_by_a_day(room: MailSetup) -> None:
    """Due at seven, published four minutes later: it leaves at once, and with the week's others.

    The control: a slot at or after the publication itself is tomorrow's.
    """
    for frequency in ("daily", "weekdays", "weekly"):
        room.add(f"{frequency}@mail.example", frequency=frequency)
    room.add("seven@mail.example", timezone="Europe/Berlin", hour="8")
    assert MORNING.date() < room.slot_of(Timing(), MORNING + timedelta(minutes=4)).day
    got: dict[str, list[tuple[str, str]]] = {}
    for number in range(15):  # Monday to the Monday after the next
        day = MORNING + timedelta(days=number)
        for minute in range(0, 40, 2):  # the sender looks every two minutes
            room.now = day + timedelta(minutes=minute)
            if minute == 4:
                room.publish()
            for delivery in room.outbox.due(room.now, doubtful=False, limit=9):
                got.setdefault(delivery.address.partition("@")[0], []).append(
                    (delivery.since, delivery.edition)
                )
                assert (delivery.edition, minute) == (day.date().isoformat(), 4)
            room.deliverer(mailer=Wire()).deliver()
    days = [(MORNING + timedelta(days=number)).date().isoformat() for number in range(15)]
    assert [(day, day) for day in days] == got["daily"] == got["seven"]
    assert [(days[0], days[5]), (days[6], days[12])] == got["weekly"]
    weekends = [(days[5], days[7]), (days[12], days[14])]
    assert weekends == [span for span in got["weekdays"] if span[0] != span[1]]
    assert 11 == len(got["weekdays"])


def test_who_waits_for_an_edition_that_never_comes_gets_the_others(room: MailSetup) -> None:
    """Half an hour after it was due."""
    room.add("weekly@mail.example", frequency="weekly")
    room.publish()
    room.now = MORNING + timedelta(days=5, minutes=29)  # Saturday
    assert {"pending": 1} == room.states()
    assert () == room.outbox.due(room.now, doubtful=False, limit=9)
    room.wait(minutes=1)
    assert 1 == len(room.outbox.due(room.now, doubtful=False, limit=9))


def test_what_was_published_before_mail_was_set_up_is_frozen_at_the_first_run(
    room: MailSetup,
) -> None:
    """As long as it is not too late for it."""
    room.crowd(3)
    made = edition(MORNING.date())
    room.publish(made)
    with room.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("DELETE FROM audiences")
    room.wait(hours=3)
    assert 3 == room.deliverer(mailer=Wire()).deliver().counts[DeliveryState.SENT]


def test_a_mail_is_rendered_once_for_each_result(room: MailSetup) -> None:
    """Not once a subscriber; choices that come to the same share it; links are each reader's."""
    room.crowd(20)
    room.add("world@mail.example", sections="World")
    room.add("mutes@mail.example", muted="s2026-03-02-1")
    room.add("mutes-another@mail.example", muted="no-such-story")
    rendered: list[Edition] = []

    class RendererStub:
        def mail(self, made: Edition) -> Mail:
            rendered.append(made)
            return Renderer(base_url=BASE).mail(made)

    room.publish()
    wire = Wire()
    room.deliverer(mailer=wire, renderer=RendererStub()).deliver()
    assert (23, 3) == (len(wire.taken), len(rendered))
    assert [2, 2, 3] == sorted(len(file.stories) for file in rendered)
    bodies = {envelope.recipient: envelope.data for envelope in wire.taken}
    assert b"2026-03-02-3" not in bodies["world@mail.example"]
    assert b"Headline 2026-03-02-1" not in bodies["mutes@mail.example"]
    assert len(bodies) == len(set(bodies.values()))


def test_nothing_for_somebody_is_no_mail_unless_they_want_it(tmp_path: Path) -> None:
    """The policy for an empty day: skip, or a mail that says so."""
    for policy, expected in (("skip", {"skipped": 1, "sent": 1}), ("mail", {"sent": 2})):
        folder = tmp_path / policy
        folder.mkdir()
        room = MailSetup(folder, empty=policy)
        room.add("all@mail.example")
        room.add("sport@mail.example", sections="Sport")
        room.publish()
        wire = Wire()
        room.deliverer(mailer=wire).deliver()
        assert expected == room.states()
        if policy == "mail":
            said = {message.recipient: message.data for message in wire.taken}["sport@mail.example"]
            assert b"Nothing new today." in said


def test_what_is_put_off_is_tried_for_five_days(room: MailSetup) -> None:
    """After 5 minutes, then twice as long up to 4 hours, then given up (A4)."""
    room.add("busy@mail.example")
    room.publish()
    waits = []
    wire = Wire(*(Outcome(answer="later", stage="rcpt", text="450 busy") for _ in range(99)))
    while room.states().keys() & OPEN:
        room.deliverer(mailer=wire).deliver()
        before = room.now
        while not room.outbox.due(room.now, doubtful=False, limit=1):
            if not room.states().keys() & OPEN:
                break
            room.wait(minutes=5)
        waits.append((room.now - before) / timedelta(minutes=1))
    assert [5, 10, 20, 40, 80, 160, 240] == waits[:7]
    assert {240} == set(waits[6:-1])
    assert timedelta(days=5) <= room.now - MORNING <= timedelta(days=5, hours=4)
    ((_, _, reason),) = room.outbox.all_of([DeliveryState.FAILED])
    assert "given up after five days: 450 busy" == reason


@pytest.mark.parametrize(
    ("outcome", "state", "cause"),
    [
        (Outcome(answer="refused", stage="rcpt", text="550 5.1.1 x"), "failed", Cause.RECIPIENT),
        (Outcome(answer="refused", stage="rcpt", text="550 5.7.1 policy"), "pending", Cause.POLICY),
        (Outcome(answer="refused", stage="data", text="554 5.1.1 spam"), "pending", Cause.MESSAGE),
        (Outcome(answer="refused", stage="mail", text="550 no"), "pending", Cause.SENDER),
        (Outcome(answer="doubt", text="no answer"), "pending", Cause.IN_DOUBT),
    ],
)
def test_what_a_refusal_means(room: MailSetup, outcome: Outcome, state: str, cause: Cause) -> None:
    """Only a mailbox that is not there is final at once; one such answer ends no subscription."""
    room.add("one@mail.example")
    room.publish()
    room.deliverer(mailer=Wire(outcome)).deliver()
    subscriber = room.people.find("one@mail.example")
    assert subscriber is not None
    with room.store.engine.begin() as connection:
        stored = connection.exec_driver_sql("SELECT state, cause FROM outbox").one()
    assert ((state, cause), "active") == (tuple(stored), subscriber.state)


@pytest.mark.parametrize("mode", ["retry", "hold"])
def test_a_message_without_an_answer(tmp_path: Path, mode: str) -> None:
    """Is sent again, the same bytes under the same Message-ID, or waits for the operator."""
    room = MailSetup(tmp_path, in_doubt=mode)
    room.add("one@mail.example")
    room.publish()
    wire = Wire(Outcome(answer="doubt", text="no answer"))
    room.deliverer(mailer=wire).deliver()
    room.wait(minutes=5)
    # Neither a rebuilt edition nor a changed choice changes what was perhaps sent.
    room.publish(edition(MORNING.date(), Section(title="New", stories=(story("other"),))))
    room.deliverer(mailer=wire).deliver()
    if mode == "retry":
        assert {"sent": 1} == room.states()
        assert wire.taken[0] == wire.taken[1]
        return
    assert ({"held": 1}, 1) == (room.states(), len(wire.taken))
    assert 1 == room.outbox.release(Cause.IN_DOUBT, send=True, at=room.now)
    room.deliverer(mailer=wire).deliver()
    assert ({"sent": 1}, wire.taken[0]) == (room.states(), wire.taken[1])


def test_what_is_held_can_be_dropped(tmp_path: Path) -> None:
    """Then it is closed, and not sent."""
    room = MailSetup(tmp_path, in_doubt="hold")
    room.add("one@mail.example")
    room.publish()
    wire = Wire(Outcome(answer="doubt"))
    room.deliverer(mailer=wire).deliver()
    assert 1 == room.outbox.release(Cause.IN_DOUBT, send=False, at=room.now, edition="2026-03-02")
    room.deliverer(mailer=wire).deliver()
    assert ({"failed": 1}, 1) == (room.states(), len(wire.taken))


def test_what_is_too_late_is_held(room: MailSetup) -> None:
    """A database of three days ago sends nothing without --force (A8)."""
    room.crowd(5)
    room.publish()
    room.wait(days=3)
    wire = Wire()
    report = room.deliverer(mailer=wire).deliver()
    assert (5, 0, {"held": 5}) == (report.held, len(wire.taken), room.states())
    room.deliverer(mailer=wire).deliver(force=True)
    assert (5, {"sent": 5}) == (len(wire.taken), room.states())


def test_what_was_in_doubt_for_days_is_too_late_as_well(room: MailSetup) -> None:
    """A restored database does not send again what it was sending when it was saved."""
    room.add("one@mail.example")
    room.publish()
    (delivery,) = room.outbox.due(room.now, doubtful=False, limit=1)
    assert room.outbox.step(None, replace(delivery, message_id="<m@x>"), room.now)
    room.wait(days=3)
    wire = Wire()
    room.deliverer(mailer=wire).deliver()
    assert (0, {"held": 1}) == (len(wire.taken), room.states())


def test_another_machine_must_take_over(room: MailSetup) -> None:
    """A copy of a database on a second host sends nothing (A8)."""
    room.outbox.claim("here", take_over=False)
    room.outbox.claim("here", take_over=False)
    with pytest.raises(StoreError, match="another machine sent from this database.*--take-over"):
        room.outbox.claim("there", take_over=False)
    room.outbox.claim("there", take_over=True)
    with pytest.raises(StoreError):
        room.outbox.claim("here", take_over=False)


def test_two_senders_at_once(tmp_path: Path) -> None:
    """Even without the lock that keeps a second one out, nobody gets two (A3)."""
    room = MailSetup(tmp_path, connections=3)
    room.crowd(300)
    room.publish()
    wire = Wire()
    rooms = [MailSetup(tmp_path, connections=3) for _ in range(2)]
    gate = threading.Barrier(2)

    def send(one: MailSetup) -> None:
        flow = one.deliverer(mailer=wire)
        gate.wait()
        flow.deliver()

    # What one has begun looks in doubt to the other: the lock keeps them apart. Here recovery is
    # left out, so that only the claim of each row is tried.
    for item in rooms:
        item.outbox.in_doubt = lambda: ()  # type: ignore[method-assign]
    threads = [threading.Thread(target=send, args=(room,)) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {1} == set(Counter(wire.recipients).values())
    assert ({"sent": 300}, 300) == (room.states(), len(wire.taken))


def test_a_run_that_starts_in_the_middle_sends_nothing(tmp_path: Path) -> None:
    """What the first has under way would look in doubt to it (A3)."""
    room = MailSetup(tmp_path, connections=1)
    room.crowd(9)
    room.publish()
    taken: list[str] = []

    def intrude(envelope: Envelope) -> None:
        taken.append(envelope.recipient)
        if len(taken) == 5:
            with suppress(StoreError), WriterLock(tmp_path / "digest.db.deliver"):
                wire = Wire(each=lambda other: taken.append(other.recipient))
                MailSetup(tmp_path, connections=1).deliverer(mailer=wire).deliver()

    with WriterLock(tmp_path / "digest.db.deliver"):
        room.deliverer(mailer=Wire(each=intrude)).deliver()
    assert (9, 9) == (len(taken), len(set(taken)))


def rival(folder: Path, port: int, gate: Any, codes: Any) -> None:
    """One of two runs that are started together, as `digest deliver` does it."""
    room = MailSetup(folder, port=port, connections=2)
    gate.wait()
    try:
        with WriterLock(folder / "digest.db.deliver"):
            room.outbox.claim("here", take_over=False)
            room.deliverer().deliver()
        codes.put("done")
    except StoreError as error:
        codes.put("another digest" if "another digest" in str(error) else str(error))


def test_two_runs_started_together(tmp_path: Path) -> None:
    """One sends, or one after the other; nobody gets two. A dead holder delays nobody (A3)."""
    fork = multiprocessing.get_context("fork")
    turns = 50 if SOAK else 4
    outcomes: Counter[str] = Counter()
    with running_sink(tmp_path / "sink", Manner(delay=0.001, keep_bodies=False)) as sink:
        for turn in range(turns):
            folder = tmp_path / str(turn)
            folder.mkdir()
            room = MailSetup(folder)
            room.add(*(f"r{turn}-{number}@mail.example" for number in range(30)))
            room.publish()
            room.store.close()
            # Who died while it held the lock left it open, and perhaps a row in doubt.
            dead = fork.Process(target=holds, args=(folder,))
            dead.start()
            dead.join()
            assert -signal.SIGKILL == dead.exitcode
            gate, codes = fork.Barrier(2), fork.Queue()
            pair = [fork.Process(target=rival, args=(folder, sink.port, gate, codes)) for _ in "ab"]
            for process in pair:
                process.start()
            outcomes.update([codes.get(timeout=60), codes.get(timeout=60)])
            for process in pair:
                process.join()
            assert {"sent": 30} == MailSetup(folder).states()
        copies = Counter(mail["to"] for mail in sink.taken())
    assert (turns * 30, {1}) == (len(copies), set(copies.values()))
    assert outcomes.keys() <= {"done", "another digest"}
    assert turns <= outcomes["done"]
    print(f"{turns} pairs: {dict(outcomes)}, {sum(copies.values())} mails")  # noqa: T201


def holds(folder: Path) -> None:
    """Takes the lock and dies."""
    with WriterLock(folder / "digest.db.deliver"):
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_lock_keeps_a_second_sender_out(tmp_path: Path) -> None:
    """It ends with a clear line; a dead holder's lock is free at once."""
    with (
        WriterLock(tmp_path / "digest.db.deliver"),
        pytest.raises(StoreError, match="another digest"),
        WriterLock(tmp_path / "digest.db.deliver"),
    ):
        pass
    with WriterLock(tmp_path / "digest.db.deliver"):
        pass


@pytest.mark.sqlite
def test_paused_and_resumed_fifty_times(room: MailSetup) -> None:
    """Nobody is skipped, nobody gets two (A5)."""
    pause_and_resume(room, readers=400, times=50)


def pause_and_resume(room: MailSetup, *, readers: int, times: int) -> None:
    """Send to so many, paused so often at random moments."""
    room.crowd(readers)
    room.publish()
    moments = random.Random(5)
    turns = 0

    def perhaps_pause(_: Envelope) -> None:
        nonlocal turns
        if turns < times and moments.random() < 0.3:
            turns += 1
            room.outbox.pause(room.now)

    wire = Wire(each=perhaps_pause)
    while room.states().keys() & OPEN:
        room.outbox.pause(None)
        room.deliverer(mailer=wire).deliver()
    assert ({"sent": readers}, readers) == (room.states(), len(set(wire.recipients)))
    assert readers == len(wire.taken)
    assert times == turns


def test_unsubscribed_while_the_send_runs(room: MailSetup) -> None:
    """No mail is begun after the unsubscription is committed (A6)."""
    readers = 1000 if SOAK else 150
    room.crowd(readers)
    room.publish()
    moments = random.Random(6)
    gone: set[str] = set()
    late: list[str] = []
    everybody = room.people.all()

    def leave(envelope: Envelope) -> None:
        # Called when a message is under way: whoever left before must not be its recipient,
        # save for the one that another thread holds in hand.
        if envelope.recipient in gone:
            late.append(envelope.recipient)
        subscriber = moments.choice(everybody)
        room.people.set_state(
            subscriber.id, SubscriberState.UNSUBSCRIBED, Why(room.now, "one click")
        )
        gone.add(subscriber.address)

    wire = Wire(each=leave)
    room.deliverer(mailer=wire, smtp=room.smtp.model_copy(update={"connections": 1})).deliver()
    assert [] == late
    assert room.states().keys() == {"sent", "skipped"}
    assert readers == sum(room.states().values())


def test_what_is_settled_is_forgotten_after_a_while(room: MailSetup) -> None:
    """Its mail after a week, its row later; what may still leave keeps both, and goes out once."""
    room.add("ann@mail.example", "bob@mail.example")
    room.publish()
    room.deliverer(mailer=Wire(Outcome(answer="sent"), Outcome(answer="doubt"))).deliver()

    def forget(**rows: int) -> int:
        return forget_mail(
            room.store.engine, rendered=room.now - timedelta(days=7),
            settled=room.now - timedelta(**rows),
        )  # fmt: skip

    room.wait(days=8)
    assert (0, {"sent": 1, "pending": 1}) == (forget(days=9), room.states())
    assert 1 == room.deliverer(mailer=Wire()).deliver(force=True).counts[DeliveryState.SENT]
    assert (1, {"sent": 2}) == (forget(days=9), room.states())
    room.wait(days=2)
    assert (0, {}) == (forget(days=1), room.states())
    room.publish(edition(MORNING.date()))  # known, though no row of it is left
    assert 0 == room.deliverer(mailer=Wire()).deliver(force=True).counts[DeliveryState.SENT]


def test_one_edition_alone_can_be_sent(room: MailSetup) -> None:
    """What belongs to others waits."""
    room.add("weekly@mail.example", frequency="weekly")
    room.publish()
    room.wait(days=1)
    room.add("daily@mail.example")
    made = room.publish()
    room.wait(days=4, hours=1)
    wire = Wire()
    room.deliverer(mailer=wire).deliver(edition="2026-03-01")
    assert [] == wire.recipients
    planned = room.outbox.planned(room.now, room.slot_of, made.id)
    assert ["weekly@mail.example"] == [
        delivery.address for delivery in planned
    ]  # the other is late
    room.deliverer(mailer=wire).deliver(edition=made.id, force=True)
    assert ["daily@mail.example", "weekly@mail.example"] == sorted(wire.recipients)


def test_what_could_not_be_written_is_written_by_the_next(
    room: MailSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that fails loses no word of the server's: nothing that it took is in doubt."""
    room.crowd(9)
    room.publish()
    (*_, first, second) = room.outbox.due(room.now, doubtful=False, limit=9)
    for item in (first, second):
        assert room.outbox.step(None, replace(item, message_id=f"<{item.id}@x>"), room.now)
    real = Step.write

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Step, "write", full)
    done = Settlement(id=first.id, state=DeliveryState.SENT, at=room.now)
    with pytest.raises(OSError, match="disk full"):
        room.outbox.step(done)
    monkeypatch.setattr(Step, "write", real)
    room.outbox.step(replace(done, id=second.id))
    assert ({"pending": 7, "sent": 2}, ()) == (room.states(), room.outbox.in_doubt())


def test_a_server_that_refuses_everything_burns_no_edition(room: MailSetup) -> None:
    """After five messages in a row it is the sender that is not wanted: all of them wait."""
    room.crowd(100)
    room.publish()
    refusals = [Outcome(answer="refused", stage="data", text="554 5.7.1 blocked")] * 100
    report = room.deliverer(mailer=Wire(*refusals)).deliver()
    assert "the mail server refuses every message: 554 5.7.1 blocked" == report.error
    assert {"pending": 100} == room.states()


def test_a_message_that_cannot_be_made_is_set_aside(room: MailSetup) -> None:
    """After three tries; all others leave (A16)."""
    room.crowd(10)
    room.add("odd@mail.example", sections="World")

    class RendererStub:
        def mail(self, made: Edition) -> Mail:
            if len(made.sections) == 1:
                raise RuntimeError("no")
            return Renderer(base_url=BASE).mail(made)

    room.publish()
    for _ in range(3):
        room.deliverer(mailer=Wire(), renderer=RendererStub()).deliver()
    assert {"sent": 10, "held": 1} == room.states()
    ((_, _, reason),) = room.outbox.all_of([DeliveryState.HELD])
    assert "could not be made: RuntimeError" == reason


def test_an_error_of_ours_ends_the_run_with_a_line(room: MailSetup) -> None:
    """And leaves its row in doubt, not lost."""
    room.add("one@mail.example")
    room.publish()

    def fail(_: Envelope) -> None:
        raise RuntimeError("a bug")

    report = room.deliverer(mailer=Wire(each=fail)).deliver()
    assert "RuntimeError, see the log" == report.error
    assert {"sending": 1} == room.states()
    assert 1 == room.deliverer(mailer=Wire()).deliver().counts[DeliveryState.SENT]


def test_a_hostile_server(tmp_path: Path) -> None:
    """Put off, refused, dropped in DATA or after the dot: each delivery ends (A4)."""
    fates: Any = {"later": 0.3, "refuse": 0.05, "drop_in_data": 0.05, "drop_after_dot": 0.05}
    readers = 4980 if SOAK else 300
    if SOAK:
        fates["stall"] = 0.001  # ten seconds each
    manner = Manner(fates=fates, greylist=True, per_connection=20, keep_bodies=False)
    with running_sink(tmp_path / "sink", manner) as sink:
        room = MailSetup(tmp_path, port=sink.port, connections=4)
        room.crowd(readers)
        room.add(*(f"nobody{number}@mail.example" for number in range(20)))
        room.publish()
        while room.states().keys() & OPEN:
            assert room.deliverer().deliver().error is None
            room.wait(minutes=30)
        taken = sink.taken()
    states = room.states()
    copies = Counter(mail["id"] for mail in taken)
    got = {mail["to"] for mail in taken}
    ended = room.outbox.all_of([DeliveryState.FAILED, DeliveryState.HELD])
    assert states.keys() <= {"sent", "failed", "held"}
    assert readers + 20 == sum(states.values())
    print(f"hostile server: {states}, {sum(copies.values()) - len(copies)} extra copies")  # noqa: T201
    unreached = {one.address for one, _, _ in ended}
    assert {subscriber.address for subscriber in room.people.all()} <= got | unreached
    # Only what the server refused for good has failed; a copy is known by its Message-ID.
    assert {"554", "550"} == {why[:3] for _, state, why in ended if why and state == "failed"}
    assert len(got) == len(copies)
    assert max(copies.values()) <= 3
    assert {"active": readers + 20} == room.people.counts()  # on one date alone


def test_stopped_in_the_middle_nothing_is_in_doubt(tmp_path: Path) -> None:
    """The messages in hand are finished; a server that stalls is hung up on (A13)."""
    with running_sink(tmp_path / "sink", Manner(delay=0.01)) as sink:
        room = MailSetup(tmp_path, port=sink.port, connections=2)
        readers = 2000 if SOAK else 200
        room.crowd(readers)
        room.publish()
        moments = random.Random(13)
        stops = 0
        while room.states().keys() & OPEN:
            flow = room.deliverer()
            timer = threading.Timer(moments.uniform(0.05, 0.4), flow.stop.set)
            timer.start()
            flow.deliver()
            timer.cancel()
            stops += flow.stop.is_set()
            still = room.outbox.all_of([DeliveryState.PENDING, DeliveryState.SENDING])
            assert [] == [(state, why) for _, state, why in still if state == "sending" or why]
        taken = sink.taken()
        assert (readers, readers) == (len(taken), len({mail["to"] for mail in taken}))
    assert (50 if SOAK else 2) <= stops


def test_a_slow_domain_holds_nobody_up() -> None:
    """Deliveries to a domain at its limit step back behind the others."""

    def to(domain: str, number: int) -> Delivery:
        return Delivery(
            id=number,
            subscriber="0" * 16,
            address=f"a@{domain}",
            generation=1,
            revision=1,
            choice=Choice(),
            since="2026-03-02",
            edition="2026-03-02",
            slot=MORNING.date(),
            due_at=MORNING,
        )

    waiting = deque([to("big", 1), to("big", 2), to("small", 3), to("big", 4)])
    pace = RateLimiter(1000.0, 1.0)
    order = [pace.take(waiting, 100.0) for _ in range(4)]
    assert [1, 3, 2, 4] == [delivery.id for delivery, _ in order]
    assert [0.0, 1.0, 2.0] == [round(wait, 1) for one, wait in order if one.domain == "big"]
