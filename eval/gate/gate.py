"""The gate: from measurements and limits to a verdict that says what is proven and what is not.

A line passes when its one-sided 95 % bound keeps the limit. All lines must pass, so passing needs
no correction for their number (intersection-union test: Berger, "Multiparameter hypothesis testing
and acceptance sampling", 1982). One failing line fails the gate, so failing does: a line fails when
the opposite is proven at 5 % after Holm's correction across lines. Between the two it is
INCONCLUSIVE, and the line says how many items it would take. What cannot show anything whatever the
number of items, such as a task that the base model answers by guessing, is NOT INFORMATIVE.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError
from erastyle.eval.gate import checks
from erastyle.eval.gate.line import LEVEL, Line, Word
from erastyle.eval.metric import Answers, Cost, Gap, Measure, Paired, Ranking, Rate, Ratio, Share
from erastyle.eval.statistics.hypothesis_tests import MIN_UNITS, holm

EXIT_CODES: Mapping[Word, int] = {"PASS": 0, "FAIL": 3, "INCONCLUSIVE": 4, "NOT INFORMATIVE": 4}
CAPABILITY = checks.CAPABILITY
COUNTERFACTUAL = "counterfactual"
CHECKS = (
    "style gain: markup",
    "style gain: prose",
    "style pass",
    COUNTERFACTUAL,
    "anachronisms",
    "copied",
    "extraction",
    "overfit gap",
    "membership",
    "compression",
    "distinct-3",
    "vendi",
    "general loss",
    CAPABILITY,
)
"""Checks of a complete verdict. `capability: TASK` is one line a task, `capability` their mean."""
ON_BRIEFS = CHECKS[:6] + CHECKS[9:12]
"""Checks that more briefs would decide."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something known to be bad, measured and judged like the style model. It must fail.

    Attributes:
        name: Such as `a damaged model`.
        how: What was done to it, one sentence.
        verdict: What the gate says of it.
        lines: The lines that were judged.
    """

    name: str
    how: str
    verdict: Word
    lines: tuple[Line, ...]

    @property
    def as_it_should(self) -> bool:
        """Whether it failed."""
        return self.verdict == "FAIL"

    @property
    def sentence(self) -> str:
        """What became of it."""
        if not self.as_it_should:
            return f"Control that must fail, {self.name}: {self.verdict}. The gate is blind to it."
        broken = ", ".join(line.name for line in self.lines if line.verdict == "FAIL")
        return f"Control that must fail, {self.name}: FAIL as it should ({broken})."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes:
        verdict: Of all lines together.
        sentence: The verdict in plain words.
        lines: One a check.
        controls: What must fail, judged by the same lines.
        briefs: Briefs at which every line that depends on them can be expected to be decided;
            None where they are enough or it cannot be said.
    """

    verdict: Word
    sentence: str
    lines: tuple[Line, ...]
    controls: tuple[Control, ...] = ()
    briefs: int | None = None

    @property
    def exit_code(self) -> int:
        """0 passed, 3 failed, 4 cannot tell."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON: `verdict`, `verdict_sentence`, `exit_code` and `gate`."""
        lines = [{k: _finite(v) for k, v in asdict(line).items()} for line in self.lines]
        return {
            "verdict": self.verdict,
            "verdict_sentence": self.sentence,
            "exit_code": self.exit_code,
            "briefs_needed": self.briefs,
            "gate": lines,
            "controls": [
                {
                    "name": c.name,
                    "how": c.how,
                    "verdict": c.verdict,
                    "as_it_should": c.as_it_should,
                    "sentence": c.sentence,
                    "gate": [{k: _finite(v) for k, v in asdict(x).items()} for x in c.lines],
                }
                for c in self.controls
            ],
        }


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def judge(
    measures: Mapping[str, Measure],
    limits: Gate,
    expected: Sequence[str] = CHECKS,
    seed: int = 1,
    controls: Sequence[Control] = (),
    briefs: int = 0,
) -> Verdict:
    """Return the verdict over `measures`.

    Args:
        measures: By check. `style gain: VIEW` and `counterfactual`: `Paired`; `style pass`,
            `copied` and `extraction`: `Share`; `general loss`: `Cost`; `capability: TASK`:
            `Answers`, one a task; `anachronisms`: `Rate`; `compression`, `distinct-3` and `vendi`:
            `Ratio`; `overfit gap`: `Gap`; `membership`: `Ranking`.
        limits: Of the era.
        expected: Checks without which the verdict cannot be PASS. A text era has no
            `style gain: markup`.
        seed: Same measures and seed, same verdict.
        controls: What must fail; if one does not, the verdict cannot be PASS.
        briefs: Briefs that were answered; for saying how many would decide the open lines.

    Raises:
        ConfigError: A check of an unknown name, or of the wrong kind.
    """
    lines: list[Line] = []
    for name in sorted(measures, key=_order):
        lines.append(_line(name, measures[name], limits, seed))
    tasks = [line for line in lines if line.name.startswith(f"{CAPABILITY}: ")]
    if tasks:
        lines.append(checks.macro(tasks, limits))
    have = {line.name for line in lines}
    lines += [_missing(name) for name in expected if name not in have]
    lines = _failures(sorted(lines, key=lambda line: _order(line.name)))
    return _overall(tuple(lines), tuple(controls), _briefs(lines, briefs))


