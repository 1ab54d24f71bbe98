"""The one network door: every byte from the network comes in here, through one guard."""

from digest.fetch.chat import ChatEndpoint
from digest.fetch.guard import Allowance, Guard
from digest.fetch.http import HttpClient

__all__ = ["Allowance", "ChatEndpoint", "Guard", "HttpClient"]
