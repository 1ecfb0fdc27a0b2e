"""`erastyle clean --explain ID`: what the clean stage measures and repairs in one document."""

from __future__ import annotations

import json as jsonlib
from typing import Any

import typer

from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.repairs import Repair
from erastyle.corpus.document import Document
from erastyle.corpus.errors import RunError
from erastyle.pipeline.clean import CleanOptions, salt
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.runner import Step

SHOWN_REPAIRS = 20  # of each step; --json gives all
SHOWN_CHARS = 60


def show(steps: list[Step], wanted: str, *, json: bool) -> int:
    """Print every value against its threshold, and every repair, for the document `wanted`.

    The thresholds are those of the configuration at hand, so a person can try others with
    `--set` or another profile without running the stage.

    Args:
        steps: The planned steps of a run whose ingest is done.
        wanted: Id of a document, or at least four characters of its source.
        json: Whether to print all as JSON, with each repair in full.

    Raises:
        RunError: The documents are not read yet, or none or several match.
    """
    by_name = {step.stage.name: step for step in steps}
    ingest, clean = by_name["ingest"], by_name["clean"]
    if ingest.done is None:
        raise RunError(f"{ingest.folder}: nothing is read yet; do `erastyle ingest` first.")
    document = _find(ingest, wanted)
    options = clean.options
    assert isinstance(options, CleanOptions)
    given = (document, clean.era, options.privacy, salt(options, clean.seed))
    checks = cleaner.explain(*given)
    repaired = cleaner.repaired(*given)
    measured = cleaner.measure(*given)
    first = next((rule for rule, _, _, verdict in checks if verdict == "drop"), "")
    if json:
        typer.echo(jsonlib.dumps(_as_json(document, checks, repaired, measured, first), indent=2))
        return 0
    _print(document, checks, repaired, measured, first)
    return 0


def _find(ingest: Step, wanted: str) -> Document:
    """Return the one document that is meant.

    Raises:
        RunError: None or several match.
    """
    found = None
    sources = []
    for row in ledger.rows(ingest.folder / "kept", ["id", "source"]):
        if row["id"] == wanted or (len(wanted) >= 4 and wanted in row["source"]):
            found = found or row["id"]
            sources.append(row["source"])
            if row["id"] == wanted or row["source"] == wanted:
                found, sources = row["id"], [row["source"]]
                break
    if found is None:
        raise RunError(f"{ingest.folder}: no document has the id or source {wanted!r}.")
    if len(sources) > 1:
        raise RunError(
            f"{wanted!r} stands in {len(sources)} sources, such as {sources[0]} and {sources[1]}; "
            "give the id or the whole source."
        )
    return next(document for document in ledger.read(ingest.folder) if document.id == found)


def _as_json(
    document: Document,
    checks: list[tuple[str, str, str, str]],
    repaired: list[list[Repair]],
    measured: Document,
    first: str,
) -> dict[str, Any]:
    names = ("rule", "value", "threshold", "verdict")
    return {
        "id": document.id,
        "source": document.source,
        "dropped_by": first,
        "checks": [dict(zip(names, check, strict=True)) for check in checks],
        "signals": measured.signals,
        "encoding": document.encoding,
        "date": [measured.date_from, measured.date_to, measured.date_evidence],
        "repairs": [[repair._asdict() for repair in step] for step in repaired],
    }


def _print(
    document: Document,
    checks: list[tuple[str, str, str, str]],
    repaired: list[list[Repair]],
    measured: Document,
    first: str,
) -> None:
    typer.echo(f"{document.id}  {document.source}")
    typer.echo(f"dropped: {first}" if first else "kept")
    typer.echo(f"encoding {document.encoding}, language {measured.language or 'unknown'}, "
               f"dated {measured.date_from or '?'} to {measured.date_to or '?'} "
               f"by {measured.date_evidence or 'nothing'}"[:300])  # fmt: skip
    widths = [max(len(check[i]) for check in checks) for i in range(2)]
    widths[1] = min(widths[1], 44)
    for rule, value, threshold, verdict in checks:
        mark = "DROP" if verdict == "drop" else "keep"
        shown = value if len(value) <= 44 else value[:43] + "…"
        typer.echo(f"  {mark}  {rule:{widths[0]}}  {shown:{widths[1]}}  {threshold}")
    typer.echo("signals: " + ", ".join(f"{k} {v:g}" for k, v in measured.signals.items()))
    for step in repaired:
        typer.echo(f"repaired by {step[0].step}: {len(step)}")
        for repair in step[:SHOWN_REPAIRS]:
            typer.echo(f"  at {repair.at}: {_short(repair.before)} -> {_short(repair.after)}")
        if len(step) > SHOWN_REPAIRS:
            typer.echo(f"  and {len(step) - SHOWN_REPAIRS} more; --json shows all")


def _short(text: str) -> str:
    shown = ascii(text[:SHOWN_CHARS])
    return shown if len(text) <= SHOWN_CHARS else f"{shown[:-1]}…' ({len(text)} characters)"
