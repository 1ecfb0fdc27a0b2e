"""docs/benchmarks.md is what the script makes from the results, and says what they say."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BENCHMARKS = ROOT / "benchmarks"
ROW = {
    "figure": "speed", "value": 12.5, "unit": "x", "goal": ">= 10", "holds": True,
    "peers": {"other | one": 1.25}, "machine": "a machine, 2 cores", "date": "2026-01-02",
}  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("tables", BENCHMARKS / "tables.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def test_the_page_is_made_from_the_results(tables: ModuleType) -> None:
    assert tables.page(tables.load(tables.files())) == tables.PAGE.read_text(encoding="utf-8"), (
        "docs/benchmarks.md is old. Run: python benchmarks/tables.py"
    )


def test_the_counts_of_dropped_documents_are_those_of_the_results(tables: ModuleType) -> None:
    text = tables.ERAS.read_text(encoding="utf-8")
    part = tables.dropped(tables.load(tables.files()))
    assert tables.filled(text, part) == text, (
        "docs/eras.md is old. Run: python benchmarks/tables.py"
    )
    rows = [
        ROW | {"figure": "web-1995: ingest to pairs", "value": 7},
        ROW | {"figure": "web-1995: clean, kept of 9", "value": 7},
        ROW | {"figure": "web-1995: clean, not kept: too short", "value": 2},
        ROW | {"figure": "web-1995: pairs, not kept: site has enough", "value": 5},
        ROW | {"figure": "usenet-1993: clean, not kept: not prose", "value": 4},
        ROW | {"figure": "usenet-1993: clean, not kept: too short", "value": 1234},
    ]
    part = tables.dropped({"eras": rows})
    assert part.splitlines()[3:] == [
        "| stage | not kept because | `web-1995` | `usenet-1993` |",
        "|---|---|---:|---:|",
        "| `clean` | too short | 2 | 1,234 |",
        "| `clean` | not prose |  | 4 |",
        "| `pairs` | site has enough | 5 |  |",
    ]
    assert tables.filled(tables.filled(text, part), part).count("too short | 2 | 1,234") == 1


def test_a_page_without_the_marks_is_refused(tables: ModuleType) -> None:
    with pytest.raises(ValueError, match="to put the counts between"):
        tables.filled("# Eras", "nothing")


def test_a_goal_that_is_missed_is_listed_before_all_tables(tables: ModuleType) -> None:
    missed = ROW | {"figure": "memory", "holds": False}
    text = tables.page({"demo": [ROW, missed]})
    assert "1 of 2 goals are reached." in text
    assert text.index("- [demo](#demo), memory: 12.500 x, goal >= 10") < text.index("## demo")
    assert "| memory | 12.500 | x | >= 10 | **no** |" in text


def test_a_quick_run_says_so_and_stands_in_a_table_of_its_own(tables: ModuleType) -> None:
    text = tables.page({"demo": [ROW, ROW | {"quick": True}]})
    assert text.count("Measured on") == 2
    assert text.count("a part of the work only") == 1


def test_a_figure_without_a_goal_counts_for_none(tables: ModuleType) -> None:
    text = tables.page({"demo": [ROW | {"holds": None, "goal": "-"}]})
    assert "0 of 0 goals" in text
    assert "| speed | 12.500 | x |  |  | other \\| one: 1.250 |" in text


def test_every_results_file_says_which_script_wrote_it(tables: ModuleType) -> None:
    for name in tables.load(tables.files()):
        assert tables.question(name), f"benchmarks/results/{name}.json has no script"


def test_something_else_among_the_results_is_refused(tables: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{}")
    with pytest.raises(ValueError, match=r"odd\.json is not a list of figures"):
        tables.load(tables.files(tmp_path))


def test_results_that_git_does_not_know_wait_until_they_are_added(
    tables: ModuleType, tmp_path: Path
) -> None:
    if subprocess.run(["git", "init", "-q", tmp_path], check=False).returncode:
        pytest.skip("needs git")
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("[]")
    subprocess.run(["git", "add", "b.json"], cwd=tmp_path, check=True)
    assert [path.name for path in tables.files(tmp_path)] == ["b.json"]
