"""The client: one polite GET, whatever the other side does.

Redirects are followed by hand, so that each hop waits its turn at its host and passes the
guard. Validators go with every hop: they came from the end of the chain last time, and a feed
that has moved would otherwise be sent whole on every poll. Cookies live as long as one chain of
redirects: some servers send a feed only to who brings the cookie back that they have just set.
Nothing is kept after it, and nothing crosses to another request.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from digest.config import FetchSettings
from digest.fetch import decoding, headers
from digest.fetch.concurrency import HostQueue, HostTooSlow, Turns
from digest.fetch.failures import failure_of
from digest.fetch.guard import Guard
from digest.fetch.lenient import LenientConnector
from digest.fetch.redirects import LinkError, check_chain, follow
from digest.fetch.request import NO_VALIDATORS, Accept, Cookies, HeadersOf, Wanted
from digest.model import Document, Failure, NotModified, Validators

Permit = Callable[[str], Awaitable[Failure | None]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# With a document in whole; 203 is what a proxy makes of a 200 (RFC 9110, section 15.3.4).
_WHOLE = frozenset({200, 201, 203, 226})
_SLOW_ANSWERS = 3  # that take the whole timeout; then a host is left alone
# Content security policies alone run past the library's 8 KB on real sites.
_MAX_HEADER = 32_768


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str
    permanent: bool
    brings_cookie: bool = False


class HttpClient:
    """An async context manager; `get` may be called any number of times at once.

    `clock` is the aware UTC time against which dates in headers are read; `sleep` and
    `monotonic` measure the gap between two requests to a host; `resolver` stands in for DNS;
    `shared` are the turns at hosts of all processes together.
    """

    def __init__(
        self,
        settings: FetchSettings,
        guard: Guard,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        resolver: AbstractResolver | None = None,
        shared: Turns | None = None,
    ) -> None:
        self._settings = settings
        self._guard = guard
        self._clock = clock
        self._monotonic = monotonic
        self._resolver = resolver
        self._turns = HostQueue(
            size=settings.concurrency,
            gap=settings.host_gap,
            limit=_SLOW_ANSWERS * settings.total_timeout,
            sleep=sleep,
            monotonic=monotonic,
            shared=shared,
        )

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=LenientConnector(
                limit=0,  # concurrency is ours to count, outside the deadline of a request
                ssl=tls_context(),
                resolver=self._resolver,
                socket_factory=self._guard.open_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": self._settings.agent,
                "Accept-Encoding": decoding.ACCEPT_ENCODING,
            },
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._settings.connect_timeout),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_MAX_HEADER,
            max_field_size=_MAX_HEADER,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        validators: Validators = NO_VALIDATORS,
        accept: Accept,
        max_bytes: int,
        permit: Permit | None = None,
        headers_of: HeadersOf | None = None,
    ) -> Document | NotModified | Failure:
        """Fetch a URL, following redirects; whatever goes wrong comes back as a Failure.

        `headers_of` gives the headers to send along to each address on the way.
        `max_bytes` limits the decoded body; `permit` is asked before every hop and says why it
        may not be made. The total timeout covers all hops with their bodies, but not the wait
        for a turn at a host, nor for a permit. Raises nothing but CancelledError.
        """
        wanted = Wanted(
            accept=accept, max_bytes=max_bytes, validators=validators, headers_of=headers_of
        )
        budget = self._settings.total_timeout
        cookies, chain = Cookies(), list[URL]()
        location, since = url, 0
        moved = 0  # hops at the start of the chain that are permanent redirects
        while True:
            try:
                target = follow(chain[-1] if chain else None, location)
                check_chain([*chain, target], self._settings.max_redirects, since=since)
            except LinkError as error:
                return Failure(reason=str(error), permanent=not chain)
            chain.append(target)
            refusal = await permit(str(target)) if permit else None
            started = self._monotonic()
            answer = refusal or await self._ask(target, budget, wanted, cookies)
            budget -= self._monotonic() - started
            if isinstance(answer, Failure):
                return _after_redirects(answer, target) if len(chain) > 1 else answer
            if not isinstance(answer, _Redirect):
                return replace(answer, moved_to=str(chain[moved])) if moved else answer
            location = answer.location
            since = len(chain) if answer.brings_cookie else since
            moved += answer.permanent and moved == len(chain) - 1

    async def _ask(
        self, url: URL, budget: float, wanted: Wanted, cookies: Cookies
    ) -> Document | NotModified | Failure | _Redirect:
        """One request at its turn, or a second one without what the server refused."""
        while True:
            try:
                async with self._turns.turn(url.raw_host or ""):
                    answer = await self._exchange(url, budget, wanted, cookies)
            except HostTooSlow as error:
                return Failure(reason=str(error))
            instead = wanted.after(answer)
            if instead is None:
                return answer
            wanted = instead

    async def _exchange(
        self, url: URL, budget: float, wanted: Wanted, cookies: Cookies
    ) -> Document | NotModified | Failure | _Redirect:
        """One request and its response, within the time that is left."""
        asked = wanted.headers(url, cookies.header(url))
        try:
            async with (
                asyncio.timeout(budget),
                self._session.get(url, headers=asked, allow_redirects=False) as response,
            ):
                is_new = cookies.take(response, url)
                answer = await self._read(response, url, wanted)
                if isinstance(answer, _Redirect):
                    return replace(answer, brings_cookie=is_new)
                return answer
        except decoding.BodyError as error:
            return Failure(reason=str(error), status=200)
        except aiohttp.ServerTimeoutError:
            return Failure(reason=f"no connection within {self._settings.connect_timeout:g} s")
        except TimeoutError:
            return Failure(reason=f"no complete answer within {self._settings.total_timeout:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return failure_of(error, url)

    async def _read(
        self, response: aiohttp.ClientResponse, url: URL, wanted: Wanted
    ) -> Document | NotModified | Failure | _Redirect:
        fresh = headers.max_age(response.headers, self._clock())
        stated = headers.validators(response.headers)
        conditional = wanted.validators != NO_VALIDATORS
        if response.status == HTTPStatus.NOT_MODIFIED and conditional:
            return NotModified(validators=stated, max_age=fresh)
        if response.status in _REDIRECTS and "Location" in response.headers:
            return _Redirect(response.headers["Location"], permanent=response.status in _PERMANENT)
        partial = response.status == HTTPStatus.PARTIAL_CONTENT
        if response.status not in _WHOLE and not (partial and headers.is_whole(response.headers)):
            return self._refusal(response)
        media_type, charset = headers.content_type(response.headers)
        return Document(
            url=str(url),
            body=await self._body(response, media_type, wanted),
            content_type="" if media_type.endswith("gzip") else media_type,
            charset=charset,
            validators=stated,
            max_age=fresh,
        )

    async def _body(
        self, response: aiohttp.ClientResponse, media_type: str, wanted: Wanted
    ) -> bytes:
        if wanted.accept != "picture" and headers.is_binary(media_type):
            raise decoding.BodyError(f"it is neither a feed nor a page but {media_type[:60]}")
        coding = decoding.coding(response.headers.getall("Content-Encoding", []))
        if (response.content_length or 0) > wanted.max_bytes:
            raise decoding.BodyError(decoding.too_large(wanted.max_bytes))
        body = await decoding.read(
            response.content.iter_any(), coding=coding, max_bytes=wanted.max_bytes
        )
        return decoding.unzipped(body, max_bytes=wanted.max_bytes)

    def _refusal(self, response: aiohttp.ClientResponse) -> Failure:
        """A status that brings no document."""
        status = response.status
        known = {item.value: item.phrase for item in HTTPStatus}
        reason = f"HTTP {status} {known.get(status, '')}".rstrip()
        if status == HTTPStatus.GONE:
            reason += ": its publisher has removed it for good"
        return Failure(
            reason=reason,
            status=status,
            retry_after=headers.retry_after(response.headers, self._clock()),
            permanent=status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE},
        )


@cache
def tls_context() -> ssl.SSLContext:
    """How servers are checked; our own, for the library's default reads the environment.

    One for the process: to read the system's certificates takes as long as ten small feeds.
    """
    # Not create_default_context: that writes session keys to where SSLKEYLOGFILE points.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _after_redirects(failure: Failure, target: URL) -> Failure:
    # A refused address is permanent only if the URL itself has it: redirects change.
    return replace(
        failure,
        reason=f"{failure.reason}, after a redirect to {str(target)[:200]}",
        permanent=failure.permanent and failure.status is not None,
    )
