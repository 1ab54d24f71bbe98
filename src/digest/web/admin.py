"""The operator's pages: feeds, editions, stories and why they are one, mail, what needs attention.

They do what the commands do, by the same calls. GET shows, POST acts; forms carry a token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.feeds.health import FeedRow
from digest.flows import Editor, Explanation
from digest.model import DeliveryState
from digest.model.errors import UsageError
from digest.model.records import Pin
from digest.render import Templates, clean
from digest.render.clean import clean_edition
from digest.web.access import Forms, OperatorOnly
from digest.web.admin_forms import correct, merge, settle
from digest.web.admin_view import (
    corrections,
    entry_notes,
    feed_lines,
    mailings,
    moment,
    paragraphs,
    poll_line,
    without_text,
)
from digest.web.middleware import LONG_FORM, SecurityHeaders, read_form
from digest.web.monitoring import monitoring_routes
from digest.web.pages import LocalizedPages

if TYPE_CHECKING:
    from digest.store import AlertStore, FeedStore, Outbox, SubscriberStore

_EDITIONS = 14  # on the first page
_POLLS, _ENTRIES = 20, 30  # of a feed
_ADDRESSES = 500  # deliveries that are listed one by one
_LOOKED_AT = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.BOUNCED)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminContext:
    """What the operator's pages need.

    `rows` are the feeds as they are now, `needs` the lines of an alert about everything that is
    the matter; `words` puts an explanation into lines, as `digest explain` prints them.
    """

    title: str
    site: str | None  # where readers find the editions, with a slash at the end
    editor: Editor
    feeds: FeedStore
    alerts: AlertStore
    outbox: Outbox
    people: SubscriberStore
    rows: Callable[[], Iterable[FeedRow]]
    needs: Callable[[Iterable[FeedRow]], Iterable[str]]
    words: Callable[[Explanation], Iterable[str]]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a form did, or why it did nothing."""

    done: str = ""
    problem: str = ""


_NOTHING = Outcome()


