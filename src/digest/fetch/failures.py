"""What went wrong on the way to a server, in words."""

from __future__ import annotations

from ipaddress import ip_address

import aiohttp
from yarl import URL

from digest.fetch.guard import RefusedAddressError
from digest.model import Failure

_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its host name cannot be resolved"),
    (aiohttp.ClientConnectorSSLError, "no TLS connection could be made"),
    (aiohttp.ServerDisconnectedError, "it closed the connection without an answer"),
    (aiohttp.ClientPayloadError, "its answer broke off before its end, or is garbled"),
    (aiohttp.ClientResponseError, "its answer is not proper HTTP"),
    (aiohttp.ClientConnectorError, "no connection"),
    (aiohttp.InvalidURL, "not a usable address"),
    (OSError, "the connection broke"),
)


def failure_of(error: Exception, url: URL) -> Failure:
    """Words for what went wrong on the way to `url`."""
    host = url.raw_host or ""  # not decoded: xn--... can be broken, or look like another name
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        detail = getattr(error.certificate_error, "verify_message", "")
        return Failure(reason=f"{host}: its TLS certificate is not valid: {detail}")
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, RefusedAddressError):
        # A name may lead elsewhere tomorrow; an address written out does not.
        return Failure(reason=f"{host}: refused: {cause.reason}", permanent=_is_address(host))
    if isinstance(cause, ConnectionRefusedError):
        return Failure(reason=f"{host}: connection refused")
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "request failed")
    system = cause.strerror if isinstance(cause, OSError) else None
    return Failure(reason=f"{host}: {words}" + (f" ({system})" if system else ""))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
