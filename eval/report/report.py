"""`Report`: everything that the page about a run says, as plain values.

It is stored as `score.json` and can be rendered again by anybody:
`page.write(Report.from_json(text), path)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from erastyle.corpus.errors import RunError
from erastyle.eval.gate.gate import Control
from erastyle.eval.gate.line import GateLine
from erastyle.eval.metric import Metric
from erastyle.eval.report.parts import (
    Chart,
    Corpus,
    EpochSamples,
    FurtherTable,
    RowsFile,
    Sample,
)
from erastyle.eval.report.pictures import Pictures, PlainAnswer
from erastyle.eval.report.tables import Reason, SourceRow, StageRow

VERDICTS = ("PASS", "FAIL", "INCONCLUSIVE", "NOT INFORMATIVE")


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
        headline: How many texts pass as documents of the era, by the judge that only reports.
        summary: What else a reader in a hurry must know, one sentence each.
        gate: The gate's lines.
        controls: What must fail.
        briefs_needed: Briefs that would decide the open lines that depend on them; None where it
            cannot be said.
        briefs_available: Briefs that the documents of the test sites give; None: not known.
        measures: Before and after.
        stages: In the order in which they ran.
        reasons: Why documents were dropped.
        timeline: Year -> documents kept; a key that is no year stands apart.
        distributions: View (`markup`, `prose`) -> series (`base`, `style`, `real`) -> scores.
        curves: Name -> (tokens, loss) in training.
        charts: Other curves.
        samples: Worst ones come first whatever their order here.
        sources: The sites of the era's documents with most of them.
        commands: How to repeat it, one command a line.
        environment: Versions, seeds, hashes.
        caveats: What the numbers do not say, one sentence each.
        tables: Further tables, shown as they come.
        corpus: What the documents are.
        files: The Parquet files with the rows behind the numbers.
        energy: Stage -> kWh, where it was measured.
        kwh_per_1000_pages: kWh for 1,000 texts of the fine-tuned model; None: not measured.
        training: How far the model was after each epoch, where answers were sampled.
        banner: What a reader must know before any number, one or two sentences; empty: nothing.
        real_name: What the documents that outputs are compared with are called.
        answers: What a reader asks first, answered in plain words; empty: of an earlier version.
        pictures: What the pictures of the corpus show; None: of an earlier version.
        comparison: Sources of the comparison documents; `sources` holds those of the era.
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
    headline: str = ""
    summary: Sequence[str] = ()
    gate: Sequence[GateLine] = ()
    measures: Sequence[Metric] = ()
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
    controls: Sequence[Control] = ()
    briefs_needed: int | None = None
    briefs_available: int | None = None
    tables: Sequence[FurtherTable] = ()
    corpus: Corpus | None = None
    files: Sequence[RowsFile] = ()
    energy: Mapping[str, float] = field(default_factory=dict)
    given: bool = False
    banner: str = ""
    real_name: str = "real text"
    level: str = "95 % interval"
    gate_level: str = "one-sided 95 % bounds"
    kwh_per_1000_pages: float | None = None
    training: Sequence[EpochSamples] = ()
    answers: Sequence[PlainAnswer] = ()
    pictures: Pictures | None = None
    comparison: Sequence[SourceRow] = ()

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
