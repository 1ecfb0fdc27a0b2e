"""How the untuned base scores with its own system prompt.

A request stands alone in training and everywhere after. Some bases were trained with a sentence of
their own before each request; without it they answer less well, and one template for all would
handicap them. So the base is measured both ways: the other metrics show it with the request alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.metric import Metric, mean_of_known
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import TextMetrics, measure_texts
from erastyle.pipeline.runtime import ledger

CHECKS: tuple[Check, ...] = ()
NOTE = "Of the base alone: its answers to the same briefs, each after the base's own system prompt."


@dataclass(frozen=True, slots=True)
class OwnPromptResult:
    """What was measured on the base's answers with its own prompt.

    Attributes:
        scores: What was measured on each text; None where the base has no prompt of its own.
    """

    scores: TextMetrics | None


def measure(material: Material) -> OwnPromptResult:
    """Measure the base's answers with its own prompt, where the baseline stage has them."""
    written = {
        row["document_id"]: row.get("base_own_prompt")
        for row in ledger.rows(material.inputs["baseline"] / "kept")
    }
    texts = [written.get(row["document_id"]) for row in material.outputs]
    if any(text is None for text in texts):
        return OwnPromptResult(None)
    given = [Text(str(text), "", material.format) for text in texts]
    return OwnPromptResult(measure_texts(material.classifier, given, material.briefs, material.era))


def metrics(result: OwnPromptResult) -> list[Metric]:
    """Return style and anachronisms of the base with its own prompt."""
    scored = result.scores
    if scored is None:
        return []
    words = sum(scored.words)
    later = 1000 * sum(len(hits) for hits in scored.hits) / words if words else None
    return [
        Metric(
            id="own_prompt.style_score",
            name="style of the base with its own system prompt",
            unit="probability",
            base=mean_of_known(np.asarray(scored.scores["era"], float)),
            better="higher",
            note=NOTE,
            group="style",
        ),
        Metric(
            id="own_prompt.anachronisms",
            name="anachronisms of the base with its own system prompt",
            unit="per 1,000 words",
            base=later,
            better="lower",
            note=NOTE,
            group="anachronism",
        ),
    ]


def items(_result: OwnPromptResult) -> dict[str, Measurement]:
    """Return nothing: these metrics judge no fine-tuned model."""
    return {}


def check(_result: OwnPromptResult, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: the gate judges the fine-tuned model."""
    return []