class AdminHandlers:
    """The pages, one method each."""

    def __init__(self, context: AdminContext) -> None:
        self._context = context
        self._forms = Forms()
        self._judging = asyncio.Lock()  # a week of articles is judged for a page: one at a time
        # The program's own templates: an operator's page does not depend on those of readers.
        given = {"title": context.title, "site": context.site, "token": self._forms.token}
        self._pages = LocalizedPages(Templates.read(), "en", given, folder="admin")

    # --- show ---------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        """Everything at a glance; POST retries, sends or drops deliveries of an edition."""
        context = self._context
        done = await self._posted(
            request, lambda form: settle(context.outbox, form, context.clock())
        )
        return self._page("overview", await run_in_threadpool(self._overview), done)

    async def feed(self, request: Request) -> Response:
        """A feed with its last polls and entries."""
        url = request.query_params.get("url", "")
        return self._page("feed", await run_in_threadpool(self._feed, url))

    async def edition(self, request: Request) -> Response:
        """The stories of an edition; POST merges those that are chosen."""
        name = request.path_params["edition"]
        done = await self._posted(request, lambda form: merge(self._context.editor, form))
        return self._page("edition", await run_in_threadpool(self._edition, name), done)

    async def story(self, request: Request) -> Response:
        """A story and why its articles are one; POST splits, merges, pins or unpins it."""
        name = request.path_params["story"]
        done = await self._posted(request, lambda form: correct(self._context.editor, name, form))
        async with self._judging:
            return self._page("story", await run_in_threadpool(self._story, name), done)

    async def deliveries(self, _: Request) -> Response:
        """The deliveries that failed, are held or came back, one by one."""
        return self._page("deliveries", await run_in_threadpool(self._deliveries))

    def _overview(self) -> Mapping[str, Any]:
        context, now = self._context, self._context.clock()
        rows = tuple(context.rows())
        days = context.feeds.per_day([row.feed.url for row in rows], now)
        last = context.alerts.last_alert()
        editions = context.outbox.recent(_EDITIONS)
        backoff = context.outbox.backoff()
        return {
            "needs": tuple(context.needs(rows)),
            "alert": (moment(last[0]), last[1].splitlines()) if last else None,
            "feeds": feed_lines(rows, days, now),
            "troubles": sum(row.health.trouble for row in rows),
            "editions": editions,
            "mailings": mailings(context.outbox.delivery_counts(), _EDITIONS),
            "paused": context.outbox.paused(),
            "backoff": (moment(backoff.until), clean(backoff.reason, 300)) if backoff else None,
            "subscribers": context.people.counts(),
        }

    def _feed(self, url: str) -> Mapping[str, Any]:
        context, now = self._context, self._context.clock()
        row = next((row for row in context.rows() if row.feed.url == url), None)
        if row is None:
            raise UsageError(f"{clean(url, 300) or 'feed'}: not in the configuration")
        (line,) = feed_lines([row], context.feeds.per_day([url], now), now)
        return {
            "feed": line,
            "notes": without_text(row),
            "polls": [
                (moment(poll.at), poll_line(poll)) for poll in context.feeds.polls(url, _POLLS)
            ],
            "entries": [
                (moment(entry.published_at), clean(entry.title, 150), entry_notes(entry))
                for entry in context.feeds.entries(url, _ENTRIES)
            ],
        }

    def _edition(self, name: str) -> Mapping[str, Any]:
        edition = clean_edition(self._context.editor.edition(name))
        return {"edition": edition, "pinned": {pin.story for pin in self._pins()}}

    def _story(self, name: str) -> Mapping[str, Any]:
        editor = self._context.editor
        record, articles = editor.story(name)
        try:
            why = paragraphs(self._context.words(editor.explain(name)))
        except UsageError as error:  # its articles are older than what is judged
            why = [(clean(str(error), 300), [])]
        return {
            "story": replace(record, headline=clean(record.headline)),
            "articles": [
                (article.id, clean(article.title), clean(article.outlet), article.published_at)
                for article in articles
            ],
            "why": why,
            "corrections": corrections(editor.pairs(), record.articles),
            "pinned": any(pin.story == name for pin in self._pins()),
        }

    def _pins(self) -> Iterable[Pin]:
        return self._context.editor.store.pins()

    def _deliveries(self) -> Mapping[str, Any]:
        found = self._context.outbox.all_of(_LOOKED_AT)
        return {
            "deliveries": [
                (delivery.edition, str(state), delivery.address, clean(reason or "", 300))
                for delivery, state, reason in reversed(found[-_ADDRESSES:])
            ],
            "left": max(0, len(found) - _ADDRESSES),
        }

    # --- act ----------------------------------------------------------------------------------

    async def _posted(self, request: Request, act: Callable[[FormData], str]) -> Outcome:
        """Carry out what a form of ours asks for, if the request is one."""
        if request.method != "POST":
            return _NOTHING
        form = await read_form(request, LONG_FORM)
        if not self._forms.is_ours(request, form):
            raise HTTPException(403)
        try:
            done = await run_in_threadpool(act, form)
        except UsageError as error:
            return Outcome(problem=clean(str(error), 500))
        _log.info("on the operator's page, %s: %s", request.url.path, done)
        return Outcome(done=done)

    async def failed(self, _: Request, error: Exception) -> Response:
        """A page that says what went wrong."""
        status, text = 500, "Something failed; the log says what."
        if isinstance(error, UsageError):
            status, text = 404, clean(str(error), 500)
        elif isinstance(error, HTTPException):
            status, text = error.status_code, _MESSAGES.get(error.status_code, "Not possible here.")
        return self._page("message", {"text": text}, status=status)

    def _page(
        self,
        name: str,
        values: Mapping[str, Any],
        outcome: Outcome = _NOTHING,
        status: int = 200,
    ) -> Response:
        status = 400 if outcome.problem else status
        return self._pages.page(name, status, done=outcome.done, problem=outcome.problem, **values)


_MESSAGES = {
    403: "Nothing was changed: this form is not from a page of this server, or the server was"
    " restarted since. Go back, load the page again and repeat it.",
    404: "There is no such page.",
}


def admin_app(
    context: AdminContext,
    *,
    health: Callable[[], Mapping[str, Any]],
    metrics: Callable[[], bytes],
    token: str | None,
) -> ASGIApp:
    """The operator's pages, with /health in full, /metrics and /live.

    Only for whoever sends the token or, without one, for this machine.
    """
    handlers = AdminHandlers(context)

    def route(path: str, endpoint: Callable[[Request], Awaitable[Response]], *also: str) -> Route:
        return Route(path, endpoint, methods=["GET", *also])

    pages = Starlette(
        routes=[
            *monitoring_routes(health, metrics),
            route("/", handlers.overview, "POST"),
            route("/feed", handlers.feed),
            route("/editions/{edition}", handlers.edition, "POST"),
            route("/stories/{story}", handlers.story, "POST"),
            route("/deliveries", handlers.deliveries),
        ],
        exception_handlers={
            UsageError: handlers.failed,
            HTTPException: handlers.failed,
            Exception: handlers.failed,
        },
    )
    return SecurityHeaders(OperatorOnly(pages, token))
