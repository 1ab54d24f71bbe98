"""`digest web`: the pages only; `digest serve` serves them beside everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Annotated

import typer
from starlette.types import ASGIApp

from digest.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    NowOption,
    OutputOption,
    QuietOption,
    VerboseOption,
    running_clock,
    set_up_logging,
    settings_of,
)
from digest.config import Settings
from digest.mail.keys import load_keys
from digest.mail.slots import slots
from digest.model import Mail, Subscriber
from digest.render import Templates
from digest.services.mail import mail_service
from digest.store import Outbox, Search, Store, SubscriberStore, open_store
from digest.web import ConfirmationSender, Pages, WebContext, serve_pages, web_app

_LISTEN = "127.0.0.1:8080"


@contextmanager
def pages_of(settings: Settings, store: Store, clock: Callable[[], datetime]) -> Iterator[ASGIApp]:
    """The web application of a configuration; confirmation mails are sent while this is open."""
    digest = settings.digest
    pages = Pages(
        Templates.read(digest.templates),
        title=digest.title,
        language=digest.language,
        base_url=settings.web.base_url,
        weekly_day=digest.weekly_day,
        subscribe=settings.smtp is not None,
    )

    service = mail_service(settings, store, clock) if settings.smtp else None

    def write(to: Subscriber, link: str, known: bool) -> Mail:
        return pages.localized(to.language).letter(link=link, known=known)

    box = ConfirmationSender(lambda: service.send_confirmations(write) if service else 0)
    box.start()
    desk = WebContext(
        people=SubscriberStore(store.engine),
        outbox=Outbox(store.engine),
        search=Search(store.engine),
        keys=load_keys(digest.database),
        pages=pages,
        slot_of=slots(settings.digest),
        clock=clock,
        confirmations_waiting=box.wake if service else None,
    )
    try:
        yield web_app(desk, digest.output)
    finally:
        box.end()
        box.join(timeout=10)


def web(
    *,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Serve at this address instead of the configured one.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    output: OutputOption = None,
    database: DatabaseOption = None,
    now: NowOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Serve the archive and the subscribers' pages only."""
    set_up_logging(quiet=quiet, verbose=verbose)
    settings = settings_of(config, output, database)
    where = listen or settings.web.listen or _LISTEN
    with (
        closing(open_store(settings.digest.database)) as store,
        pages_of(settings, store, running_clock(now)) as pages,
    ):
        serve_pages(pages, where)
