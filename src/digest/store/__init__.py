"""The database: everything that is kept between two runs.

Seven classes share it, one a subject: `Store` (feeds, articles, editions, stories), `FeedStore` and
`AlertStore` (feeds as their operator sees them), `SubscriberStore`, `Outbox`, `ConfirmationQueue`
and `BounceStore`; `Search` reads only. Each of their methods is one transaction at most; nothing is
fetched, parsed or rendered inside one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.lazy import on_demand
from digest.model.records import Why
from digest.store.database import database_exists, open_existing, open_store
from digest.store.lock import WriterLock, lock
from digest.store.statements import reason_of
from digest.store.store import Store

if TYPE_CHECKING:
    from digest.store.alert_store import AlertStore
    from digest.store.bounces import BounceStore
    from digest.store.confirmations import ConfirmationQueue, PendingConfirmation
    from digest.store.feed_store import FeedStore
    from digest.store.outbox import Outbox
    from digest.store.retention import damage_of, forget_analysis, forget_mail, return_space
    from digest.store.search import Found, Search
    from digest.store.subscribers import SubscriberStore

__all__ = [
    "AlertStore",
    "BounceStore",
    "ConfirmationQueue",
    "FeedStore",
    "Found",
    "Outbox",
    "PendingConfirmation",
    "Search",
    "Store",
    "SubscriberStore",
    "Why",
    "WriterLock",
    "damage_of",
    "database_exists",
    "forget_analysis",
    "forget_mail",
    "lock",
    "open_existing",
    "open_store",
    "reason_of",
    "return_space",
]

# Collecting needs neither mail nor the search.
__getattr__ = on_demand(
    __name__,
    {
        "alert_store": "AlertStore",
        "bounces": "BounceStore",
        "confirmations": "ConfirmationQueue PendingConfirmation",
        "feed_store": "FeedStore",
        "outbox": "Outbox",
        "retention": "damage_of forget_analysis forget_mail return_space",
        "search": "Found Search",
        "subscribers": "SubscriberStore",
    },
)
