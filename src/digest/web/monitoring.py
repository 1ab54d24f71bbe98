"""What machines ask a running digest: /health for everybody, /metrics for its operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

_NO_STORE = {"Cache-Control": "no-store"}
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def health_route(ready: Callable[[], bool]) -> Route:
    """GET /health on the readers' pages: 200 or 503, and nothing that concerns only operators."""

    async def health(_: Request) -> Response:
        is_ready = await run_in_threadpool(ready)
        document = {"status": "ok" if is_ready else "not ready"}
        return JSONResponse(document, 200 if is_ready else 503, headers=_NO_STORE)

    return Route("/health", health, methods=["GET"])


def monitoring_routes(
    health: Callable[[], Mapping[str, Any]], metrics: Callable[[], bytes]
) -> list[Route]:
    """/health in full, /metrics, /live."""

    async def show_health(_: Request) -> Response:
        found = await run_in_threadpool(health)
        return JSONResponse(dict(found), 200 if found["ready"] else 503, headers=_NO_STORE)

    async def show_metrics(_: Request) -> Response:
        text = await run_in_threadpool(metrics)
        return Response(text, media_type=None, headers=_NO_STORE | {"Content-Type": _METRICS})

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_NO_STORE)

    return [
        Route("/health", show_health, methods=["GET"]),
        Route("/metrics", show_metrics, methods=["GET"]),
        Route("/live", live, methods=["GET"]),
    ]
