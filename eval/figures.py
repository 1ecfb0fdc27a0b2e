"""Figures of the report: numbers in, one SVG string out.

Every function is pure and needs no library. Colours are CSS variables of the page (`--base`,
`--style`, `--real`, `--ink`, …), so that one drawing serves light, dark and print. Every drawing
is 360 units wide, so that its letters are as large on a phone as on paper, and carries a title
and a description for people who hear the page. Colour never stands alone: what it says is also
written beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from erastyle.eval.wording import MINUS, number

WIDTH = 360
SMOOTH_FROM = 12
"""Points from which a curve is smoothed; shorter ones show each point."""
SERIES = {"base": "base model", "style": "style model", "real": "real, held out"}
"""What the report calls the three series that it knows; other names stand as they are."""


def finite(values: Sequence[float | None]) -> list[float]:
    """Return the numbers that are numbers.

    >>> finite([0.5, None, float("nan")])
    [0.5]
    """
    return [float(v) for v in values if v is not None and math.isfinite(v)]


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most `most` round numbers from `low` to `high`, evenly spaced.

    >>> ticks(0, 1)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    >>> ticks(1993, 1997)
    [1993.0, 1994.0, 1995.0, 1996.0, 1997.0]
    """
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low] if math.isfinite(low) else []
    power = 10.0 ** (math.floor(math.log10(span)) - 1)
    for times in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
        step = power * times
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [round(n * step, 12) for n in range(first, last + 1)]
    return [low, high]


def histogram(values: Sequence[float], low: float, high: float, bins: int) -> list[int]:
    """Return how many values fall into each of `bins` equal parts; the last one is closed.

    >>> histogram([0.0, 0.1, 1.0], 0, 1, 4)
    [2, 0, 0, 1]
    """
    counts = [0] * bins
    for value in values:
        place = int((value - low) / (high - low) * bins)
        counts[min(max(place, 0), bins - 1)] += 1
    return counts


