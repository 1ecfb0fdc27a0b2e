"""The web application: OpenAI's API, and the routers that others add."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from erastyle import __version__
from erastyle.serving import answers, openai_api
from erastyle.serving.access import Access, Doorkeeper
from erastyle.serving.jobs import Later
from erastyle.serving.scheduler import Scheduler
from erastyle.serving.styles import Styles


def create_app(
    styles: Styles,
    *,
    scheduler: Scheduler | None = None,
    access: Access | None = None,
    later: Later = "decline",
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """Return the application.

    Routes find what they need in `request.app.state`: `styles` and `scheduler`.

    Args:
        styles: The styles that are served.
        scheduler: What writes; None: a new one.
        access: Who may ask; None: this machine.
        later: What becomes of a brief that names what is later than the era, where the request
            does not say.
        routers: Routers beside that of OpenAI's API, such as the studio's.
    """
    app = FastAPI(
        title="erastyle",
        version=__version__,
        description="Fine-tuned period styles behind OpenAI's API.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.styles = styles
    app.state.scheduler = scheduler or Scheduler()
    app.state.later = later
    answers.handle_errors(app)
    app.include_router(openai_api.router)
    for router in routers:
        app.include_router(router)
    app.add_middleware(Doorkeeper, access=access or Access())
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Stop all writing when the server stops."""
    yield
    app.state.scheduler.close()
