"""What do all benchmarks say together? Writes docs/benchmarks.md from benchmarks/results/*.json.

python benchmarks/tables.py            writes the page
python benchmarks/tables.py --check    only says whether the page is up to date
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from harness import ROOT

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
ERAS = ROOT / "docs" / "eras.md"
BEGIN, END = "<!-- dropped: begin.", "<!-- dropped: end -->"
NOT_KEPT = ", not kept: "
OPTIONS = {"demo-real": "demo.py --real"}
"""Results whose script is not called as they are."""
HOLDS = {True: "yes", False: "**no**", None: ""}
HEAD = """# Benchmarks

This page is made by `python benchmarks/tables.py` from `benchmarks/results/`. Do not edit it: run
the script that is named above a table, then that one. A goal is what was asked for before anything
was measured; one that is not reached stays here as **no**. What stands under "beside it" was
measured in the same run: other programs, or what the figure is made of. Times are of the machine
that is named, with whatever else it was doing; ratios carry over to others, seconds do not.
"""


def files(folder: Path = RESULTS) -> list[Path]:
    """Return the results in `folder`; in a checkout those that git knows, so that all see the same.

    A new one counts from `git add` on. Those of quick runs are left out.
    """
    found = [path for path in sorted(folder.glob("*.json")) if not path.stem.endswith("-quick")]
    listed = subprocess.run(
        ["git", "ls-files", "--", "*.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    if listed.returncode:  # no git, or no checkout
        return found
    return [path for path in found if path.name in listed.stdout.splitlines()]


def load(paths: Iterable[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every results file by its name.

    Raises:
        ValueError: A file is not a list of figures.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list) or not all("figure" in row for row in rows):
            raise ValueError(f"{path} is not a list of figures; run its benchmark again.")
        found[path.stem] = rows
    return found


def question(name: str) -> str:
    """Return the first line of the docstring of the script that wrote the results `name`."""
    script = ROOT / "benchmarks" / OPTIONS.get(name, f"{name}.py").split()[0]
    if not script.is_file():
        return ""
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def number(value: float) -> str:
    """Return a value as people read it: three decimals below 100, none above 1,000.

    >>> number(0.25639), number(12), number(12.3456), number(1364.4992)
    ('0.256', '12', '12.346', '1,364')
    """
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3f}"


def cell(text: object) -> str:
    """Return text that stays inside its cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def beside(peers: dict[str, float | str]) -> str:
    """Return what was measured in the same run."""
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else number(value)}"
        for name, value in peers.items()
        if value != ""
    )


def origin(row: dict[str, Any]) -> str:
    """Return where and when a figure was measured, and whether on a part of the data."""
    quick = (
        "; with `--quick` or reduced options, so a part of the work only"
        if row.get("quick")
        else ""
    )
    return f"{row['machine']}, {row['date']}{quick}"


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the tables of one results file, one table an origin."""
    for where, part in groupby(rows, key=origin):
        yield f"Measured on {where}."
        yield ""
        yield "| figure | value | unit | goal | holds | beside it |"
        yield "|---|---:|---|---|---|---|"
        for row in part:
            goal = "" if row["goal"] in ("", "-") else row["goal"]
            cells = [
                cell(row["figure"]), number(row["value"]), cell(row["unit"]), cell(goal),
                HOLDS[row["holds"]], cell(beside(row["peers"])),
            ]  # fmt: skip
            yield f"| {' | '.join(cells)} |"
        yield ""


def summary(results: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield how many goals are reached, and which are not."""
    judged = [(name, r) for name, rows in results.items() for r in rows if r["holds"] is not None]
    missed = [(name, row) for name, row in judged if not row["holds"]]
    yield f"{len(judged) - len(missed)} of {len(judged)} goals are reached."
    yield ""
    if missed:
        yield "Not reached:"
        yield ""
    for name, row in missed:
        unit = f" {row['unit']}" if row["unit"] else ""
        yield cell(
            f"- [{name}](#{name}), {row['figure']}: {number(row['value'])}{unit}, "
            f"goal {row['goal']}"
        )
    if missed:
        yield ""


def page(results: dict[str, list[dict[str, Any]]]) -> str:
    """Return the whole page."""
    lines = [HEAD, *summary(results)]
    for name, rows in results.items():
        lines += [f"## {name}", ""]
        if asked := question(name):
            lines += [asked, ""]
        lines += [f"`python benchmarks/{OPTIONS.get(name, f'{name}.py')}`", "", *table(rows)]
    return "\n".join(lines).rstrip() + "\n"


def dropped(results: dict[str, list[dict[str, Any]]]) -> str:
    """Return how many real documents of each era each stage did not keep, and why, as Markdown."""
    rows = [
        row
        for row in results.get("eras", [])
        if NOT_KEPT in row["figure"] and f": comparison{NOT_KEPT}" not in row["figure"]
    ]
    if not rows:
        return "Not measured yet: `python benchmarks/eras.py`."
    counts: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        era, _, rest = row["figure"].partition(": ")
        stage, _, reason = rest.partition(NOT_KEPT)
        counts.setdefault((stage, reason), {})[era] = row["value"]
    eras = list(dict.fromkeys(row["figure"].partition(": ")[0] for row in rows))
    stages = list(dict.fromkeys(stage for stage, _ in counts))
    lines = [
        "Documents of the period (those of the contrast are not counted), by",
        f"`python benchmarks/eras.py` on {origin(rows[0])}:",
        "",
        f"| stage | not kept because | {' | '.join(f'`{era}`' for era in eras)} |",
        f"|---|---|{'---:|' * len(eras)}",
    ]
    for stage, reason in sorted(counts, key=lambda key: stages.index(key[0])):
        found = counts[stage, reason]
        cells = [number(found[era]) if era in found else "" for era in eras]
        lines.append(f"| `{stage}` | {cell(reason)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def filled(text: str, part: str) -> str:
    """Return `text` with `part` between the two marks of docs/eras.md.

    Raises:
        ValueError: A mark is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    mark, _, inner = rest.partition("\n")
    _, end, after = inner.partition(END)
    if not begin or not end:
        raise ValueError(f"{ERAS} has no `{BEGIN}` and `{END}` to put the counts between.")
    return f"{before}{begin}{mark}\n\n{part}\n\n{END}{after}"


def main() -> None:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description="Make docs/benchmarks.md from the results.")
    parser.add_argument("--check", action="store_true", help="fail if a page is not up to date")
    # `make bench` gives every script --quick; here there is nothing to shorten.
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    check = parser.parse_args().check
    results = load(files())
    pages = {PAGE: page(results), ERAS: filled(ERAS.read_text("utf-8"), dropped(results))}
    for path, text in pages.items():
        name = path.relative_to(ROOT)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            sys.exit(f"error: {name} is old. Run: python benchmarks/tables.py")
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
        print(f"{name} written")


if __name__ == "__main__":
    main()
