"""Worker processes: every way a task can end, with real processes."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from digest.flows import workers
from digest.flows.workers import WorkerPool
from digest.model.errors import DigestError, TaskFailed, WorkerCrash, WorkerTimeout

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 60.0  # seconds: far beyond what any task here needs on a busy machine


# --- tasks, run in workers --------------------------------------------------------------------


def double(number: int) -> int:
    return 2 * number


def process_id(_: object) -> int:
    return os.getpid()


def process_id_apart(_: object) -> int:
    return os.getpid()


def raise_error(message: str) -> None:
    raise ValueError(message)


def sleep_long(path: str | None) -> None:
    if path is not None:
        Path(path).write_text(str(os.getpid()))
    time.sleep(600)


def exit_with(code: int) -> None:
    os._exit(code)


def crash(_: object) -> None:
    ctypes.string_at(0)


def eat_memory(_: object) -> int:
    return len(b"x" * (4 << 30))


def unpicklable(_: object) -> Callable[[], None]:
    return lambda: None


def print_noise(text: str) -> str:
    sys.stdout.write(text)
    sys.stdout.flush()
    return text


def limits(_: object) -> tuple[int, int, bool, str | None, str | None]:
    return (
        resource.getrlimit(resource.RLIMIT_AS)[0],
        resource.getrlimit(resource.RLIMIT_CORE)[0],
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        os.environ.get("OPENBLAS_NUM_THREADS"),
        os.environ.get("SMTP_PASSWORD"),
    )


# --- what the tests need ----------------------------------------------------------------------


def pool(size: int = 1, *, timeout: float = PATIENCE) -> WorkerPool:
    return WorkerPool(size, timeout=timeout, memory_mb=512)


def burn(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    while True:
        pass


def sleep_a_second(_: object) -> str:
    time.sleep(1.5)
    return "done"


def run_one(
    function: Callable[[T], R], argument: T, *, timeout: float = PATIENCE, wall: float | None = None
) -> R:
    async def main() -> R:
        async with WorkerPool(1, timeout=timeout, memory_mb=512, wall=wall) as workers:
            return await workers.run(function, argument)

    return asyncio.run(main())


def is_running(pid: int) -> bool:
    """A zombie that nobody has reaped is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def wait_for(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


# --- answers ----------------------------------------------------------------------------------


def test_result_comes_back() -> None:
    """The result of the function is the result of the call."""
    assert run_one(double, 21) == 42


def test_bytes_of_many_megabytes_pass_both_ways() -> None:
    """Arguments and results larger than any socket buffer arrive whole."""
    body = os.urandom(1 << 20) * 8
    assert body == run_one(bytes, body)


def test_every_task_gets_its_own_answer() -> None:
    """Answers never change places, however many tasks wait for two workers."""

    async def main() -> list[int]:
        async with pool(2) as workers:
            return await asyncio.gather(*(workers.run(double, number) for number in range(300)))

    assert [2 * number for number in range(300)] == asyncio.run(main())


def test_no_more_workers_than_size() -> None:
    """Many tasks at once are served by `size` processes, kept from task to task."""

    async def main() -> list[int]:
        async with pool(2) as workers:
            return await asyncio.gather(*(workers.run(process_id, None) for _ in range(100)))

    assert len(set(asyncio.run(main()))) == 2


def test_a_function_apart_has_one_worker_to_itself() -> None:
    """However many of its tasks wait, and whichever others are idle."""

    async def main() -> tuple[list[int], list[int]]:
        async with WorkerPool(
            2, timeout=PATIENCE, memory_mb=512, apart=(process_id_apart,)
        ) as workers:
            usual = [workers.run(process_id, None) for _ in range(20)]
            apart = [workers.run(process_id_apart, None) for _ in range(20)]
            return await asyncio.gather(*usual), await asyncio.gather(*apart)

    usual, apart = asyncio.run(main())
    assert (2, 1) == (len(set(usual)), len(set(apart)))
    assert set(usual).isdisjoint(apart)


def test_no_process_before_the_first_task() -> None:
    """A pool that is not used starts nothing; one task starts one worker."""

    async def main() -> tuple[int, int]:
        async with pool(4) as workers:
            before = len(workers._usual.idle)
            await workers.run(double, 1)
            return before, len(workers._usual.idle)

    assert asyncio.run(main()) == (0, 1)


def test_loop_is_not_blocked() -> None:
    """While a task waits for a busy worker, the event loop serves others."""

    async def main() -> int:
        async with pool() as workers, asyncio.TaskGroup() as group:
            tasks = [group.create_task(workers.run(time.sleep, 0.2)) for _ in range(2)]
            ticks = 0
            while not all(task.done() for task in tasks):
                await asyncio.sleep(0)
                ticks += 1
        return ticks

    assert asyncio.run(main()) > 10


def test_output_of_a_task_is_no_answer() -> None:
    """What a task prints cannot be mistaken for its result."""
    assert run_one(print_noise, "noise") == "noise"


def test_worker_is_confined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, no core is written, Ctrl-C is the parent's, secrets stay with it."""
    monkeypatch.setenv("SMTP_PASSWORD", "open sesame")
    assert run_one(limits, None) == (512 << 20, 0, True, "1", None)


# --- failures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "argument", "error", "message"),
    [
        (raise_error, "odd page", TaskFailed, "ValueError: odd page"),
        (raise_error, "x" * 1000, TaskFailed, "ValueError: " + "x" * 288),
        (sys.exit, "done", TaskFailed, "SystemExit: done"),
        (exit_with, 3, WorkerCrash, "the worker ended with exit code 3"),
        (crash, None, WorkerCrash, "the worker was ended by SIGSEGV"),
        (eat_memory, None, WorkerCrash, "the worker ran out of memory (limit 512 MB)"),
    ],
)
def test_failure_is_named_and_the_pool_goes_on(
    function: Callable[[object], object],
    argument: object,
    error: type[DigestError],
    message: str,
) -> None:
    """Each way to fail has its error; the next task is served as if nothing had happened."""

    async def main() -> int:
        async with pool() as workers:
            with pytest.raises(error) as caught:
                await workers.run(function, argument)
            assert message == str(caught.value)
            return await workers.run(double, 4)

    assert asyncio.run(main()) == 8


