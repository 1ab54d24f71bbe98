"""Memory that is no longer needed, returned to the system.

Only glibc has these calls; elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3  # mallopt(3): M_MMAP_THRESHOLD
_LARGE = 1 << 18  # bytes


def return_large_blocks() -> None:
    """Return every large block to the system when it is freed, from now on.

    By default glibc keeps ever larger ones for itself (up to 32 MB each), and their remains lie
    between what is still in use: a third of an analysis' memory.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def return_rest() -> None:
    """Return what is free now."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
