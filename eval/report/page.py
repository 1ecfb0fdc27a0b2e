"""The one HTML file that a `Report` becomes.

The page asks for nothing from outside, runs no script, and shows documents only in frames that can
do nothing; see `erastyle.eval.report.sandbox`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import RunError
from erastyle.corpus.provenance import label
from erastyle.eval.gate.line import GateLine
from erastyle.eval.metric import GROUPS, Metric
from erastyle.eval.report import numbers, sandbox
from erastyle.eval.report.charts import bars, corpus, curves
from erastyle.eval.report.parts import Chart, FurtherTable, Sample
from erastyle.eval.report.report import VERDICTS, Report
from erastyle.eval.report.tables import SET_ASIDE

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = 1_400_000
"""Bytes of samples in the page; what comes after is counted, not shown."""
EXCERPT = 1_200
"""Bytes of a dropped document that the page shows."""
OPENED = 1
"""Samples that are open at first; the others unfold."""
OPENED_GIVEN = 3
"""The same of texts that were given."""
FEW_ROWS = 8
"""Rows of a table that need no folding."""


@dataclass(frozen=True, slots=True)
class _Item:
    sample: Sample
    style: sandbox.SafeDocument
    base: sandbox.SafeDocument
    real: sandbox.SafeDocument


def _copies_in_real(sample: Sample) -> list[tuple[int, int, str]]:
    """Return where the copied words stand in the real document, if it is the one they are from."""
    copies = []
    for start, end, _ in sample.copied:
        words = sample.style[max(start, 0) : end]
        at = sample.real.find(words) if words else -1
        if at >= 0:
            copies.append((at, at + len(words), "the generated answer"))
    return copies


def _items(samples: Sequence[Sample]) -> list[_Item]:
    """Return the samples for which there is room, the worst first."""
    chosen: list[_Item] = []
    room = ROOM
    for sample in sorted(samples, key=lambda s: s.kind != "worst"):
        item = _Item(
            sample,
            sandbox.show(sample.style, sample.format, sample.copied, sample.marks),
            sandbox.show(sample.base, sample.format),
            sandbox.show(sample.real, sample.format, _copies_in_real(sample)),
        )
        room -= item.style.size() + item.base.size() + item.real.size()
        if room < 0 and chosen:
            break
        chosen.append(item)
    return chosen


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("erastyle.eval.report")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
    )
    environment.globals.update(
        corpora=corpus,
        curves=curves,
        figures=bars,
        number=numbers.number,
        in_unit=numbers.in_unit,
        count="{:,}".format,
        between=numbers.between,
        kwh=numbers.kwh,
        change=numbers.change,
        capital=numbers.capital,
        relative=numbers.relative,
    )
    environment.filters["cut"] = sandbox.cut
    return environment


def _of_documents(report: Report) -> list[tuple[str, str, int]]:
    """Return (stage, reason, count) of the stages that count documents, in their order."""
    order = [stage.name for stage in report.stages]
    counts = [(r.stage, r.reason, r.count) for r in report.reasons]
    if not order:
        return counts
    return sorted((c for c in counts if c[0] in order), key=lambda c: order.index(c[0]))


def _first_measures(report: Report) -> Sequence[Metric]:
    """Return the measures that are seen at first: those that `erastyle compare` shows, or all."""
    if len(report.measures) <= FEW_ROWS:
        return report.measures
    return [row for row in report.measures if row.compared][:FEW_ROWS] or report.measures[:FEW_ROWS]


def _first_lines(report: Report) -> Sequence[GateLine]:
    """Return the lines of the gate that are seen at first: all of few, else those that fail."""
    if len(report.gate) <= FEW_ROWS:
        return report.gate
    return [line for line in report.gate if line.verdict == "FAIL"][:FEW_ROWS]


def _set_aside(report: Report) -> dict[str, int]:
    """Return how many documents each stage set aside: fit ones, of which there are enough."""
    aside: dict[str, int] = {}
    for reason in report.reasons:
        if reason.reason in SET_ASIDE:
            aside[reason.stage] = aside.get(reason.stage, 0) + reason.count
    return aside


def render(report: Report, below: str = "") -> str:
    """Return the page.

    The same report gives the same page. What is missing is left out or said to be missing; a
    number that is none reads `not measured`, never 0.

    Args:
        report: What to say.
        below: Where the rows are that the report names, relative to the page, with `/` at its end.
    """
    items = _items(report.samples)
    verdicts = [line.verdict for line in report.gate]
    groups = {row.group for row in report.measures if row.group}
    reasons = sorted(report.reasons, key=lambda reason: -reason.count)
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            below=below,
            reasons_drawn=_of_documents(report),
            source_type=label.uri(label.RESTYLED),
            css="".join(
                (files("erastyle.eval.report") / name).read_text(encoding="utf-8")
                for name in ("palette.css", "report.css")
            ),
            items=items,
            flow=[(s.name, s.read, s.kept, s.dropped, s.quarantined) for s in report.stages],
            hidden=len(report.samples) - len(items),
            excerpt=EXCERPT,
            tally=[f"{verdicts.count(v)} {v.lower()}" for v in VERDICTS if v in verdicts],
            pair=next((i for i in items if i.sample.kind == "sample" and not report.given), None),
            opened=OPENED_GIVEN if report.given else OPENED,
            first_measures=_first_measures(report),
            first_lines=_first_lines(report),
            caught=sum(control.as_it_should for control in report.controls),
            drawn_curves=", ".join(
                [*(["training loss"] if report.curves else []), *(c.title for c in report.charts)]
            ),
            aside=_set_aside(report),
            reason_groups=[
                ("dropped", "Dropped", [r for r in reasons if r.reason not in SET_ASIDE]),
                ("aside", "Set aside", [r for r in reasons if r.reason in SET_ASIDE]),
            ],
            all_dropped=sum(reason.count for reason in report.reasons) or 1,
            most_dropped=max([reason.count for reason in report.reasons] or [1]) or 1,
            not_run=[name for name in GROUPS if groups and name not in groups],
            reasons=reasons,
        )
    )
    return sandbox.visible(page)


def publish(
    folder: Path, path: Path, tables: Sequence[FurtherTable] = (), charts: Sequence[Chart] = ()
) -> None:
    """Write the report of the score in `folder` to `path`, with links that lead from there.

    Args:
        folder: Output of the score stage.
        path: The file to write.
        tables: Further tables.
        charts: Further curves.

    Raises:
        RunError: `folder` holds no report, or it cannot be written.
    """
    try:
        text = (folder / "score.json").read_text(encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"{folder / 'score.json'}: {error.strerror}. Run `erastyle score` again."
        ) from None
    below = Path(os.path.relpath(folder, path.parent)).as_posix()
    report = Report.from_json(text)
    report = replace(report, tables=[*report.tables, *tables], charts=[*report.charts, *charts])
    write(report, path, "" if below == "." else f"{below}/")


def write(report: Report, path: Path, below: str = "") -> None:
    """Write the page to `path`, whole or not at all.

    Args:
        report: What to say.
        path: The file.
        below: As in `render`.

    Raises:
        RunError: It cannot be written there.
    """
    page = render(report, below)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, page, sync=True)
    except OSError as error:
        raise RunError(
            f"{path}: the report was not written: {error.strerror or error}. "
            "Free some space or choose another folder, then run `erastyle score` again."
        ) from None
