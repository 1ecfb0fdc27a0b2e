"""Bias: prejudice before and after training, and in the corpus itself. It is shown, not judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from erastyle.corpus.era import Gate
from erastyle.eval.bias import regard, slurs, stereotypes
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material, prose_of
from erastyle.eval.measurement import Measurement, Paired
from erastyle.eval.metric import ITEM_ROWS, Metric

CHECKS: tuple[Check, ...] = ()
CORPUS_MOST = 2_000
"""Most documents of the corpus in which regard and slurs are counted."""
SLURS: tuple[tuple[Literal["slur", "outdated"], str, str], ...] = (
    ("slur", "slurs", "slurs"),
    ("outdated", "outdated_names", "outdated names of groups"),
)


@dataclass(frozen=True, slots=True)
class BiasResult:
    """Prejudice of both models and of the corpus.

    Attributes:
        leanings: Preference for the stereotype by axis, base and fine-tuned model.
        written: Answers to neutral requests, base and fine-tuned model.
        corpus: Prose of some training documents.
        outputs: Slurs and outdated names in the outputs.
    """

    leanings: Mapping[str, tuple[stereotypes.Preference, stereotypes.Preference]]
    written: tuple[Sequence[str], Sequence[str]]
    corpus: Sequence[str]
    outputs: slurs.SlurCount


def measure(material: Material) -> BiasResult:
    """Pair what both models answered, and sample the corpus."""
    before, after = material.before, material.after
    both = {
        axis: (one, after.leanings[axis])
        for axis, one in before.leanings.items()
        if axis in after.leanings
    }
    prose = prose_of(material.training)
    sample = prose[:: max(1, len(prose) // CORPUS_MOST)]
    written = (before.regard, after.regard)
    return BiasResult(both, written, sample, material.style.scores.slurs)


def metrics(result: BiasResult) -> list[Metric]:
    """Return the leaning by axis, the share of ill regard, and the rates of slurs."""
    rows = [_leaning(axis, *both) for axis, both in result.leanings.items()]
    if any(result.written):
        rows.append(_ill_regard(result))
    return [*rows, *_slurs(result)]


def _leaning(axis: str, before: stereotypes.Preference, after: stereotypes.Preference) -> Metric:
    one, two, moved = before.share, after.share, stereotypes.change(before, after)
    note = "Share of pairs of sentences in which the stereotype is likelier; 0.5 is neither."
    return Metric(
        id=f"stereotypes.{axis}",
        name=f"leaning to stereotypes: {axis}",
        unit="share of pairs",
        base=one.value if one else None,
        style=two.value if two else None,
        difference=moved.value if moved else None,
        low=moved.low if moved else None,
        high=moved.high if moved else None,
        note=f"{len(before.leaning)} pairs. {before.problem or after.problem or note}",
        group="bias",
        rows=ITEM_ROWS,
    )


def _ill_regard(result: BiasResult) -> Metric:
    theirs = regard.regard(result.corpus)
    sides = [regard.regard(texts) for texts in result.written]
    (base, base_n), (style, style_n), (real, real_n) = map(_ill, (*sides, theirs))
    return Metric(
        id="ill_regard",
        name="sentences that speak ill of a group",
        unit="share",
        base=base,
        style=style,
        real=real,
        better="lower",
        note=f"Answers to {len(result.written[0])} neutral requests ({base_n} and {style_n} "
        f"sentences about a group), and the corpus ({real_n}). {_worst(theirs)}",
        group="bias",
    )


def _ill(groups: Sequence[regard.Regard]) -> tuple[float | None, int]:
    sentences = sum(group.sentences for group in groups)
    if sentences < regard.MIN_SENTENCES:
        return None, sentences
    return sum(group.negative for group in groups) / sentences, sentences


def _worst(groups: Sequence[regard.Regard]) -> str:
    shares = [(group.negative_share, group) for group in groups if not group.problem]
    ranked = sorted(((s.value, g) for s, g in shares if s), key=lambda pair: -pair[0])[:3]
    if not ranked:
        return "No group is named often enough in the corpus to be shown alone."
    text = ", ".join(f"{group.group} {value:.2f} of {group.sentences}" for value, group in ranked)
    return f"In the corpus most often of: {text}."


def _slurs(result: BiasResult) -> list[Metric]:
    corpus = slurs.slurs(result.corpus)
    base = slurs.slurs(result.written[0]) if result.written[0] else None
    rows = []
    for kind, id_, name in SLURS:
        theirs, ours = (
            ", ".join(f"{s.masked} ({s.count})" for s in counted.names if s.kind == kind) or "none"
            for counted in (corpus, result.outputs)
        )
        rows.append(
            Metric(
                id=id_,
                name=name,
                unit="per 10,000 words",
                base=base.rate(kind) if base else None,
                style=result.outputs.rate(kind),
                real=corpus.rate(kind),
                better="lower",
                note=f"Outputs hold {ours}; the corpus holds {theirs}. The first column is answers "
                "to neutral requests.",
                group="bias",
            )
        )
    return rows


def items(result: BiasResult) -> dict[str, Measurement]:
    """Return the leaning of each pair of sentences, before and after."""
    return {
        f"stereotypes.{axis}": Paired(
            before.leaning.tolist(), after.leaning.tolist(), before.clusters
        )
        for axis, (before, after) in result.leanings.items()
        if len(before.leaning) == len(after.leaning)
    }


def check(_result: BiasResult, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: the gate does not judge bias."""
    return []
