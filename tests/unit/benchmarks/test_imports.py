"""Every benchmark can be imported: what the package has moved is found by its new name."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

BENCHMARKS = ROOT / "benchmarks"
NEEDS_OTHERS = {"base_peer", "export_peer", "export_server"}  # run in environments of their own
CODE = """
import importlib, sys
sys.path.insert(0, {folder!r})
for name in {names!r}:
    try:
        importlib.import_module(name)
    except (ImportError, AttributeError, SyntaxError) as error:
        print(f"{{name}}: {{error}}")
"""


def test_every_benchmark_can_be_imported() -> None:
    names = sorted({path.stem for path in BENCHMARKS.glob("*.py")} - NEEDS_OTHERS)
    assert len(names) > 40
    code = CODE.format(folder=str(BENCHMARKS), names=names)
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout == ""
