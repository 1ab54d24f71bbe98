"""What feeds say, made safe to show: one pass over a whole Edition, before any format sees it.

Escaping stays with the formats. Here goes what no escaping helps against: characters that
reorder, hide or break text (Unicode TR 36, section 3.1; XML 1.0, section 2.2), text without
end, and links that lead anywhere but to the web.
"""

from __future__ import annotations

import re
from dataclasses import replace
from operator import is_
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit, urlunsplit

from digest.model import Coverage, Edition, EditionStory, FeedReport
from digest.text import CONTROLS, DIRECTIONS, FORMATS, SURROGATES

T = TypeVar("T")

_TITLE_LENGTH = 300
_TEXT_LENGTH = 1000
_URL_LENGTH = 2000

_TITLES = frozenset({"title", "headline", "outlet", "error"})
_ADDRESSES = frozenset({"url", "image"})

# Controls, bidi controls, invisible characters, surrogates, what XML 1.0 forbids. The two zero
# width joiners stay: Persian, Indic scripts and emoji are misspelt without them.
_REMOVED = re.compile(
    rf"[{CONTROLS}{DIRECTIONS}{FORMATS}{SURROGATES}\xad\u115f\u1160\u180e\u200b\u2800\u3164\uffa0"
    r"\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
    r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# No writing stacks more than four of these; a hundred of them cover the neighbours.
_MARK = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u06d6-\u06ed\u0e31\u0e34-\u0e3a"
    r"\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U000e0100-\U000e01ef]"
)
_STACK = re.compile(f"({_MARK}{{4}}){_MARK}+")
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"
# Most addresses are plain already; taking each apart would be half the cost of an edition.
_PLAIN_URL = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?:/[\w.\-~%/:=&+!$,;'@()*]*)?"
    r"(?:\?[\w.\-~%/:=&?+!$,;'@()*]+)?",
    re.ASCII,
)


def clean(text: str, limit: int = _TEXT_LENGTH) -> str:
    """The text on one line, without control, bidi and invisible characters.

    White space becomes single spaces. What is longer than `limit` characters is cut and ends
    with an ellipsis. Cleaning twice changes nothing.
    """
    seen = text
    if not (text.isascii() and text.isprintable()):
        seen = _STACK.sub(r"\1", _REMOVED.sub("", text))
    line = " ".join(seen.split())
    if len(line) > limit:
        return line[: limit - 1].rstrip() + "…"
    return text if line == text else line


def web_url(url: str | None) -> str | None:
    """The URL in ASCII if it is an absolute http(s) address, else None.

    None as well where it is no URL at all, longer than 2,000 characters, or carries a user
    name, whose only use in news is to look like another host.
    """
    if url is None:
        return None
    if len(url) <= _URL_LENGTH and _PLAIN_URL.fullmatch(url):
        return url
    return _web_url(url)


def _web_url(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        port = f":{parts.port}" if parts.port is not None else ""
        host = parts.hostname.encode("idna").decode("ascii")
        netloc = f"[{host}]" if ":" in host else host
        if re.search(r"[^\w.:\[\]-]", netloc, re.ASCII):
            return None
        full = urlunsplit(parts._replace(netloc=netloc + port))
        ascii_url = quote(_REMOVED.sub("", full), safe=_URL_SAFE)
    except ValueError:  # a malformed host or port; UnicodeError is one as well
        return None
    return ascii_url if len(ascii_url) <= _URL_LENGTH else None


def clean_edition(edition: Edition) -> Edition:
    """The same edition with every text cleaned and every URL checked.

    Sections without stories are left out.
    """
    cleaned = _walk(edition)
    return replace(
        cleaned, sections=tuple(section for section in cleaned.sections if section.stories)
    )


def _title(text: str) -> str:
    return clean(text, _TITLE_LENGTH)


def _walk(value: T) -> T:
    """A value of ours with all text in it cleaned, whichever fields it has or will have."""
    return cast(T, _walked(value))


def _walked(value: Any) -> Any:
    # What is clean already is not made anew: most of an edition is.
    if type(value) is str:
        return clean(value)
    if isinstance(value, tuple):
        walked = tuple([_walked(item) for item in value])
        return value if all(map(is_, walked, value)) else walked
    changes = {}
    for name in getattr(value, "__dataclass_fields__", ()):
        old = getattr(value, name)
        new = _field(value, name, old)
        if new is not old:
            changes[name] = new
    return replace(value, **changes) if changes else value


def _field(owner: object, name: str, value: object) -> object:
    if type(value) is not str:
        return _walked(value)
    if name in _ADDRESSES and not isinstance(owner, FeedReport):  # a failed feed's is shown only
        return web_url(value)
    if name in _TITLES:
        untitled = name in {"title", "headline"} and isinstance(owner, Coverage | EditionStory)
        return _title(value) or ("Untitled" if untitled else "")
    return clean(value)
