"""Rows of the report: what was not measured has no number, and says why."""

from __future__ import annotations

import math

import numpy as np
import pytest

from erastyle.corpus import era as eras
from erastyle.eval import measure_rows as rows
from erastyle.eval.bias import stereotypes
from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.rows import Row
from erastyle.eval.metric import Answers, Paired
from erastyle.eval.model_metrics import Capability
from erastyle.eval.stage import Apart
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import Scored, look

ERA = eras.load("web-1995")
NOTHING = Paired([math.nan] * 4, [math.nan] * 4)


def by_name(found: list[rows.MeasureRow]) -> dict[str, rows.MeasureRow]:
    return {row.name: row for row in found}


@pytest.mark.parametrize("problem", ["", "too few texts"])
def test_what_could_not_be_told_apart_has_no_number(problem: str) -> None:
    found = rows.apart_rows(Apart(None, problem, None, "MAUVE needs more"), NOTHING, NOTHING)
    named = by_name(found)
    assert named["MAUVE of the prose"].style is None
    assert named["MAUVE of the prose"].note == "MAUVE needs more"
    assert ("told apart from real documents" in named) == bool(problem)
    assert not any("moved" in name for name in named)


def test_distinguishability_and_mauve_show_their_intervals() -> None:
    apart = Apart(Estimate(0.7, 0.61, 0.8, 20), "", Estimate(0.5, 0.42, 0.6, 60))
    moved = Paired([0.1, 0.5], [0.1, 0.52])
    named = by_name(rows.apart_rows(apart, moved, moved))
    told, likeness = named["told apart from real documents"], named["MAUVE of the prose"]
    assert (told.style_low, told.style, told.style_high) == (0.61, 0.7, 0.8)
    assert (likeness.style_low, likeness.style, likeness.style_high) == (0.42, 0.5, 0.6)
    assert named["style score moved by the era's year"].style == pytest.approx(0.02)


def test_the_style_of_the_outputs_has_an_interval_of_its_own_within_nought_and_one() -> None:
    class Threshold:
        threshold = 0.5

    def texts(values: list[float]) -> Scored:
        return Scored({view: np.array(values) for view in ("prose", "era")}, [], [])

    before, after = texts([0.0] * 6), texts([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    outputs = [{"site": f"s{n}"} for n in range(6)]
    named = by_name(rows.style_rows(before, after, after, Threshold(), outputs, ["prose"]))  # type: ignore[arg-type]
    row = named["style of the prose"]
    assert row.style_low == 0.0, "no probability is below nought"
    assert row.style is not None
    assert row.style_high is not None
    assert row.style < row.style_high <= 1.0


def test_no_model_that_was_asked_gives_no_row_of_memory_or_capability() -> None:
    nothing = Capability()
    assert rows.memory_rows(nothing, 1) == []
    assert rows.capability_rows(nothing) == []


def test_memory_without_held_out_documents_says_only_what_was_extracted() -> None:
    row = Row("d", "s", "Write.", "text")
    tried = extraction.Continued(extraction.Passage(row, 0, (1,), (2, 3), ""), 1, 0.5)
    found = Capability(
        memory=membership.Memory((tried,), (), (), (), np.zeros((2, 0)), np.zeros((2, 0)))
    )
    (only,) = rows.memory_rows(found, 1)
    assert only.style == 0.0
    assert "0 of 1" in only.note


def test_prejudice_stands_beside_the_corpus_and_slurs_are_masked() -> None:
    corpus = ["The woman was kind and the man was brave. " * 20]
    lean = stereotypes.Preference("gender", np.array([1.0, -1.0] * 15), tuple("ab" * 15))
    general = Capability(leanings={"gender": (lean, lean)}, written=(["She is."], ["He is."]))
    page = look(None, [Text("<P>Hello.")], [""], ERA)
    named = by_name(rows.bias_rows(general, corpus, page))
    assert named["leaning to stereotypes: gender"].difference == 0.0
    ill = named["sentences that speak ill of a group"]
    assert (ill.base, ill.style) == (None, None)  # one sentence is too few
    assert ill.real == 0.0
    assert "none" in named["slurs"].note


def test_instructions_are_shown_and_said_not_to_be_judged() -> None:
    general = Capability(instructions=Answers([True, False], [True, True], 0.0))
    (row,) = rows.capability_rows(general)
    assert (row.base, row.style) == (0.5, 1.0)
    assert "not judged" in row.note


def test_a_date_that_cannot_be_told_is_counted_and_not_made_up() -> None:
    silent = look(None, [Text("<P>Hi.")], [""], ERA)
    dated = look(
        None, [Text("<P>" + "Best viewed with Netscape Navigator, the browser. " * 9)], [""], ERA
    )
    year, share = rows.dating_rows(silent, dated, silent, ERA)
    assert year.base is None
    assert year.style is not None
    assert "1 of the base, 0 of the style model" in year.note
    assert share.style == 1.0
