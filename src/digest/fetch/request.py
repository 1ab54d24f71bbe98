"""What a request asks for, and what it brings along, from one hop of a redirect to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal

import aiohttp
from yarl import URL

from digest.model import Failure, Validators

Accept = Literal["feed", "page", "picture"]
HeadersOf = Callable[[str], Mapping[str, str]]

NO_VALIDATORS = Validators()
_AGAINST_CONDITIONS = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.BAD_REQUEST})
_ACCEPT: dict[Accept, str] = {
    "feed": (
        "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
        " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
    ),
    "page": "text/html, application/xhtml+xml, application/xml;q=0.8, text/plain;q=0.5, */*;q=0.1",
    "picture": "image/webp, image/jpeg, image/png, */*;q=0.1",
}
# For servers that answer 406 to the above: what a browser sends.
_ACCEPT_AS_BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, whichever hop answers."""

    accept: Accept
    max_bytes: int
    validators: Validators
    headers_of: HeadersOf | None = None  # what is sent along to each address
    as_browsers: bool = False

    def headers(self, url: URL, cookies: str) -> dict[str, str]:
        """The headers of a request to a URL."""
        stated = {"Accept": _ACCEPT_AS_BROWSERS if self.as_browsers else _ACCEPT[self.accept]}
        if self.validators.etag is not None:
            stated["If-None-Match"] = self.validators.etag
        if self.validators.last_modified is not None:
            stated["If-Modified-Since"] = self.validators.last_modified
        if cookies:
            stated["Cookie"] = cookies
        own = dict(self.headers_of(str(url))) if self.headers_of else {}
        if cookies and "Cookie" in own:
            own["Cookie"] = f"{own['Cookie']}; {cookies}"
        return stated | own

    def after(self, answer: object) -> Wanted | None:
        """What to ask for instead after a refusal of the way it was asked; None: no refusal."""
        status = answer.status if isinstance(answer, Failure) else None
        if status in _AGAINST_CONDITIONS and self.validators != NO_VALIDATORS:
            return replace(self, validators=NO_VALIDATORS)
        if status == HTTPStatus.NOT_ACCEPTABLE and not self.as_browsers:
            return replace(self, as_browsers=True)
        return None


class Cookies:
    """The cookies of one chain of redirects (RFC 6265); most have none."""

    _jar: aiohttp.CookieJar | None = None

    def header(self, url: URL) -> str:
        """What to send to a URL."""
        if self._jar is None:
            return ""
        morsels = self._jar.filter_cookies(url).values()
        return "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in morsels)

    def take(self, response: aiohttp.ClientResponse, url: URL) -> bool:
        """Take in those of a response; is one of them new?"""
        if not response.cookies:
            return False
        if self._jar is None:
            self._jar = aiohttp.CookieJar(unsafe=True)  # unsafe: of hosts named by address too
        before = {(cookie.key, cookie.value) for cookie in self._jar}
        self._jar.update_cookies(response.cookies, url)
        return bool({(cookie.key, cookie.value) for cookie in self._jar} - before)
