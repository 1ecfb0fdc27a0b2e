"""`run`: with --minutes the documents are prepared once, before the time is shared out."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle import base_speed, budget
from erastyle.base_speed import Speeds
from erastyle.corpus.errors import ErastyleError
from tests.conftest import erastyle


def test_documents_are_prepared_once_before_the_time_is_shared_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(*_: object) -> None:
        raise ErastyleError("the time is shared out")

    monkeypatch.setattr(base_speed, "measure", lambda *_: Speeds(100.0, 90.0, 400.0))
    monkeypatch.setattr(budget, "save", enough)
    result = erastyle(
        "run",
        "web-1995",
        "--run",
        tmp_path / "run",
        "--minutes",
        "30",
        "--base",
        "starter",
        "--source",
        "synthetic:60@7",
        "--contrast",
        "synthetic-modern:40@7",
    )
    assert "the time is shared out" in result.output
    for stage in ("ingest", "clean", "classifier"):
        done = [line for line in result.output.splitlines() if line.startswith(stage)]
        assert sum(" read, " in line for line in done) == 1, done
