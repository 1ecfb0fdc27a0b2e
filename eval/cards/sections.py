"""What both cards share: the Hub's metadata, Markdown tables and lists, common sections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from erastyle.eval.report.numbers import kwh
from erastyle.eval.report.report import Report

MOST = 20
"""Licences and reasons that a card lists; the rest is summed in one line."""
LICENCES = {
    "apache-2.0": "apache-2.0",
    "mit": "mit",
    "cc0": "cc0-1.0",
    "cc0-1.0": "cc0-1.0",
    "public domain": "pdm",
    "cc-by-4.0": "cc-by-4.0",
    "cc-by-sa-4.0": "cc-by-sa-4.0",
}
"""Beginnings of licence statements and the Hub's names for them."""


def front_matter(values: Mapping[str, Any]) -> str:
    """Return the Hub's metadata as YAML between two lines of dashes."""
    import yaml

    text = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---\n"


def licence_of(licences: Mapping[str, int]) -> dict[str, str]:
    """Return the Hub's fields for a licence: its name where all documents have the same known one.

    >>> licence_of({"Apache-2.0 (generated)": 3})
    {'license': 'apache-2.0'}
    >>> licence_of({"": 1, "MIT": 2})["license"]
    'other'
    """
    names = {_known(stated) for stated in licences}
    if len(names) == 1 and (name := names.pop()):
        return {"license": name}
    return {"license": "other", "license_name": "as-stated-by-each-source"}


def _known(stated: str) -> str:
    names = [hub for start, hub in LICENCES.items() if stated.casefold().startswith(start)]
    return names[-1] if names else ""


def bullets(lines: Sequence[str]) -> Iterator[str]:
    """Yield a Markdown list, or nothing for no lines."""
    if lines:
        yield "\n".join(f"- {one_line(line)}" for line in lines)


def one_line(text: str) -> str:
    """Return `text` escaped and on one line: it cannot begin a heading, a table or a tag."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, or nothing for no rows."""
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *([one_line(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(part: int, whole: int) -> str:
    """Return `part` as a percentage of `whole`."""
    return f"{100 * part / whole:.1f} %" if whole else "none"


def energy(report: Report) -> str:
    """Return the energy of the run, and of 1,000 generated texts, in words.

    The score stage is not included, because it writes the card before it ends.
    """
    if not report.energy:
        return "not measured"
    stages = ", ".join(f"{name} {kwh(used)}" for name, used in report.energy.items())
    pages = report.kwh_per_1000_pages
    more = "" if pages is None else f"; {kwh(pages)} for 1,000 generated texts"
    return f"{kwh(sum(report.energy.values()))} up to the score, estimated ({stages}){more}"


def sources(report: Report) -> Iterator[str]:
    """Yield the section of origins and licences; nothing where the corpus is not recorded."""
    corpus = report.corpus
    if corpus is None:
        return
    yield "## Sources and licences"
    for what, counts in (("Origin", corpus.origins), ("Licence as stated", corpus.licences)):
        cells = [
            (name or "not stated", f"{n:,}", share(n, corpus.documents))
            for name, n in list(counts.items())[:MOST]
        ]
        rest = list(counts.values())[MOST:]
        if rest:
            total = sum(rest)
            cells.append((f"{len(rest)} others", f"{total:,}", share(total, corpus.documents)))
        yield table((what, "Documents", "Share"), cells)


def how_to_repeat(report: Report) -> Iterator[str]:
    """Yield the section of commands and versions."""
    yield "## How to repeat it"
    if report.commands:
        shown = "\n".join(portable(command, report.run) for command in report.commands)
        yield f"```\n{shown}\n```"
    cells = [(name, f"`{text}`") for name, text in report.environment.items()]
    yield table(("What", "Value"), cells)


def portable(command: str, run: str) -> str:
    """Return `command` with the name of the run directory in place of its path.

    >>> portable("erastyle why /home/somebody/runs/kites ID", "kites")
    'erastyle why kites ID'
    """
    return re.sub(rf"\S*/{re.escape(run)}(?=\s|$)", run, command) if run else command
