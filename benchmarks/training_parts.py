"""Where does the time of the train stage go on the embedded sample?

The stage as `erastyle run` does it, with its defaults but one thread, in a process that has not
loaded torch. CPU seconds of each part, without those of the parts inside it. What is no update is
outside: loading libraries and the base, encoding, dev losses, samples, checkpoints, saving.

    python benchmarks/training_parts.py [--quick]
"""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench, quick

UPDATES = "updates"


class Clock:
    """CPU seconds by name, each without what is timed inside it."""

    def __init__(self) -> None:
        """Begin."""
        self.seconds: dict[str, float] = {}
        self._inside = [0.0]

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work` with its time counted under `name`."""

        @functools.wraps(work)
        def counted(*args: Any, **more: Any) -> Any:
            self._inside.append(0.0)
            started = time.process_time()
            try:
                return work(*args, **more)
            finally:
                taken = time.process_time() - started
                own = taken - self._inside.pop()
                self._inside[-1] += taken
                self.seconds[name] = self.seconds.get(name, 0.0) + own

        return counted

    def wrap(self, place: Any, attribute: str, name: str) -> None:
        """Count the calls of a function where it stands."""
        setattr(place, attribute, self.timed(name, getattr(place, attribute)))


def libraries() -> None:
    """Load what the stage loads."""
    import datasets  # noqa: F401
    import peft  # noqa: F401
    import torch
    import trl

    _ = trl.SFTTrainer
    torch.set_num_threads(1)


def stage(clock: Clock, folder: Path, inputs: dict[str, Path], tokens: int | None) -> Any:
    """Do the train stage and return its counts."""
    clock.timed("libraries", libraries)()
    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.fit import build_trainer, callbacks, checkpoints, sft, trainer
    from erastyle.train.model import loading
    from erastyle.train.options import TrainOptions
    from erastyle.train.stage import TRAIN

    for place, attribute, name in (
        (loading, "load_base", "base and tokenizer"),
        (loading, "load_tokenizer", "base and tokenizer"),
        (sft, "encoded", "encoding"),
        (sft, "_choose_threads", "timing a token"),
        (build_trainer, "trainer", "making the trainer"),
        (trainer.PlainLossTrainer, "train", UPDATES),
        (trainer.PlainLossTrainer, "evaluate", "dev losses"),
        (callbacks.Samples, "on_evaluate", "samples"),
        (trainer.PlainLossTrainer, "_save_checkpoint", "checkpoints"),
        (trainer.PlainLossTrainer, "_load_best_model", "checkpoints"),
        (checkpoints, "seal", "checkpoints"),
        (sft, "_save", "style model"),
    ):
        clock.wrap(place, attribute, name)
    given = {"device": "cpu", "threads": 1} | ({"max_tokens": tokens} if tokens else {})
    options = TrainOptions.model_validate(given)
    folder.mkdir()
    context = Context(options, eras.load("web-1995"), 1, inputs, folder, Progress(), folder.parent)
    return clock.timed("everything else", TRAIN.run)(context)


def pairs(folder: Path) -> Path:
    """Make the pairs of the embedded sample, and return their folder."""
    from typer.testing import CliRunner

    from erastyle.cli import app

    command = ["run", "web-1995", "--until", "pairs", "--run", str(folder)]
    result = CliRunner().invoke(app, command)
    if result.exit_code:
        raise SystemExit(result.output)
    return next(itertools.islice((folder / "pairs").iterdir(), 1))


def main() -> None:
    """Print the table and write the figures."""
    tokens = 40_000 if quick() else None
    bench = Bench("training_parts")
    clock = Clock()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        started = pairs(root / "run")
        stats = stage(clock, root / "out", {"pairs": started}, tokens)
    total = sum(clock.seconds.values())
    outside = 1 - clock.seconds[UPDATES] / total
    shares = {name: round(s, 2) for name, s in sorted(clock.seconds.items(), key=lambda i: -i[1])}
    bench.figure("the train stage", total, "CPU s", "-", None, {"tokens": stats["tokens"]})
    full = tokens is None
    bench.figure(
        "time outside updates", outside, "share", "<= 0.10" if full else "-",
        outside <= 0.10 if full else None, {f"{name}, CPU s": s for name, s in shares.items()},
    )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
