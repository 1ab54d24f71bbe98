"""Who may see the operator's pages, and whose forms are genuine."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN = "/live"  # says only that the process answers
_OURS = ("same-origin", "none")  # Sec-Fetch-Site: our page, or the browser's user


class OperatorOnly:
    """Lets an operator's requests through, and refuses all others.

    With a token those are the requests that send it, as `Authorization: Bearer` or as the password
    of any user name (RFC 7617). Without one the address is a loopback address, and `Host` must name
    one: a name of another site that leads here would make us part of that site for a browser (DNS
    rebinding).
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refusal = self._refusal(Request(scope)) if scope["path"] != _OPEN else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if self._token is None:
            if is_loopback(request.headers.get("Host", "")):
                return None
            text = "Only under a name of this machine, such as localhost or 127.0.0.1.\n"
            return PlainTextResponse(text, 421, headers={"Cache-Control": "no-store"})
        stated = _stated(request.headers.get("Authorization", ""))
        if hmac.compare_digest(stated, self._token.encode()):
            return None
        refusal = PlainTextResponse("A token is needed.\n", 401)
        refusal.headers["Cache-Control"] = "no-store"
        refusal.headers.append("WWW-Authenticate", 'Basic realm="digest", charset="UTF-8"')
        refusal.headers.append("WWW-Authenticate", "Bearer")
        return refusal


class Forms:
    """Tells our own forms from those that another site makes a browser send.

    Each carries a value that only whoever can read our pages knows (a synchronizer token); a
    restart makes a new one.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)

    def is_ours(self, request: Request, form: Mapping[str, object]) -> bool:
        """Was a form sent from one of our pages? Browsers say where a request comes from, too."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        stated = str(form.get("token", "")).encode()
        return site in _OURS and hmac.compare_digest(stated, self.token.encode())


def is_loopback(host: str) -> bool:
    """Does a Host header name this machine alone?"""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _stated(authorization: str) -> bytes:
    """The token in a header, in either scheme; empty where there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("utf-8", "replace")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
