"""The flows on a configuration that may change while they run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from digest.config import LiveSettings
from digest.model.errors import TemplateError
from digest.services.application import Application
from digest.services.renderers import renderers

_log = logging.getLogger(__name__)


def live_application(live: LiveSettings, made: Application) -> Callable[[], Application]:
    """A function that returns the application on the current configuration."""

    turn = Lock()  # asked from several threads

    def current() -> Application:
        nonlocal made
        with turn:
            settings = live.current()
            if settings is not made.settings:
                new = renderers(settings)
                try:
                    new.current()
                except TemplateError as error:
                    _log.error("%s; keeping the previous templates", error)
                    new = made.renderers
                made = replace(made, settings=settings, renderers=new)
            return made

    return current
