"""The command `clean`, and `clean --explain ID`: what the stage does to one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.named_document import names, not_named
from erastyle.commands.options import (
    Address,
    Base,
    Contrast,
    Debug,
    DryRun,
    Engine,
    Json,
    Run,
    Set,
    Source,
    StageRequest,
    Target,
    Yes,
)
from erastyle.commands.run import plan_request, run_stages
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    from erastyle.corpus.cleaning.repairs import Repair
    from erastyle.corpus.document import Document
    from erastyle.pipeline.runtime.runner import Step
    from erastyle.planned_run import PlannedRun

SHOWN_REPAIRS = 20  # of each step; --json gives all
SHOWN_CHARS = 60


@reported
def clean(
    *,
    target: Target = None,
    source: Source = None,
    contrast: Contrast = None,
    base: Base = None,
    run: Run = None,
    set: Set = None,  # noqa: A002
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="ID|TEXT",
            help="Only show each value against its threshold, and each repair, of one document.",
        ),
    ] = None,
    engine: Engine = None,
    address: Address = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Undo what archives did, render prose, date, drop what is not of the era.

    Does the stages before it where needed. With --explain it changes nothing: thresholds can be
    tried with --set or another profile.
    """
    request = StageRequest.of(locals())
    if explain is None:
        return run_stages(request, "clean")
    return _explain(plan_request(request), explain, json=json)


def _explain(planned: PlannedRun, wanted: str, *, json: bool) -> int:
    """Print every value against its threshold, and every repair, for the document `wanted`.

    The thresholds are those of the configuration at hand, so a user can try others with
    `--set` or another profile without running the stage.

    Args:
        planned: The planned steps of a run whose ingest is done.
        wanted: Id of a document, or at least four characters of its source.
        json: Whether to print all as JSON, with each repair in full.

    Raises:
        RunError: The documents are not read yet, or none or several match.
    """
    from erastyle.corpus.cleaning import cleaner
    from erastyle.pipeline.clean import CleanOptions, salt

    ingest, step = planned.step("ingest"), planned.step("clean")
    if ingest.done is None:
        raise RunError(f"{ingest.folder}: nothing is read yet; do `erastyle ingest` first.")
    document = _document(ingest, wanted)
    options = step.options
    assert isinstance(options, CleanOptions)
    given = (document, step.era, options.privacy, salt(options, step.seed))
    checks = cleaner.explain(*given)
    repaired = cleaner.repaired(*given)
    measured = cleaner.measure(*given)
    first = next((rule for rule, _, _, verdict in checks if verdict == "drop"), "")
    if json:
        print_json(_as_json(document, checks, repaired, measured, first))
        return 0
    _print(document, checks, repaired, measured, first)
    return 0


def _document(ingest: Step, wanted: str) -> Document:
    """Return the document with this id or source.

    Raises:
        RunError: None or several match.
    """
    from erastyle.pipeline.runtime import ledger

    matches: dict[str, str] = {}  # id -> source
    for row in ledger.rows(ingest.folder / "kept", ["id", "source"]):
        if wanted in (row["id"], row["source"]):
            matches = {row["id"]: row["source"]}
            break
        if names(row["source"], wanted):
            matches[row["id"]] = row["source"]
    if not matches:
        raise RunError(not_named(ingest.folder.parents[1], wanted))
    if len(matches) > 1:
        one, other, *_ = matches.values()
        raise RunError(
            f"{wanted!r} stands in {len(matches)} sources, such as {one} and {other}; "
            "give the id or the whole source."
        )
    return next(document for document in ledger.read(ingest.folder) if document.id in matches)


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
    summary = (
        f"encoding {document.encoding}, language {measured.language or 'unknown'}, "
        f"dated {measured.date_from or '?'} to {measured.date_to or '?'} "
        f"by {measured.date_evidence or 'nothing'}"
    )
    typer.echo(summary[:300])
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
