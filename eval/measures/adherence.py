"""Adherence: does a text write about what its brief asks for, and keep the title?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape

import numpy as np

from erastyle.corpus.copying.echo import MOST_ECHO, echo_share, is_echo
from erastyle.corpus.era import Gate
from erastyle.corpus.prompts import general
from erastyle.eval.adherence.own_brief import BriefRanking, OwnBrief
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material, prose_of
from erastyle.eval.measurement import Mean, Measurement
from erastyle.eval.metric import Metric, share_of_texts
from erastyle.eval.style.features import Text
from erastyle.eval.style.features import prose_of as prose_of_text

TOPIC = Check(
    "adherence",
    "brief adherence",
    "share of the other briefs that a text's own brief ranks above, the brief's words left out of "
    "the text; 0.5: the text could be for any brief",
    "min_adherence",
    Mean,
    checks.mean_above,
    on_briefs=True,
    of_texts=True,
)
CHECKS = (TOPIC,)


@dataclass(frozen=True, slots=True)
class AdherenceResult:
    """How texts rank their own brief, and whether they have the title that was asked for.

    Attributes:
        own: Of the base's texts, the fine-tuned model's texts and the documents of the briefs; a
            text that says nothing but its brief ranks last.
        titled: Whether each text holds its title, of the same three; texts whose brief names none
            are left out.
        echo: Share of each text that stands in its brief, of the same three.
        sites: Site of each brief.
        problem: Why nothing was ranked, or empty.
    """

    own: tuple[OwnBrief, ...]
    titled: tuple[Sequence[bool], ...]
    echo: tuple[Sequence[float], ...]
    sites: Sequence[str]
    problem: str = ""


def measure(material: Material) -> AdherenceResult:
    """Rank the briefs by each text, and look for the titles."""
    rows = material.outputs
    real = [Text(str(row["real"]), "", material.format) for row in rows]
    sides = [
        [prose_of_text(text) for text in texts]
        for texts in (material.base.texts, material.style.texts, real)
    ]
    titles = {document.id: " ".join(document.title.split()) for document in material.documents}
    asked = [titles.get(str(row["document_id"]), "") for row in rows]
    named = [n for n, t in enumerate(asked) if t and t.lower() in rows[n]["brief"].lower()]
    bodies = (material.base.texts, material.style.texts, real)
    titled = tuple([asked[n].lower() in _plain(texts[n].body) for n in named] for texts in bodies)
    echo = tuple(
        [echo_share(text, brief) for text, brief in zip(side, material.briefs, strict=True)]
        for side in sides
    )
    documents = [*prose_of(material.training), *general.texts("train")]
    try:
        ranking = BriefRanking(material.briefs, documents)
    except ValueError as error:
        return AdherenceResult((), titled, echo, material.style.sites, str(error))
    own = tuple(_without_echoes(ranking.rank(side), side, material.briefs) for side in sides)
    return AdherenceResult(own, titled, echo, material.style.sites)


def _without_echoes(own: OwnBrief, texts: Sequence[str], briefs: Sequence[str]) -> OwnBrief:
    """Return the ranks with 0 for texts that say nothing but their brief."""
    echoes = np.array([is_echo(text, brief) for text, brief in zip(texts, briefs, strict=True)])
    return OwnBrief(np.where(echoes, 0.0, own.above), own.first & ~echoes)


def _plain(body: str) -> str:
    return " ".join(unescape(body).lower().split())


def metrics(result: AdherenceResult) -> list[Metric]:
    """Return how texts rank their own brief, how often it is first, and the titles kept."""
    shown = []
    if result.own:
        note = "The words of the brief are left out of the text. By chance 0.5."
        shown = [
            share_of_texts(
                TOPIC.id,
                name="own brief ranks above others",
                sides=[own.above for own in result.own],
                note=note,
                compared=True,
            ),
            share_of_texts(
                f"{TOPIC.id}.first",
                name="own brief ranks first",
                sides=[own.first for own in result.own],
                note=f"Among {len(result.own[0].first)} briefs.",
            ),
        ]
    echoes = sum(share > MOST_ECHO for share in result.echo[1])
    stands = share_of_texts(
        f"{TOPIC.id}.echo",
        name="share of the text that stands in its brief",
        sides=result.echo,
        note=f"Runs of four words. {echoes} texts say hardly anything else, and rank last.",
    )
    shown.append(replace(stands, better="lower"))
    if result.titled and result.titled[0]:
        note = f"Of {len(result.titled[0])} texts whose brief names a title."
        shown.append(
            share_of_texts(
                f"{TOPIC.id}.title", name="has the title asked for", sides=result.titled, note=note
            )
        )
    return shown


def items(result: AdherenceResult) -> dict[str, Measurement]:
    """Return the rank of each text's own brief; nothing where there were too few briefs."""
    if not result.own:
        return {}
    return {TOPIC.id: Mean(result.own[1].above.tolist(), tuple(result.sites))}


def check(result: AdherenceResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of adherence; with too few briefs it is open, and says why."""
    measured = items(result)
    if not measured:
        return [TOPIC.empty(result.problem)]
    return [TOPIC.line(measured[TOPIC.id], limits, seed)]
