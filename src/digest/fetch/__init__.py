"""The HTTP client: every request goes through one address guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.lazy import on_demand

if TYPE_CHECKING:
    from digest.fetch.chat import ChatEndpoint
    from digest.fetch.client import HttpClient
    from digest.fetch.guard import Allowance, Guard

__all__ = ["Allowance", "ChatEndpoint", "Guard", "HttpClient"]

# Most commands ask nothing of the network: the client takes 12 MB and a tenth of a second.
__getattr__ = on_demand(
    __name__, {"chat": "ChatEndpoint", "client": "HttpClient", "guard": "Allowance Guard"}
)
