"""What is sent along when a feed, or a page of its entries, is asked for (pure)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from digest.model import Failure, Feed
from digest.urls import same_host

HeadersOf = Callable[[str], Mapping[str, str]]  # URL -> headers


def request_headers(feed: Feed, environment: Mapping[str, str]) -> HeadersOf | Failure:
    """The headers for each address on the way to a feed or a page of it.

    All but User-Agent go to the host of the feed alone, and never from https to http: a redirect
    must not give a password away. A Failure where the environment lacks a secret.
    """
    credentials = feed.credentials
    secrets = {}
    for key, name in (("auth.password_env", credentials.password_env),
                      ("cookie_env", credentials.cookie_env)):  # fmt: skip
        if name is None:
            continue
        value = environment.get(name, "").strip()
        if not value or not value.isprintable():
            return Failure(reason=f"{key}: the environment has no {name}", permanent=False)
        secrets[key] = value
    own = dict(feed.headers)
    if password := secrets.get("auth.password_env"):
        pair = f"{credentials.username}:{password}".encode()
        own["Authorization"] = f"Basic {b64encode(pair).decode()}"  # RFC 7617
    if cookie := secrets.get("cookie_env"):
        own["Cookie"] = cookie
    everywhere = {"User-Agent": feed.user_agent} if feed.user_agent else {}

    if not own:
        return lambda _: everywhere

    def headers(url: str) -> Mapping[str, str]:
        return everywhere | own if _trusted(feed.url, url) else everywhere

    return headers


def _trusted(feed_url: str, url: str) -> bool:
    feed, other = urlsplit(feed_url), urlsplit(url)
    if feed.scheme == "https" and other.scheme != "https":
        return False
    if feed.hostname == other.hostname:
        return feed.port == other.port or _usual(other.port)
    return same_host(feed_url, url) and _usual(other.port)


def _usual(port: int | None) -> bool:
    return port in {None, 80, 443}