def median(values: Sequence[float]) -> float:
    """Return the middle value of a sequence that is not empty."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def short(value: float) -> str:
    """Return a number for an axis.

    >>> [short(v) for v in (0.0, 0.25, 12.0, 1995.0, 20000.0, 2500000.0)]
    ['0', '0.25', '12', '1995', '20 k', '2.5 M']
    """
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            scaled = value / (1e3 if unit == " k" else size)
            return f"{scaled:.4g}{unit}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def _svg(ident: str, height: float, title: str, text: str, body: Sequence[str]) -> str:
    ident = escape(ident, quote=True)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{ident}-t {ident}-d"><title id="{ident}-t">{escape(title)}</title>'
        f'<desc id="{ident}-d">{escape(text)}</desc>{"".join(body)}</svg>'
    )


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def _rect(x: float, y: float, width: float, height: float, style: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" class="{style}"/>'
    )


def _series_style(name: str, place: int) -> str:
    return name if name in SERIES else ("style", "real", "base")[place % 3]


def distributions(
    view: str, series: Mapping[str, Sequence[float | None]], ident: str, bins: int = 30
) -> str:
    """Return one histogram a series, one below the other on a common axis.

    Scores within 0 and 1 get the axis 0 to 1; everything else its own range. Each row is as tall
    as its fullest bin, so rows compare in shape and place, not in number; the number is written.
    """
    rows = [(name, finite(values)) for name, values in series.items()]
    every = [v for _, values in rows for v in values]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    if high <= low:
        low, high = low - 0.5, high + 0.5
    left, right, tall = 4.0, WIDTH - 6.0, 34.0
    body, said = [], []
    y = 4.0
    for place, (name, values) in enumerate(rows):
        style, label = _series_style(name, place), SERIES.get(name, name)
        floor = y + 16 + tall
        body.append(_text(left, y + 11, label, f"label ink-{style}"))
        if values:
            middle = median(values)
            note = f"median {number(middle)}, n = {len(values):,}"
            counts = histogram(values, low, high, bins)
            wide = (right - left) / bins
            for n, count in enumerate(counts):
                up = tall * count / max(counts)
                if count:
                    up = max(up, 1.5)
                    body.append(
                        _rect(left + n * wide + 0.5, floor - up, wide - 1, up, f"f-{style}")
                    )
            x = left + (middle - low) / (high - low) * (right - left)
            body.append(_line(x, floor - tall - 1, x, floor + 4, "median"))
            said.append(f"{label}: median {number(middle)} of {len(values)} scores")
        else:
            note = "not measured"
            said.append(f"{label}: not measured")
        body.append(_text(right, y + 11, note, "small", "end"))
        body.append(_line(left, floor, right, floor, "axis"))
        y = floor + 8
    for tick in ticks(low, high):
        x = left + (tick - low) / (high - low) * (right - left)
        anchor = "start" if x < left + 8 else "end" if x > right - 8 else "middle"
        body.append(_line(x, y - 8, x, y - 4, "axis"))
        body.append(_text(x, y + 8, short(tick), "small", anchor))
    return _svg(ident, y + 13, f"Scores, {view}", "; ".join(said) + ".", body)


def timeline(counts: Mapping[str, int], ident: str) -> str:
    """Return a column a year. Years without documents stay empty; what is no year stands apart."""
    years = {int(k): n for k, n in counts.items() if k.isascii() and k.isdigit()}
    other = {k: n for k, n in counts.items() if not (k.isascii() and k.isdigit())}
    if years and max(years) - min(years) > 80:
        label, step = "decade", 10
        grouped: dict[int, int] = {}
        for year, count in years.items():
            grouped[year // 10 * 10] = grouped.get(year // 10 * 10, 0) + count
        years = grouped
    else:
        label, step = "year", 1
    slots: list[tuple[str, int, str]] = []
    if years:
        for year in range(min(years), max(years) + 1, step):
            slots.append((str(year), years.get(year, 0), "f-real"))
    aside = [(name or "no date", count, "f-base") for name, count in sorted(other.items())]
    most = max([n for _, n, _ in slots + aside] or [1]) or 1
    left, right, top, floor = 4.0, WIDTH - 4.0, 18.0, 172.0
    gap = 18.0 if slots and aside else 0.0
    wide = min((right - left - gap) / max(len(slots) + 1.6 * len(aside), 1), 46.0)
    numbers = wide >= 24
    every = max(1, math.ceil(34 / wide)) if wide else 1
    body, x = [], left
    for n, (name, count, style) in enumerate(slots):
        up = (floor - top) * count / most
        body.append(_rect(x + wide * 0.12, floor - up, wide * 0.76, up, style))
        middle = x + wide / 2
        if numbers:
            body.append(_text(middle, floor - up - 4, f"{count:,}", "small", "middle"))
        if n % every == 0:
            body.append(_text(middle, floor + 14, name, "small", "middle"))
        x += wide
    body.append(_line(left, floor, x, floor, "axis"))
    x += gap
    for name, count, style in aside:
        up, room = (floor - top) * count / most, wide * 1.6
        body.append(_rect(x + room * 0.2, floor - up, room * 0.6, up, style))
        body.append(_text(x + room / 2, floor - up - 4, f"{count:,}", "small", "middle"))
        body.append(_text(x + room / 2, floor + 14, name, "small", "middle"))
        body.append(_line(x, floor, x + room, floor, "axis"))
        x += room
    if not numbers and slots:
        peak = max(slots, key=lambda slot: slot[1])
        body.append(_text(left, 10, f"fullest {label}: {peak[0]}, {peak[1]:,} documents", "small"))
    said = ", ".join(f"{name}: {count:,}" for name, count, _ in slots + aside if count)
    return _svg(ident, floor + 20, f"Documents by {label}", f"{said or 'no documents'}.", body)


def flow(stages: Sequence[tuple[str, int, int, int, int]], ident: str) -> str:
    """Return what each stage read, kept, dropped and put into quarantine, as one band a stage.

    Args:
        stages: (name, read, kept, dropped, quarantined) in the order in which they run.
        ident: Id in the page.
    """
    most = max([read for _, read, *_ in stages] or [1]) or 1
    left, right, tall, pitch = 4.0, WIDTH - 4.0, 13.0, 46.0
    body, said, y = [], [], 16.0
    for n, (name, read, kept, dropped, quarantined) in enumerate(stages):
        unit = (right - left) / most
        ends = left + kept * unit
        if n + 1 < len(stages):  # what is kept here flows into what is read there
            into = left + min(stages[n + 1][1], most) * unit
            below = y + pitch
            body.append(
                f'<polygon points="{left:.1f},{y + tall:.1f} {ends:.1f},{y + tall:.1f} '
                f'{into:.1f},{below:.1f} {left:.1f},{below:.1f}" class="ribbon"/>'
            )
        body.append(_rect(left, y, kept * unit, tall, "f-kept"))
        body.append(_rect(ends, y, dropped * unit, tall, "f-dropped"))
        body.append(_rect(ends + dropped * unit, y, quarantined * unit, tall, "f-quarantined"))
        body.append(_text(left + (5 if n else 0), y - 4, name, "label"))
        parts = [f"{kept:,} kept"]
        parts += [f"{dropped:,} dropped"] if dropped else []
        parts += [f"{quarantined:,} in quarantine"] if quarantined else []
        body.append(_text(right, y - 4, " · ".join(parts), "small", "end"))
        said.append(f"{name} read {read:,}: {', '.join(parts)}")
        y += pitch
    height = max(y - pitch + tall + 4, 20)
    return _svg(ident, height, "Documents through the stages", "; ".join(said) + ".", body)


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a running mean over a tenth of the points; of few points, the points themselves.

    Rows of like length are trained on together, so the loss of single steps jumps with their
    length; a stretch of steps holds all lengths.

    >>> smoothed([(0.0, 4.0), (1.0, 2.0)])
    [(0.0, 4.0), (1.0, 2.0)]
    """
    if len(points) < SMOOTH_FROM:
        return list(points)
    half = max(2, len(points) // 20)
    found = []
    for n, (x, _) in enumerate(points):
        part = [y for _, y in points[max(0, n - half) : n + half + 1]]
        found.append((x, sum(part) / len(part)))
    return found


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
        title: What the curves are.
        across: What the axis counts.
        smooth: Whether long curves are drawn as a running mean over the faint single points.
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
        body.append(_line(left, y, right, y, "grid"))
        body.append(_text(left - 5, y + 3.5, short(tick), "small", "end"))
    for tick in ticks(x0, x1, 5):
        x = left + (tick - x0) / (x1 - x0) * (right - left)
        body.append(_line(x, floor, x, floor + 4, "axis"))
        anchor = "end" if x > right - 12 else "middle"
        body.append(_text(x, floor + 15, short(tick), "small", anchor))
    body.append(_line(left, floor, right, floor, "axis"))
    body.append(_text(right, floor + 28, across, "small", "end"))
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
        body.append(_text(key + 28, row, note, "small"))
        said.append(note)
    height = floor + 36 + 15 * max(len(drawn), 1)
    return _svg(ident, height, title, "; ".join(said or ["nothing was measured"]) + ".", body)


def calibration(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    ident: str,
    title: str,
    across: str,
    weights: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """Return a reliability diagram: what was predicted across, what was seen upwards, 0 to 1.

    The diagonal is a score that means what it says; above it lies one that is too careful.

    Args:
        curves: name -> (predicted, observed) points.
        ident: Id in the page.
        title: What the diagram is of.
        across: What the axis counts.
        weights: name -> items behind each point: the area of its mark.
    """
    left, right, top, floor = 44.0, 264.0, 24.0, 244.0
    body, said = [], []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + tick * (right - left), floor - tick * (floor - top)
        body.append(_line(left, y, right, y, "grid"))
        body.append(_text(left - 5, y + 3.5, short(tick), "small", "end"))
        body.append(_line(x, floor, x, floor + 4, "axis"))
        body.append(_text(x, floor + 15, short(tick), "small", "middle"))
    body.append(_line(left, floor, right, floor, "axis"))
    body.append(_line(left, floor, right, top, "ideal"))
    body.append(_text(left - 5, 9, "share that is of the era", "small"))
    body.append(_text(right, floor + 28, across, "small", "end"))
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
        for line in (path, key):
            body.append(
                f'<polyline points="{line}" class="s-{style}{weak}" stroke-dasharray="{dash}"/>'
            )
        for x, y, size in [*where, (left + 11, row - 4, 3.2)]:  # the shape differs, not only colour
            body.append(
                _rect(x - size, y - size, 2 * size, 2 * size, f"f-{style}")
                if place % 2
                else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" class="f-{style}"/>'
            )
        body.append(_text(left + 30, row, name, "small"))
        pairs = ", ".join(f"{number(x)} predicted and {number(y)} seen" for x, y, _ in kept)
        said.append(f"{name}: {pairs or 'not measured'}")
        row += 15
    body.append(_line(left, row - 4, left + 22, row - 4, "ideal"))
    body.append(_text(left + 30, row, "a score that means what it says", "small"))
    return _svg(ident, row + 6, title, "; ".join(said or ["nothing was measured"]) + ".", body)


def reasons(found: Sequence[tuple[str, str, int]], ident: str, most: int = 12) -> str:
    """Return why documents were dropped: one bar a reason, below the stage that dropped them.

    Args:
        found: (stage, reason, documents).
        ident: Id in the page.
        most: Reasons that get a bar of their own; the others of a stage share one.
    """
    kept = {(s, r) for s, r, _ in sorted(found, key=lambda f: -f[2])[:most]}
    stages: dict[str, list[tuple[str, int]]] = {}
    for stage, reason, count in sorted(found, key=lambda f: -f[2]):
        if (stage, reason) in kept:
            stages.setdefault(stage, []).append((reason, count))
    for stage in dict.fromkeys(s for s, _, _ in found):
        rest = [(r, n) for s, r, n in found if s == stage and (s, r) not in kept]
        if len(rest) > 1:
            rest = [(f"{len(rest)} other reasons", sum(n for _, n in rest))]
        stages.setdefault(stage, []).extend(rest)
    longest = max([n for rows in stages.values() for _, n in rows] or [1]) or 1
    left, right = 4.0, WIDTH - 4.0
    body, said, y = [], [], 0.0
    order = list(dict.fromkeys(s for s, _, _ in found))
    for stage in (name for name in order if name in stages):
        rows = stages[stage]
        total = sum(n for s, _, n in found if s == stage)
        y += 16
        body.append(_text(left, y, stage, "label"))
        body.append(_text(right, y, f"{total:,} in all", "small", "end"))
        for reason, count in rows:
            y += 15
            body.append(_text(left + 8, y, reason, "small"))
            body.append(_text(right, y, f"{count:,}", "small", "end"))
            body.append(
                _rect(left + 8, y + 3, (right - left - 8) * count / longest, 6, "f-dropped")
            )
            y += 10
        y += 6
        said.append(f"{stage} dropped {', '.join(f'{n:,} for {r}' for r, n in rows)}")
    return _svg(
        ident, y + 2, "Why documents were dropped", "; ".join(said or ["nothing"]) + ".", body
    )


def interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return a dot with its interval on a line with zero in the middle, 120 units wide.

    Its scale is its own. It repeats numbers that stand beside it, so it is hidden from screen
    readers. Nothing is drawn for a number that was not measured.
    """
    numbers = finite([value, low, high])
    if value is None or not math.isfinite(value):
        return ""
    reach = max([abs(n) for n in numbers] + [1e-12]) * 1.1
    places = [60 + n / reach * 56 for n in numbers]
    parts = [_line(2, 9, 118, 9, "grid"), _line(60, 2, 60, 16, "axis")]
    if len(numbers) == 3:
        parts.append(_line(places[1], 9, places[2], 9, "whisker"))
        parts += [_line(x, 6, x, 12, "whisker") for x in places[1:]]
    parts.append(f'<circle cx="{places[0]:.1f}" cy="9" r="3.4" class="f-style"/>')
    return f'<svg class="spark" viewBox="0 0 120 18" aria-hidden="true">{"".join(parts)}</svg>'


def bar(share: float) -> str:
    """Return a bar as long as `share` (0 to 1) of its cell; hidden from screen readers."""
    long = 100 * min(max(share, 0.0), 1.0)
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{_rect(0, 0, max(long, 0.6), 10, 'f-dropped')}</svg>"
    )
