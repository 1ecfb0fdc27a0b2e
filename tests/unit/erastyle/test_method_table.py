"""Advice, rows, cells and figure of a comparison of methods."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle import method_table
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.variants import ScoredVariant


def a_manifest(**measured: float) -> Manifest:
    return Manifest(
        key="k", identity={}, files=(), stats={"kept": 10}, seconds=100, cpu_seconds=90,
        peak_memory_mb=1, measured=measured, finished=manifest.now(), versions={},
    )  # fmt: skip


def scored(name: str, styles: list[float | None], failed: str = "") -> ScoredVariant:
    judged = [s or 0.0 for s in styles]
    mean = sum(judged) / len(judged)
    open_ends = {"difference": None, "low": None, "high": None}
    measures = [
        {
            "id": "style_score",
            "compared": False,
            "style": mean,
            "style_low": mean - 0.1,
            "style_high": mean + 0.1,
            "difference": 0.15,
            "low": 0.1,
            "high": 0.2,
        },
        {
            "id": "distinguishability",
            "name": "distinguishability",
            "unit": "AUC",
            "compared": True,
            "style": 0.9,
            "style_low": 0.8,
            "style_high": 0.95,
            **open_ends,
        },
        {
            "id": "anachronisms",
            "name": "anachronisms",
            "unit": "per 1,000 words",
            "compared": True,
            "style": 0.5,
            **open_ends,
        },
    ]
    gate = [
        {
            "id": "capability",
            "name": "capability",
            "verdict": "FAIL" if failed else "PASS",
            "of_texts": False,
            "value": -0.01,
            "low": -0.03,
            "high": 0.01,
        },
    ]
    rows: list[dict[str, Any]] = [{"style_era": s, "style_passes": passes(s)} for s in styles]
    manifests = {
        "train": a_manifest(energy_kwh=0.002),
        "generate": a_manifest(energy_kwh=0.001, seconds_per_answer=4.0),
    }
    return ScoredVariant(
        name, {"verdict": "PASS", "measures": measures, "gate": gate}, rows, manifests
    )


def passes(style: float | None) -> bool | None:
    return None if style is None else style >= 0.5


LOW, HIGH = [0.1, 0.2, 0.1, 0.3] * 6, [0.9, 0.8, 0.7, 0.9] * 6


def test_training_that_clearly_wins_is_advised() -> None:
    assert method_table.advice([scored("prompt", LOW), scored("lora", HIGH)], 1).startswith(
        "Use lora:"
    )


def test_prompting_that_clearly_wins_is_advised() -> None:
    said = method_table.advice([scored("few-shot", HIGH), scored("lora", LOW)], 1)
    assert said.startswith("Use few-shot: you could just prompt.")


def test_a_difference_within_its_interval_is_no_reason_to_train() -> None:
    one, other = [0.1, 0.9] * 4, [0.9, 0.2] * 4
    said = method_table.advice([scored("prompt", one), scored("lora", other)], 1)
    assert said.startswith("Use prompt for now: 8 briefs do not show that lora")


def test_a_method_that_fails_the_gate_on_its_costs_is_not_advised() -> None:
    some = [*LOW, 0.9]
    said = method_table.advice([scored("lora", HIGH, failed="x"), scored("blend", some)], 1)
    assert said.startswith("Use blend")
    said = method_table.advice([scored("lora", HIGH, failed="x")], 1)
    assert said == (
        "Use none as they are: each breaks a limit on what it costs (lora: capability)."
    )


def test_where_no_text_passes_no_method_is_advised() -> None:
    said = method_table.advice([scored("prompt", LOW), scored("lora", LOW)], 1)
    assert said == "Use none yet: no text of prompt, lora passes."
    assert method_table.advice([scored("lora", LOW)], 1) == (
        "Use none yet: no text of lora passes."
    )


def test_only_texts_that_pass_count_and_without_judges_the_style_score() -> None:
    assert method_table.passed(scored("lora", [0.4, 0.5])) == [0.0, 1.0]
    assert method_table.passed(scored("lora", [None, 0.5])) == [0.0, 0.5], "not judged"


def test_energy_of_a_page_is_the_style_models_share_of_the_stage() -> None:
    line = method_table.row(scored("lora", HIGH))
    assert line["kwh_per_1000_pages"] == pytest.approx(1000 * 0.001 * 0.4 / 10)
    assert line["kwh_train"] == 0.002
    assert line["general_loss"] is None, "it is no line of this gate"


def test_style_distinguishability_and_capability_stand_with_their_intervals() -> None:
    line = method_table.row(scored("lora", [0.5] * 4))
    assert method_table.cell(line, "style_score") == ("0.500", "0.400 to 0.600")
    assert method_table.cell(line, "style_gain") == ("+0.150", "+0.100 to +0.200")
    assert method_table.cell(line, "distinguishability") == ("0.900", "0.800 to 0.950")
    minus = "\N{MINUS SIGN}"
    assert method_table.cell(line, "capability") == (
        f"{minus}0.010",
        f"{minus}0.030 to +0.010",
    )


def test_the_figure_turns_a_loss_of_capability_into_a_cost() -> None:
    chart = method_table.gains([method_table.row(scored("lora", [0.5] * 4))])
    assert chart is not None
    assert chart.across == "capability lost"
    assert chart.curves == {"lora": [(0.01, 0.15)]}
    assert chart.spans == {"lora": [-0.01, 0.03, 0.1, 0.2]}
    with_loss = method_table.row(scored("lora", [0.5])) | {"general_loss": 0.02}
    other = method_table.gains([with_loss])
    assert other is not None
    assert other.curves == {"lora": [(0.02, 0.15)]}
    assert method_table.gains([{"method": "lora"}]) is None, "nothing was measured"


def test_a_row_holds_every_column_of_the_table() -> None:
    variant = scored("lora", [0.5])
    assert method_table.titles(variant).keys() <= method_table.row(variant).keys()
    assert method_table.titles(variant)["distinguishability"] == "distinguishability, AUC"


def test_the_table_says_not_measured_where_nothing_was() -> None:
    table = method_table.table(method_table.compare([scored("lora", [0.5])], 1))
    cells = {row[0]: row[1] for row in table.cells}
    assert cells["general loss, relative rise"] == "not measured"
    assert cells["style, the lower of the two"] == "0.500\n0.400 to 0.600"
    assert "Use lora" in table.note