def test_result_that_cannot_be_sent() -> None:
    """A result that cannot be pickled is a failure of the task."""
    with pytest.raises(TaskFailed, match="pickle"):
        run_one(unpicklable, None)


def test_deadline_kills_the_worker(tmp_path: Path) -> None:
    """A task beyond its deadline ends with WorkerTimeout and its process is gone."""
    note = tmp_path / "pid"
    with pytest.raises(WorkerTimeout, match="within 10 seconds"):
        run_one(sleep_long, str(note), wall=10)
    assert not is_running(int(note.read_text()))


def test_a_task_may_take_so_much_cpu(tmp_path: Path) -> None:
    """Its own, however long it takes on a busy machine: a second of work is ended, of sleep not."""
    note = tmp_path / "pid"
    with pytest.raises(WorkerTimeout, match="more than 1 seconds of CPU"):
        run_one(burn, str(note), timeout=1, wall=PATIENCE)
    assert not is_running(int(note.read_text()))
    assert "done" == run_one(sleep_a_second, None, timeout=1, wall=PATIENCE)


def test_worker_that_died_idle_is_replaced() -> None:
    """A death between two tasks is no failure of the second one."""

    async def main() -> int:
        async with pool() as workers:
            pid = await workers.run(process_id, None)
            os.kill(pid, signal.SIGKILL)
            await wait_for(lambda: not is_running(pid))
            return await workers.run(double, 5)

    assert asyncio.run(main()) == 10


def test_process_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, that is a crash like any other."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(WorkerCrash, match="cannot start a worker process"):
        run_one(double, 1)


def test_worker_is_recycled(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its share of tasks a worker makes room for a fresh one."""
    monkeypatch.setattr(workers, "TASKS_PER_WORKER", 2)

    async def main() -> list[int]:
        async with pool() as workers:
            return [await workers.run(process_id, None) for _ in range(4)]

    first, second, third, fourth = asyncio.run(main())
    assert (first, third) == (second, fourth)
    assert first != third


# --- ends -------------------------------------------------------------------------------------


def test_cancelled_task_leaves_no_process_and_no_answer(tmp_path: Path) -> None:
    """Cancelling kills the worker; the next task gets a new one and its own answer."""
    note = tmp_path / "pid"

    async def main() -> int:
        async with pool() as workers:
            task = asyncio.create_task(workers.run(sleep_long, str(note)))
            await wait_for(lambda: read(note))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not is_running(int(read(note)))
            return await workers.run(double, 6)

    assert asyncio.run(main()) == 12


def test_cancelled_while_waiting_for_a_worker() -> None:
    """Giving up the place in the queue takes no worker from the others."""

    async def main() -> int:
        async with pool() as workers:
            first = asyncio.create_task(workers.run(time.sleep, 0.3))
            second = asyncio.create_task(workers.run(double, 1))
            await asyncio.sleep(0)
            second.cancel()
            await first
            return await workers.run(double, 7)

    assert asyncio.run(main()) == 14


def test_close_ends_everything(tmp_path: Path) -> None:
    """Closing ends idle and busy workers; a closed pool says so."""
    note = tmp_path / "pid"

    async def main() -> None:
        workers = pool(2)
        task = asyncio.create_task(workers.run(sleep_long, str(note)))
        idle = await workers.run(process_id, None)
        await wait_for(lambda: read(note))
        workers.close()
        with pytest.raises(WorkerCrash, match="SIGKILL"):
            await task
        assert not is_running(idle)
        assert not is_running(int(read(note)))
        with pytest.raises(WorkerCrash, match="closed"):
            await workers.run(double, 1)

    asyncio.run(main())


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """When the parent is killed, a worker that is stuck in a task dies with it."""
    note = tmp_path / "pid"
    script = textwrap.dedent(
        """
        import asyncio, sys
        from digest.flows.workers import WorkerPool
        from tests.test_workers import sleep_long

        async def main():
            async with WorkerPool(1, timeout=600, memory_mb=512) as workers:
                await workers.run(sleep_long, sys.argv[1])

        asyncio.run(main())
        """
    )
    root = str(Path(__file__).parents[1])
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(note)],
        env=os.environ | {"PYTHONPATH": f"{root}/src:{root}"},
    )
    try:
        asyncio.run(wait_for(lambda: read(note)))
        assert is_running(int(read(note)))
    finally:
        parent.kill()
        parent.wait()
    asyncio.run(wait_for(lambda: not is_running(int(read(note)))))


def test_serving_ends_with_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose parent hangs up stops serving by itself."""
    monkeypatch.setattr(workers, "_confine", lambda memory_mb: None)  # not for this process
    ours, theirs = socket.socketpair()
    worker = threading.Thread(target=workers.serve, args=(theirs.detach(), 512))
    worker.start()
    ours.close()
    worker.join(PATIENCE)
    assert not worker.is_alive()
