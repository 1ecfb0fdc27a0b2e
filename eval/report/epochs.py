"""What the prompts that were answered while the model was trained score, epoch by epoch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from erastyle.corpus.document import Format
from erastyle.eval.metric import finite
from erastyle.eval.report.parts import EpochSamples, SampledAnswer
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import style_scores
from erastyle.pipeline.runtime import manifest

ANSWERS, HISTORY = "samples.jsonl", "history.json"


def epochs(train: Path, style: StyleClassifier, form: Format) -> list[EpochSamples]:
    """Return the losses and the style of the answers after each epoch, the start first.

    The folder is only read. One without answers gives nothing: that of a method that trains
    nothing, or of a training without dev sites.

    Args:
        train: Output of the train stage.
        style: The classifier of the score.
        form: Format of the answers.
    """
    path = train / ANSWERS
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    scores = style_scores(style, [Text(row["text"], "", form) for row in rows])["era"]
    general, done = _general_losses(train), manifest.read(train)
    stats = done.stats if done else {}
    passing = {line["update"]: float(line["share"]) for line in stats.get("judged", ())}
    samples = []
    for update in sorted({row["update"] for row in rows}):
        places = [n for n, row in enumerate(rows) if row["update"] == update]
        answers = [
            SampledAnswer(
                rows[n]["brief"],
                rows[n]["text"],
                finite(float(scores[n])),
                rows[n].get("verdict", ""),
            )
            for n in places
        ]
        judged = [a.style for a in answers if a.style is not None]
        first = rows[places[0]]
        samples.append(
            EpochSamples(
                first["epoch"],
                update,
                first["style_loss"],
                general.get(update),
                math.fsum(judged) / len(judged) if judged else None,
                update > 0 and _is_kept(stats, update, first["epoch"]),
                answers,
                passing.get(update),
            )
        )
    return samples


def _general_losses(train: Path) -> dict[int, float]:
    """Return the loss on general dev rows by update, where the training looked at them."""
    path = train / HISTORY
    if not path.is_file():
        return {}
    history: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {
        line["step"]: float(line["eval_general_loss"])
        for line in history
        if "eval_general_loss" in line
    }


def _is_kept(stats: Mapping[str, Any], update: int, epoch: float) -> bool:
    """Say whether the weights of this moment were kept: by the update where pages chose."""
    if "best_update" in stats:
        return bool(stats["best_update"] == update)
    return bool(stats.get("best_epoch") == epoch)
