"""What each strength costs: measured only where strengths are named and something was trained."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval import strength_costs
from erastyle.eval.material import Material
from erastyle.eval.report.build import strength_chart


def material(
    strengths: tuple[float, ...], *, asked: bool = True, trained: bool = True
) -> tuple[Material, list[float]]:
    """Return what a run gives, and the strengths at which a model was asked for."""
    loaded: list[float] = []

    def fine_tuned(strength: float) -> Any:
        loaded.append(strength)
        raise ModelError("no such adapter")

    given = SimpleNamespace(
        options=SimpleNamespace(strengths=strengths, threads=1, every=1, general=2, lm_eval=()),
        asked=asked,
        trained=trained,
        strength=1.0,
        pair=SimpleNamespace(fine_tuned=fine_tuned),
        problems=[],
        timed=lambda _name, _begun: None,
    )
    return cast(Material, given), loaded


@pytest.mark.parametrize(
    ("strengths", "asked", "trained"),
    [((), True, True), ((0.5, 1.0), False, True), ((0.5, 1.0), True, False)],
)
def test_no_model_is_loaded_where_there_is_nothing_to_ask(
    strengths: tuple[float, ...], asked: bool, trained: bool
) -> None:
    given, loaded = material(strengths, asked=asked, trained=trained)
    assert strength_costs.measure(given) == {}
    assert not loaded


def test_what_stops_the_measurement_is_said_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strength_costs, "questions_of", lambda options: options)
    monkeypatch.setattr(strength_costs, "general", lambda _questions: [])
    given, loaded = material((0.5, 1.0))
    assert strength_costs.measure(given) == {}
    assert loaded == [0.5]
    assert given.problems == ["strengths: no such adapter"]


def test_the_chart_has_a_point_for_each_strength_that_was_measured() -> None:
    (chart,) = strength_chart({1.0: (2.0, 0.0), 0.5: (1.9, None)})
    assert chart.curves == {
        "general text, bits per byte": [(0.5, 1.9), (1.0, 2.0)],
        "capability, share right": [(1.0, 0.0)],
    }
    assert strength_chart({1.0: (2.0, 0.4)}) == []
