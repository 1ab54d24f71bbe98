"""Pages for subscribers and the operator, and the archive. Reading never changes anything."""

from digest.web.admin import AdminContext, admin_app
from digest.web.app import web_app
from digest.web.handlers import WebContext
from digest.web.pages import Pages
from digest.web.server import ConfirmationSender, serve_pages, serving, until_stopped

__all__ = [
    "AdminContext",
    "ConfirmationSender",
    "Pages",
    "WebContext",
    "admin_app",
    "serve_pages",
    "serving",
    "until_stopped",
    "web_app",
]
