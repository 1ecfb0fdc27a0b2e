"""Elements of the charts in the report: ticks of an axis, and pieces of SVG.

Colours are CSS variables of the page (`--base`, `--style`, `--real`, `--ink`, …), so that one chart
serves light mode, dark mode and print. Every chart is 360 units wide, so that its letters are
readable on a phone, and has a title and a description for screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from erastyle.eval.report.numbers import MINUS

WIDTH = 360


def finite(values: Sequence[float | None]) -> list[float]:
    """Return the finite numbers among `values`.

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


def svg(ident: str, height: float, title: str, said: str, body: Sequence[str]) -> str:
    """Return a chart with its title and its description."""
    ident = escape(ident, quote=True)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{ident}-t {ident}-d"><title id="{ident}-t">{escape(title)}</title>'
        f'<desc id="{ident}-d">{escape(said)}</desc>{"".join(body)}</svg>'
    )


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """Return a text; `anchor` is the part of it that lies at `x`: `start`, `middle` or `end`."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a line of the class `style`."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def rect(x: float, y: float, width: float, height: float, style: str) -> str:
    """Return a rectangle; a negative width or height counts as 0."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" class="{style}"/>'
    )
