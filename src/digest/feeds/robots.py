"""What a site's robots.txt lets us read (RFC 9309), by protego (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May `agent` read `url` under these rules?"""

    rules: str
    agent: str
    url: str


def origin_of(url: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def agent_of(user_agent: str) -> str:
    """The product token by which rules name a reader: "digest" of "digest/0.1 (...)"."""
    name = user_agent.partition("/")[0].split()
    return name[0].lower() if name else "*"


def allows(question: Question) -> bool:
    """The answer of the rules.

    Their patterns are somebody else's and matched as regular expressions: ask in a worker.
    """
    return bool(Protego.parse(question.rules).can_fetch(question.url, question.agent))
