"""The pages over real HTTP on loopback, with a mail setup behind them (for tests)."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

from digest.mail.links import Purpose
from digest.mail.message import MimeMessageBuilder
from digest.render import Templates
from digest.services.mail import MailService
from digest.services.renderers import renderers
from digest.store import BounceStore, ConfirmationQueue, Search
from digest.web import ConfirmationSender, Pages, WebContext, serving, web_app

from .mail_setup import BASE, MailSetup


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    port: int,
    method: str,
    path: str,
    form: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """What a server on loopback answers; a form is sent as browsers do."""
    sent = dict(headers or {})
    if form is not None:
        body = urlencode(form, doseq=True).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


class Site:
    """A served application and its mail setup."""

    def __init__(self, room: MailSetup, port: int) -> None:
        self.room, self.port = room, port

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """What the site answers."""
        return ask(self.port, method, path, form, headers=headers, body=body)

    def link(self, purpose: Purpose, address: str) -> str:
        """The path of a subscriber's link."""
        subscriber = self.room.people.find(address)
        assert subscriber is not None
        token = self.room.keys.sign(purpose, subscriber.id, subscriber.generation)
        return f"/{purpose.name.lower()}/{token}"

    def state(self, address: str) -> str:
        subscriber = self.room.people.find(address)
        return subscriber.state if subscriber else "unknown"

    def rows(self) -> list[tuple[Any, ...]]:
        """Everything the database holds of people."""
        tables = ("subscribers", "subscriber_changes", "letters", "suppressions", "outbox")
        with self.room.store.engine.begin() as connection:
            return [
                tuple(row)
                for table in tables
                for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
            ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def desk_of(room: MailSetup, base_url: str, wake: Any) -> WebContext:
    return WebContext(
        people=room.people,
        outbox=room.outbox,
        search=Search(room.store.engine),
        keys=room.keys,
        pages=pages(base_url),
        slot_of=room.slot_of,
        clock=room.clock,
        confirmations_waiting=wake,
    )


@contextmanager
def serve(app: ASGIApp, port: int, trusted: tuple[str, ...] = ()) -> Iterator[None]:
    """An application on loopback, in a thread of its own."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serving(app, f"127.0.0.1:{port}", stop, trusted))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def pages(base: str) -> Pages:
    """Our own pages."""
    return Pages(Templates.read(), title="The Digest", language="en", base_url=base)


@contextmanager
def site(
    room: MailSetup,
    output: Path,
    *,
    port: int | None = None,
    base: str = BASE,
    trusted: tuple[str, ...] = (),
) -> Iterator[Site]:
    """The pages, with confirmation mails sent as soon as they are asked for."""
    where = port or free_port()
    builder = MimeMessageBuilder(room.smtp, base, room.keys)
    service = MailService(
        settings=room.settings,
        smtp=room.smtp,
        outbox=room.outbox,
        people=room.people,
        confirmations=ConfirmationQueue(room.store.engine),
        returns=BounceStore(room.store.engine),
        keys=room.keys,
        builder=builder,
        renderers=renderers(room.settings),
        clock=room.clock,
        stop=threading.Event(),
    )
    confirmations = pages(base)
    box = ConfirmationSender(
        lambda: service.send_confirmations(
            lambda to, link, known: confirmations.localized(to.language).confirmation(
                link=link, known=known
            )
        )
    )
    if room.smtp.port != 9:
        box.start()
    try:
        with serve(web_app(desk_of(room, base, box.wake), output, base), where, trusted):
            yield Site(room, where)
    finally:
        box.end()
        if box.is_alive():
            box.join()
