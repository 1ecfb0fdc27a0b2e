"""Charts of curves and points: losses, strengths, calibration, and gain against cost.

Every function takes numbers and returns one SVG string. Dashes, shapes and labels repeat what a
colour means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from erastyle.eval.report.charts.svg import WIDTH, line, rect, short, svg, text, ticks
from erastyle.eval.report.numbers import between, number

SMOOTH_FROM = 12
"""Fewest points of a curve that is smoothed; shorter curves show each point."""


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a running mean over a tenth of the points; of few points, the points themselves.

    Training groups rows of similar length, so the loss of single steps varies with the length. A
    range of steps holds all lengths.

    >>> smoothed([(0.0, 4.0), (1.0, 2.0)])
    [(0.0, 4.0), (1.0, 2.0)]
    """
    if len(points) < SMOOTH_FROM:
        return list(points)
    half = max(2, len(points) // 20)
    means = []
    for n, (x, _) in enumerate(points):
        part = [y for _, y in points[max(0, n - half) : n + half + 1]]
        means.append((x, sum(part) / len(part)))
    return means


def lines(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    ident: str,
    title: str,
    across: str,
    smooth: bool = False,
) -> str:
    """Return curves over a common axis, named at their ends, with the last value of each.

    Args:
        curves: name -> (x, y) points; points that are not numbers are left out.
        ident: Id in the page.
        title: Title of the chart.
        across: Label of the horizontal axis.
        smooth: Whether to draw long curves as a running mean over faint single points.
    """
    drawn, single = {}, {}
    for name, points in curves.items():
        kept = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        if kept:
            drawn[name] = smoothed(kept) if smooth else kept
            if smooth and len(kept) >= SMOOTH_FROM:
                single[name] = kept
    left, right, top, floor = 34.0, WIDTH - 6.0, 12.0, 150.0
    body, said = [], []
    every = [*drawn.values(), *single.values()]
    xs = [x for points in every for x, _ in points] or [0.0, 1.0]
    ys = [y for points in every for _, y in points] or [0.0, 1.0]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    x1 = x1 if x1 > x0 else x0 + 1
    margin = (y1 - y0) * 0.06 or 0.5
    y0, y1 = y0 - margin, y1 + margin
    for tick in ticks(y0, y1, 5):
        y = floor - (tick - y0) / (y1 - y0) * (floor - top)
        body.append(line(left, y, right, y, "grid"))
        body.append(text(left - 5, y + 3.5, short(tick), "small", "end"))
    for tick in ticks(x0, x1, 5):
        x = left + (tick - x0) / (x1 - x0) * (right - left)
        body.append(line(x, floor, x, floor + 4, "axis"))
        anchor = "end" if x > right - 12 else "middle"
        body.append(text(x, floor + 15, short(tick), "small", anchor))
    body.append(line(left, floor, right, floor, "axis"))
    body.append(text(right, floor + 28, across, "small", "end"))
    key = left
    for place, (name, points) in enumerate(drawn.items()):
        style = ("style", "real", "base")[place % 3]
        dash = ("", "5 3", "2 2")[place % 3]

        def place_of(point: tuple[float, float]) -> tuple[float, float]:
            return (
                left + (point[0] - x0) / (x1 - x0) * (right - left),
                floor - (point[1] - y0) / (y1 - y0) * (floor - top),
            )

        where = [place_of(point) for point in points]
        for x, y in map(place_of, single.get(name, ())):
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.3" class="f-{style} faint"/>')
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in where)
        body.append(f'<polyline points="{path}" class="s-{style}" stroke-dasharray="{dash}"/>')
        for x, y in where if len(where) < SMOOTH_FROM else where[-1:]:
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" class="f-{style}"/>')
        row = floor + 44 + 15 * place
        body.append(
            f'<polyline points="{key:.1f},{row - 4:.1f} {key + 22:.1f},{row - 4:.1f}" '
            f'class="s-{style}" stroke-dasharray="{dash}"/>'
        )
        note = f"{name}, from {number(points[0][1])} to {number(points[-1][1])}"
        body.append(text(key + 28, row, note, "small"))
        said.append(note)
    height = floor + 36 + 15 * max(len(drawn), 1)
    return svg(ident, height, title, "; ".join(said or ["nothing was measured"]) + ".", body)


