"""The web application: the archive, search, subscribe, confirm, choose, leave.

GET shows, POST acts. Every link to a person's own pages is signed for one purpose. What a page
answers to an address says nothing about whether that address is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from digest.mail.address import address_key, normal_address
from digest.mail.links import Grant, Keys, Purpose
from digest.model import SlotOf, Subscriber, SubscriberState
from digest.model.records import Why
from digest.web.form import WrongForm, preferences, shown
from digest.web.middleware import RateLimit, SecurityHeaders
from digest.web.monitoring import health_route
from digest.web.pages import LocalizedPages, Pages

if TYPE_CHECKING:
    from digest.store import Outbox, Search, SubscriberStore

_BODY = 20_000  # bytes; a form of ours has a few hundred
_FOUND = 100  # stories on a page of the search
_CALLS = 20  # confirmations an hour that one place may ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What the pages need."""

    people: SubscriberStore
    outbox: Outbox
    search: Search
    keys: Keys
    pages: Pages
    slot_of: SlotOf
    clock: Callable[[], datetime]
    # Is told that somebody asked for a letter; where none can be sent, nobody can subscribe.
    confirmations_waiting: Callable[[], None] | None


class ArchiveFiles(StaticFiles):
    """The output folder; what is being written has no address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the folder."""
        if any(part.startswith(".") and part != "." for part in path.split("/")):
            raise HTTPException(404)
        with suppress(ValueError, OSError):  # names that no file system takes
            answer = await super().get_response(path, scope)
            if isinstance(answer, RedirectResponse):
                # To a folder, by a relative address: what a caller sends as Host goes nowhere.
                answer.headers["Location"] = f"./{quote(path.rpartition('/')[2])}/"
            return answer
        raise HTTPException(404)


