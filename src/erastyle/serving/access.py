"""Who may ask: this machine's own programs and pages, or whoever shows the token.

A page of another site that a browser on this machine shows must not be able to use the server:
names that lead here are checked (DNS rebinding), and so is the page that a request comes from. With
a token, which every request has to show, other machines may ask too.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from erastyle.corpus.provenance import label
from erastyle.serving.answers import refusal

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine that only this machine can use."""
COOKIE = "erastyle-token"
"""Cookie that shows the token where a browser asks."""
MOST_BYTES = 2_000_000
"""Most bytes of a request."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    label.HEADER: label.uri(label.GENERATED),
}
"""What every answer has unless its route says otherwise."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask.

    Attributes:
        token: What every request has to show; empty: only this machine's own names are answered.
    """

    token: str = ""

    def shown(self, given: str) -> bool:
        """Say whether a token is the right one, in a time that does not tell how near it is."""
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())


class Doorkeeper:
    """Middleware that refuses foreign pages and names, and guards every answer with headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Stand before an application."""
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    present.setdefault(name, value)
            await send(message)

        if self._enters(scope):
            await self._entry(scope)(scope, receive, guarded)
            return
        if refused := self._refused(Headers(scope=scope), scope["method"]):
            status, why = refused
            await refusal(status, why)(scope, receive, guarded)
            return
        if scope["method"] not in ("GET", "HEAD"):
            body = await _body(receive)
            if body is None:
                why = f"The request has more than {MOST_BYTES:,} bytes. Shorten it."
                await refusal(413, why)(scope, receive, guarded)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, guarded)

    def _refused(self, headers: Headers, method: str) -> tuple[int, str] | None:
        """Return the status and the sentence with which a request is refused; None: it is not."""
        bearer = headers.get("authorization", "")
        by_header = self._access.shown(bearer[7:]) if bearer[:7].lower() == "bearer " else False
        if self._access.token:
            if not by_header and not self._access.shown(_cookie(headers.get("cookie", ""))):
                return 401, "The token is missing or wrong. Send `Authorization: Bearer TOKEN`."
        elif _hostname(headers.get("host", "")) not in LOOPBACK:
            return 403, (
                "This server answers to localhost alone. Start it with --token to be asked by "
                "another name."
            )
        origin = headers.get("origin")
        if origin is not None and not by_header and not _is_own(origin, headers.get("host", "")):
            return 403, "The request comes from a page of another site, which may not ask."
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method in ("POST", "PUT", "PATCH") and kind != "application/json":
            return 415, "Send the body as JSON, with `Content-Type: application/json`."
        return None

    def _enters(self, scope: Scope) -> bool:
        """Say whether a browser opens the address with the token in it."""
        if scope["method"] != "GET" or not self._access.token:
            return False
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])
        return self._access.shown(given[0])

    def _entry(self, scope: Scope) -> Response:
        """Return the answer that keeps the token in a cookie and takes it out of the address."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        left = urlencode([(k, v) for k, vs in query.items() if k != "token" for v in vs])
        path = "/" + quote(scope["path"].lstrip("/\\"))
        answer = Response(
            status_code=303, headers={"Location": path + (f"?{left}" if left else "")}
        )
        answer.set_cookie(COOKIE, self._access.token, httponly=True, samesite="strict")
        return answer


def _hostname(netloc: str) -> str:
    """Return the name in `name:port`, or nothing."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""


def _is_own(origin: str, host: str) -> bool:
    """Say whether a page's origin is the server that it asks."""
    scheme, colon, netloc = origin.lower().partition("://")
    return bool(colon) and scheme in ("http", "https") and netloc == host.lower()


def _cookie(header: str) -> str:
    """Return the token that a browser's cookies show, or nothing."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request; None: it is too large."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read, and then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
