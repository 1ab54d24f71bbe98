"""Pages for subscribers, and the archive. Reading never changes anything."""

from digest.web.app import WebContext, web_app
from digest.web.monitoring import monitoring_app
from digest.web.pages import Pages
from digest.web.server import ConfirmationSender, serve_pages, serving

__all__ = [
    "ConfirmationSender",
    "Pages",
    "WebContext",
    "monitoring_app",
    "serve_pages",
    "serving",
    "web_app",
]
