"""The HTTP client: every request goes through one address guard."""

from digest.fetch.chat import ChatEndpoint
from digest.fetch.client import HttpClient
from digest.fetch.guard import Allowance, Guard

__all__ = ["Allowance", "ChatEndpoint", "Guard", "HttpClient"]
