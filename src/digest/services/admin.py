"""The operator's pages put together, beside health and metrics."""

from __future__ import annotations

import os
from collections.abc import Iterable

from starlette.types import ASGIApp

from digest.config import LiveSettings, Settings
from digest.feeds.health import FeedRow
from digest.model.errors import ConfigError
from digest.services.alerts import Alerts
from digest.services.application import Application
from digest.services.database import Database
from digest.services.editor import editor_of
from digest.services.explaining import render_lines
from digest.services.feeds import feed_rows
from digest.services.monitoring import Metrics, Monitor
from digest.store import AlertStore
from digest.web import AdminContext, admin_app

_SHORTEST_TOKEN = 16  # characters: nobody guesses one of them over a network


def admin_pages(
    live: LiveSettings, flows: Application, monitor: Monitor, metrics: Metrics
) -> ASGIApp:
    """The application for [admin]; ConfigError where its token is missing or can be guessed."""
    settings, clock = flows.settings, flows.clock
    database = Database.over(flows.store, settings)

    def needs(rows: Iterable[FeedRow]) -> tuple[str, ...]:
        return Alerts(settings=live.current(), store=flows.store, clock=clock).needs(rows)

    def rows() -> tuple[FeedRow, ...]:
        return feed_rows(live.current(), flows.store, clock())

    base = settings.web.base_url
    context = AdminContext(
        title=settings.digest.title,
        site=f"{base.rstrip('/')}/" if base else None,
        editor=editor_of(flows.store, settings, clock),
        feeds=database.feeds,
        alerts=AlertStore(flows.store.engine),
        outbox=database.outbox,
        people=database.people,
        rows=rows,
        needs=needs,
        words=render_lines,
        clock=clock,
    )
    return admin_app(
        context,
        health=lambda: monitor.health().document(),
        metrics=metrics.text,
        token=_token(settings),
    )


def _token(settings: Settings) -> str | None:
    name = settings.admin.token_env
    if name is None:
        return None
    token = os.environ.get(name)
    if not token:
        raise ConfigError((f"admin.token_env: the environment has no {name}",))
    if len(token) < _SHORTEST_TOKEN:
        problem = f"has fewer than {_SHORTEST_TOKEN} characters: `openssl rand -hex 32` makes one"
        raise ConfigError((f"admin.token_env: {name} {problem}",))
    return token
