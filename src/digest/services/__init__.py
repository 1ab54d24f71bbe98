"""Configuration -> services: the only place that knows which implementation does what."""

from digest.services.application import (
    Application,
    EditionSource,
    application,
    edition_source,
    editor,
    live_application,
)
from digest.services.mail import MailService, mail_service
from digest.services.renderers import renderers

__all__ = [
    "Application",
    "EditionSource",
    "MailService",
    "application",
    "edition_source",
    "editor",
    "live_application",
    "mail_service",
    "renderers",
]
