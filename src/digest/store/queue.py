"""The jobs of workers, in Procrastinate's tables beside ours (PostgreSQL only).

A job is a name, never data: whoever runs it reads what is due from our own tables, so that a job
that runs twice does no harm, and one that is lost comes back with the next plan.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from psycopg import OperationalError
from psycopg_pool import AsyncConnectionPool, PoolClosed
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from digest.model.errors import StoreError
from digest.store.queue_state import STALLED
from digest.store.statements import reason_of

_log = logging.getLogger(__name__)

_PLAN = 0x64696765_73740010  # the advisory lock of who plans, or defers a job

_AGAIN, _TRIES = 0.5, 1200  # seconds between two tries to note the end of a job, for ten minutes

_TABLES = """
CREATE TABLE host_turns (
    host text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    until timestamptz NOT NULL
);
CREATE TABLE worker_settings (
    id integer PRIMARY KEY CHECK (id = 1),
    configuration text NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task by its name, in the queue of those who may run it.

    Of jobs with one `key` one waits and one runs at most.
    """

    queue: str
    task: str
    key: str
    arguments: dict[str, Any] = field(default_factory=dict)


class JobQueue:
    """Queries on jobs; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._writer = engine
        # Jobs have locks of their own: they do not wait for those who write articles and mail.
        self._engine = engine.execution_options(readonly=True)
        self._app = App(connector=SyncPsycopgConnector())

    def prepare(self) -> None:
        """Create the tables where there are none."""
        try:
            with self._writer.begin() as connection:
                if not inspect(connection).has_table("procrastinate_jobs"):
                    cursor: Any = connection.connection.cursor()
                    cursor.execute(SchemaManager.get_schema())
                    cursor.execute(_TABLES)
        except DBAPIError as error:
            raise StoreError(f"the queue's tables cannot be created: {reason_of(error)}") from error

    # --- planning -----------------------------------------------------------------------------

    @contextmanager
    def planning(self) -> Iterator[Plan | None]:
        """One transaction for all jobs of a plan; None while another process plans or defers."""
        with self._engine.begin() as connection:
            alone = connection.scalar(
                text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _PLAN}
            )
            yield Plan(connection, self._app) if alone else None

    def defer(self, job: Job) -> bool:
        """Let a job run as soon as a worker is free; False where one of its key waits already.

        Waits for who plans: of two transactions that defer one key at once, one would fail.
        """
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PLAN})
            return Plan(connection, self._app, running_count=False).defer([job]) == 1

    # --- what workers agree on ----------------------------------------------------------------

    def configuration(self) -> str | None:
        """What identifies the configuration that the scheduler last began to plan by."""
        with self._engine.begin() as connection:
            found: str | None = connection.scalar(text("SELECT configuration FROM worker_settings"))
        return found

    def configure(self, configuration: str) -> None:
        """Plan by another configuration from now on."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO worker_settings VALUES (1, :new)"
                    " ON CONFLICT (id) DO UPDATE SET configuration = excluded.configuration"
                ),
                {"new": configuration},
            )


def queue_app(url: str) -> App:
    """What runs the jobs of a database."""
    connector = PsycopgConnector(conninfo=url, min_size=1, max_size=4, pool_factory=_unchecked_pool)
    app = App(connector=connector)
    app.job_manager = _OwnJobs(connector)
    return app


def _unchecked_pool(**options: Any) -> AsyncConnectionPool:
    """Connections are not tried before each use: that costs a third of a job.

    One that was cut ends the round of a worker, which begins another.
    """
    return AsyncConnectionPool(**options | {"check": None})


class _OwnJobs(JobManager):
    """Jobs that may have been given to others while this process was suspended."""

    async def finish_job(self, job: QueuedJob, status: Status, delete_job: bool) -> None:
        """Note the end of a job, if it is ours still; wait for a server that restarts.

        A job whose end is not noted keeps its key taken as long as this worker lives.
        """
        for _ in range(_TRIES):
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                why = error.__cause__
                if not isinstance(why, OperationalError) or isinstance(why, PoolClosed):
                    _log.warning("%s: its end could not be noted: %s", job.task_name, why)
                    return
                await asyncio.sleep(_AGAIN)
            else:
                return


class Plan:
    """What is planned in one transaction."""

    def __init__(self, connection: Connection, app: App, *, running_count: bool = True) -> None:
        self._connection = connection
        self._app = app
        self._states = ("todo", "doing") if running_count else ("todo",)

    def reap(self) -> set[str]:
        """Drop the jobs of workers that died or hang; their keys.

        What they left undone is due again.
        """
        dropped = self._connection.scalars(
            text(
                "DELETE FROM procrastinate_jobs job WHERE status = 'doing' AND NOT EXISTS"
                " (SELECT 1 FROM procrastinate_workers worker WHERE worker.id = job.worker_id"
                " AND worker.last_heartbeat > now() - make_interval(secs => :stalled))"
                " RETURNING coalesce(lock, '')"
            ),
            {"stalled": STALLED},
        ).all()
        self._connection.execute(
            text(
                "DELETE FROM procrastinate_jobs job WHERE status NOT IN ('todo', 'doing')"
                " AND NOT EXISTS (SELECT 1 FROM procrastinate_events event"
                " WHERE event.job_id = job.id AND event.at > now() - interval '1 day')"
            )
        )
        return set(dropped)

    def defer(self, jobs: Sequence[Job]) -> int:
        """Defer those of the jobs whose key is not in the queue; how many they were."""
        taken, new = self._keys(), list[Job]()
        for job in jobs:
            if job.key not in taken:
                taken.add(job.key)
                new.append(job)
        if not new:
            return 0
        deferred = [
            self._app.configure_task(
                job.task,
                queue=job.queue,
                lock=job.key,
                queueing_lock=job.key,
                task_kwargs=job.arguments,
            ).job
            for job in new
        ]
        driver: Any = self._connection.connection.driver_connection
        self._app.job_manager.batch_defer_jobs(deferred, connection=driver)
        return len(new)

    def _keys(self) -> set[str]:
        query = text(
            "SELECT lock FROM procrastinate_jobs"
            " WHERE status = ANY(CAST(:states AS procrastinate_job_status[])) AND lock IS NOT NULL"
        )
        return set(self._connection.scalars(query, {"states": list(self._states)}))


class HostTurns:
    """Who may ask a host now: one process, for as long as it keeps saying so."""

    def __init__(self, engine: Engine, holder: str, seconds: float) -> None:
        """`holder` names the process; what it takes is its own for `seconds`."""
        options = {"isolation_level": "AUTOCOMMIT", "readonly": True}
        self._engine = engine.execution_options(**options)
        self._holder, self._seconds = holder, seconds

    def take(self, hosts: Collection[str]) -> set[str]:
        """Those of the hosts that are ours from now on."""
        query = text(
            "INSERT INTO host_turns AS turn"
            " SELECT host, :holder, clock_timestamp() + make_interval(secs => :seconds)"
            " FROM unnest(CAST(:hosts AS text[])) AS host"
            " ON CONFLICT (host) DO UPDATE SET holder = excluded.holder, until = excluded.until"
            " WHERE turn.until <= clock_timestamp() OR turn.holder = excluded.holder"
            " RETURNING host"
        )
        values = {"holder": self._holder, "seconds": self._seconds, "hosts": sorted(hosts)}
        with self._engine.connect() as connection:
            return set(connection.scalars(query, values))

    def give(self, hosts: Collection[str]) -> None:
        """Let others have hosts, as far as they are still ours."""
        query = text(  # locked in one order, or two processes would wait for each other
            "DELETE FROM host_turns WHERE host IN (SELECT host FROM host_turns"
            " WHERE host = ANY(CAST(:hosts AS text[])) AND holder = :holder"
            " ORDER BY host FOR UPDATE)"
        )
        with self._engine.connect() as connection:
            connection.execute(query, {"hosts": sorted(hosts), "holder": self._holder})
