"""The start of a server and of a studio: what is only needed later is not imported before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from tests.studio_run import make_run

LATER = (
    *("numpy", "pyarrow", "torch", "transformers", "sklearn", "scipy", "selectolax"),
    *("erastyle.config", "erastyle.stages", "erastyle.corpus.html.markup", "erastyle.corpus.dates"),
    *("erastyle.corpus.sources", "erastyle.corpus.cleaning", "erastyle.train.model.loading"),
)
"""Packages and modules that no first answer needs."""
FIRST_ANSWERS = """
import asyncio, sys
from pathlib import Path
from erastyle.serving.app import create_app
from erastyle.serving.styles import Styles
from erastyle.studio import app as studio_app

async def status(app, path):
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers":
             [(b"host", b"localhost")], "http_version": "1.1", "scheme": "http", "root_path": ""}
    told = []
    async def receive():
        return {"type": "http.request"}
    async def send(message):
        told.append(message)
    await app(scope, receive, send)
    return told[0]["status"]

run = Path(sys.argv[1])
opened = studio_app.create([run], run / "history.sqlite")
for app, path in ((create_app(Styles.of([run])), "/health"), (opened.app, "/")):
    assert asyncio.run(status(app, path)) == 200, path
print(*sorted(sys.modules))
"""


def test_no_first_answer_waits_for_what_only_a_text_needs(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    done = subprocess.run(
        [sys.executable, "-c", FIRST_ANSWERS, run], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported = done.stdout.split()
    assert "fastapi" in imported
    early = [name for name in imported if name.startswith(LATER)]
    assert early == []
