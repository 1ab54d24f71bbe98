"""The web application: the archive, the search and the subscribers' pages, under their paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from digest.web.handlers import PageHandlers, WebContext
from digest.web.middleware import BasePath, SecurityHeaders
from digest.web.monitoring import health_route
from digest.web.server import ArchiveFiles, standard_files


def web_app(
    context: WebContext,
    output: Path,
    base_url: str | None = None,
    ready: Callable[[], bool] = lambda: True,
) -> ASGIApp:
    """The application, over the output folder.

    It answers under the path of `base_url` too, for a proxy that does not take it away.
    """
    handlers = PageHandlers(context)
    output.mkdir(parents=True, exist_ok=True)

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        localized = context.pages.localized(None, request.headers.get("Accept-Language", ""))
        if status == 404:
            return localized.message(status, "missing", "missing_hint")
        if status == 500:
            return localized.message(status, "broken", "broken_hint")
        return localized.message(status, "impossible")

    def route(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, endpoint, methods=["GET", "POST"])

    pages = Starlette(
        routes=[
            health_route(ready),
            Route("/search", handlers.search, methods=["GET"]),
            route("/subscribe", handlers.subscribe),
            route("/confirm/{token}", handlers.confirm),
            route("/unsubscribe/{token}", handlers.unsubscribe),
            route("/preferences/{token}", handlers.preferences),
            Mount("/", ArchiveFiles(output, standard_files(base_url))),
        ],
        exception_handlers={HTTPException: missing, Exception: missing},
    )
    path = urlsplit(base_url or "").path.rstrip("/")
    # The headers are outermost: an answer to a fault of ours has them, too.
    return SecurityHeaders(BasePath(pages, path))
