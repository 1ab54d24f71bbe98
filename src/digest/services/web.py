"""The web application put together, and what `digest web` and `digest serve` run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Engine
from starlette.types import ASGIApp

from digest.config import LiveSettings, Settings
from digest.fetch import Allowance
from digest.flows import Observer
from digest.flows.scheduler import Scheduler
from digest.mail.keys import load_keys
from digest.model import Mail, Subscriber
from digest.model.errors import ConfigError
from digest.render import Templates
from digest.services.admin import admin_pages
from digest.services.application import application
from digest.services.database import Database, open_database
from digest.services.live import live_application
from digest.services.mail import mail_service
from digest.services.monitoring import Metrics, Monitor
from digest.services.roles import require_key, require_server
from digest.store import ConfirmationQueue
from digest.web import (
    ConfirmationSender,
    Pages,
    WebContext,
    serve_pages,
    serving,
    until_stopped,
    web_app,
)

_LISTEN = "127.0.0.1:8080"


def _pages(settings: Settings) -> Pages:
    digest = settings.digest
    return Pages(
        Templates.read(digest.templates),
        title=digest.title,
        language=digest.language,
        base_url=settings.web.base_url,
        weekly_day=digest.weekly_day,
        publish_at=digest.publish_at,
        timezone=digest.timezone,
        subscribe=settings.smtp is not None,
    )


def confirmations_of(settings: Settings) -> Callable[[Subscriber, str, bool], Mail]:
    """What writes the mail to a subscriber who asked for the digest, around a link."""
    pages = _pages(settings)

    def write(to: Subscriber, link: str, known: bool) -> Mail:
        return pages.localized(to.language).confirmation(link=link, known=known)

    return write


@contextmanager
def web_pages(
    settings: Settings,
    database: Database,
    clock: Callable[[], datetime],
    ready: Callable[[], bool] = lambda: True,
    send: Callable[[], int] | None = None,
) -> Iterator[ASGIApp]:
    """The web application of a configuration; confirmation mails are sent while this is open.

    `send` lets others send them.
    """
    digest = settings.digest
    pages = _pages(settings)
    service = mail_service(settings, database.store, clock) if settings.smtp else None
    write = confirmations_of(settings)
    if send is None:
        sender = ConfirmationSender(lambda: service.send_confirmations(write) if service else 0)
    else:
        sender = ConfirmationSender(send)
    sender.start()
    context = WebContext(
        people=database.people,
        outbox=database.outbox,
        search=database.search,
        keys=service.keys if service else load_keys(digest.database),
        pages=pages,
        slot_of=database.slot_of,
        sections=tuple(dict.fromkeys(feed.section for feed in settings.feeds)),
        clock=clock,
        confirmations_waiting=sender.wake if service else None,
    )
    try:
        yield web_app(context, digest.output, settings.web.base_url, ready)
    finally:
        sender.end()
        sender.join(timeout=10)


def serve_web(settings: Settings, listen: str | None, clock: Callable[[], datetime]) -> None:
    """Serve the pages alone until SIGINT or SIGTERM, on `listen` or where configured."""
    where = listen or settings.web.listen or _LISTEN
    with (
        open_database(settings, create=True) as database,
        web_pages(settings, database, clock) as pages,
    ):
        serve_pages(pages, where, settings.web.trusted_proxies)


def serve(
    live: LiveSettings,
    *,
    clock: Callable[[], datetime],
    observer: Observer,
    allowed: tuple[Allowance, ...] = (),
    alone: bool = True,
) -> None:
    """Run the flows as they come due, and the pages if configured, until SIGINT or SIGTERM.

    Unless `alone`, the pages only: workers run the flows.
    """
    settings = live.current()
    if not alone:
        require_server(settings)
        require_key(settings)
    with ExitStack() as stack:
        flows = stack.enter_context(
            application(settings, clock=clock, observer=observer, allowed=allowed, shared=not alone)
        )
        # A faulty template ends the command now; one that is edited later is reported and not used.
        flows.renderers.current()
        monitor = Monitor(settings=live.current, store=flows.store, clock=clock)
        apps: dict[str, ASGIApp] = {}
        metrics: Metrics | None = None
        if settings.admin.listen is not None:
            metrics = Metrics(monitor, observer)
            flows = replace(flows, observer=metrics)
            apps[settings.admin.listen] = admin_pages(live, flows, monitor, metrics)
        if settings.web.listen is not None:
            database = Database.over(flows.store, settings)
            send = None if alone else queued_confirmations(flows.store.engine, clock)
            apps[settings.web.listen] = stack.enter_context(
                web_pages(settings, database, clock, lambda: monitor.health().ready, send)
            )
        scheduler = Scheduler(flows=live_application(live, flows), clock=clock, since=clock())
        proxies = settings.web.trusted_proxies
        beside = partial(_beside, apps, metrics, proxies) if apps else None
        if alone:
            # Loads the network and the system's certificates: 0.2 s, in which no loop should stop.
            from digest.fetch.client import tls_context  # noqa: PLC0415 -- pages alone need none

            tls_context()
            asyncio.run(scheduler.serve(beside))
        elif beside is not None:
            until_stopped(beside)
        else:
            raise ConfigError(("web: neither [web] listen nor [admin] listen is set",))


def queued_confirmations(engine: Engine, clock: Callable[[], datetime]) -> Callable[[], int]:
    """What wakes a worker if confirmation mails wait; how many do."""
    from digest.services.planning import confirmation_job  # noqa: PLC0415 -- with its library
    from digest.store.queue import JobQueue  # noqa: PLC0415

    queue, confirmations = JobQueue(engine), ConfirmationQueue(engine)
    queue.prepare()

    def wake() -> int:
        waiting = len(confirmations.waiting(clock()))
        if waiting:
            queue.defer(confirmation_job())
        return waiting

    return wake


async def _beside(
    apps: Mapping[str, ASGIApp],
    metrics: Metrics | None,
    proxies: Sequence[str],
    stop: asyncio.Event,
) -> None:
    """Serve all applications, and measure the loop, until `stop`."""
    lag = asyncio.create_task(metrics.measure_lag()) if metrics else None
    try:
        served = (serving(app, listen, stop, proxies) for listen, app in apps.items())
        await asyncio.gather(*served)
    finally:
        if lag is not None:
            lag.cancel()
