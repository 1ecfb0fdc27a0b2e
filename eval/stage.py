"""Stage `score`: measure both models on the same briefs, judge the gate, and write the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from erastyle.eval import controls, strength_costs
from erastyle.eval.baseline_stage import task_digests
from erastyle.eval.cards import cards
from erastyle.eval.gate import items
from erastyle.eval.gate.gate import decide
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.measures import MEASURES
from erastyle.eval.metric import ITEM_ROWS, Metric, finite
from erastyle.eval.options import ScoreOptions
from erastyle.eval.report import build, page
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

HEADS = ("markup", "prose", "whole", "era")
JUDGED = ("base_passes", "style_passes", "style_passes_choosing", "style_judgement")


def _run(context: Context[ScoreOptions]) -> Stats:
    progress, limits, seed = context.progress, context.era.gate, context.seed
    progress.start("score", len(MEASURES) + 4, "steps")
    material = Material(context)
    progress.advance()
    metrics: list[Metric] = []
    lines: list[GateLine] = []
    measured: dict[str, Measurement] = {}
    for measure in MEASURES:
        result = measure.measure(material)
        metrics += measure.metrics(result)
        lines += measure.check(result, limits, seed)
        measured |= measure.items(result)
        progress.advance()
    verdict = decide(
        lines, controls.make(material), len(material.outputs), len(material.rows.unseen)
    )
    progress.advance()
    costs = strength_costs.measure(material)
    progress.advance()
    _write_rows(context.out, material)
    items.write(measured, context.out / ITEM_ROWS)
    report = build.build(
        build.RunResults(context, material, metrics, verdict, costs, frozenset(measured))
    )
    (context.out / "score.json").write_text(report.to_json() + "\n", encoding="utf-8")
    cards.write(report, context.out, context.era, context.inputs["split"])
    page.write(report, context.out / "report.html")
    if material.seconds:
        parts = (f"{name} {taken:.1f} s" for name, taken in material.seconds.items())
        progress.detail(", ".join(parts))
    progress.advance()
    return {
        "read": len(material.outputs),
        "kept": len(material.outputs),
        "dropped": 0,
        "quarantined": 0,
        "reasons": {},
        "verdict": verdict.verdict,
        "classifier": material.classifier_digest,
        "parts": material.seconds,
    }


def _write_rows(out: Path, material: Material) -> None:
    """Write one row an output: every number of the report can be traced to it."""
    base, style = material.base.scores, material.style.scores
    columns: list[tuple[str, pa.DataType]] = [("document_id", pa.string()), ("brief", pa.string())]
    columns += [(f"{who}_{head}", pa.float64()) for who in ("base", "style") for head in HEADS]
    columns += [
        *((f"{who}_passes", pa.bool_()) for who in ("base", "style")),
        ("style_passes_choosing", pa.bool_()),
        ("style_judgement", pa.string()),
        ("style_words", pa.int64()),
        ("style_year", pa.float64()),
        ("style_anachronisms", pa.list_(pa.string())),
        ("style_longest_copy", pa.int64()),
        ("style_copied_grams", pa.float64()),
    ]
    shards = Shards(out / "kept", pa.schema(columns))
    for n, row in enumerate(material.outputs):
        longest, dated = material.overlaps[n].longest, style.dated[n]
        shards.write(
            {
                "document_id": row["document_id"],
                "brief": row["brief"],
                **{f"base_{head}": finite(base.scores[head][n]) for head in HEADS},
                **{f"style_{head}": finite(style.scores[head][n]) for head in HEADS},
                **_judged(material, n),
                "style_words": style.words[n],
                "style_year": None if dated.reason else finite(dated.year),
                "style_anachronisms": [hit.term for hit in style.hits[n]],
                "style_longest_copy": longest.length if longest else 0,
                "style_copied_grams": material.overlaps[n].gram_share,
            }
        )
    shards.close()


def _judged(material: Material, n: int) -> dict[str, Any]:
    """Return what the judges say of the texts of brief `n`; None without judges."""
    judgements = material.judgements
    if not judgements.reporting:
        return dict.fromkeys(JUDGED)
    (base, style, _), (_, chosen, _) = judgements.reporting, judgements.choosing
    values = (base[n].passes, style[n].passes, chosen[n].passes, style[n].sentence)
    return dict(zip(JUDGED, values, strict=True))


def _reads(options: ScoreOptions) -> Mapping[str, str]:
    return task_digests(options.task_folder)


SCORE = Stage(
    "score",
    "Score base and fine-tuned model, judge the gate, write the report.",
    ScoreOptions,
    _run,
    needs=("split", "pairs", "comparison", "classifier", "baseline", "train", "generate"),
    era=("title", "period", "formats", "markup", "lexicon_cutoff", "gate"),
    version=7,
    changed="memory is told from what a site has in common; endings from those of real documents",
    seeded=True,
    reads=_reads,
)
