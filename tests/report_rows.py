"""Rows of a report for tests, by position: most tests care for a few of their many fields."""

from __future__ import annotations

from typing import Any

from erastyle.eval.gate.gate import Control
from erastyle.eval.gate.line import GateLine
from erastyle.eval.metric import Metric

FIELDS = ("unit", "base", "style", "real", "difference", "low", "high", "better", "note", "group")


def metric(name: str, *values: Any, **more: Any) -> Metric:
    """Return a metric; values follow in the order of `FIELDS`, then `rows`."""
    given = dict(zip((*FIELDS, "rows"), values, strict=False))
    return Metric(**{"id": name, "name": name, "unit": ""} | given | more)


def gate_line(name: str, *values: Any, **more: Any) -> GateLine:
    """Return a line of the gate; values follow in the order of its fields, from `measured` on."""
    return GateLine(name, name, *values, **more)


def control(
    name: str, how: str, verdict: Any, as_it_should: bool, sentence: str, gate: Any = ()
) -> Control:
    """Return a control."""
    return Control(name, how, verdict, as_it_should, sentence, gate)
