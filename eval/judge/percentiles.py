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

Parts = dict[str, dict[str, dict[str, NDArray[np.float64]]]]
"""Percentiles of the parts of a gate, by gate, group and part: `voice.modern.prose`."""
PART_WEIGHTS = {"hidden": 3.0, "neighbours": 3.0}
"""Weight of a part among those of its group, 1 where none is given. Hidden states know more than
the linear head and the n-gram ratio together: with 3 instead of 1 the other medium of the same
decade passed half as often on the check sites. Neighbours tell sentences out of order better than
shapes and cohesion together."""


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
            parts.setdefault(gate, {}).setdefault(rest[0], {})[rest[-1]] = share
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
            parts.setdefault(gate, {}).setdefault(rest[0], {})[rest[-1]] = share
        else:
            result[gate] = share
    for gate, groups in parts.items():
        if gate in ranges:
            result[gate] = ranges[gate].percentile(_combined(groups))
    for family, shares in parts.get("voice", {}).items():
        result[f"voice {family}"] = _averaged(shares)
    if "rough.all.bits" in measured and "smooth" in ranges:
        result["smooth"] = ranges["smooth"].percentile(-measured["rough.all.bits"])
    return result


def _averaged(shares: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    weights = [PART_WEIGHTS.get(part, 1.0) for part in shares]
    return probit_mean(list(shares.values()), weights)


def _combined(groups: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Return the weakest group of a gate, the parts of a group averaged; NaN: nothing is known."""
    deviates = np.array([_averaged(shares) for shares in groups.values()])
    known = ~np.isnan(deviates)
    lowest = np.where(known, deviates, np.inf).min(axis=0)
    return np.where(known.any(axis=0), lowest, np.nan)


def _lengths(seen: Sequence[TextView], name: str) -> NDArray[np.float64] | None:
    """Return the lengths of texts that a measure depends on; None: it does not."""
    if name == "tags":
        return np.array([len(v.tags) for v in seen], np.float64)
    if name == "layout":
        return np.array([len(v.lines) for v in seen], np.float64)
    if name == "sequence.all.neighbours":
        return np.array([v.units.count for v in seen], np.float64)
    if name.endswith("shuffled"):
        return None
    by_words = ("voice.", "order", "rough.", "sequence.", "sentences", "repetition.")
    if name.startswith(by_words):
        return np.array([v.count for v in seen], np.float64)
    return None
