"""How the queue of workers is doing, for those who watch it; needs nothing of its library."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, inspect, text

from digest.store.statements import reader

STALLED = 10.0  # seconds without a sign of life after which a worker's jobs are given to others

_WAITING = text(
    "SELECT queue_name, extract(epoch FROM now() - min(at)) AS seconds"
    " FROM procrastinate_jobs job"
    " JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'"
    " WHERE job.status = 'todo' GROUP BY queue_name ORDER BY queue_name"
)
_WORKING = text(
    "SELECT queue_name, count(*) AS number FROM procrastinate_jobs"
    " WHERE status = 'doing' GROUP BY queue_name ORDER BY queue_name"
)
_FAILED = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
_ALIVE = text(
    "SELECT count(*) FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - make_interval(secs => :stalled)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """What an operator watches.

    `waiting`: by queue, for how many seconds its oldest job has waited; `working`: how many jobs
    are in hand; `failed`: jobs of the last day that ended with a fault of the program; `alive`:
    queues that processes serve, each process counting once for each of its roles.
    """

    waiting: dict[str, float]
    working: dict[str, int]
    failed: int
    alive: int


def queue_state(engine: Engine) -> QueueState | None:
    """How the queue is now; None where no worker or scheduler ever was."""
    if engine.dialect.name != "postgresql":
        return None
    with reader(engine).begin() as connection:
        if not inspect(connection).has_table("procrastinate_jobs"):
            return None
        waiting, working = connection.execute(_WAITING), connection.execute(_WORKING)
        return QueueState(
            waiting={row.queue_name: float(row.seconds) for row in waiting},
            working={row.queue_name: row.number for row in working},
            failed=connection.scalar(_FAILED) or 0,
            alive=connection.scalar(_ALIVE, {"stalled": STALLED}) or 0,
        )
