"""Training in several processes: `accelerate launch` of this module, one process for each GPU.

The stage machinery (lock, key, manifest) stays in the process that a person started; the processes
that train get the context as a file and give back the counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ErastyleError, ModelError
from erastyle.pipeline.runtime.progress import Lines, Progress
from erastyle.pipeline.runtime.stage import Context, Stats
from erastyle.train.choice.page_judge import JudgeOfFolder
from erastyle.train.model import devices
from erastyle.train.options import TrainOptions

SPEC, RESULT, ERROR = "launch.json", "launch-result.json", "launch-error.txt"
OUT_OF_MEMORY = 137  # 128 + SIGKILL, which the system sends a process that takes too much memory


def fit(context: Context[TrainOptions], process: str = "erastyle.train.fit.launch") -> Stats:
    """Train in `processes` processes and return the counts.

    Args:
        context: Context of the train stage.
        process: Module that each process runs; it calls `main` with the judge that it knows.

    Raises:
        ModelError: A process failed; the message is its own.
    """
    options, out = context.options, context.out
    spec = {
        "options": options.model_dump(mode="json") | _excluded(options),
        "era": context.era.model_dump(mode="json", by_alias=True),
        "seed": context.seed,
        "inputs": {name: str(path.resolve()) for name, path in context.inputs.items()},
        "out": str(out.resolve()),
        "root": str(context.root.resolve()),
        "examples": context.progress.examples,
    }
    for name in (RESULT, ERROR):
        (out / name).unlink(missing_ok=True)
    (out / SPEC).write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, "-m", "accelerate.commands.launch"]
    command += ["--num_processes", str(options.processes), "--num_machines", "1"]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    command += ["--multi_gpu"] if _gpu(options) else ["--cpu"]
    command += ["-m", process, str(out / SPEC)]
    threads = {"OMP_NUM_THREADS": str(options.threads or 1)}
    done = subprocess.run(  # noqa: S603 - our own module
        command, env=os.environ | threads, check=False, stdout=subprocess.DEVNULL
    )
    try:
        if (out / ERROR).exists():
            raise ModelError((out / ERROR).read_text(encoding="utf-8"))
        if done.returncode or not (out / RESULT).exists():
            if done.returncode == OUT_OF_MEMORY:
                raise ModelError(
                    "The system ended a training process, most likely because memory ran out. "
                    "Lower train.max_length or train.processes, or choose a smaller base; "
                    "checkpoints are kept, so run again to continue."
                )
            raise ModelError(
                f"A training process ended with code {done.returncode}. What it printed is above; "
                "finished epochs are kept, so run again to continue."
            )
        stats: Stats = json.loads((out / RESULT).read_text(encoding="utf-8"))
    finally:
        for name in (SPEC, RESULT, ERROR):
            (out / name).unlink(missing_ok=True)
    return stats


def _excluded(options: TrainOptions) -> dict[str, object]:
    """Return the options that are not part of the key, for the processes that train."""
    excluded = {
        name: getattr(options, name)
        for name, info in type(options).model_fields.items()
        if info.exclude
    }
    path = excluded["continue_from"]
    return excluded | {"processes": 1, "continue_from": str(path.resolve()) if path else None}


def _gpu(options: TrainOptions) -> bool:
    return (options.device or devices.best_device()) != "cpu"


def main(spec_path: Path, judge_of: JudgeOfFolder | None = None) -> None:
    """Train as one of several processes.

    Args:
        spec_path: The context, as `fit` wrote it.
        judge_of: Returns the judge of written pages in the folder of the stage `classifier`.
    """
    from erastyle.train.fit import sft

    spec = json.loads(spec_path.read_text(encoding="utf-8"))
    first = os.environ.get("RANK", "0") == "0"
    context = Context(
        options=TrainOptions.model_validate(spec["options"]),
        era=Era.model_validate(spec["era"]),
        seed=spec["seed"],
        inputs={name: Path(path) for name, path in spec["inputs"].items()},
        out=Path(spec["out"]),
        progress=Lines(examples=spec["examples"]) if first else Progress(),
        root=Path(spec["root"]),
    )
    try:
        stats = sft.fit(context, judge_of)
    except ErastyleError as error:
        if first:
            (context.out / ERROR).write_text(str(error), encoding="utf-8")
        raise SystemExit(error.exit_code) from None
    if first:
        (context.out / RESULT).write_text(json.dumps(stats), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
