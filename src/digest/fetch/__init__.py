"""The one network door: every byte from the network comes in here, through one guard."""

from digest.fetch.chat import ChatEndpoint
from digest.fetch.client import HttpClient
from digest.fetch.guard import Allowance, Guard

__all__ = ["Allowance", "ChatEndpoint", "Guard", "HttpClient"]