def calibration(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    ident: str,
    title: str,
    across: str,
    weights: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """Return a reliability diagram: predicted probability across, observed share upwards.

    A calibrated score lies on the diagonal, and an underconfident one above it.

    Args:
        curves: name -> (predicted, observed) points.
        ident: Id in the page.
        title: Title of the chart.
        across: Label of the horizontal axis.
        weights: name -> items behind each point, shown as the area of its mark.
    """
    left, right, top, floor = 44.0, 264.0, 24.0, 244.0
    body, said = [], []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + tick * (right - left), floor - tick * (floor - top)
        body.append(line(left, y, right, y, "grid"))
        body.append(text(left - 5, y + 3.5, short(tick), "small", "end"))
        body.append(line(x, floor, x, floor + 4, "axis"))
        body.append(text(x, floor + 15, short(tick), "small", "middle"))
    body.append(line(left, floor, right, floor, "axis"))
    body.append(line(left, floor, right, top, "ideal"))
    body.append(text(left - 5, 9, "share that is of the era", "small"))
    body.append(text(right, floor + 28, across, "small", "end"))
    row = floor + 46
    for place, (name, points) in enumerate(curves.items()):
        counts = (weights or {}).get(name) or [1.0] * len(points)
        kept = [
            (x, y, n)
            for (x, y), n in zip(points, counts, strict=False)
            if math.isfinite(x) and math.isfinite(y)
        ]
        style, dash = ("style", "real", "base")[place % 3], ("", "5 3", "2 2")[place % 3]
        most = max([n for *_, n in kept] or [1.0]) or 1.0
        where = [
            (left + x * (right - left), floor - y * (floor - top), 2 + 4 * math.sqrt(n / most))
            for x, y, n in kept
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in where)
        key = f"{left:.1f},{row - 4:.1f} {left + 22:.1f},{row - 4:.1f}"
        weak = " weak" if weights else ""  # few documents make it jump: the marks say how few
        for stretch in (path, key):
            body.append(
                f'<polyline points="{stretch}" class="s-{style}{weak}" stroke-dasharray="{dash}"/>'
            )
        for x, y, size in [*where, (left + 11, row - 4, 3.2)]:  # the shape differs, not only colour
            body.append(
                rect(x - size, y - size, 2 * size, 2 * size, f"f-{style}")
                if place % 2
                else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" class="f-{style}"/>'
            )
        body.append(text(left + 30, row, name, "small"))
        pairs = ", ".join(f"{number(x)} predicted and {number(y)} seen" for x, y, _ in kept)
        said.append(f"{name}: {pairs or 'not measured'}")
        row += 15
    body.append(line(left, row - 4, left + 22, row - 4, "ideal"))
    body.append(text(left + 30, row, "a score that means what it says", "small"))
    return svg(ident, row + 6, title, "; ".join(said or ["nothing was measured"]) + ".", body)


def against(
    points: Mapping[str, Sequence[tuple[float, float]]],
    ident: str,
    title: str,
    across: str,
    up: str,
    spans: Mapping[str, Sequence[float | None]] | None = None,
) -> str:
    """Return one named point for each method: its cost across, its gain upwards.

    Both are changes against the base model, which lies where the zero lines cross.

    Args:
        points: name -> one point; missing values are left out.
        ident: Id in the page.
        title: Title of the chart.
        across: Label of the horizontal axis.
        up: Label of the vertical axis.
        spans: name -> ends of the intervals of its point: (low, high) of x, then of y.
    """
    known = {
        name: given[0]
        for name, given in points.items()
        if given and all(math.isfinite(value) for value in given[0])
    }
    ends = {name: _ends(point, (spans or {}).get(name, ())) for name, point in known.items()}
    x0, x1 = _range([end for x_ends, _ in ends.values() for end in x_ends])
    y0, y1 = _range([end for _, y_ends in ends.values() for end in y_ends])
    left, right, top, floor = 44.0, WIDTH - 8.0, 24.0, 234.0

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            left + (x - x0) / (x1 - x0) * (right - left),
            floor - (y - y0) / (y1 - y0) * (floor - top),
        )

    body, said = [text(left - 38, 11, up, "small")], []
    for tick in ticks(y0, y1):
        body.append(line(left, place(x0, tick)[1], right, place(x0, tick)[1], "grid"))
        body.append(text(left - 5, place(x0, tick)[1] + 3.5, short(tick), "small", "end"))
    for tick in ticks(x0, x1):
        x = place(tick, y0)[0]
        body.append(line(x, floor, x, floor + 4, "axis"))
        anchor = "end" if x > right - 12 else "middle"
        body.append(text(x, floor + 15, short(tick), "small", anchor))
    body.append(line(left, floor, right, floor, "axis"))
    body.append(text(right, floor + 29, across, "small", "end"))
    zero = place(0.0, 0.0)
    body += [
        line(zero[0], top, zero[0], floor, "ideal"),
        line(left, zero[1], right, zero[1], "ideal"),
    ]
    where = {name: place(*point) for name, point in known.items()}
    for name, ((x_low, x_high), (y_low, y_high)) in ends.items():
        x, y = where[name]
        body.append(line(place(x_low, y0)[0], y, place(x_high, y0)[0], y, "whisker weak"))
        body.append(line(x, place(x0, y_low)[1], x, place(x0, y_high)[1], "whisker weak"))
    for name, (x, y, label_x, label_y, anchor) in _labels(where, right).items():
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" class="f-style"/>')
        if label_y > y + 4:  # moved below another name
            body.append(line(x, y, label_x, label_y - 3.5, "grid"))
        body.append(text(label_x, label_y, name, "label", anchor))
        (x_low, x_high), (y_low, y_high) = ends[name]
        point = known[name]
        said.append(
            f"{name}: {up} {number(point[1], sign=True)} ({between(y_low, y_high, sign=True)}), "
            f"{across} {number(point[0], sign=True)} ({between(x_low, x_high, sign=True)})"
        )
    return svg(ident, floor + 36, title, "; ".join(said or ["nothing was measured"]) + ".", body)


