"""Charts of counts and scores: histograms, years, stages, reasons, and small marks in tables.

Every function takes numbers and returns one SVG string. A label repeats what a colour means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from erastyle.eval.report.charts.svg import WIDTH, finite, line, rect, short, svg, text, ticks
from erastyle.eval.report.numbers import number

SERIES = {"base": "base model", "style": "fine-tuned model", "real": "real, held out"}
"""Labels of the three series of the report; other names are shown as they are."""


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


def _series_style(name: str, place: int) -> str:
    return name if name in SERIES else ("style", "real", "base")[place % 3]


def distributions(
    view: str,
    series: Mapping[str, Sequence[float | None]],
    ident: str,
    real: str = SERIES["real"],
    bins: int = 30,
) -> str:
    """Return one histogram a series, one below the other on a common axis.

    Scores within 0 and 1 get the axis 0 to 1, other values their own range. Each row is scaled to
    its fullest bin, so that rows compare in shape and position; a label gives their number. `real`
    is what the held-out documents are called.
    """
    labels = SERIES | {"real": real}
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
        style, label = _series_style(name, place), labels.get(name, name)
        floor = y + 16 + tall
        body.append(text(left, y + 11, label, f"label ink-{style}"))
        if values:
            middle = median(values)
            note = f"median {number(middle)}, n = {len(values):,}"
            counts = histogram(values, low, high, bins)
            wide = (right - left) / bins
            for n, count in enumerate(counts):
                up = tall * count / max(counts)
                if count:
                    up = max(up, 1.5)
                    body.append(rect(left + n * wide + 0.5, floor - up, wide - 1, up, f"f-{style}"))
            x = left + (middle - low) / (high - low) * (right - left)
            body.append(line(x, floor - tall - 1, x, floor + 4, "median"))
            said.append(f"{label}: median {number(middle)} of {len(values)} scores")
        else:
            note = "not measured"
            said.append(f"{label}: not measured")
        body.append(text(right, y + 11, note, "small", "end"))
        body.append(line(left, floor, right, floor, "axis"))
        y = floor + 8
    for tick in ticks(low, high):
        x = left + (tick - low) / (high - low) * (right - left)
        anchor = "start" if x < left + 8 else "end" if x > right - 8 else "middle"
        body.append(line(x, y - 8, x, y - 4, "axis"))
        body.append(text(x, y + 8, short(tick), "small", anchor))
    return svg(ident, y + 13, f"Scores, {view}", "; ".join(said) + ".", body)


def timeline(counts: Mapping[str, int], ident: str) -> str:
    """Return one column a year. Years without documents stay empty; other keys stand apart."""
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
        body.append(rect(x + wide * 0.12, floor - up, wide * 0.76, up, style))
        middle = x + wide / 2
        if numbers:
            body.append(text(middle, floor - up - 4, f"{count:,}", "small", "middle"))
        if n % every == 0:
            body.append(text(middle, floor + 14, name, "small", "middle"))
        x += wide
    body.append(line(left, floor, x, floor, "axis"))
    x += gap
    for name, count, style in aside:
        up, room = (floor - top) * count / most, wide * 1.6
        body.append(rect(x + room * 0.2, floor - up, room * 0.6, up, style))
        body.append(text(x + room / 2, floor - up - 4, f"{count:,}", "small", "middle"))
        body.append(text(x + room / 2, floor + 14, name, "small", "middle"))
        body.append(line(x, floor, x + room, floor, "axis"))
        x += room
    if not numbers and slots:
        peak = max(slots, key=lambda slot: slot[1])
        body.append(text(left, 10, f"fullest {label}: {peak[0]}, {peak[1]:,} documents", "small"))
    said = ", ".join(f"{name}: {count:,}" for name, count, _ in slots + aside if count)
    return svg(ident, floor + 20, f"Documents by {label}", f"{said or 'no documents'}.", body)


def flow(
    stages: Sequence[tuple[str, int, int, int, int]],
    ident: str,
    set_aside: Mapping[str, int] | None = None,
) -> str:
    """Return one band a stage: documents read, kept, dropped and put into quarantine.

    Args:
        stages: (name, read, kept, dropped, quarantined) in the order in which they run.
        ident: Id in the page.
        set_aside: How many of the dropped documents a stage only set aside.
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
        body.append(rect(left, y, kept * unit, tall, "f-kept"))
        body.append(rect(ends, y, dropped * unit, tall, "f-dropped"))
        body.append(rect(ends + dropped * unit, y, quarantined * unit, tall, "f-quarantined"))
        body.append(text(left + (5 if n else 0), y - 4, name, "label"))
        parts = [f"{kept:,} kept"]
        aside = (set_aside or {}).get(name, 0)
        parts += [f"{dropped - aside:,} dropped"] if dropped > aside else []
        parts += [f"{aside:,} set aside"] if aside else []
        parts += [f"{quarantined:,} in quarantine"] if quarantined else []
        body.append(text(right, y - 4, " · ".join(parts), "small", "end"))
        said.append(f"{name} read {read:,}: {', '.join(parts)}")
        y += pitch
    height = max(y - pitch + tall + 4, 20)
    return svg(ident, height, "Documents through the stages", "; ".join(said) + ".", body)


