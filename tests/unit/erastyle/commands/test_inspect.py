"""`erastyle inspect` shows what is learnt of a row."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import erastyle


def test_inspect_shows_what_is_learnt_and_what_is_not(small_run: Path) -> None:
    result = erastyle("inspect", small_run, "--row", 1, "--json")
    assert result.exit_code == 0, result.output
    first = json.loads(result.output.splitlines()[0])
    learnt = "".join(t for t, yes in zip(first["tokens"], first["learnt"], strict=True) if yes)
    request = "".join(t for t, yes in zip(first["tokens"], first["learnt"], strict=True) if not yes)
    assert learnt.endswith("<|im_end|>")
    assert request.startswith("<|im_start|>user")
    shown = erastyle("inspect", small_run, "--row", 1)
    assert "learnt" in shown.output
    assert erastyle("inspect", small_run, "--row", 10**6).exit_code == 1
