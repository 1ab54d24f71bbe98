"""An offline newsroom for `digest demo` and the tests: invented outlets over real HTTP."""

from digest.tools.newsroom.files import READINGS, Item, Outlet, load
from digest.tools.newsroom.server import Newsroom

__all__ = ["READINGS", "Item", "Newsroom", "Outlet", "load"]
