"""Percentiles of real documents of every gate, from measures and their parts.

A measure `gate.group.part` is a part of a gate: parts of a group are averaged as normal deviates,
and the weakest group counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.judge.gates import RealRange, probit_mean
from erastyle.eval.judge.views import Measured, TextView

Parts = dict[str, dict[str, list[NDArray[np.float64]]]]
"""Percentiles of the parts of a gate, by gate and group: `voice.modern.prose`."""


def real_ranges(
    measured: Measured, weights: NDArray[np.float64], seen: Sequence[TextView]
) -> dict[str, RealRange]:
    """Return the range of real documents of each measure, then of each gate of several parts."""
    ranges: dict[str, RealRange] = {}
    for name, values in measured.items():
        made = RealRange.of(values, weights, _lengths(seen, name))
        if made is not None:
            ranges[name] = made
    parts: Parts = {}
    for name in ranges:
        gate, *rest = name.split(".")
        if rest:
            share = ranges[name].percentile(measured[name], _lengths(seen, name))
            parts.setdefault(gate, {}).setdefault(rest[0], []).append(share)
    for gate, groups in parts.items():
        made = RealRange.of(_combined(groups), weights)
        if made is not None:
            ranges[gate] = made
    if "rough.all.bits" in measured:
        smooth = RealRange.of(-measured["rough.all.bits"], weights)
        if smooth is not None:
            ranges["smooth"] = smooth
    return ranges


def gate_percentiles(
    measured: Measured, ranges: Mapping[str, RealRange], seen: Sequence[TextView]
) -> Measured:
    """Return the percentile of each gate; parts of a gate (`voice.prose`) are averaged."""
    result: Measured = {}
    parts: Parts = {}
    for name, values in measured.items():
        if name not in ranges:
            continue
        share = ranges[name].percentile(values, _lengths(seen, name))
        gate, *rest = name.split(".")
        if rest:
            parts.setdefault(gate, {}).setdefault(rest[0], []).append(share)
        else:
            result[gate] = share
    for gate, groups in parts.items():
        if gate in ranges:
            result[gate] = ranges[gate].percentile(_combined(groups))
    for family, shares in parts.get("voice", {}).items():
        result[f"voice {family}"] = probit_mean(shares)
    if "rough.all.bits" in measured and "smooth" in ranges:
        result["smooth"] = ranges["smooth"].percentile(-measured["rough.all.bits"])
    return result


def _combined(groups: Mapping[str, list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Return the weakest group of a gate, the parts of a group averaged; NaN: nothing is known."""
    deviates = np.array([probit_mean(shares) for shares in groups.values()])
    known = ~np.isnan(deviates)
    lowest = np.where(known, deviates, np.inf).min(axis=0)
    return np.where(known.any(axis=0), lowest, np.nan)


def _lengths(seen: Sequence[TextView], name: str) -> NDArray[np.float64] | None:
    """Return the lengths of texts that a measure depends on; None: it does not."""
    if name == "tags":
        return np.array([len(v.tags) for v in seen], np.float64)
    if name == "layout":
        return np.array([len(v.lines) for v in seen], np.float64)
    if name.endswith("shuffled"):
        return None
    if name.startswith(("voice.", "order", "rough.")) or name in ("sentences", "repetition"):
        return np.array([v.count for v in seen], np.float64)
    return None
