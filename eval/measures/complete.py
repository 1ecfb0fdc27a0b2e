"""Complete: does a text end by itself, and does a browser show the page?

Few documents of an era may be as short as the length limit. A text that goes on where a document
would go on is no fault, so its end is asked for as often as real documents end there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from erastyle.corpus.era import Gate
from erastyle.corpus.html.shown import problem
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Share
from erastyle.eval.metric import Metric, share_of_texts

ENDED = Check(
    "ended",
    "ending",
    "share of outputs that end by themselves before the length limit, against the share of real "
    "documents that are as short",
    "min_ended",
    Share,
    checks.passing,
    on_briefs=True,
    of_texts=True,
)
SHOWN = Check(
    "shown",
    "rendering",
    "share of outputs of which a browser shows a page: not blank, the title closed, no text "
    "swallowed by markup",
    "min_shown",
    Share,
    checks.passing,
    on_briefs=True,
    of_texts=True,
)
CHECKS = (ENDED, SHOWN)


@dataclass(frozen=True, slots=True)
class CompleteResult:
    """Which texts are whole.

    Attributes:
        ended: Whether each text ended by itself, of the base and of the fine-tuned model.
        short: Whether each real document is as short as the length limit.
        problems: What a browser would show wrongly of each text, of the base, the fine-tuned model
            and real documents; empty: nothing. None where the era writes no HTML.
    """

    ended: tuple[Sequence[bool], Sequence[bool]]
    short: Sequence[bool]
    problems: tuple[Sequence[str], Sequence[str], Sequence[str]] | None


def measure(material: Material) -> CompleteResult:
    """Look at the end of each text and at the page that a browser makes of it."""
    before, after = (
        [bool(row[f"{who}_stopped"]) for row in material.outputs] for who in ("base", "style")
    )
    short = within_limit(material)
    if not material.html:
        return CompleteResult((before, after), short, None)
    base, style, real = (
        [problem(text.body) for text in side.texts]
        for side in (material.base, material.style, material.real)
    )
    return CompleteResult((before, after), short, (base, style, real))


def within_limit(material: Material) -> list[bool]:
    """Return of each real document whether it is as short as the length limit.

    A document's tokens are told from its characters, by those of the texts that were written.
    """
    tokens = sum(int(row["style_tokens"]) for row in material.outputs)
    characters = sum(len(str(row["style"])) for row in material.outputs)
    most = material.length_limit * characters / max(1, tokens)
    return [len(text.body) <= most for text in material.real.texts]


def metrics(result: CompleteResult) -> list[Metric]:
    """Return the share that ends, and the share of which a browser shows a page."""
    ended = share_of_texts(
        ENDED.id,
        name="texts that end by themselves",
        sides=(*result.ended, result.short),
        note="The others reached the length limit. Of real documents those count that are as short "
        "as it.",
    )
    if result.problems is None:
        return [ended]
    reasons = Counter(reason for reason in result.problems[1] if reason)
    said = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    shown = share_of_texts(
        SHOWN.id,
        name="pages that a browser shows whole",
        sides=[[not reason for reason in side] for side in result.problems],
        note=f"Of the others: {said}." if said else "",
    )
    return [ended, shown]


def items(result: CompleteResult) -> dict[str, Measurement]:
    """Return how many outputs end, and how many a browser shows."""
    ended = result.ended[1]
    counts: dict[str, Measurement] = {ENDED.id: Share(sum(ended), len(ended))}
    if result.problems is not None:
        style = result.problems[1]
        counts[SHOWN.id] = Share(style.count(""), len(style))
    return counts


def check(result: CompleteResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the lines of ending and, where the era writes HTML, of rendering.

    The limit of ending is `min_ended` of what real documents do.
    """
    measured = items(result)
    # One more real document, as short as that, is reckoned with: no limit is 0.
    usual = (sum(result.short) + 1) / (len(result.short) + 1)
    limits = limits.model_copy(update={ENDED.limit: limits.min_ended * usual})
    return [one.line(measured[one.id], limits, seed) for one in CHECKS if one.id in measured]
