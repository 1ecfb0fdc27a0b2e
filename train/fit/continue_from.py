"""Going on from an earlier run: its adapter, some of its pairs, and what it lost meanwhile."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError, RunError
from erastyle.pipeline.runtime import manifest
from erastyle.train.data import rows
from erastyle.train.model import folder as loading
from erastyle.train.options import TrainOptions


def folders(run: Path) -> tuple[Path, Path]:
    """Return the style-model folder and the pairs folder of a finished run.

    Raises:
        RunError: It has no finished style model.
    """
    model = (run / "model").resolve()
    found = manifest.read(model.parent) if model.is_dir() else None
    if found is None:
        raise RunError(f"{run} holds no finished style model to go on from. Do its run first.")
    return model, run / "pairs" / found.identity["needs"]["pairs"]


def digest(run: Path) -> str:
    """Return what identifies the earlier style model: the key of its training.

    Raises:
        RunError: There is none.
    """
    return folders(run)[0].parent.name


def earlier_pairs(options: TrainOptions, new: rows.Pairs, seed: int) -> rows.Pairs:
    """Return pairs of the earlier run: some to rehearse, and its dev pairs to measure.

    Keys are ("train", "earlier") and ("dev", "earlier"); empty without an earlier run.

    Raises:
        RunError: The earlier run's pairs are gone.
    """
    if options.continue_from is None:
        return {}
    folder = folders(options.continue_from)[1]
    if not (folder / "kept").is_dir():
        raise RunError(f"{folder} is gone; the earlier pairs are needed for rehearsal.")
    pairs = rows.load_pairs(folder)
    wanted = round(options.earlier * len(new.get(("train", "style"), [])))
    train = pairs.get(("train", "style"), [])
    chosen = random.Random(seed).sample(train, min(wanted, len(train)))  # noqa: S311
    return {("train", "earlier"): chosen, ("dev", "earlier"): pairs.get(("dev", "style"), [])}


def resumed(base: Any, run: Path) -> Any:
    """Return `base` with the earlier run's adapter, ready to be trained further.

    Raises:
        ModelError: It is no LoRA model, or of another base.
    """
    from peft import PeftModel

    folder = folders(run)[0]
    description = loading.describe(folder)
    if description.method != "lora":
        raise ModelError(
            f"{run} was trained with method {description.method}; only LoRA can be continued."
        )
    return PeftModel.from_pretrained(base, str(folder / "adapter"), is_trainable=True)


def matrix(
    run: Path, dev_loss: Mapping[str, Sequence[float]], epoch: int
) -> dict[str, dict[str, float]]:
    """Return dev losses in nats per token, before and after, of what was learnt when.

    Args:
        run: The earlier run.
        dev_loss: The losses of this training by dev set; the first is of before it.
        epoch: The epoch that was kept.
    """
    names = {"earlier": loading.describe(folders(run)[0]).era, "style": "new", "general": "general"}
    return {
        names[name]: {
            "before": losses[0],
            "after": losses[epoch],
            "lost": round(losses[epoch] - losses[0], 4),
        }
        for name, losses in dev_loss.items()
        if name in names and losses
    }


def table(lost: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the matrix as lines for people."""
    lines = ["nats per token on unseen sites   before    after     lost"]
    for name, row in lost.items():
        values = "".join(f"{row[column]:9.3f}" for column in ("before", "after", "lost"))
        lines.append(f"{name:30}{values}")
    return lines
