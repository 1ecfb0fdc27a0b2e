"""The share of the best method counts the methods of earlier calls too."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, with results in a folder of its own."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("compare", BENCHMARKS / "compare.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "compare", module)  # dataclasses look it up
    spec.loader.exec_module(module)
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    monkeypatch.setattr(sys.modules["harness"], "ROOT", tmp_path)
    return module


def test_no_page_at_all_is_a_share_too(compare):
    bench = compare.Bench("compare")
    found = {"lora": compare.Answer((0, 0), 24, {}), "full": compare.Answer((6, 6), 24, {})}
    compare.report(bench, found, others=False)
    (share,) = [row for row in bench.rows if row["figure"] == compare.OF_BEST]
    assert (share["value"], share["holds"]) == (0, False)


def test_a_method_measured_alone_stands_beside_those_before(compare, tmp_path):
    kept = [
        {"figure": "a. full: pass, reporting judge", "value": 0.5, "unit": "share", "goal": "",
         "holds": None, "peers": {}},
        {"figure": compare.OF_BEST, "value": 1.0, "unit": "share", "goal": "", "holds": True,
         "peers": {}},
    ]  # fmt: skip
    results = tmp_path / "benchmarks" / "results" / "compare.json"
    results.write_text(json.dumps(kept))
    bench = compare.Bench("compare")
    compare.report(bench, {"lora": compare.Answer((6, 5), 24, {})}, others=True)
    (share,) = [row for row in bench.rows if row["figure"] == compare.OF_BEST]
    assert share["value"] == 0.5
    assert share["holds"] is False
