"""Continues the training of an earlier run: its adapter, and what the training lost of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.data import earlier_run
from erastyle.train.model import folder as loading


def resumed(base: Any, run: Path) -> Any:
    """Return `base` with the earlier run's adapter, ready to be trained further.

    Raises:
        ModelError: It is no LoRA model, or of another base.
    """
    from peft import PeftModel

    folder = earlier_run.folders(run)[0]
    description = loading.describe(folder)
    if description.method != "lora":
        raise ModelError(
            f"{run} was trained with method {description.method}; only LoRA can be continued."
        )
    return PeftModel.from_pretrained(base, str(folder / "adapter"), is_trainable=True)


def matrix(
    run: Path, dev_loss: Mapping[str, Sequence[float]], epoch: int
) -> dict[str, dict[str, float]]:
    """Return dev losses in nats per token, before and after, of the earlier and the new pairs.

    Args:
        run: The earlier run.
        dev_loss: Losses by dev set; the first of each was measured before training.
        epoch: Number of the epoch that was kept.
    """
    names = {
        "earlier": loading.describe(earlier_run.folders(run)[0]).era,
        "style": "new",
        "general": "general",
    }
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
