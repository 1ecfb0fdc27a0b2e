"""The web application of a studio: its pages and its actions."""

from __future__ import annotations

from fastapi import FastAPI

from erastyle.studio import actions, pages
from erastyle.studio.studio import Studio


def add_to(app: FastAPI, studio: Studio) -> None:
    """Add a studio's pages and actions to an application that checks who asks."""
    app.include_router(pages.router(studio))
    app.include_router(actions.router(studio))