def reasons(rows: Sequence[tuple[str, str, int]], ident: str, most: int = 12) -> str:
    """Return one bar for each reason of dropped documents, below the stage that dropped them.

    Args:
        rows: (stage, reason, documents).
        ident: Id in the page.
        most: Reasons with a bar of their own; the others of a stage share one bar.
    """
    ordered = sorted(rows, key=lambda row: -row[2])
    kept = {(s, r) for s, r, _ in ordered[:most]}
    stages: dict[str, list[tuple[str, int]]] = {}
    for stage, reason, count in ordered:
        if (stage, reason) in kept:
            stages.setdefault(stage, []).append((reason, count))
    for stage in dict.fromkeys(s for s, _, _ in rows):
        rest = [(r, n) for s, r, n in rows if s == stage and (s, r) not in kept]
        if len(rest) > 1:
            rest = [(f"{len(rest)} other reasons", sum(n for _, n in rest))]
        stages.setdefault(stage, []).extend(rest)
    longest = max([n for of_stage in stages.values() for _, n in of_stage] or [1]) or 1
    left, right = 4.0, WIDTH - 4.0
    body, said, y = [], [], 0.0
    order = list(dict.fromkeys(s for s, _, _ in rows))
    for stage in (name for name in order if name in stages):
        bars = stages[stage]
        total = sum(n for s, _, n in rows if s == stage)
        y += 16
        body.append(text(left, y, stage, "label"))
        body.append(text(right, y, f"{total:,} in all", "small", "end"))
        for reason, count in bars:
            y += 15
            body.append(text(left + 8, y, reason, "small"))
            body.append(text(right, y, f"{count:,}", "small", "end"))
            body.append(rect(left + 8, y + 3, (right - left - 8) * count / longest, 6, "f-dropped"))
            y += 10
        y += 6
        said.append(f"{stage} left out {', '.join(f'{n:,} for {r}' for r, n in bars)}")
    return svg(
        ident, y + 2, "Why documents were left out", "; ".join(said or ["nothing"]) + ".", body
    )


def interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return a dot with its interval on a line with zero in the middle, 120 units wide.

    Each line has its own scale. The numbers stand beside it, so it is hidden from screen readers.
    A missing number draws nothing.
    """
    numbers = finite([value, low, high])
    if value is None or not math.isfinite(value):
        return ""
    reach = max([abs(n) for n in numbers] + [1e-12]) * 1.1
    places = [60 + n / reach * 56 for n in numbers]
    parts = [line(2, 9, 118, 9, "grid"), line(60, 2, 60, 16, "axis")]
    if len(numbers) == 3:
        parts.append(line(places[1], 9, places[2], 9, "whisker"))
        parts += [line(x, 6, x, 12, "whisker") for x in places[1:]]
    parts.append(f'<circle cx="{places[0]:.1f}" cy="9" r="3.4" class="f-style"/>')
    return f'<svg class="spark" viewBox="0 0 120 18" aria-hidden="true">{"".join(parts)}</svg>'


def bar(share: float) -> str:
    """Return a bar as long as `share` (0 to 1) of its cell; hidden from screen readers."""
    long = 100 * min(max(share, 0.0), 1.0)
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{rect(0, 0, max(long, 0.6), 10, 'f-dropped')}</svg>"
    )
