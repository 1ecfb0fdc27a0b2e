"""What is answered when something cannot be done: OpenAI's shape of an error, and its status."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from erastyle.corpus.errors import ConfigError, ErastyleError, ModelError
from erastyle.serving.jobs import CancelledJobError, LaterThanEraError, TooLongError
from erastyle.serving.scheduler import QueueFullError
from erastyle.serving.styles import UnknownStyleError

GONE = 499
"""Status, by custom, of an answer for which no client waits any more."""
STATUS: tuple[tuple[type[ErastyleError], int, str], ...] = (
    (UnknownStyleError, 404, "model_not_found"),
    (QueueFullError, 429, "queue_full"),
    (TooLongError, 400, "context_length_exceeded"),
    (LaterThanEraError, 400, "later_than_era"),
    (ConfigError, 400, "invalid_request"),
    (CancelledJobError, GONE, "cancelled"),
    (ModelError, 503, "model_unavailable"),
    (ErastyleError, 503, "unavailable"),
)
"""Status and code of each error; the first that fits."""


class ErrorFields(BaseModel):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """An error in OpenAI's shape."""

    error: ErrorFields


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": what}
    for status, what in {
        400: "The request cannot be used.",
        401: "The token is missing or wrong.",
        403: "Another site, or another machine, may not ask.",
        404: "There is no such style or address.",
        405: "The address has no such method.",
        413: "The request is too large.",
        415: "The body is not JSON.",
        422: "A field is not valid.",
        429: "Too many requests wait; see Retry-After.",
        503: "The model cannot be loaded.",
    }.items()
}
"""The errors that every address may answer, for the description of the API."""


def refusal(
    status: int, message: str, code: str = "", *, param: str | None = None, retry: int = 0
) -> JSONResponse:
    """Return an error as OpenAI's clients read it.

    Args:
        status: HTTP status.
        message: What is wrong and what to do.
        code: Short name of the error.
        param: Field that is wrong.
        retry: Seconds after which it is worth trying again; 0: not told.
    """
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    body = {"message": message, "type": kind, "param": param, "code": code or None}
    headers = {"Retry-After": str(retry)} if retry else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"error": body}, status, headers)


def of_error(error: Exception) -> JSONResponse:
    """Return the answer for something that could not be done."""
    for kind, status, code in STATUS:
        if isinstance(error, kind):
            retry = error.retry_after if isinstance(error, QueueFullError) else 0
            return refusal(status, str(error), code, retry=retry)
    return refusal(500, "Something went wrong that should not. See the server's log.", "internal")


def handle_errors(app: FastAPI) -> None:
    """Make an application answer every error in this shape."""

    @app.exception_handler(ErastyleError)
    async def known(_: Request, error: ErastyleError) -> JSONResponse:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first: dict[str, Any] = dict(error.errors()[0])
        place = [str(part) for part in first["loc"] if part != "body"]
        said = f"{'.'.join(place) or 'body'}: {first['msg']}"
        return refusal(422, said, str(first["type"]), param=".".join(place) or None)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        answer = refusal(error.status_code, str(error.detail))
        answer.headers.update(dict(error.headers or {}))
        return answer