class PageHandlers:
    """The pages, one method each."""

    def __init__(self, desk: WebContext) -> None:
        self._desk = desk
        self._limit = RateLimit(_CALLS)

    async def subscribe(self, request: Request) -> Response:
        """Ask for the digest."""
        if self._desk.confirmations_waiting is None:
            raise HTTPException(404)
        localized = self._localized(request)
        if request.method != "POST":
            return localized.page("subscribe", private=False, problem=None, address="")
        form = await _form(request)
        stated = str(form.get("address", ""))[:320]
        try:
            address = normal_address(stated)
        except ValueError:
            return localized.page("subscribe", 400, problem="no_address", address=stated)
        if not self._limit.allows(request.client.host if request.client else ""):
            return localized.message(429, "too_many", "too_many_hint")
        people, at = self._desk.people, self._desk.clock()
        await run_in_threadpool(
            people.ask, address, address_key(address), language=localized.language, at=at
        )
        self._desk.confirmations_waiting()
        return localized.page("asked")

    async def search(self, request: Request) -> Response:
        """What editions told, by its words."""
        asked = request.query_params.get("q", "")
        found = await run_in_threadpool(self._desk.search.find, asked, _FOUND + 1)
        return self._localized(request).search(asked, found[:_FOUND], more=len(found) > _FOUND)

    async def confirm(self, request: Request) -> Response:
        """Say yes to a letter."""
        grant = self._desk.keys.read(Purpose.CONFIRM, request.path_params["token"])
        if grant is None:
            return self._stale(request)
        people, at = self._desk.people, self._desk.clock()
        localized = self._localized(request, await run_in_threadpool(people.get, grant.subscriber))
        if request.method != "POST":
            return localized.page("confirm")
        if (await _form(request)).get("confirm") != "yes":
            return localized.message(400, "wrong_form", "wrong_form_hint")
        if not await run_in_threadpool(people.confirm, grant.subscriber, grant.generation, at=at):
            return self._stale(request)
        token = self._desk.keys.sign(Purpose.PREFERENCES, grant.subscriber, grant.generation + 1)
        return localized.page("confirmed", token=token)

    async def unsubscribe(self, request: Request) -> Response:
        """Leave, in one click by a mail program (RFC 8058) or by a person."""
        token = request.path_params["token"]
        grant = self._desk.keys.read(Purpose.UNSUBSCRIBE, token)
        subscriber = await self._subscriber(grant)
        if subscriber is None:
            return self._stale(request)
        localized = self._localized(request, subscriber)
        if request.method != "POST":
            # No way from here to the preferences: a link can do one thing.
            return localized.page("unsubscribe")
        form = await _form(request)
        one_click = str(form.get("List-Unsubscribe")).strip() == "One-Click"
        if not one_click and form.get("unsubscribe") != "yes":
            return localized.message(400, "wrong_form", "wrong_form_hint")
        why = Why(self._desk.clock(), "one click" if one_click else "on the web")
        state = SubscriberState.UNSUBSCRIBED
        await run_in_threadpool(self._desk.people.set_state, subscriber.id, state, why)
        if one_click:
            return PlainTextResponse("Unsubscribed.\n", headers={"Cache-Control": "no-store"})
        return localized.page("unsubscribed")

    async def preferences(self, request: Request) -> Response:
        """Choose sections, stories, rhythm; pause."""
        grant = self._desk.keys.read(Purpose.PREFERENCES, request.path_params["token"])
        subscriber = await self._subscriber(grant)
        if subscriber is None or subscriber.state not in {
            SubscriberState.ACTIVE,
            SubscriberState.PAUSED,
        }:
            return self._stale(request)
        localized = self._localized(request, subscriber)
        recent = await run_in_threadpool(self._desk.outbox.recent)
        if request.method != "POST":
            form = shown(subscriber, recent, request.query_params)
            return localized.page("preferences", form=form, saved=False, problem=None)
        try:
            state, fields = preferences(subscriber, recent, await _form(request))
        except WrongForm as error:
            form = shown(subscriber, recent, request.query_params)
            return localized.page("preferences", 400, form=form, saved=False, problem=str(error))
        saved = await run_in_threadpool(
            self._desk.people.change,
            subscriber.id,
            fields,
            why=Why(self._desk.clock(), "on the web"),
            slot_of=self._desk.slot_of,
            state=state,
        )
        if not saved:
            return self._stale(request)
        now = await self._subscriber(grant) or subscriber
        localized = self._localized(request, now)
        return localized.page("preferences", form=shown(now, recent, {}), saved=True, problem=None)

    async def _subscriber(self, grant: Grant | None) -> Subscriber | None:
        """Who a link is for; nobody where it belongs to an earlier subscription."""
        if grant is None:
            return None
        found = await run_in_threadpool(self._desk.people.get, grant.subscriber)
        return found if found and found.generation == grant.generation else None

    def _localized(self, request: Request, subscriber: Subscriber | None = None) -> LocalizedPages:
        """The subscriber's language, or one that the browser accepts."""
        chosen = subscriber.language if subscriber else None
        return self._desk.pages.localized(chosen, request.headers.get("Accept-Language", ""))

    def _stale(self, request: Request) -> Response:
        return self._localized(request).message(404, "stale", "stale_hint")


def web_app(desk: WebContext, output: Path, ready: Callable[[], bool] = lambda: True) -> ASGIApp:
    """The application, over the output folder."""
    front = PageHandlers(desk)
    output.mkdir(parents=True, exist_ok=True)

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        localized = desk.pages.localized(None, request.headers.get("Accept-Language", ""))
        return localized.message(status, "missing" if status == 404 else "impossible")

    def route(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, endpoint, methods=["GET", "POST"])

    pages = Starlette(
        routes=[
            health_route(ready),
            Route("/search", front.search, methods=["GET"]),
            route("/subscribe", front.subscribe),
            route("/confirm/{token}", front.confirm),
            route("/unsubscribe/{token}", front.unsubscribe),
            route("/preferences/{token}", front.preferences),
            Mount("/", ArchiveFiles(directory=output, html=True)),
        ],
        exception_handlers={HTTPException: missing, Exception: missing},
    )
    return SecurityHeaders(pages)  # outermost: an answer to a fault of ours has them, too


async def _form(request: Request) -> FormData:
    """The form of a request, as long as it can be one of ours."""
    size = 0
    chunks = []
    async for chunk in request.stream():
        size += len(chunk)
        if size > _BODY:
            raise HTTPException(413)
        chunks.append(chunk)
    body = b"".join(chunks)
    sent = False

    async def receive() -> dict[str, object]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return await Request(request.scope, receive).form(max_files=0, max_fields=200)
