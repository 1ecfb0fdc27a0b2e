"""The page about scaling says what was measured."""

from __future__ import annotations

import json
import sys

import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import plan

MEASURED = [
    {"figure": "CPU, 10,000 documents, 8 MB", "value": 1.5},
    {"figure": "wall time, 10,000 documents, 8 MB", "value": 1.6},
    {"figure": "peak memory, 10,000 documents, 8 MB", "value": 265.4},
    {"figure": "CPU of the stage, 10,000 documents, 8 MB", "value": 2.75},
    {"figure": "cost: fingerprints", "value": 20.0},
    {"figure": "cost: candidates", "value": 10.0},
    {"figure": "cost: verification", "value": 50.0},
    {"figure": "cost: reading again", "value": 20.0},
    {"figure": "size: fingerprint", "value": 1000.0},
    {"figure": "size: shingles", "value": 600.0},
    {"figure": "size: text put aside", "value": 500.0},
    {"figure": "bands", "value": 96},
]


def test_the_curve_has_a_line_for_each_size():
    assert list(plan.curve(MEASURED))[2:] == ["| 10,000 | 8 | 1.5 | 1.6 | 265 | 2.8 |"]


def test_the_plan_is_the_measured_constants_multiplied():
    known = plan.constants(MEASURED)
    assert known["fingerprint CPU, us/KB"] == pytest.approx(40)
    lines = dict(plan.planned(known, 10_000_000, 16))
    assert lines["prose"] == "50 GB"
    # 10 million documents of 5 KB at 40 us a KB: 2,000 s.
    assert lines["CPU hours: fingerprints"] == "0.56"
    assert lines["CPU hours: candidates"] == "0.03"
    # 2 million candidates of 5 KB at 100 us a KB, and 50 million KB read again at 20.
    assert lines["CPU hours: verification, the corpus read again"] == "0.56"
    assert lines["fingerprints on disk"] == "10 GB"
    assert lines["band table, 16 bytes a row, all columns"] == "15.4 GB"


def test_a_figure_that_is_missing_is_named():
    with pytest.raises(ValueError, match="cost: candidates"):
        plan.constants([r for r in MEASURED if r["figure"] != "cost: candidates"])


def test_the_page_is_made_from_the_results():
    rows = json.loads((ROOT / "benchmarks" / "results" / "scale.json").read_text("utf-8"))
    text = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert plan.page(text, plan.parts(rows)) == text