def _ends(
    point: tuple[float, float], span: Sequence[float | None]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of both intervals; an unknown end lies at the point itself."""
    given = [*span, *([None] * 4)][:4]
    known = [
        own if end is None or not math.isfinite(end) else float(end)
        for end, own in zip(given, (point[0], point[0], point[1], point[1]), strict=True)
    ]
    return (known[0], known[1]), (known[2], known[3])


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return an axis that holds the values and zero, with a margin."""
    low, high = min([0.0, *values]), max([0.0, *values])
    margin = (high - low) * 0.08 or 0.5
    return low - margin, high + margin


def _labels(
    where: Mapping[str, tuple[float, float]], right: float
) -> dict[str, tuple[float, float, float, float, str]]:
    """Return (x, y, x of its name, y of its name, anchor) of each point; no names overlap."""
    labels = {}
    taken: list[tuple[float, float, float]] = []
    for name, (x, y) in sorted(where.items(), key=lambda row: (row[1][1], row[0])):
        long = 7.0 * len(name)
        fits = x + 8 + long <= right
        first = x + 8 if fits else x - 8 - long
        label = y - 4.5  # above the interval, which goes to both sides
        for start, end, other in sorted(taken, key=lambda one: one[2]):
            if start < first + long and first < end and abs(label - other) < 13:
                label = other + 13
        taken.append((first, first + long, label))
        labels[name] = (x, y, x + 8 if fits else x - 8, label, "start" if fits else "end")
    return labels