def control(
    name: str, how: str, measures: Mapping[str, Measure], limits: Gate, seed: int = 1
) -> Control:
    """Return a control: `measures` of something known to be bad, judged by the same lines."""
    verdict = judge(measures, limits, expected=(), seed=seed)
    return Control(name, how, verdict.verdict, verdict.lines)


def _briefs(lines: Sequence[Line], briefs: int) -> int | None:
    """Return the briefs at which each open line that depends on them reaches its items."""
    wanted = [
        math.ceil(briefs * line.needed / line.n)
        for line in lines
        if line.name in ON_BRIEFS and line.verdict == "INCONCLUSIVE" and line.needed and line.n
    ]
    most = max(wanted, default=0)
    return most if most > briefs > 0 else None


def _order(name: str) -> tuple[int, str]:
    known = {check: number for number, check in enumerate(CHECKS)}
    head = CAPABILITY if name.startswith(f"{CAPABILITY}: ") else name
    return known.get(head, len(CHECKS)), name


def _line(name: str, measure: Measure, limits: Gate, seed: int) -> Line:
    rare = {"copied": limits.max_copied, "extraction": limits.max_extracted}
    ratios = {
        "compression": limits.max_compression,
        "distinct-3": limits.min_distinct,
        "vendi": limits.min_vendi,
    }
    if name.startswith("style gain: ") and isinstance(measure, Paired):
        return checks.gain(name, measure, limits.min_style_gain, seed)
    if name == COUNTERFACTUAL and isinstance(measure, Paired):
        return checks.counterfactual(name, measure, limits.max_counterfactual, seed)
    if name == "style pass" and isinstance(measure, Share):
        return checks.passing(name, measure, limits.min_style_pass)
    if name in rare and isinstance(measure, Share):
        return checks.rare(name, measure, rare[name])
    if name == "general loss" and isinstance(measure, Cost):
        return checks.general(name, measure, limits.max_general_loss, seed)
    if name == "anachronisms" and isinstance(measure, Rate):
        return checks.anachronisms(name, measure, limits.max_anachronisms, seed)
    if name in ratios and isinstance(measure, Ratio):
        return checks.ratio(name, measure, ratios[name])
    if name == "overfit gap" and isinstance(measure, Gap):
        return checks.overfit(name, measure, limits.max_overfit_gap, seed)
    if name == "membership" and isinstance(measure, Ranking):
        return checks.membership(name, measure, limits.max_membership, seed)
    if name.startswith(f"{CAPABILITY}: ") and isinstance(measure, Answers):
        return checks.task(name, measure, limits.max_task_loss, seed)
    raise ConfigError(
        f"The gate has no check {name!r} for a {type(measure).__name__}. "
        f"Known: {', '.join(CHECKS)}, {CAPABILITY}: TASK."
    )


def _missing(name: str) -> Line:
    return Line(name, "not measured", None, None, None, "", "INCONCLUSIVE",
                "It was not measured, so nothing is known.")  # fmt: skip


def _failures(lines: list[Line]) -> list[Line]:
    """Return lines with FAIL where the limit is proven broken after Holm's correction."""
    judged = [i for i, line in enumerate(lines) if line.verdict in ("PASS", "INCONCLUSIVE")]
    judged = [i for i in judged if lines[i].n >= MIN_UNITS]
    corrected = holm([lines[i].p_fail for i in judged])
    for i, p in zip(judged, corrected, strict=True):
        if p <= 1 - LEVEL and lines[i].verdict != "PASS":
            why = f"The limit is broken (p = {p:.2g} after Holm's correction across the checks)."
            lines[i] = replace(lines[i], verdict="FAIL", needed=None, explanation=why)
    return lines


# --- all together ---------------------------------------------------------------------------


def _overall(
    lines: tuple[Line, ...], controls: tuple[Control, ...] = (), briefs: int | None = None
) -> Verdict:
    by_word: dict[Word, list[str]] = {word: [] for word in EXIT_CODES}
    for line in lines:
        by_word[line.verdict].append(line.name)
    blind = by_word["NOT INFORMATIVE"]
    note = f" {', '.join(blind)} can show nothing either way." if blind else ""
    more = f" About {briefs:,} briefs would decide what depends on them." if briefs else ""
    # A task at chance may be spared as long as another task speaks; a whole check may not.
    gaps = [n for n in blind if not n.startswith(f"{CAPABILITY}: ")]
    passing_controls = [c.sentence for c in controls if not c.as_it_should]
    word: Word
    if by_word["FAIL"]:
        names = ", ".join(by_word["FAIL"])
        word, sentence = "FAIL", f"A limit is broken: {names}.{note}"
    elif by_word["INCONCLUSIVE"]:
        names = ", ".join(by_word["INCONCLUSIVE"])
        word = "INCONCLUSIVE"
        sentence = f"No limit is broken, but these are not shown: {names}.{more}{note}"
    elif gaps or not by_word["PASS"]:
        word = "NOT INFORMATIVE"
        sentence = f"Nothing broken, but not everything could be shown.{note}"
    elif passing_controls:
        word, sentence = (
            "NOT INFORMATIVE",
            f"All limits are kept, but so they are by a control.{note}",
        )
    else:
        word = "PASS"
        sentence = f"All {len(by_word['PASS'])} limits are shown to be kept.{note}"
    return Verdict(word, " ".join([sentence, *passing_controls]), lines, controls, briefs)
