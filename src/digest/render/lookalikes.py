"""Addresses that look like those of somebody else (Unicode TR 39)."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

# Scripts with letters of the same shapes as Latin ones.
_ALIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")


def disguised(url: str | None) -> str | None:
    """The host of an address, as it is asked for, if its letters could be taken for others.

    That is where a name under a Latin ending has letters of a script that looks like Latin, or
    cannot be read at all; None for every other address. Addresses are in ASCII already.
    """
    if url is None or "xn--" not in url:
        return None
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    if labels[-1].startswith("xn--"):
        return None
    return host if any(_alike(label) for label in labels if label.startswith("xn--")) else None


def _alike(label: str) -> bool:
    try:
        letters = label.encode("ascii").decode("idna")
    except UnicodeError:
        return True
    return any(unicodedata.name(letter, "").startswith(_ALIKE) for letter in letters)
