"""The web application of a studio: its pages and actions beside the API, behind one door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.serving.access import Access
from erastyle.serving.app import create_app
from erastyle.serving.scheduler import Scheduler
from erastyle.studio import actions, page_templates, pages
from erastyle.studio.history import History
from erastyle.studio.model_writer import ModelWriter, served
from erastyle.studio.studio import Studio
from erastyle.studio.style_writer import StyleWriter
from erastyle.studio.styles import styles_of

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class OpenedStudio:
    """A studio and its application.

    Attributes:
        app: The application.
        studio: The studio.
    """

    app: FastAPI
    studio: Studio


def create(
    runs: Sequence[Path],
    history: Path,
    access: Access | None = None,
    *,
    address: str = "http://127.0.0.1:8765",
    writer: StyleWriter | None = None,
) -> OpenedStudio:
    """Return a studio of some runs. No model is loaded before the first text is ordered.

    Args:
        runs: Run directories, at least one.
        history: File of the history.
        access: Who may ask; None: this machine.
        address: Where its first page is, for commands.
        writer: What writes; None: the models of the runs.

    Raises:
        RunError: A folder is no run, or the history cannot be used.
    """
    styles = styles_of(runs)
    able = served(styles)
    scheduler = Scheduler()
    studio = Studio(styles, History(history), writer or ModelWriter(able, scheduler), address)
    routers = (pages.router(studio), actions.router(studio))
    page_templates.prepare(*pages.FIRST_PAGE)  # a browser that is opened next starts meanwhile
    app = create_app(able, scheduler=scheduler, access=access, routers=routers)
    return OpenedStudio(app, studio)
