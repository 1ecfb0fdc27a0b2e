"""A training that is killed goes on, from its newest checkpoint, to the very same model."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from erastyle.pipeline.runtime import manifest
from erastyle.train.fit import checkpoints
from tests.conftest import ROOT, erastyle

pytestmark = pytest.mark.slow

OPTIONS = (
    "--set", "train.epochs=2", "--set", "train.max_tokens=70000", "--set", "train.threads=1",
    "--set", "train.device=cpu", "--set", "train.rank=4", "--set", "train.batch_tokens=512",
    "--set", "train.max_gap=null", "--set", "train.max_general_rise=null",
)  # fmt: skip
JUDGED = (
    *OPTIONS, "--set", "train.choose_by=judge", "--set", "train.judge_briefs=4",
    "--set", "train.judge_tokens=4000", "--set", "train.checkpoint_minutes=0",
)  # fmt: skip
SOURCES = ("--source", "synthetic:60@7", "--contrast", "synthetic-modern:20@7")
PATIENCE = 240  # seconds that a slow machine may take to its first checkpoint
WAITING = """
import sys, time
from erastyle.cli import main
from erastyle.train.fit import checkpoints

seal = checkpoints.seal

def seal_and_wait(folder):
    seal(folder)
    time.sleep(3600)

checkpoints.seal = seal_and_wait
sys.exit(main())
"""
"""A training that waits behind its first checkpoint, however late it is killed."""


def started(
    run: Path, base: Path, options: tuple[str, ...], how: tuple[str, ...] = ("-m", "erastyle")
) -> subprocess.Popen[str]:
    command = [sys.executable, *how, "run", "web-1995", "--until", "train"]
    command += ["--run", str(run), "--base", str(base), *SOURCES, *options]
    search = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": search},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def sealed(run: Path) -> list[int]:
    """The updates after which a whole checkpoint was written."""
    found = run.glob(f"train/*.partial/checkpoints/checkpoint-*/{checkpoints.NAME}")
    return sorted(int(path.parent.name.rpartition("-")[2]) for path in found)


def losses(stage: Path) -> list[dict[str, float]]:
    found: list[dict[str, float]] = json.loads((stage / "history.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("options", "before"),
    [(OPTIONS, ["pairs"]), (JUDGED, ["pairs", "classifier"])],
    ids=["by loss", "by judge"],
)
def test_a_training_killed_after_its_first_checkpoint_ends_in_the_same_weights(
    options: tuple[str, ...], before: list[str], tiny_base: Path, tmp_path: Path
) -> None:
    once, again = tmp_path / "once", tmp_path / "again"
    for stage in before:
        result = erastyle("run", "web-1995", "--until", stage, "--run", once, "--base", tiny_base,
                          *SOURCES, *options)  # fmt: skip
        assert result.exit_code == 0, result.output
    shutil.copytree(once, again, symlinks=True)

    whole = started(once, tiny_base, options)
    output, _ = whole.communicate(timeout=2 * PATIENCE)
    assert whole.returncode == 0, output

    process = started(again, tiny_base, options, ("-c", WAITING))
    deadline = time.monotonic() + PATIENCE
    while not sealed(again):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "no checkpoint in time"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (again / "model").exists(), "a killed training is no model"
    last = max(line["step"] for line in losses(next((once / "train").iterdir())))
    assert sealed(again)[-1] < last, "it was killed before the last epoch ended"

    resumed = started(again, tiny_base, options)
    output, _ = resumed.communicate(timeout=2 * PATIENCE)
    assert resumed.returncode == 0, output
    one, other = (next((run / "train").iterdir()) for run in (once, again))
    assert one.name == other.name
    assert [h.get("loss") for h in losses(one)] == pytest.approx(
        [h.get("loss") for h in losses(other)], abs=1e-6
    )
    weights, after = (
        load_file(folder / "model" / "adapter" / "adapter_model.safetensors")
        for folder in (one, other)
    )
    assert weights.keys() == after.keys()
    assert all(torch.equal(weights[name], after[name]) for name in weights)
    assert manifest.describe(one) == manifest.describe(other)
    left = {path.name for path in (again / "train").iterdir()}
    assert left == {other.name}, "nothing half-written stays behind"
    assert not (other / "checkpoints").exists()
