"""Killable worker processes for untrusted parsing.

On a hostile page a parser may loop, use all memory or crash in C code; only a process of its own
can be stopped from outside. The pool holds such processes and gives each one task at a time over
a socket pair:

    parent                                      worker
    length, pickle of the CPU seconds,
    the function and its argument           ->  calls function(argument)
    length, pickle of (succeeded, value)    <-  value: the result, or the error as a string

A worker that does not answer in time, or whose task is cancelled, is killed and never used again,
so that no answer can belong to another task. Workers get an environment without secrets and cannot
outlive their parent.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self, TypeVar, cast

from digest.model.errors import TaskFailed, WorkerCrash, WorkerTimeout

T = TypeVar("T")
R = TypeVar("R")

_WALL = 6  # times the CPU that a task may take
_DYING = 1.0  # seconds that a process may take to end when its socket is closed
TASKS_PER_WORKER = 2000  # then it is replaced, so that leaks of a parser cannot add up

_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 18  # bytes
_SEND_BUFFER = 1 << 20  # bytes; the kernel may grant less
_OUT_OF_MEMORY = 99  # exit code
_MESSAGE_LENGTH = 300  # characters of an error that reach the parent
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_ENVIRONMENT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ")


class WorkerPool:
    """Up to `size` worker processes, each started when it is first needed.

    `apart` are functions that have one more worker to themselves, each: a model that a function
    loads is then loaded once, and not by every worker that happens to be free.
    `timeout` is in seconds of CPU per task, so that a busy machine does not cost a feed its parser.
    `wall` is in seconds of real time, for a task that waits instead of working; six times `timeout`
    unless stated. `memory_mb` is the address space of one worker. A pool belongs to one event
    loop.
    """

    def __init__(
        self,
        size: int,
        *,
        timeout: float,
        memory_mb: int,
        wall: float | None = None,
        apart: Collection[Callable[..., object]] = (),
    ) -> None:
        self._timeout = timeout
        self._wall = _WALL * timeout if wall is None else wall
        self._memory_mb = memory_mb
        self._usual = _Group(size)
        self._apart = {function: _Group(1) for function in apart}
        self._busy: set[_Worker] = set()
        self._closed = False

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        """Return `function(argument)` as computed by a worker.

        `function` must live at the top level of an importable module; argument and result must
        be picklable. When this call is cancelled, its worker is killed.

        Raises `WorkerTimeout` after `timeout` seconds of CPU or `wall` seconds, `WorkerCrash`
        when the worker died (out of memory included) and `TaskFailed` when the function raised.
        """
        request = pickle.dumps((self._timeout, function, argument), pickle.HIGHEST_PROTOCOL)
        group = self._apart.get(function, self._usual)
        async with group.slots:
            worker = self._take(group)
            try:
                async with asyncio.timeout(self._wall):
                    succeeded, value = await worker.ask(request)
            except TimeoutError:
                raise WorkerTimeout(
                    f"the worker gave no answer within {self._wall:g} seconds and was killed"
                ) from None
            except (EOFError, OSError, pickle.UnpicklingError):
                if worker.used_up_its_time():
                    raise WorkerTimeout(
                        f"the worker took more than {self._timeout:g} seconds of CPU and was ended"
                    ) from None
                raise WorkerCrash(worker.cause_of_death()) from None
            finally:
                self._give_back(worker, group)
        if not succeeded:
            raise TaskFailed(str(value))
        return cast(R, value)

    def close(self) -> None:
        """Kill all workers; tasks that still run or wait end with `WorkerCrash`."""
        self._closed = True
        for group in (self._usual, *self._apart.values()):
            for worker in group.idle:
                worker.end()
            group.idle.clear()
        for worker in self._busy:  # its task sees the end of the stream
            worker.process.kill()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, group: _Group) -> _Worker:
        if self._closed:
            raise WorkerCrash("the worker pool is closed")
        worker = group.idle.pop() if group.idle else _Worker(self._memory_mb)
        if worker.process.poll() is not None:  # it died while idle
            worker.end()
            worker = _Worker(self._memory_mb)
        self._busy.add(worker)
        return worker

    def _give_back(self, worker: _Worker, group: _Group) -> None:
        self._busy.remove(worker)
        if worker.answered and worker.tasks < TASKS_PER_WORKER and not self._closed:
            group.idle.append(worker)
        else:
            worker.end()


class _Group:
    """Workers that do the same tasks: how many more may be busy, and those that are not."""

    def __init__(self, size: int) -> None:
        self.slots = asyncio.Semaphore(size)
        self.idle: list[_Worker] = []


class _Worker:
    """The parent's end of one worker process."""

    def __init__(self, memory_mb: int) -> None:
        self.tasks = 0
        self.answered = True
        self._memory_mb = memory_mb
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        # A whole page in one write, since each round through the event loop costs more.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            f"from digest.flows.workers import serve; serve({theirs.fileno()}, {memory_mb})"
        )
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and code
                    [sys.executable, "-I", "-c", code],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # what libraries print is no log line
                    pass_fds=(theirs.fileno(),),
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                    | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                )
            except OSError as error:
                self._socket.close()
                raise WorkerCrash(f"cannot start a worker process: {error}") from None

    async def ask(self, request: bytes) -> tuple[bool, object]:
        """Send a request and wait for its answer; EOFError or OSError when the worker is gone."""
        self.answered = False
        self.tasks += 1
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, _LENGTH.pack(len(request)) + request)
        received = await self._receive()  # nearly always all of it
        while len(received) < _LENGTH.size:
            received += await self._receive()
        (length,) = _LENGTH.unpack_from(received)
        while len(received) < _LENGTH.size + length:
            received += await self._receive()
        answer: tuple[bool, object] = pickle.loads(  # noqa: S301 -- written by our own code
            memoryview(received)[_LENGTH.size :]
        )
        self.answered = True
        return answer

    async def _receive(self) -> bytearray:
        part = await asyncio.get_running_loop().sock_recv(self._socket, _CHUNK)
        if not part:
            raise EOFError
        return bytearray(part)

    def used_up_its_time(self) -> bool:
        """Was the process ended because a task took too much CPU?"""
        try:
            return self.process.wait(_DYING) == -signal.SIGPROF
        except subprocess.TimeoutExpired:  # it has closed its socket and goes on
            return False

    def cause_of_death(self) -> str:
        """How the process ended; it is killed if it is still alive."""
        self.process.kill()
        code = self.process.wait()
        if code == _OUT_OF_MEMORY:
            return f"the worker ran out of memory (limit {self._memory_mb} MB)"
        if code < 0:
            return f"the worker was ended by {signal.Signals(-code).name}"
        return f"the worker ended with exit code {code}"

    def end(self) -> None:
        """Kill the process and wait until it is gone, which takes milliseconds after SIGKILL."""
        self.process.kill()
        self.process.wait()
        self._socket.close()


