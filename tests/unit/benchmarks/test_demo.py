"""The parts of benchmarks/demo.py: a measurement that cannot see a process measures nothing."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BENCHMARKS = ROOT / "benchmarks"
PARENT = """
import subprocess, sys
held = b"x" * 60_000_000
subprocess.run([sys.executable, "-c", "import time; h = b'x' * 150_000_000; "
                "sum(range(2_000_000)); time.sleep(1.2)"])
print(len(held))
"""


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("demo", BENCHMARKS / "demo.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["demo"] = module  # its dataclass looks its module up
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def test_memory_and_time_of_children_are_counted(demo: ModuleType) -> None:
    taken = demo.measure(["-c", PARENT])
    assert taken.code == 0
    assert taken.output == "60000000\n"
    assert 0.150 < taken.largest < 0.21
    assert taken.tree > taken.largest + 0.06
    assert taken.wall >= 1.2
    assert 0.03 < taken.cpu < taken.wall


def test_the_exit_code_of_a_failure_is_kept_and_ends_the_measurement(
    demo: ModuleType, tmp_path: Path
) -> None:
    assert demo.command("status", tmp_path).code == 1
    with pytest.raises(SystemExit, match="nothing to measure"):
        demo.work("--run", tmp_path / "run", "--source", tmp_path / "missing")


def test_modules_are_no_package_data(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in demo.PACKAGES:
        (tmp_path / name / "__pycache__").mkdir(parents=True)
    (tmp_path / "corpus" / "a.py").write_text("x" * 5000)
    (tmp_path / "corpus" / "a.tsv").write_text("x" * 3000)
    (tmp_path / "corpus" / "__pycache__" / "a.bin").write_text("x" * 7000)
    (tmp_path / "src" / "erastyle" / "corpus").symlink_to(tmp_path / "corpus")
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    found = demo.package_data()
    assert found.pop("corpus") == 0.003
    assert not any(found.values())


def test_quick_figures_are_marked_and_never_replace_full_ones(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = sys.modules["harness"]
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    for quick in (False, True):
        monkeypatch.setattr(sys, "argv", ["a.py", *(["--quick"] if quick else [])])
        bench = demo.Bench("a")
        bench.figure("speed", 1.0, "x", "-", None)
        bench.finish()
        name = "a-quick.json" if quick else "a.json"
        row = json.loads((tmp_path / "benchmarks" / "results" / name).read_text())[0]
        assert row.get("quick", False) is quick
