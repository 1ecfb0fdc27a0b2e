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

from erastyle.eval.gate.line import LEVEL, GateLine, Word
from erastyle.eval.statistics.hypothesis_tests import MIN_UNITS, holm

EXIT_CODES: Mapping[Word, int] = {"PASS": 0, "FAIL": 3, "INCONCLUSIVE": 4, "NOT INFORMATIVE": 4}
"""Exit code of the command for each verdict."""
MOST_BRIEFS = 5_000
"""More texts nobody writes and collects documents for to decide one line."""
PARTIAL = "capability."
"""Lines whose id begins so are parts of another line: one that says nothing may be spared."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something known to be bad, measured and judged like the fine-tuned model. It must fail.

    Attributes:
        name: What it is: `a damaged model`.
        how: What was done to it, one sentence.
        verdict: What the gate says of it.
        as_it_should: Whether it failed.
        sentence: What became of it.
        gate: The lines that were judged.
    """

    name: str
    how: str
    verdict: Word
    as_it_should: bool
    sentence: str
    gate: Sequence[GateLine] = ()


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
        sites: The same of unseen sites, for lines whose texts are clustered by site.
    """

    verdict: Word
    sentence: str
    lines: tuple[GateLine, ...]
    controls: tuple[Control, ...] = ()
    briefs: int | None = None
    sites: int | None = None

    @property
    def exit_code(self) -> int:
        """0 passed, 3 failed, 4 cannot tell."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON: `verdict`, `verdict_sentence`, `exit_code` and `gate`."""
        lines = [_plain(line) for line in self.lines]
        return {
            "verdict": self.verdict,
            "verdict_sentence": self.sentence,
            "exit_code": self.exit_code,
            "briefs_needed": self.briefs,
            "sites_needed": self.sites,
            "gate": lines,
            "controls": [_plain(control) for control in self.controls],
        }


def _plain(row: GateLine | Control) -> dict[str, Any]:
    plain = {name: _finite(value) for name, value in asdict(row).items()}
    if isinstance(row, Control):
        plain["gate"] = [_plain(line) for line in row.gate]
    return plain


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def decide(
    lines: Sequence[GateLine],
    controls: Sequence[Control] = (),
    briefs: int = 0,
    available: int | None = None,
) -> Verdict:
    """Return the verdict over `lines`.

    Args:
        lines: One a check, in the order in which they are shown.
        controls: What must fail; if one does not, the verdict cannot be PASS.
        briefs: Briefs that were answered; for saying how many would decide the open lines.
        available: Briefs that the documents of the test sites give; None: not known.
    """
    judged = _failures(list(lines))
    wanted, sites = _briefs(judged, briefs), _sites(judged)
    verdict = _overall(tuple(judged), tuple(controls), advice(wanted, available, sites))
    return replace(verdict, briefs=wanted, sites=sites)


def advice(briefs: int | None, available: int | None, sites: int | None) -> str:
    """Return what would decide the open lines: only what can be done.

    Args:
        briefs: Briefs that would do; None: they do not help.
        available: Briefs that the documents of the test sites give; None: not known.
        sites: Unseen sites that would do; None: they do not help.
    """
    said = ""
    if briefs and (available is None or briefs <= available):
        said += f" About {briefs:,} briefs would decide what depends on them."
    elif briefs and available is not None:
        said += (
            f" About {briefs - available:,} more documents of unseen sites are needed for what "
            f"depends on briefs: it takes {briefs:,}, and there are {available:,}."
        )
    if sites:
        said += f" About {sites:,} unseen sites would decide what is counted by site."
    return said


def control(name: str, how: str, lines: Sequence[GateLine]) -> Control:
    """Return a control: lines of something known to be bad, judged like any others."""
    verdict = decide(lines)
    caught = verdict.verdict == "FAIL"
    sentence = f"Control that must fail, {name}: {verdict.verdict}. The gate is blind to it."
    if caught:
        broken = ", ".join(line.name for line in verdict.lines if line.verdict == "FAIL")
        sentence = f"Control that must fail, {name}: FAIL as it should ({broken})."
    return Control(name, how, verdict.verdict, caught, sentence, verdict.lines)


def _briefs(lines: Sequence[GateLine], briefs: int) -> int | None:
    """Return the briefs at which each open line that depends on them reaches its items.

    A line that takes more than `MOST_BRIEFS` asks for none: the advice can be followed.
    """
    wanted = [
        math.ceil(briefs * line.needed / line.n)
        for line in lines
        if line.on_briefs and _is_open(line) and line.unit != "sites" and line.needed and line.n
    ]
    most = max((count for count in wanted if count <= MOST_BRIEFS), default=0)
    return most if most > briefs > 0 else None


def _sites(lines: Sequence[GateLine]) -> int | None:
    """Return the unseen sites at which each open line that is counted by site is decided."""
    wanted = [line.needed or 0 for line in lines if _is_open(line) and line.unit == "sites"]
    return max(wanted, default=0) or None


def _is_open(line: GateLine) -> bool:
    return line.verdict == "INCONCLUSIVE"


def _failures(lines: list[GateLine]) -> list[GateLine]:
    """Return lines with FAIL where the limit is proven broken after Holm's correction."""
    # All lines count, measured or not: a check that is left out must not make others fail.
    corrected = holm([line.p_fail if line.n >= MIN_UNITS else 1.0 for line in lines])
    for i, p in enumerate(corrected):
        if p <= 1 - LEVEL and lines[i].verdict == "INCONCLUSIVE":
            why = f"The limit is broken (p = {p:.2g} after Holm's correction across the checks)."
            lines[i] = replace(lines[i], verdict="FAIL", needed=None, explanation=why)
    return lines


# --- all together ---------------------------------------------------------------------------


def _overall(
    lines: tuple[GateLine, ...], controls: tuple[Control, ...] = (), more: str = ""
) -> Verdict:
    by_word: dict[Word, list[str]] = {word: [] for word in EXIT_CODES}
    for line in lines:
        by_word[line.verdict].append(line.name)
    blind = by_word["NOT INFORMATIVE"]
    note = f" Nothing can be concluded about {', '.join(blind)}." if blind else ""
    # A task at chance may be spared as long as another task speaks; a whole check may not.
    gaps = [
        line
        for line in lines
        if line.verdict == "NOT INFORMATIVE" and not line.id.startswith(PARTIAL)
    ]
    passing_controls = [c.sentence for c in controls if not c.as_it_should]
    word: Word
    if by_word["FAIL"]:
        names = ", ".join(by_word["FAIL"])
        broken = "A limit is" if len(by_word["FAIL"]) == 1 else f"{len(by_word['FAIL'])} limits are"
        word, sentence = "FAIL", f"{broken} broken: {names}.{note}"
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
    return Verdict(word, " ".join([sentence, *passing_controls]), lines, controls)
