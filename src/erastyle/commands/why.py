"""The command `why`: every decision that a run made about one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.named_document import names, not_named
from erastyle.commands.options import Debug, Format, Json, RunArgument
from erastyle.commands.tables import plain_table, print_rows
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    from erastyle.planned_run import PlannedRun


@reported
def why(
    *,
    run: RunArgument,
    id: Annotated[str, typer.Argument(metavar="ID|TEXT", help="Id, or a part of the source.")],  # noqa: A002
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show every decision that was made about one document."""
    del debug
    from erastyle import planned_run

    decisions = _decisions(planned_run.load_saved(run), id)
    if not decisions:
        raise RunError(not_named(run, id))
    columns = ("stage", "became", "id", "reason", "detail", "source")
    if not print_rows(decisions, columns, format, json=json):
        plain_table(decisions, columns)
    return 0


def _decisions(planned: PlannedRun, wanted: str) -> list[dict[str, Any]]:
    """Return what each finished stage decided about documents whose id or source matches."""
    from erastyle.pipeline.dedupe.passage_notes import PASSAGES, passage_note
    from erastyle.pipeline.runtime import ledger

    decisions: list[dict[str, Any]] = []
    ids: set[str] = set()
    for step in planned.steps:
        if step.done is None:
            continue
        for state in ("kept", "dropped", "quarantine", PASSAGES):
            for row in ledger.rows(step.folder / state):
                name = row.get("id") or row.get("document_id") or ""
                source = row.get("source") or ""
                if name != wanted and name not in ids and not names(source, wanted):
                    continue
                if name:
                    ids.add(name)
                decisions.append(
                    {
                        "stage": step.stage.name,
                        "became": row["action"] if state == PASSAGES else state,
                        "id": name,
                        "source": source,
                        "reason": row.get("reason") or row.get("error") or row.get("rule") or "",
                        "detail": row.get("detail") or passage_note(row) or _dates(row),
                    }
                )
    return decisions


def _dates(row: dict[str, Any]) -> str:
    """Return the dates of a kept document with their evidence."""
    if not row.get("date_from") and not row.get("date_to"):
        return ""
    return f"{row['date_from'] or '?'} to {row['date_to'] or '?'}: {row['date_evidence']}"
