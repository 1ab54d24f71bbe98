"""Serving: the output folder, and the pages by uvicorn in an event loop of ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import uvicorn
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from digest.model.errors import DigestError

_log = logging.getLogger(__name__)
_RETRY = 30  # seconds until confirmation mails that could not be sent are tried again


_ATOM, _JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json"
# By the end of a name, the first that fits; what is not here is known by its suffix.
_MEDIA_TYPES = (
    ("sitemap.xml", "application/xml; charset=utf-8"),
    (".xml", _ATOM),  # RFC 4287
    ("digest.json", "application/json"),
    (".json", _JSON_FEED),  # JSON Feed 1.1
    (".opml", "text/x-opml; charset=utf-8"),  # OPML 2.0
)
_DAY = "public, max-age=86400"
# 32 x 32 pixels: a page with a headline and three lines.
_ICON = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAgMAAAAOFJJnAAAACVBMVEUAAACMLRj9/PoekPyWAAAAAXRSTlMAQObYZgAA"
    "AChJREFUeNpjEA0FgxCGUCggjhG1CgiW4meQpJ1sNStRGST5AjcDFiwAkZdjzQGQx/gAAAAASUVORK5CYII="
)


class ArchiveFiles(StaticFiles):
    """The output folder; what is being written has no address.

    `otherwise` holds answers for files that are not in it, by name.
    """

    def __init__(self, directory: Path, otherwise: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(directory=directory, html=True)
        self._otherwise = otherwise

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the folder."""
        if any(part.startswith(".") and part != "." for part in path.split("/")):
            raise HTTPException(404)
        with suppress(ValueError, OSError):  # names that no file system takes
            try:
                answer = await super().get_response(path, scope)
            except HTTPException as error:
                if error.status_code != 404 or path not in self._otherwise:
                    raise
                body, kind = self._otherwise[path]
                return Response(body, headers={"Content-Type": kind, "Cache-Control": _DAY})
            if isinstance(answer, RedirectResponse):
                # To a folder, by a relative address: what a caller sends as Host goes nowhere.
                answer.headers["Location"] = f"./{quote(path.rpartition('/')[2])}/"
            elif "content-type" in answer.headers and answer.status_code == 200:
                _state_type(answer, path)
            return answer
        raise HTTPException(404)


def standard_files(base_url: str | None) -> dict[str, tuple[bytes, str]]:
    """What browsers and search engines ask every site for, by name, with its media type.

    Search engines are kept from what belongs to one reader. A file of the output folder comes
    before these.
    """
    path = urlsplit(base_url or "").path.rstrip("/")
    closed = ("confirm/", "preferences/", "search", "unsubscribe/")
    lines = ["User-agent: *", *(f"Disallow: {path}/{name}" for name in closed)]
    if base_url:
        lines.append(f"Sitemap: {base_url.rstrip('/')}/sitemap.xml")
    return {
        "robots.txt": ("\n".join((*lines, "")).encode(), "text/plain; charset=utf-8"),
        "favicon.ico": (_ICON, "image/png"),
    }


def _state_type(answer: Response, path: str) -> None:
    kind = next((kind for end, kind in _MEDIA_TYPES if path.endswith(end)), None)
    if kind is not None:
        answer.headers["Content-Type"] = kind


_HEAD = 10.0  # seconds for the head of a request
_MAX_WAITING = 400  # connections without a whole request


class _Punctual(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Closes connections whose request heads do not arrive in time, the oldest first if many."""

    waiting: ClassVar[dict[Any, None]] = {}  # connections without a whole request, oldest first
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A caller connects."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Part of a request arrives, or all of it."""
        super().data_received(data)
        if self._at_work():
            self._stop_waiting()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _at_work(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._late = asyncio.get_running_loop().call_later(_HEAD, self.give_up)
        self.waiting[self] = None
        if len(self.waiting) > _MAX_WAITING:
            next(iter(self.waiting)).give_up()

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.waiting.pop(self, None)

    def give_up(self) -> None:
        """Close the connection, unless a request is being answered."""
        self._stop_waiting()
        if not self._at_work():
            self.transport.close()


class _Server(uvicorn.Server):
    """Leaves the process's signals to whoever runs the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


async def serving(
    app: ASGIApp, listen: str, stop: asyncio.Event, trusted_proxies: Sequence[str] = ()
) -> None:
    """Serve on HOST:PORT until `stop`; DigestError where the address is not available.

    What `trusted_proxies` say of a caller's address (X-Forwarded-For) is believed.
    """
    host, _, port = listen.rpartition(":")
    server = _Server(
        uvicorn.Config(
            app,
            host=host.strip("[]"),
            port=int(port),
            log_config=None,
            access_log=False,  # addresses of people and tokens in paths belong in no log
            server_header=False,
            lifespan="off",
            timeout_keep_alive=10,
            timeout_graceful_shutdown=5,
            http=_Punctual,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
        )
    )

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server.serve()
    except SystemExit:
        raise DigestError(f"{listen}: cannot be listened on; is another digest serving?") from None
    finally:
        ending.cancel()


class ConfirmationSender(threading.Thread):
    """Sends confirmation mails as soon as somebody asks for one, outside of the pages' own time."""

    def __init__(self, send: Callable[[], int]) -> None:
        super().__init__(name="confirmations", daemon=True)
        self._send = send
        self._asked = threading.Event()
        self._ended = threading.Event()

    def wake(self) -> None:
        """There may be one to send."""
        self._asked.set()

    def end(self) -> None:
        """Send no more."""
        self._ended.set()
        self._asked.set()

    def run(self) -> None:
        """Until the end."""
        while not self._ended.is_set():
            try:
                self._send()
            except DigestError as error:
                _log.warning("confirmation mails wait: %s", error)
            except Exception:  # noqa: BLE001
                # Such as a database that is busy for long: whoever asks later waits, too.
                _log.exception("confirmation mails wait")
            self._asked.wait(_RETRY)
            self._asked.clear()


def serve_pages(app: ASGIApp, listen: str, trusted_proxies: Sequence[str] = ()) -> None:
    """Serve until SIGINT or SIGTERM."""
    until_stopped(lambda stop: serving(app, listen, stop, trusted_proxies))


def until_stopped(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Serve until an event is set, which SIGINT or SIGTERM does."""

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(stop)

    asyncio.run(run())
