"""How a studio's route answers when something cannot be done: a page for people, JSON for forms."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute

from erastyle.corpus.errors import ConfigError, ErastyleError
from erastyle.studio.history import ChangedElsewhereError, NotInHistoryError
from erastyle.studio.history_file import DiskFullError
from erastyle.studio.page_templates import render
from erastyle.studio.writing_jobs import TooManyTextsError

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Headers of the studio's own pages."""
CODES: tuple[tuple[type[ErastyleError], int], ...] = (
    (NotInHistoryError, 404),
    (ChangedElsewhereError, 409),
    (TooManyTextsError, 429),
    (DiskFullError, 507),
    (ConfigError, 422),
)
LONGEST_NUMBER = 9


def whole_number(text: str) -> int:
    """Return a number that somebody sent; 0 where it is none, or longer than any of ours.

    >>> whole_number("12"), whole_number("-1"), whole_number("9" * 5_000)
    (12, 0, 0)
    """
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0


class StudioRoute(APIRoute):
    """A route whose errors are one line each."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its errors told."""
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                return _answer(request, _first(error), 422)
            except ErastyleError as error:
                code = next((code for kind, code in CODES if isinstance(error, kind)), 400)
                return _answer(request, str(error), code)

        return told


def _answer(request: Request, message: str, code: int) -> Response:
    if request.method == "GET":
        page = render("error.html.j2", here="", message=message, code=code)
        return HTMLResponse(page, code, PAGE_HEADERS)
    return JSONResponse({"error": message}, code)


def _first(error: RequestValidationError) -> str:
    """Return the first thing that is wrong, with the name of its field."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
