"""The database: everything that is kept between two runs.

Five classes share it, one a subject: `Store` (feeds, articles, editions, stories),
`SubscriberStore`, `Outbox`, `ConfirmationQueue` and `BounceStore`; `Search` reads only. Each of
their methods is one transaction at most; nothing is fetched, parsed or rendered inside one.
"""

from digest.model.records import Why
from digest.store.bounces import BounceStore
from digest.store.confirmations import ConfirmationQueue, PendingConfirmation
from digest.store.database import database_exists, open_existing, open_store
from digest.store.feed_store import FeedStore
from digest.store.lock import WriterLock, lock
from digest.store.outbox import Outbox
from digest.store.retention import forget_mail
from digest.store.search import Found, Search
from digest.store.statements import reason_of
from digest.store.store import Store
from digest.store.subscribers import SubscriberStore

__all__ = [
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
    "database_exists",
    "forget_mail",
    "lock",
    "open_existing",
    "open_store",
    "reason_of",
]
