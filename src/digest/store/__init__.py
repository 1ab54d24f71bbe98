"""The database: what is remembered between two runs.

`Store` is the only writer. Every method is one transaction or none; no network, no parsing and
no rendering happens inside one.
"""

from digest.store.audience import SlotOf
from digest.store.bounces import BounceStore
from digest.store.confirmations import ConfirmationQueue, PendingConfirmation
from digest.store.database import open_readonly, open_store
from digest.store.feed_store import FeedStore, PollLog, StoredEntry
from digest.store.lock import WriterLock
from digest.store.outbox import Outbox
from digest.store.retention import forget_mail
from digest.store.search import Found, Search
from digest.store.store import Store
from digest.store.subscriber_rows import Why
from digest.store.subscribers import SubscriberStore

__all__ = [
    "BounceStore",
    "ConfirmationQueue",
    "FeedStore",
    "Found",
    "Outbox",
    "PendingConfirmation",
    "PollLog",
    "Search",
    "SlotOf",
    "Store",
    "StoredEntry",
    "SubscriberStore",
    "Why",
    "WriterLock",
    "forget_mail",
    "open_readonly",
    "open_store",
]
