"""The database: what is remembered between two runs.

`Store` is the only writer. Every method is one transaction or none; no network, no parsing and
no rendering happens inside one.
"""

from digest.store.audience import SlotOf
from digest.store.database import open_store, reading
from digest.store.letters import Letter, Letters
from digest.store.lock import WriterLock
from digest.store.outbox import Outbox
from digest.store.people import People
from digest.store.person import Why
from digest.store.queries import Store
from digest.store.retention import forget_mail
from digest.store.returned import Returns
from digest.store.search import Found, Search

__all__ = [
    "Found",
    "Letter",
    "Letters",
    "Outbox",
    "People",
    "Returns",
    "Search",
    "SlotOf",
    "Store",
    "Why",
    "WriterLock",
    "forget_mail",
    "open_store",
    "reading",
]
