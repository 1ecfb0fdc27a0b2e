"""An earlier run that a training continues: its folders, its key, and the pairs to rehearse."""

from __future__ import annotations

import random
from pathlib import Path

from erastyle.corpus.errors import RunError
from erastyle.pipeline.runtime import manifest
from erastyle.train.data import rows
from erastyle.train.options import TrainOptions


def folders(run: Path) -> tuple[Path, Path]:
    """Return the style-model folder and the pairs folder of a finished run.

    Raises:
        RunError: It has no finished style model.
    """
    model = (run / "model").resolve()
    trained = manifest.read(model.parent) if model.is_dir() else None
    if trained is None:
        raise RunError(f"{run} holds no finished style model to go on from. Do its run first.")
    return model, run / "pairs" / trained.identity["needs"]["pairs"]


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
