"""Numbers as the report writes them: what is no number is never shown as one."""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"


def measured(value: float | None) -> bool:
    """Say whether `value` is a number."""
    return value is not None and math.isfinite(value)


def number(value: float | None, sign: bool = False) -> str:
    """Return a measured number with about three digits; `not measured` for what is no number.

    >>> [number(v) for v in (0.93449, 12.04, 1234.5, 7, 0, 0.00042, None, float("nan"))]
    ['0.934', '12.0', '1,234', '7.00', '0', '0.00042', 'not measured', 'not measured']
    >>> number(0.25, sign=True), number(-2.5).replace(MINUS, "minus ")
    ('+0.250', 'minus 2.50')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    size = abs(value)
    if size >= 100:
        text = f"{size:,.0f}"
    elif size >= 10:
        text = f"{size:.1f}"
    elif size >= 1:
        text = f"{size:.2f}"
    elif size >= 0.01:
        text = f"{size:.3f}"
    else:
        text = f"{size:.2g}"
    return (MINUS if value < 0 else "+" if sign and value > 0 else "") + text


def in_unit(value: float | None, unit: str, sign: bool = False) -> str:
    """Return a number as its unit is written: a year has no comma and no decimals.

    >>> in_unit(2001.0, "year"), in_unit(2001.0, "words"), in_unit(None, "year")
    ('2001', '2,001', 'not measured')
    """
    if unit == "year" and not sign and value is not None and math.isfinite(value):
        return f"{value:.0f}"
    return number(value, sign)


def kwh(value: float) -> str:
    """Return an energy with its unit and two digits, never with an exponent.

    >>> kwh(0.0123), kwh(0.0000912), kwh(2.5), kwh(0.0)
    ('0.012 kWh', '0.000091 kWh', '2.5 kWh', '0 kWh')
    """
    text = f"{float(f'{value:.2g}'):.12f}".rstrip("0").rstrip(".")
    return f"{text} kWh"


def between(low: float | None, high: float | None, sign: bool = False) -> str:
    """Return an interval in words, empty when it has no end.

    >>> between(0.1, 0.2, sign=True), between(None, 2.0), between(None, None)
    ('+0.100 to +0.200', 'at most 2.00', '')
    """
    if measured(low) and measured(high):
        return f"{number(low, sign)} to {number(high, sign)}"
    if measured(low):
        return f"at least {number(low, sign)}"
    return f"at most {number(high, sign)}" if measured(high) else ""


def change(better: str, low: float | None, high: float | None) -> str:
    """Return what happened to a measure, given the interval of its difference.

    Args:
        better: `higher`, `lower`, or empty where neither is better.
        low: Lower end of the interval.
        high: Upper end of it.

    >>> change("higher", 0.5, 1.5), change("lower", 0.5, 1.5), change("lower", -0.5, 1.5)
    ('better', 'worse', 'not settled')
    """
    if not better or low is None or high is None or not (measured(low) and measured(high)):
        return ""
    if low <= 0 <= high:
        return "not settled"
    return "better" if (low > 0) == (better == "higher") else "worse"


def relative(path: str) -> str:
    """Return `path` where it can be a link to a file beside the report, else nothing.

    >>> relative("score/7351a1f08011/kept/0.parquet"), relative("javascript:alert(1)")
    ('score/7351a1f08011/kept/0.parquet', '')
    >>> relative("//a.example/x"), relative("/etc/passwd")
    ('', '')
    """
    return path if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", path) else ""


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case, the others as they are.

    >>> capital("the early web"), capital("iMac"), capital("")
    ('The early web', 'IMac', '')
    """
    return text[:1].upper() + text[1:]
