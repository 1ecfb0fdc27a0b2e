"""A studio that listens, with a scripted writer and a run of a few files."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from tests.scripted_writer import ScriptedWriter
from tests.studio_run import make_run


class StudioServer:
    """A studio on a free port, for the time of a `with`."""

    def __init__(self, folder: Path, writer: ScriptedWriter | None = None) -> None:
        self.run = make_run(folder / "run")
        self.writer = writer or ScriptedWriter()
        self._folder = folder

    def __enter__(self) -> StudioServer:
        uvicorn = pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
        pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
        from erastyle.serving import listen
        from erastyle.studio import app

        bound = listen.bind("127.0.0.1", 0)
        self.address = listen.address(bound)
        history = self._folder / "history.sqlite"
        opened = app.create([self.run], history, address=self.address, writer=self.writer)
        self.studio = opened.studio
        self._server = uvicorn.Server(
            uvicorn.Config(opened.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, args=([bound],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.studio.jobs.stop_all()
        self._server.should_exit = True
        self._thread.join(5)
        self.studio.history.close()

    def get(self, path: str) -> Any:
        import httpx2

        return httpx2.get(self.address + path)

    def written(self, page: str, **order: str) -> str:
        """Store a text as if a model had written it, and return its id."""
        from erastyle.studio.style_writer import StopSignal
        from erastyle.studio.text_record import WritingOrder

        wanted = WritingOrder(style="run", **({"brief": "a page"} | order))
        (record,) = self.studio.history.order([wanted])
        writer = ScriptedWriter(page.replace("{title}", "{ title }"), piece=10_000)
        style = self.studio.style("run")
        written = writer.write(style, wanted, lambda _: None, StopSignal())
        checked = writer.check(style, written.text, "")
        self.studio.history.finish(record.id, written, checked)
        return record.id
