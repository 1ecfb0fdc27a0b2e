"""Charts of the corpus: years with the era's bounds, sites, lengths, evidence, keyness.

Every function takes values of `erastyle.eval.report.pictures` and returns one SVG string. A label
or a shape repeats what a colour means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from erastyle.eval.report.charts.svg import WIDTH, line, rect, short, svg, text, ticks
from erastyle.eval.report.pictures import LENGTH_EDGES, KeyFeature, Pictures, SiteMark, StyleYear

LEFT, RIGHT = 4.0, WIDTH - 4.0
NAMED_SITES = 2
"""Sites of the map that are named below it."""
MOST_YEARS = 60
"""Years that are drawn one by one; more are joined to decades."""


def _band(x0: float, x1: float, top: float, floor: float, label: str) -> list[str]:
    """Return the era as a shaded band with its bounds and a label above."""
    return [
        rect(x0, top, x1 - x0, floor - top, "f-band"),
        line(x0, top, x0, floor, "bound"),
        line(x1, top, x1, floor, "bound"),
        text(min(max((x0 + x1) / 2, LEFT + 44), RIGHT - 44), top - 5, label, "small", "middle"),
    ]


def years(pictures: Pictures, ident: str) -> str:
    """Return one column a year with the era's bounds: certain below, possible above."""
    counts = {y.year: (float(y.certain), y.possible) for y in pictures.years}
    first = min([*counts, pictures.era_first])
    last = max([*counts, pictures.era_last])
    step = 1 if last - first < MOST_YEARS else 10
    slots: dict[int, tuple[float, float]] = {}
    for year in range(first // step * step, last + 1):
        at = year // step * step
        certain, possible = slots.get(at, (0.0, 0.0))
        more = counts.get(year, (0.0, 0.0))
        slots[at] = (certain + more[0], possible + more[1])
    most = max([sum(slot) for slot in slots.values()] or [1]) or 1
    top, floor, wide = 18.0, 156.0, (RIGHT - LEFT) / max(len(slots), 1)
    start = min(slots)

    def x_of(year: int) -> float:
        return min(LEFT + (year - start) / step * wide, RIGHT)

    label = f"the era, {pictures.era_first}-{pictures.era_last}"
    body = _band(x_of(pictures.era_first), x_of(pictures.era_last + 1), top, floor, label)
    every = max(1, math.ceil(34 / wide))
    for n, (year, (certain, possible)) in enumerate(slots.items()):
        x, up, above = (
            LEFT + n * wide,
            *((floor - top - 14) * v / most for v in (certain, possible)),
        )
        body.append(rect(x + wide * 0.12, floor - up, wide * 0.76, up, "f-real"))
        body.append(rect(x + wide * 0.12, floor - up - above, wide * 0.76, above, "f-possible"))
        if wide >= 22 and certain + possible >= 0.5:
            number = f"{certain + possible:,.0f}"
            body.append(text(x + wide / 2, floor - up - above - 3, number, "small", "middle"))
        if n % every == 0:
            body.append(text(x + wide / 2, floor + 14, str(year), "small", "middle"))
    body.append(line(LEFT, floor, RIGHT, floor, "axis"))
    said = ", ".join(
        f"{year}: {c:,.0f} certain, {p:,.0f} possible" for year, (c, p) in slots.items() if c + p
    )
    title = "Documents by year" if step == 1 else "Documents by decade"
    return svg(ident, floor + 20, title, f"{label}. {said or 'no dated documents'}.", body)


def site_map(sites: Sequence[SiteMark], pictures: Pictures, ident: str) -> str:
    """Return the sites as circles: across by year, in rows by kind, as large as their documents."""
    kinds = list(dict.fromkeys(site.kind for site in sites))
    dated = [site.year for site in sites if site.year is not None]
    first = min([*dated, pictures.era_first]) - 0.3
    last = max([*dated, pictures.era_last + 1]) + 0.3
    undated = any(site.year is None for site in sites)
    right = RIGHT - (58 if undated else 0)
    tall = 46.0 if len(kinds) > 2 else 70.0
    top, floor = 18.0, 18.0 + tall * max(len(kinds), 1)
    most = max([site.documents for site in sites] or [1])

    def x_of(year: float) -> float:
        return LEFT + 8 + (year - first) / (last - first) * (right - LEFT - 16)

    body = _band(x_of(pictures.era_first), x_of(pictures.era_last + 1), top, floor, "the era")
    for n, kind in enumerate(kinds):
        y = top + n * tall
        body.append(line(LEFT, y + tall, RIGHT, y + tall, "grid"))
        body.append(text(LEFT, y + 12, kind, "label"))
    places: dict[str, int] = {}
    for site in sites:
        nth = places[site.kind] = places.get(site.kind, 0) + 1
        reach = max(1.8, 13 * math.sqrt(site.documents / most))
        spread = (tall - 26) * ((nth * 0.618) % 1) + 15  # golden ratio: neighbours lie apart
        x = right + 32 if site.year is None else x_of(site.year)
        y = top + kinds.index(site.kind) * tall + spread
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{reach:.1f}" class="bubble"/>')
    for tick in ticks(math.ceil(first), math.floor(last - 0.5), 6):
        if float(tick).is_integer():
            body.append(text(x_of(tick + 0.5), floor + 14, f"{tick:.0f}", "small", "middle"))
    for n, site in enumerate(sites[:NAMED_SITES]):
        name = site.site if len(site.site) <= 40 else f"{site.site[:39]}…"
        body.append(text(LEFT, floor + 32 + 15 * n, f"{name}: {site.documents:,}", "small"))
    if undated:
        body.append(text(RIGHT, floor + 14, "no date", "small", "end"))
    said = "; ".join(
        f"{s.site}: {s.documents:,} documents, {s.kind}, "
        f"{'no date' if s.year is None else f'about {s.year:.0f}'}"
        for s in sites[:12]
    )
    down = 26 + 15 * min(len(sites), NAMED_SITES)
    return svg(ident, floor + down, "Map of the sites", f"{said or 'no sites'}.", body)


def length_bins(lengths: Mapping[str, Sequence[int]], ident: str) -> str:
    """Return one histogram of lengths a series, each scaled to its fullest bin."""
    body, said, y = [], [], 4.0
    wide = (RIGHT - LEFT) / len(LENGTH_EDGES)
    for place, (name, counts) in enumerate(lengths.items()):
        style = ("real", "base", "style")[place % 3]
        total, most, floor = sum(counts), max([*counts, 1]), y + 50
        body.append(text(LEFT, y + 11, name, f"label ink-{style}"))
        body.append(text(RIGHT, y + 11, f"{total:,} texts", "small", "end"))
        for n, count in enumerate(counts):
            up = max(30 * count / most, 1.5) if count else 0
            body.append(rect(LEFT + n * wide + 1, floor - up, wide - 2, up, f"f-{style}"))
        body.append(line(LEFT, floor, RIGHT, floor, "axis"))
        shares = [f"{count:,} of {_bin(n)} words" for n, count in enumerate(counts) if count]
        said.append(f"{name}: {', '.join(shares) or 'none'}")
        y = floor + 8
    for n, edge in enumerate(LENGTH_EDGES):
        body.append(text(LEFT + n * wide, y + 8, short(edge), "small"))
    return svg(ident, y + 13, "Lengths in words", "; ".join(said) + ".", body)


def _bin(n: int) -> str:
    low = LENGTH_EDGES[n]
    return f"{low} to {LENGTH_EDGES[n + 1] - 1}" if n + 1 < len(LENGTH_EDGES) else f"{low} and more"


def shares(counts: Mapping[str, int], ident: str, title: str) -> str:
    """Return one bar for each name, with its number and share of all."""
    total = sum(counts.values()) or 1
    body, y = [], 0.0
    for name, count in counts.items():
        y += 14
        body.append(text(LEFT, y, name, "small"))
        body.append(text(RIGHT, y, f"{count:,} · {100 * count / total:.0f} %", "small", "end"))
        body.append(rect(LEFT, y + 4, RIGHT - LEFT, 7, "f-empty"))
        body.append(rect(LEFT, y + 4, (RIGHT - LEFT) * count / total, 7, "f-real"))
        y += 16
    said = "; ".join(f"{name}: {count:,} of {total:,}" for name, count in counts.items())
    return svg(ident, y + 2, title, f"{said or 'none'}.", body)


def key_features(features: Sequence[KeyFeature], ident: str) -> str:
    """Return a bar for each word and tag: right towards the era, left towards today."""
    reach = max([abs(feature.by) for feature in features] or [1]) or 1
    middle, room = WIDTH / 2, WIDTH / 2 - 6
    body = [
        text(middle - 6, 11, "towards today", "label ink-base", "end"),
        text(middle + 6, 11, "towards the era", "label ink-real"),
    ]
    y = 18.0
    for feature in features:
        long = room * math.sqrt(abs(feature.by) / reach)  # square roots keep the weak ones visible
        right = feature.by > 0
        body.append(
            rect(middle if right else middle - long, y, long, 9, "f-real" if right else "f-base")
        )
        name = feature.what if len(feature.what) <= 26 else f"{feature.what[:25]}…"
        x, anchor = (middle - 6, "end") if right else (middle + 6, "start")
        body.append(text(x, y + 9, name, "small", anchor))
        y += 16
    body.append(line(middle, 16, middle, y, "axis"))
    said = ", ".join(f"{f.what} towards {'the era' if f.by > 0 else 'today'}" for f in features)
    return svg(ident, y + 4, "What the classifier learnt", f"{said or 'nothing'}.", body)


def style_years(points: Sequence[StyleYear], pictures: Pictures, ident: str) -> str:
    """Return held-out documents by year and style score; comparison documents are crosses."""
    left, top, floor = 30.0, 18.0, 156.0
    every = [point.year for point in points]
    first = min([*every, pictures.era_first]) - 0.3
    last = max([*every, pictures.era_last + 1]) + 0.3

    def x_of(year: float) -> float:
        return left + (year - first) / (last - first) * (RIGHT - left)

    def y_of(score: float) -> float:
        return floor - 6 - score * (floor - top - 12)

    body = _band(x_of(pictures.era_first), x_of(pictures.era_last + 1), top, floor, "the era")
    for score in (0.0, 0.5, 1.0):
        body.append(line(left, y_of(score), RIGHT, y_of(score), "grid"))
        body.append(text(left - 5, y_of(score) + 4, f"{score:g}", "small", "end"))
    for point in points:
        x = x_of(point.year)
        y = y_of(point.score)
        if point.side == "period":
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" class="dot"/>')
        else:
            body.append(line(x - 2.6, y - 2.6, x + 2.6, y + 2.6, "cross"))
            body.append(line(x - 2.6, y + 2.6, x + 2.6, y - 2.6, "cross"))
    for tick in ticks(math.ceil(first), math.floor(last - 0.5), 6):
        if float(tick).is_integer():
            body.append(text(x_of(tick + 0.5), floor + 14, f"{tick:.0f}", "small", "middle"))
    body.append(line(left, floor, RIGHT, floor, "axis"))
    sides = [
        (name, [p.score for p in points if p.side == side])
        for side, name in (("period", "documents of the era"), ("comparison", "comparison"))
    ]
    said = "; ".join(
        f"{name}: {len(values)}, mean score {sum(values) / len(values):.2f}"
        for name, values in sides
        if values
    )
    return svg(ident, floor + 20, "Style score against year", f"{said or 'none'}.", body)
