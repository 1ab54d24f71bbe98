"""Pages for subscribers, and the archive. Reading never changes anything."""

from digest.web.app import Desk, web_app
from digest.web.pages import Pages
from digest.web.server import Letterbox, serve_pages, serving

__all__ = ["Desk", "Letterbox", "Pages", "serve_pages", "serving", "web_app"]
