"""The page people read: `Report`, and the one HTML file it becomes.

A `Report` holds everything that the page says, as plain values, so that it can be stored as
`score.json` and rendered again by anybody: `write(Report.from_json(text), path)`. The page asks
for nothing from outside, runs no script, and shows documents only in frames that can do nothing;
see `erastyle.eval.framing`.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from erastyle.corpus.errors import RunError
from erastyle.eval import figures, framing, wording
from erastyle.eval.report_parts import Corpus, Mark, Moved, Near, RowsFile, Table

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = 1_400_000
"""Bytes of samples in the page; what comes after is counted, not shown."""
EXCERPT = 1_200
"""Bytes of a dropped document that the page shows."""
VERDICTS = ("PASS", "FAIL", "INCONCLUSIVE", "NOT INFORMATIVE")
GROUPS = ("style", "dating", "anachronism", "copying", "diversity", "capability", "bias")
"""Checks that a full run makes; the page names those for which there is no measure."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One line of the gate.

    Attributes:
        name: What a person calls the check.
        measured: What was measured, in words: `gain in style probability, markup, 240 briefs`.
        value: The estimate; `None` or not a number: not measured.
        low: Lower end of its interval.
        high: Upper end of its interval.
        limit: What it must reach: `lower bound at least +0.10`.
        verdict: PASS, FAIL, INCONCLUSIVE or NOT INFORMATIVE.
        explanation: Why, in one sentence.
        rows: Path of the rows behind it, relative to the report, or empty.
        power: Probability that so many items show the limit kept if nothing was lost.
        n: Independent items it rests on.
        needed: Items at which a verdict can be expected, where it is open and known.
    """

    name: str
    measured: str
    value: float | None
    low: float | None
    high: float | None
    limit: str
    verdict: str
    explanation: str = ""
    rows: str = ""
    power: float | None = None
    n: int = 0
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class ControlRow:
    """Something known to be bad, judged by the lines of the gate. It must fail.

    Attributes:
        name: What it is: `a damaged model`.
        how: What was done to it.
        verdict: What the gate says of it.
        as_it_should: Whether it failed.
        sentence: What became of it.
        gate: The lines that were judged.
    """

    name: str
    how: str
    verdict: str
    as_it_should: bool
    sentence: str
    gate: Sequence[GateLine] = ()


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of the base model, the style model and real text.

    Attributes:
        name: What a person calls it.
        unit: `probability`, `per 1,000 words`, `bits per byte`.
        base: Value of the base model; `None` or not a number: not measured.
        style: Value of the style model.
        real: Value of real, held-out text.
        difference: Style less base, paired.
        low: Lower end of the interval of the difference.
        high: Upper end of it.
        better: Which way is better; empty where neither is.
        note: A remark, one sentence.
        group: One of `GROUPS`, or empty.
        rows: Path of the rows behind it, relative to the report, or empty.
    """

    name: str
    unit: str
    base: float | None
    style: float | None
    real: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "lower", ""] = ""
    note: str = ""
    group: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """What a stage did. `seconds` is its work; `skipped` says that its output was there already."""

    name: str
    key: str
    read: int
    kept: int
    dropped: int
    quarantined: int
    seconds: float | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A document that was dropped: where it is, the particulars, and how it begins."""

    source: str
    detail: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stage dropped `count` documents, with a few of them."""

    stage: str
    reason: str
    count: int
    examples: Sequence[Example] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A brief, what the models made of it, and the nearest real document.

    Attributes:
        brief: The request, the same for both models.
        kind: `worst` where it is among the lowest scores of the run.
        format: Format that was asked for: `html` or `text`.
        base: Answer of the base model.
        style: Answer of the style model.
        real: Nearest real document.
        real_source: Where that is found.
        scores: name -> value.
        copied: (start, end, source) of verbatim copies, in characters of `style`.
        anachronisms: One line a hit, as a person should read it.
        document_id: Document that the brief was made from; names the row behind the scores.
        marks: Stretches of `style` to be marked, besides the copied ones.
        moved: Words and tags that moved its style score most.
        near: What is known of the document in `real`, where it was found by resemblance.
        facts: What else to say of it, name -> words.
    """

    brief: str
    kind: Literal["worst", "sample"]
    format: Literal["html", "text"]
    base: str
    style: str
    real: str = ""
    real_source: str = ""
    scores: Mapping[str, float | None] = field(default_factory=dict)
    copied: Sequence[tuple[int, int, str]] = ()
    anachronisms: Sequence[str] = ()
    document_id: str = ""
    marks: Sequence[Mark] = ()
    moved: Sequence[Moved] = ()
    near: Near | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of any kind: a strength curve, a calibration diagram.

    Attributes:
        title: What they are.
        note: How to read them, one sentence.
        across: What the axis counts.
        curves: name -> (x, y) points.
        kind: `lines`, or `calibration`: both axes 0 to 1, with the diagonal of a perfect one.
        weights: name -> items behind each point; a calibration draws them as the size of a point.
    """

    title: str
    note: str
    across: str
    curves: Mapping[str, Sequence[tuple[float, float]]]
    kind: Literal["lines", "calibration"] = "lines"
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source: how many documents it gave, under which licence, and who wrote them."""

    source: str
    documents: int
    licence: str
    origin: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page says.

    Attributes:
        title: Heading.
        era_title: What a person calls the era.
        run: Name of the run directory.
        created: When, as it should stand in the page.
        verdict: PASS, FAIL, INCONCLUSIVE or NOT INFORMATIVE; empty: no gate was evaluated.
        verdict_sentence: The verdict in plain words.
        summary: What a reader in a hurry must know, one sentence each.
        gate: The gate's lines.
        controls: What must fail.
        briefs_needed: Briefs that would decide the open lines that depend on them; None where it
            cannot be said.
        measures: Before and after.
        stages: In the order in which they ran.
        reasons: Why documents were dropped.
        timeline: Year -> documents kept; a key that is no year stands apart.
        distributions: View (`markup`, `prose`) -> series (`base`, `style`, `real`) -> scores.
        curves: Name -> (tokens, loss) in training.
        charts: Other curves.
        samples: Worst ones come first whatever their order here.
        sources: Where the documents came from.
        commands: How to repeat it, one command a line.
        environment: Versions, seeds, hashes.
        caveats: What the numbers do not say, one sentence each.
        tables: Further tables, shown as they come.
        corpus: What the documents are.
        files: The Parquet files with the rows behind the numbers.
        energy: Stage -> kWh, where it was measured.
        given: The texts were given, not made by a run: there is no base model and no gate, and
            the page does not say that a machine wrote them.
        level: What the intervals of the measures are.
        gate_level: What the intervals of the gate are.
    """

    title: str
    era_title: str = ""
    run: str = ""
    created: str = ""
    verdict: str = ""
    verdict_sentence: str = ""
    summary: Sequence[str] = ()
    gate: Sequence[GateLine] = ()
    measures: Sequence[MeasureRow] = ()
    stages: Sequence[StageRow] = ()
    reasons: Sequence[Reason] = ()
    timeline: Mapping[str, int] = field(default_factory=dict)
    distributions: Mapping[str, Mapping[str, Sequence[float | None]]] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    charts: Sequence[Chart] = ()
    samples: Sequence[Sample] = ()
    sources: Sequence[SourceRow] = ()
    commands: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    caveats: Sequence[str] = ()
    controls: Sequence[ControlRow] = ()
    briefs_needed: int | None = None
    tables: Sequence[Table] = ()
    corpus: Corpus | None = None
    files: Sequence[RowsFile] = ()
    energy: Mapping[str, float] = field(default_factory=dict)
    given: bool = False
    level: str = "95 % interval"
    gate_level: str = "one-sided 95 % bounds"

    def to_json(self) -> str:
        """Return the report as JSON, indented. A number that is none becomes `null`."""
        import json
        from dataclasses import asdict

        return json.dumps(_no_nan(asdict(self)), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Return the report that `to_json` wrote.

        Raises:
            RunError: It is not JSON, or not a report; names the first wrong place.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the text"
            raise RunError(
                f"Not a report: {where}: {first['msg']}. Run `erastyle score` to write it anew."
            ) from None


def _no_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _no_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_no_nan(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class _Item:
    sample: Sample
    style: framing.Shown
    base: framing.Shown
    real: framing.Shown


def _found_again(sample: Sample) -> list[tuple[int, int, str]]:
    """Return where the copied words stand in the real document, if it is the one they are from."""
    found = []
    for start, end, _ in sample.copied:
        words = sample.style[max(start, 0) : end]
        at = sample.real.find(words) if words else -1
        if at >= 0:
            found.append((at, at + len(words), "the generated answer"))
    return found


def _items(samples: Sequence[Sample]) -> list[_Item]:
    """Return the samples for which there is room, the worst first."""
    found: list[_Item] = []
    room = ROOM
    for sample in sorted(samples, key=lambda s: s.kind != "worst"):
        item = _Item(
            sample,
            framing.show(sample.style, sample.format, sample.copied, sample.marks),
            framing.show(sample.base, sample.format),
            framing.show(sample.real, sample.format, _found_again(sample)),
        )
        room -= item.style.size() + item.base.size() + item.real.size()
        if room < 0 and found:
            break
        found.append(item)
    return found


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("erastyle.eval")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
    )
    environment.globals.update(
        figures=figures,
        number=wording.number,
        in_unit=wording.in_unit,
        count="{:,}".format,
        between=wording.between,
        change=wording.change,
        capital=wording.capital,
        relative=wording.relative,
    )
    environment.filters["cut"] = framing.cut
    return environment


def _of_documents(report: Report) -> list[tuple[str, str, int]]:
    """Return (stage, reason, count) of the stages that count documents, in their order."""
    order = [stage.name for stage in report.stages]
    found = [(r.stage, r.reason, r.count) for r in report.reasons]
    if not order:
        return found
    return sorted((f for f in found if f[0] in order), key=lambda f: order.index(f[0]))


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
        .get_template("report_template.html.j2")
        .render(
            report=report,
            below=below,
            reasons_drawn=_of_documents(report),
            css=(files("erastyle.eval") / "report.css").read_text(encoding="utf-8"),
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
    return framing.visible(page)


def publish(
    folder: Path, path: Path, tables: Sequence[Table] = (), charts: Sequence[Chart] = ()
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
    found = Report.from_json(text)
    found = replace(found, tables=[*found.tables, *tables], charts=[*found.charts, *charts])
    write(found, path, "" if below == "." else f"{below}/")


def write(report: Report, path: Path, below: str = "") -> None:
    """Write the page to `path`, whole or not at all.

    Args:
        report: What to say.
        path: The file.
        below: As in `render`.

    Raises:
        RunError: It cannot be written there.
    """
    page = render(report, below).encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(page)
                file.flush()
                os.fsync(file.fileno())
            partial.chmod(0o644)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(
            f"{path}: the report was not written: {error.strerror or error}. "
            "Free some space or choose another folder, then run `erastyle score` again."
        ) from None
