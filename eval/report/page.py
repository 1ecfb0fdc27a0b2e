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
from erastyle.eval.metric import GROUPS
from erastyle.eval.report import numbers, sandbox
from erastyle.eval.report.charts import bars, curves
from erastyle.eval.report.parts import Chart, FurtherTable, Sample
from erastyle.eval.report.report import VERDICTS, Report

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = 1_400_000
"""Bytes of samples in the page; what comes after is counted, not shown."""
EXCERPT = 1_200
"""Bytes of a dropped document that the page shows."""


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
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            below=below,
            reasons_drawn=_of_documents(report),
            source_type=label.uri(label.RESTYLED),
            css=(files("erastyle.eval.report") / "report.css").read_text(encoding="utf-8"),
            items=items,
            flow=[(s.name, s.read, s.kept, s.dropped, s.quarantined) for s in report.stages],
            hidden=len(report.samples) - len(items),
            excerpt=EXCERPT,
            tally=[f"{verdicts.count(v)} {v.lower()}" for v in VERDICTS if v in verdicts],
            all_documents=sum(row.documents for row in report.sources) or 1,
            all_dropped=sum(reason.count for reason in report.reasons) or 1,
            most_dropped=max([reason.count for reason in report.reasons] or [1]) or 1,
            not_run=[name for name in GROUPS if groups and name not in groups],
            reasons=sorted(report.reasons, key=lambda reason: -reason.count),
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
