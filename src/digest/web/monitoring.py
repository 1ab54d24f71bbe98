"""What machines ask a running digest: /health for everybody, /metrics for its operator."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

_NO_STORE = {"Cache-Control": "no-store"}
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def health_route(ready: Callable[[], bool]) -> Route:
    """GET /health on the readers' pages: 200 or 503, and nothing that concerns only operators."""

    async def health(_: Request) -> Response:
        is_ready = await run_in_threadpool(ready)
        document = {"status": "ok" if is_ready else "not ready"}
        return JSONResponse(document, 200 if is_ready else 503, headers=_NO_STORE)

    return Route("/health", health, methods=["GET"])


def monitoring_app(
    health: Callable[[], Mapping[str, Any]], metrics: Callable[[], bytes], token: str | None
) -> ASGIApp:
    """/health in full, /metrics, /live; with a token only for whoever sends it as Bearer."""

    def refused(request: Request) -> Response | None:
        stated = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if token is None or hmac.compare_digest(stated, f"Bearer {token}".encode()):
            return None
        headers = _NO_STORE | {"WWW-Authenticate": "Bearer"}
        return PlainTextResponse("A token is needed.\n", 401, headers=headers)

    async def show_health(request: Request) -> Response:
        if refusal := refused(request):
            return refusal
        found = await run_in_threadpool(health)
        return JSONResponse(dict(found), 200 if found["ready"] else 503, headers=_NO_STORE)

    async def show_metrics(request: Request) -> Response:
        if refusal := refused(request):
            return refusal
        text = await run_in_threadpool(metrics)
        return Response(text, media_type=None, headers=_NO_STORE | {"Content-Type": _METRICS})

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_NO_STORE)

    return Starlette(
        routes=[
            Route("/health", show_health, methods=["GET"]),
            Route("/metrics", show_metrics, methods=["GET"]),
            Route("/live", live, methods=["GET"]),
        ]
    )
