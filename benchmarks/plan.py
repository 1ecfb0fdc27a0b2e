"""Writes the tables of docs/scaling.md from benchmarks/results/scale.json.

python benchmarks/plan.py            writes the page
python benchmarks/plan.py --check    only says whether the page is up to date

The plan for corpora that nobody measured is arithmetic on what was measured: every constant stands
in the results, every assumption in `ASSUMED`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from harness import ROOT

PAGE = ROOT / "docs" / "scaling.md"
RESULTS = ROOT / "benchmarks" / "results"
PLANS = ((10_000_000, 16), (1_000_000_000, 1_000))
"""Documents, and cores of the cluster."""

ASSUMED = {
    "kilobytes a document": 5.0,
    "share of documents with a copy": 0.2,
    "candidate pairs a document with a copy": 5.0,
}

Rows = Sequence[dict[str, Any]]


def value(rows: Rows, figure: str) -> float:
    """Return the value of a figure.

    Raises:
        ValueError: It is not among the results.
    """
    for row in rows:
        if row["figure"] == figure:
            return float(row["value"])
    raise ValueError(f"No figure {figure!r}: run benchmarks/scale.py again.")


def curve(rows: Rows) -> Iterator[str]:
    """Yield the measured curve as lines of a table."""
    yield "| documents | prose, MB | search, CPU s | search, s | peak memory, MB | stage, CPU s |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        found = re.fullmatch(r"CPU, (([\d,]+) documents, ([\d,]+) MB)", row["figure"])
        if not found:
            continue
        name, documents, size = found.groups()
        cells = [
            documents,
            size,
            f"{row['value']:.1f}",
            f"{value(rows, f'wall time, {name}'):.1f}",
            f"{value(rows, f'peak memory, {name}'):,.0f}",
            f"{value(rows, f'CPU of the stage, {name}'):.1f}",
        ]
        yield f"| {' | '.join(cells)} |"


def constants(rows: Rows) -> dict[str, float]:
    """Return what is measured and what is assumed, in microseconds and bytes."""
    size = value(rows, "size: text put aside") / 1000
    return {
        "fingerprint CPU, us/KB": value(rows, "cost: fingerprints") / size,
        "candidate CPU, us/document": value(rows, "cost: candidates"),
        "verification CPU, us/KB of a candidate": value(rows, "cost: verification") / size,
        "reading again, us/KB": value(rows, "cost: reading again"),
        "fingerprint, bytes": value(rows, "size: fingerprint"),
        "shingles, bytes/KB": value(rows, "size: shingles") / size,
        "bands": value(rows, "bands"),
        **ASSUMED,
    }


def planned(known: dict[str, float], documents: int, cores: int) -> list[tuple[str, str]]:
    """Return the lines of the plan for a corpus: what, how much."""
    size = known["kilobytes a document"]
    near = documents * known["share of documents with a copy"]
    pairs = near * known["candidate pairs a document with a copy"]
    hashing = documents * size * known["fingerprint CPU, us/KB"] / 1e6 / 3600
    pairing = documents * known["candidate CPU, us/document"] / 1e6 / 3600
    checking = near * size * known["verification CPU, us/KB of a candidate"]
    verifying = (checking + documents * size * known["reading again, us/KB"]) / 1e6 / 3600
    shingles = near * size * known["shingles, bytes/KB"]
    hours = hashing + pairing + verifying
    band = documents * known["bands"] * 16
    return [
        ("prose", amount(documents * size * 1e3)),
        ("CPU hours: fingerprints", f"{hashing:,.2f}"),
        ("CPU hours: candidates", f"{pairing:,.2f}"),
        ("CPU hours: verification, the corpus read again", f"{verifying:,.2f}"),
        ("hours on these cores, half of the time in use", f"{hours / cores * 2:,.2f}"),
        ("fingerprints on disk", amount(documents * known["fingerprint, bytes"])),
        ("band table, 16 bytes a row, all columns", amount(band)),
        ("shuffled for one column of eight", amount(band / 8)),
        (
            "shuffled for pairs, sketches and shingles",
            amount(near * 2 * size * 1.3e3 + pairs * 144),
        ),
        ("shuffled to connect, 16 bytes an edge, 10 rounds of 4", amount(pairs * 16 * 40)),
        ("memory per worker for one column, a worker a core", amount(band / 8 / cores * 4)),
        ("driver: keys, labels, sketches and rows of copies", amount(near * 700)),
        ("driver's disk: shingles of documents in clusters", amount(shingles)),
    ]


def amount(size: float) -> str:
    """Return bytes as people read them.

    >>> amount(4.7e9), amount(960), amount(6.4e12)
    ('4.7 GB', '960 B', '6.4 TB')
    """
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:,.0f} {unit}"
        size /= 1000
    raise AssertionError


def page(text: str, parts: dict[str, str]) -> str:
    """Return `text` with each part between its marks.

    Raises:
        ValueError: A mark is missing.
    """
    for name, part in parts.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{PAGE} has no marks {begin} and {end}.")
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text


def parts(rows: Rows) -> dict[str, str]:
    """Return the parts of the page that come from results."""
    known = constants(rows)
    where = f"Measured on {rows[0]['machine']}, {rows[0]['date']}."
    listed = ["| constant | value | |", "|---|---:|---|"]
    for name, number in known.items():
        listed.append(f"| {name} | {number:,.4g} | {'assumed' if name in ASSUMED else ''} |")
    plans = [planned(known, *plan) for plan in PLANS]
    heads = " | ".join(f"{documents:,} documents, {cores:,} cores" for documents, cores in PLANS)
    table = [f"| | {heads} |", "|---|---:|---:|"]
    for (what, first), (_, second) in zip(*plans, strict=True):
        table.append(f"| {what} | {first} | {second} |")
    return {
        "curve": "\n".join([where, "", *curve(rows)]),
        "constants": "\n".join(listed),
        "plan": "\n".join(table),
    }


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description="Make the tables of docs/scaling.md.")
    parser.add_argument("--check", action="store_true", help="fail if the page is not up to date")
    # `make bench` gives every script --quick; here there is nothing to shorten.
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    check = parser.parse_args().check
    rows = json.loads((RESULTS / "scale.json").read_text(encoding="utf-8"))
    old = PAGE.read_text(encoding="utf-8")
    new = page(old, parts(rows))
    if new == old:
        return
    if check:
        sys.exit("error: docs/scaling.md is old. Run: python benchmarks/plan.py")
    partial = PAGE.with_name(f".{PAGE.name}.partial")
    partial.write_text(new, encoding="utf-8")
    partial.replace(PAGE)
    print("docs/scaling.md written")


if __name__ == "__main__":
    main()
