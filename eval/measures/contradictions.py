"""Contradictions: numbers, dates and names of a brief that stand differently in its text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from erastyle.corpus.era import Gate
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.metric import Metric, share_of_texts
from erastyle.eval.style.features import Text
from erastyle.eval.style.features import prose_of as prose_of_text
from erastyle.train.restyle.fact_ledger import Entry, ledger

CHECKS: tuple[Check, ...] = ()
ID = "contradicted"
KINDS = ("number", "date", "name")
_ASKING = re.compile(r"\b(?:words?|year|year is)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ContradictionsResult:
    """Facts of the briefs that stand differently in the texts.

    Attributes:
        told: Whether each brief holds facts.
        changed: The facts of each brief that are another one in the text, of the base's texts, the
            fine-tuned model's texts and the documents of the briefs.
        briefs: The briefs.
    """

    told: Sequence[bool]
    changed: tuple[Sequence[Sequence[Entry]], ...]
    briefs: Sequence[str]


def facts_of(brief: str) -> str:
    r"""Return the part of a brief that tells facts: its notes or draft, without how it asks.

    >>> facts_of("About 300 words. Turn this into a page:\nThe club has 25 members.")
    'The club has 25 members.'
    """
    first, _, material = brief.partition("\n")
    if material:
        lines = [re.sub(r"^[-*]\s+", "", line) for line in material.split("\n")]
        return "\n".join(f"{line.rstrip('.')}." for line in lines if line.strip())
    sentences = re.split(r"(?<=[.!?])\s+", first)
    return " ".join(sentence for sentence in sentences[1:] if not _ASKING.search(sentence))


def contradicted(brief: str, prose: str) -> list[Entry]:
    r"""Return the facts of a brief that a text gives otherwise, in the sentence nearest to theirs.

    Args:
        brief: What was asked for.
        prose: The text without markup.

    >>> text = "Our club has 52 members who meet on Sundays."
    >>> [(e.text, e.now) for e in contradicted("A page:\n- Our club has 25 members", text)]
    [('25 members', '52 members')]
    """
    told = facts_of(brief)
    if not told:
        return []
    changed = [entry for entry in ledger(told, prose).entries if entry.state == "changed"]
    return [entry for entry in changed if entry.kind in KINDS]


def measure(material: Material) -> ContradictionsResult:
    """Hold each text against the facts of its brief."""
    real = [Text(str(row["real"]), "", material.format) for row in material.outputs]
    sides = (material.base.texts, material.style.texts, real)
    changed = tuple(
        [
            contradicted(brief, prose_of_text(text))
            for brief, text in zip(material.briefs, side, strict=True)
        ]
        for side in sides
    )
    told = [bool(ledger(facts_of(brief), "").entries) for brief in material.briefs]
    return ContradictionsResult(told, changed, material.briefs)


def metrics(result: ContradictionsResult) -> list[Metric]:
    """Return the share of the texts that contradict a fact of their brief."""
    kept = [n for n, told in enumerate(result.told) if told]
    if not kept:
        return []
    sides = [[bool(side[n]) for n in kept] for side in result.changed]
    note = (
        f"Of {len(kept)} briefs that tell facts: a number, date or name stands differently in the "
        "sentence nearest to theirs. Real documents show how often that is a false alarm."
    )
    shown = share_of_texts(ID, name="texts that contradict their brief", sides=sides, note=note)
    return [replace(shown, better="lower")]


def items(_result: ContradictionsResult) -> Mapping[str, Measurement]:
    """Return nothing: the report lists the facts."""
    return {}


def check(_result: ContradictionsResult, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: no limit is set."""
    return []
