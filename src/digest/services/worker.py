"""`digest worker` and `digest serve --role scheduler`: processes that share the work of a digest.

They agree through Procrastinate's queue in the same PostgreSQL database. Any of them may be killed
or suspended at any time: what it had in hand is planned again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event
from typing import Any

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import DBAPIError

from digest.config import LiveSettings, Settings
from digest.fetch import Allowance
from digest.flows import Observer
from digest.flows.host_turns import SECONDS, SharedTurns
from digest.model.errors import ConfigError
from digest.services.application import Application, application
from digest.services.jobs import Jobs
from digest.services.live import live_application
from digest.services.planning import PARTS, Planner, shards_in
from digest.services.roles import BUILD, COLLECT, PLAN, SEND
from digest.store import lock
from digest.store.queue import HostTurns, JobQueue, queue_app
from digest.store.queue_state import STALLED

_AT_ONCE = {COLLECT: 8, BUILD: 1, SEND: PARTS + 1, PLAN: 2}  # jobs of one process
_HEARTBEAT = STALLED / 5
_FINISH = 10.0  # seconds for jobs in hand once the process is to end
_LOOK = 2.0  # seconds between two looks at the configuration
_AGREE = 30.0  # seconds in which a changed configuration may reach all machines
_AGAIN = 1.0  # seconds until the server is tried again

_log = logging.getLogger(__name__)


def serve_worker(
    live: LiveSettings,
    queues: Sequence[str],
    *,
    clock: Callable[[], datetime],
    observer: Observer,
    allowed: tuple[Allowance, ...] = (),
) -> None:
    """Work on these queues until SIGINT or SIGTERM.

    ConfigError where the scheduler has another configuration.
    """
    for name in ("procrastinate", "psycopg.pool"):  # what they say of a lost server, we say once
        logging.getLogger(name).setLevel(logging.CRITICAL)
    settings = live.current()
    url = settings.store.url or ""
    with ExitStack() as stack:
        flows = stack.enter_context(
            application(settings, clock=clock, observer=observer, allowed=allowed, shared=True)
        )
        flows.renderers.current()  # a faulty template ends the command now
        if SEND in queues:
            stack.enter_context(lock(url, "deliver", shared=True))
        queue = JobQueue(flows.store.engine)
        queue.prepare()
        worker = _Worker(
            url=url,
            queues=tuple(queues),
            live=live,
            flows=live_application(live, flows),
            queue=queue,
            since=clock(),
        )
        asyncio.run(worker.run())


def identity(settings: Settings) -> str:
    """What two processes must have in common: all but paths, addresses to listen on and parsers."""
    own: Any = {
        "store": True,
        "admin": True,
        "web": {"listen", "trusted_proxies"},
        "digest": {"database", "output", "templates"},
        "smtp": {"password_file", "dkim_key", "bounces"},
        "fetch": {"workers", "worker_timeout", "worker_memory_mb"},
    }
    document = settings.model_dump(mode="json", exclude=own)
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(kw_only=True)
class _Worker:
    """A loop round the library's worker, which ends whenever the server restarts."""

    url: str
    queues: tuple[str, ...]
    live: LiveSettings
    flows: Callable[[], Application]
    queue: JobQueue
    since: datetime
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _planned_by: str | None = None  # what this process last told the others to plan by
    _identified: tuple[Settings, str] | None = None  # settings, and their identity

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        await self._agree(0)
        _log.info("working on %s", ", ".join(self.queues))
        while not self._stop.is_set():
            flows = await asyncio.to_thread(self.flows)
            async with AsyncExitStack() as stack:
                jobs = await self._jobs(flows, stack)
                while not self._stop.is_set() and await self._is_agreed(flows.settings):
                    await self._work(jobs, flows.settings)
            if not self._stop.is_set():
                await self._agree(_AGREE)

    async def _jobs(self, flows: Application, stack: AsyncExitStack) -> Jobs:
        network = collector = planner = None
        if COLLECT in self.queues:
            store = HostTurns(flows.store.engine, secrets.token_hex(8), SECONDS)
            turns = SharedTurns(store, flows.settings.fetch.host_gap)
            shared = await stack.enter_async_context(turns)
            network = await stack.enter_async_context(flows.network(shared))
            collector = flows.collector(*network, alone=False)
        if PLAN in self.queues:
            planner = Planner(flows=flows, queue=self.queue, since=self.since)
        shards = planner.shards if planner else shards_in(flows.settings)
        return Jobs(
            flows=flows, shards=shards, network=network, collector=collector, planner=planner
        )

    # --- the queue ------------------------------------------------------------------------------

    async def _work(self, jobs: Jobs, settings: Settings) -> None:
        """Work until the server is lost, the configuration changes, or the process is to end."""
        try:
            app = queue_app(self.url)
            stop = Event()
            replace(jobs, stop=stop).register(app)
            async with app.open_async():
                await self._run_workers(app, settings, stop)
        except (ConnectorException, DBAPIError, OSError) as error:
            _log.warning("the database: %s; trying again", " ".join(str(error).split()))
        except Exception:  # noqa: BLE001 -- whatever it is, jobs come back and are worth another try
            _log.exception("a worker ended; starting it again")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), _AGAIN)

    async def _run_workers(self, app: App, settings: Settings, stop: Event) -> None:
        workers = [asyncio.create_task(self._worker(app, queue)) for queue in self.queues]
        ends = asyncio.create_task(self._stop.wait())
        changes = asyncio.create_task(self._until_changed(settings))
        await asyncio.wait([*workers, ends, changes], return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set() and not changes.done():
            _log.warning("the connection to the database was lost; trying again")
        stop.set()
        for task in (*workers, ends, changes):
            task.cancel()
        for result in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _worker(self, app: App, queue: str) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=_AT_ONCE[queue],
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=_FINISH,
            update_heartbeat_interval=_HEARTBEAT,
            stalled_worker_timeout=STALLED,
        )

    # --- the configuration ----------------------------------------------------------------------

    async def _until_changed(self, settings: Settings) -> None:
        while await self._is_agreed(settings):
            looked = time.monotonic()
            await asyncio.sleep(_LOOK)
            still = time.monotonic() - looked
            if still > STALLED / 2:
                _log.warning("was suspended for %.0f s: its jobs may be with others by now", still)
                return

    async def _is_agreed(self, settings: Settings) -> bool:
        """Are these the settings in use, here and in the scheduler? While nobody can say, yes."""
        current = await asyncio.to_thread(self.live.current)
        if current is not settings:
            return False
        try:
            planned = await asyncio.to_thread(self.queue.configuration)
        except DBAPIError:
            return True
        return planned in {None, await self._identity(settings)}

    async def _identity(self, settings: Settings) -> str:
        """The `identity` of the current settings, computed once: of 100,000 feeds in a second."""
        if self._identified is None or self._identified[0] is not settings:
            self._identified = settings, await asyncio.to_thread(identity, settings)
        return self._identified[1]

    async def _agree(self, seconds: float) -> None:
        """Wait so long until the scheduler plans by our configuration, or tell it to, being it."""
        until = asyncio.get_running_loop().time() + seconds
        while not self._stop.is_set():
            mine = await self._identity(await asyncio.to_thread(self.live.current))
            try:
                planned = await asyncio.to_thread(self.queue.configuration)
                if planned == mine or (planned is None and PLAN not in self.queues):
                    return
                if PLAN in self.queues and self._planned_by != mine:
                    await asyncio.to_thread(self.queue.configure, mine)
                    self._planned_by = mine
                    return
            except DBAPIError:  # the server is away: nobody plans by any configuration
                await asyncio.sleep(_AGAIN)
                until = asyncio.get_running_loop().time() + seconds
                continue
            if asyncio.get_running_loop().time() >= until:
                problem = (
                    "the scheduler plans by another configuration than this process has: give all"
                    " machines the same feeds.toml, and start this one again"
                )
                raise ConfigError((problem,))
            await asyncio.sleep(_LOOK)
