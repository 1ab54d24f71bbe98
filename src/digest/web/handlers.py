"""The subscribers' pages and the search: subscribe, confirm, choose, leave.

GET shows, POST acts. Every link to a person's own pages is signed for one purpose. What a page
answers to an address says nothing about whether that address is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.mail.address import address_key, normal_address
from digest.mail.links import Grant, Keys, Purpose
from digest.mail.subscriber_rows import Fields
from digest.model import Edition, SlotOf, Subscriber, SubscriberState
from digest.model.records import Why
from digest.web.actions import OF_LEAVING, Action, asked, ordered
from digest.web.form import MutedField, WrongForm, muted_field, preferences, shown, titles
from digest.web.middleware import LONG_FORM, RateLimit, read_form
from digest.web.pages import LocalizedPages, Pages

if TYPE_CHECKING:
    from digest.store import Outbox, Search, SubscriberStore

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
    sections: tuple[str, ...] = ()  # as configured
    clock: Callable[[], datetime]
    # Called when somebody asks for a confirmation mail; None: nobody can subscribe.
    confirmations_waiting: Callable[[], None] | None


def _left() -> Response:
    return PlainTextResponse("Unsubscribed.\n", headers={"Cache-Control": "no-store"})


class PageHandlers:
    """The pages, one method each."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._limit = RateLimit(_CALLS)

    async def subscribe(self, request: Request) -> Response:
        """Ask for the digest."""
        if self._context.confirmations_waiting is None:
            raise HTTPException(404)
        localized = self._localized(request)
        if request.method != "POST":
            return localized.page("subscribe", private=False, problem=None, address="")
        form = await read_form(request)
        stated = str(form.get("address", ""))[:320]
        try:
            address = normal_address(stated)
        except ValueError:
            return localized.page("subscribe", 400, problem="no_address", address=stated)
        if form.get("website"):  # a field that nobody sees, and programs fill in
            return localized.page("asked")
        if not self._limit.allows(request.client.host if request.client else ""):
            return localized.message(429, "too_many", "too_many_hint")
        people, at = self._context.people, self._context.clock()
        await run_in_threadpool(
            people.ask, address, address_key(address), language=localized.language, at=at
        )
        self._context.confirmations_waiting()
        return localized.page("asked")

    async def search(self, request: Request) -> Response:
        """Stories of all editions, by their words."""
        asked = request.query_params.get("q", "")
        found = await run_in_threadpool(self._context.search.find, asked, _FOUND + 1)
        return self._localized(request).search(asked, found[:_FOUND], more=len(found) > _FOUND)

    async def confirm(self, request: Request) -> Response:
        """Confirm a subscription."""
        grant = self._context.keys.read(Purpose.CONFIRM, request.path_params["token"])
        if grant is None:
            return self._stale(request)
        people, at = self._context.people, self._context.clock()
        localized = self._localized(request, await run_in_threadpool(people.get, grant.subscriber))
        if request.method != "POST":
            return localized.page("confirm")
        if (await read_form(request)).get("confirm") != "yes":
            return localized.message(400, "wrong_form", "wrong_form_hint")
        if not await run_in_threadpool(people.confirm, grant.subscriber, grant.generation, at=at):
            return self._stale(request)
        token = self._context.keys.sign(Purpose.PREFERENCES, grant.subscriber, grant.generation + 1)
        return localized.page("confirmed", token=token)

    async def unsubscribe(self, request: Request) -> Response:
        """Leave, in one click by a mail program (RFC 8058) or by a person."""
        token = request.path_params["token"]
        grant = self._context.keys.read(Purpose.UNSUBSCRIBE, token)
        subscriber = await self._subscriber(grant)
        if subscriber is None:
            if request.method == "POST" and await self._is_erased(grant):
                return _left()  # gets nothing any more, as the click asks
            return self._stale(request)
        localized = self._localized(request, subscriber)
        if request.method != "POST":
            # No way from here to the preferences: a link to leave can do that, or less.
            return localized.page("unsubscribe", subscriber=subscriber)
        form = await read_form(request)
        if str(form.get("List-Unsubscribe")).strip() == "One-Click":
            why = Why(self._context.clock(), "one click")
            state = SubscriberState.UNSUBSCRIBED
            await run_in_threadpool(self._context.people.set_state, subscriber.id, state, why)
            return _left()
        action = ordered(form, ())
        if action is None or action.kind not in OF_LEAVING:
            return localized.message(400, "wrong_form", "wrong_form_hint")
        return await self._act(request, subscriber, action)

    async def preferences(self, request: Request) -> Response:
        """Choose sections, stories, words, rhythm; pause; change the address; leave."""
        grant = self._context.keys.read(Purpose.PREFERENCES, request.path_params["token"])
        subscriber = await self._subscriber(grant)
        if subscriber is None or subscriber.state not in {
            SubscriberState.ACTIVE,
            SubscriberState.PAUSED,
        }:
            return self._stale(request)
        recent = await run_in_threadpool(self._context.outbox.recent)
        sections = titles(subscriber, recent, self._context.sections)
        if request.method != "POST":
            action = asked(request.query_params, sections)
            if action is not None:
                return await self._ask(request, subscriber, action)
            return self._form(request, subscriber, recent)
        filled = await read_form(request, LONG_FORM)
        if filled.get("act") == "address":
            return await self._move(request, subscriber, recent, str(filled.get("address", "")))
        action = ordered(filled, sections)
        if action is not None:
            return await self._act(request, subscriber, action)
        return await self._save(request, subscriber, recent, filled)

    def _form(
        self,
        request: Request,
        subscriber: Subscriber,
        recent: Sequence[Edition],
        problem: str | None = None,
        *,
        saved: bool = False,
    ) -> Response:
        return self._localized(request, subscriber).page(
            "preferences",
            400 if problem else 200,
            form=shown(subscriber, recent, self._context.sections),
            saved=saved,
            problem=problem,
        )

    async def _save(
        self,
        request: Request,
        subscriber: Subscriber,
        recent: Sequence[Edition],
        filled: FormData,
    ) -> Response:
        try:
            state, fields = preferences(subscriber, recent, filled, self._context.sections)
        except WrongForm as error:
            return self._form(request, subscriber, recent, str(error))
        if not await self._change(subscriber, fields, state):
            return self._stale(request)
        now = await run_in_threadpool(self._context.people.get, subscriber.id)
        return self._form(request, now or subscriber, recent, saved=True)

    async def _change(
        self, subscriber: Subscriber, fields: Fields, state: SubscriberState | None
    ) -> bool:
        """False where they left in the meantime."""
        return await run_in_threadpool(
            self._context.people.change,
            subscriber.id,
            fields,
            why=Why(self._context.clock(), "on the web"),
            slot_of=self._context.slot_of,
            state=state,
        )

    async def _move(
        self, request: Request, subscriber: Subscriber, recent: Sequence[Edition], stated: str
    ) -> Response:
        """Ask the owner of another address whether it is to take the place of this one."""
        if self._context.confirmations_waiting is None:
            raise HTTPException(404)
        try:
            address = normal_address(stated[:320])
        except ValueError:
            return self._form(request, subscriber, recent, "no_address")
        localized = self._localized(request, subscriber)
        if not self._limit.allows(request.client.host if request.client else ""):
            return localized.message(429, "too_many", "too_many_hint")
        await run_in_threadpool(
            self._context.people.ask,
            address,
            address_key(address),
            at=self._context.clock(),
            language=localized.language,
            instead_of=subscriber.id,
        )
        self._context.confirmations_waiting()
        return localized.page("asked")

    async def _ask(self, request: Request, subscriber: Subscriber, action: Action) -> Response:
        """Name what a link asks for, with one button; where it is so already, with the way back."""
        page = self._localized(request, subscriber).page
        undo, story = action.undo(subscriber), await self._story(request, action)
        if action.is_done(subscriber):
            return page("acted", action=action, undo=undo, story=story)
        return page("act", action=action, story=story)

    async def _act(self, request: Request, subscriber: Subscriber, action: Action) -> Response:
        """Do it, and show the way back."""
        if action.state is SubscriberState.UNSUBSCRIBED:
            people, why = self._context.people, Why(self._context.clock(), "on the web")
            await run_in_threadpool(people.set_state, subscriber.id, action.state, why)
            return self._localized(request, subscriber).page("unsubscribed")
        if not await self._change(subscriber, action.fields(subscriber), action.state):
            return self._stale(request)
        return self._localized(request, subscriber).page(
            "acted",
            action=action,
            undo=action.undo(subscriber),
            story=await self._story(request, action),
        )

    async def _story(self, request: Request, action: Action) -> MutedField | None:
        """The story of an action by the headline that was seen, in the edition the link names."""
        if action.kind not in {"mute", "unmute"}:
            return None
        edition = request.query_params.get("in", "")
        seen = await run_in_threadpool(self._context.outbox.newest, edition) if edition else None
        recent = await run_in_threadpool(self._context.outbox.recent)
        return muted_field(action.value, [seen, *recent] if seen else recent)

    async def _subscriber(self, grant: Grant | None) -> Subscriber | None:
        """Who a link is for; nobody where it belongs to an earlier subscription."""
        if grant is None:
            return None
        found = await run_in_threadpool(self._context.people.get, grant.subscriber)
        return found if found and found.generation == grant.generation else None

    async def _is_erased(self, grant: Grant | None) -> bool:
        """Is a genuine link for somebody who is not known any more?"""
        if grant is None:
            return False
        return await run_in_threadpool(self._context.people.get, grant.subscriber) is None

    def _localized(self, request: Request, subscriber: Subscriber | None = None) -> LocalizedPages:
        """The subscriber's language, or one that the browser accepts."""
        chosen = subscriber.language if subscriber else None
        return self._context.pages.localized(chosen, request.headers.get("Accept-Language", ""))

    def _stale(self, request: Request) -> Response:
        return self._localized(request).message(404, "stale", "stale_hint")
