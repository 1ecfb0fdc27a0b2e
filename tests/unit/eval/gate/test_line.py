"""One line of the gate: what it takes to decide it is said only where somebody could have it."""

from __future__ import annotations

import pytest

from erastyle.eval.gate.line import MOST_SITES, GateLine, points, settle
from erastyle.eval.statistics.hypothesis_tests import MIN_UNITS
from erastyle.eval.statistics.intervals import Estimate


def settled(unit: str, estimate: Estimate) -> GateLine:
    """Return the line of an estimate that has to lie above .7."""
    return settle(GateLine("a", "a", "", unit=unit), estimate, 0.7, above=True, say=points)


@pytest.mark.parametrize(
    ("estimate", "unit", "needed"),
    [
        (Estimate(0.85, 0.40, 1.0, 5), "sites", 46),
        (Estimate(0.705, 0.31, 1.0, 5), "sites", None),  # 108,000: near the limit
        (Estimate(0.705, 0.31, 1.0, 20), "sites", None),
        (Estimate(0.74, 0.31, 1.0, 100), "texts", 17_000),
        (Estimate(0.74, 0.31, 1.0, 100), "sites", None),
        (Estimate(0.9, 0.9, 0.9, 5), "sites", MIN_UNITS),
    ],
)
def test_no_more_is_asked_for_than_can_be_had(
    estimate: Estimate, unit: str, needed: int | None
) -> None:
    line = settled(unit, estimate)
    assert line.verdict == "INCONCLUSIVE"
    if needed is None:
        assert line.needed is None
        assert f"no number of {unit} that can be had would" in line.explanation
        assert "too few" in line.explanation or "the lower bound" in line.explanation
    else:
        assert line.needed == pytest.approx(needed, rel=0.05)
        assert f"about {line.needed:,} are needed" in line.explanation or (
            f"about {line.needed:,} {unit} are needed" in line.explanation
        )
    assert line.needed is None or unit != "sites" or line.needed <= MOST_SITES