def serve(descriptor: int, memory_mb: int) -> None:
    """Answer requests from the socket `descriptor` until its other end is closed."""
    _confine(memory_mb)
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rwb") as stream:
        while len(head := stream.read(_LENGTH.size)) == _LENGTH.size:
            answer = _answer(stream.read(*_LENGTH.unpack(head)))
            stream.write(_LENGTH.pack(len(answer)) + answer)
            stream.flush()


def _confine(memory_mb: int) -> None:
    """Limit the memory of this process, and end it with its parent."""
    # An interrupt is meant for the parent, which decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The end of the stream ends an idle worker; this ends a worker that is stuck as well.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    logging.disable()  # parsers log every odd page


def _answer(request: bytes) -> bytes:
    try:
        seconds, function, argument = pickle.loads(request)  # noqa: S301 -- written by our parent
        # Of CPU, in this process (setitimer(2)); nobody handles the signal, so that it ends it.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        result = function(argument)
        signal.setitimer(signal.ITIMER_PROF, 0)
        return pickle.dumps((True, result), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # the state of this process is unknown
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever a parser raises
        signal.setitimer(signal.ITIMER_PROF, 0)
        return pickle.dumps((False, f"{type(error).__name__}: {error}"[:_MESSAGE_LENGTH]))
