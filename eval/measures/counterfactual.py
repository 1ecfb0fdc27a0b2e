"""Would naming the era buy a better style score? The same text, with what only names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.document import Format
from erastyle.corpus.era import Era, Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Paired
from erastyle.eval.metric import OUTPUT_ROWS, Metric, mean_of_known
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import style_scores

_YEAR = re.compile(r"(?<![0-9])(?:1[0-9]|20)[0-9]{2}(?![0-9])")
_BODY = re.compile(r"<body\b[^<>]{0,4000}>", re.IGNORECASE)


def dated(text: str, format: Format, era: Era) -> str:  # noqa: A002
    r"""Return `text` with its years set to the era's, and that year and decade added to it.

    >>> from erastyle.corpus import era
    >>> dated("Written in 2019.", "text", era.load("web-1995"))
    '1995 1990s\n\nWritten in 1995.\n\n1995 1990s'
    """
    year = _middle(era)
    return _around(_YEAR.sub(str(year), text), format, f"{year} {year // 10 * 10}s")


def named(text: str, format: Format, era: Era) -> str:  # noqa: A002
    r"""Return `text` with the era's title at its beginning and end.

    A title is made of words that texts of the era may use, so this may move a score a little.

    >>> from erastyle.corpus import era
    >>> named("Hello.", "text", era.load("web-1995"))
    'the early web, 1993-1997\n\nHello.\n\nthe early web, 1993-1997'
    """
    return _around(text, format, era.title)


def _middle(era: Era) -> int:
    return (era.period.first.year + era.period.last.year) // 2


def _around(text: str, format: Format, label: str) -> str:  # noqa: A002
    """Return `text` with `label` at both ends, inside the body of a page."""
    if format == "text":
        return f"{label}\n\n{text}\n\n{label}"
    body = _BODY.search(text)
    at = body.end() if body else 0
    return f"{text[:at]}\n{label}\n{text[at:]}\n{label}\n"


# --- the measure ----------------------------------------------------------------------------

MOVED = Check(
    "counterfactual",
    "counterfactual",
    "change of the score by words that only name the era",
    "max_counterfactual",
    Paired,
    checks.counterfactual,
    on_briefs=True,
)
CHECKS = (MOVED,)


@dataclass(frozen=True, slots=True)
class CounterfactualResult:
    """Style scores before and after the era was named; the base's texts come first.

    Attributes:
        year: After the era's year was put in.
        title: After the era's title was put in.
    """

    year: Paired
    title: Paired


def measure(material: Material) -> CounterfactualResult:
    """Score the texts of both models again with the era named in them."""
    texts = [*material.base.texts, *material.style.texts]
    sites = (*material.base.sites, *material.style.sites)
    # Both sides are rendered anew: a prose that was given would hide the change, or be one.
    plain = [Text(t.body, "", t.format) for t in texts]
    before = style_scores(material.classifier, plain)["era"].tolist()

    def moved(change: Callable[[str, Format, Era], str]) -> Paired:
        changed = [Text(change(t.body, t.format, material.era), "", t.format) for t in texts]
        after = style_scores(material.classifier, changed)["era"].tolist()
        return Paired(before, after, sites)

    return CounterfactualResult(moved(dated), moved(named))


def metrics(result: CounterfactualResult) -> list[Metric]:
    """Return how far the style score moves by the era's year and by its title."""
    rows = []
    for id_, pair, note in (
        ("year", result.year, "Years set to the era's, and it added."),
        ("title", result.title, "Its words added at both ends."),
    ):
        change = np.abs(np.asarray(pair.after, float) - np.asarray(pair.before, float))
        half = len(change) // 2
        if not np.isnan(change).all():
            rows.append(
                Metric(
                    id=f"counterfactual.{id_}",
                    name=f"style score moved by the era's {id_}",
                    unit="probability",
                    base=mean_of_known(change[:half]),
                    style=mean_of_known(change[half:]),
                    better="lower",
                    note=f"{note} At most {np.nanmax(change):.3f}.",
                    group="style",
                    rows=OUTPUT_ROWS,
                )
            )
    return rows


def items(result: CounterfactualResult) -> dict[str, Measurement]:
    """Return the scores before and after the era's year was put in."""
    return {MOVED.id: result.year}


def check(result: CounterfactualResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of how far the score moves by words that only name the era."""
    return [MOVED.line(result.year, limits, seed)]
