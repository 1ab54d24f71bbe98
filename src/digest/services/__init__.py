"""Configuration -> services: the only place that knows which implementation does what."""

from digest.services.application import (
    Application,
    EditionSource,
    application,
    edition_source,
    editor,
    live_application,
)
from digest.services.feeds import FeedRow, feed_rows, try_feeds
from digest.services.mail import MailService, mail_service
from digest.services.renderers import renderers

__all__ = [
    "Application",
    "EditionSource",
    "FeedRow",
    "MailService",
    "application",
    "edition_source",
    "editor",
    "feed_rows",
    "live_application",
    "mail_service",
    "renderers",
    "try_feeds",
]
