"""The HTTP client for a language model's endpoint: one POST, no redirects followed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from yarl import URL

from digest.fetch import decoding
from digest.fetch.client import tls_context
from digest.fetch.failures import failure_of
from digest.fetch.guard import Guard
from digest.model import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEndpoint:
    """An endpoint that answers chat completions, through the same guard as every feed.

    `base` is its URL without `/chat/completions`; `timeout` is in seconds and covers everything
    from the connection to the last byte; `max_bytes` limits the answer.
    """

    base: str
    key: str | None = field(repr=False)
    timeout: float
    max_bytes: int
    guard: Guard

    def ask(self, document: Mapping[str, Any]) -> bytes | Failure:
        """Send a document as JSON and wait for the answer; what goes wrong is a Failure."""
        # The scheduler calls from within its own loop, hence a thread with another one.
        with ThreadPoolExecutor(max_workers=1) as thread:
            url = URL(f"{self.base.rstrip('/')}/chat/completions")
            return thread.submit(asyncio.run, self._post(url, document)).result()

    def post(self, document: Mapping[str, Any]) -> bytes | Failure:
        """Send a document to `base` itself, as a webhook takes it."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self._post(URL(self.base), document)).result()

    async def _post(self, url: URL, document: Mapping[str, Any]) -> bytes | Failure:
        stated = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self.key:
            stated["Authorization"] = f"Bearer {self.key}"
        try:
            async with (
                asyncio.timeout(self.timeout),
                self._session() as session,
                session.post(url, json=document, headers=stated, allow_redirects=False) as response,
            ):
                if response.status // 100 != HTTPStatus.OK // 100:
                    return Failure(reason=f"HTTP {response.status}", status=response.status)
                coding = decoding.coding(response.headers.getall("Content-Encoding", []))
                return await decoding.read(
                    response.content.iter_any(), coding=coding, max_bytes=self.max_bytes
                )
        except decoding.BodyError as error:
            return Failure(reason=str(error), status=200)
        except TimeoutError:
            return Failure(reason=f"no complete answer within {self.timeout:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return failure_of(error, url)

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls_context(), socket_factory=self.guard.open_socket, force_close=True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )
