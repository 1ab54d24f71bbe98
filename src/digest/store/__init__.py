"""The database: what is remembered between two runs.

`Store` is the only writer. Every method is one transaction or none; no network, no parsing and
no rendering happens inside one.
"""

from digest.store.database import open_store
from digest.store.lock import WriterLock
from digest.store.queries import Store

__all__ = ["Store", "WriterLock", "open_store"]
