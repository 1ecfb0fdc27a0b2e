"""What the commands do that look at a run directory: status, verify, why, clusters, clean-up."""

from __future__ import annotations

import json as jsonlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from erastyle import config
from erastyle.commands import run as work
from erastyle.corpus.errors import RunError
from erastyle.pipeline.dedupe.stage import PASSAGES, for_era, passage_note
from erastyle.pipeline.runtime import ledger, manifest, runner
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.stage import key
from erastyle.stages import STAGES


def _saved(root: Path) -> work.Job:
    """Return the job that a run directory's own configuration describes.

    Raises:
        RunError: It is not a run directory.
    """
    if not (root / config.NAME).is_file():
        raise RunError(f"{root} is not a run directory: it holds no {config.NAME}.")
    return work.job(None, root, None, None, None, None)


def _folders(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (stage, folder) of everything that stages wrote below `root`.

    Raises:
        RunError: It is not a run directory.
    """
    if not (root / config.NAME).is_file():
        raise RunError(f"{root} is not a run directory: it holds no {config.NAME}.")
    for stage in STAGES:
        for folder in sorted((root / stage.name).glob("*/")):
            yield stage.name, folder


def show_status(root: Path, *, json: bool) -> int:
    """Print what a run directory holds, newest output of each stage first."""
    newest: dict[str, Manifest] = {}
    partial: list[str] = []
    for name, folder in _folders(root):
        if folder.name.endswith(".partial"):
            partial.append(name)
        elif (found := manifest.read(folder)) and (
            name not in newest or newest[name].finished < found.finished
        ):
            newest[name] = found
    if json:
        rows = {name: found.model_dump(mode="json") for name, found in newest.items()}
        typer.echo(jsonlib.dumps({"run": str(root), "stages": rows, "partial": partial}, indent=2))
        return 0
    columns = ("stage", "key", "read", "kept", "dropped", "quarantine", "seconds", "state")
    table = Table(*columns, box=None)
    for stage in STAGES:
        state = "interrupted" if stage.name in partial else "to do"
        if found := newest.get(stage.name):
            s = found.stats
            cells = [f"{s[k]:,}" for k in ("read", "kept", "dropped", "quarantined")]
            table.add_row(stage.name, found.key, *cells, f"{found.seconds:,.1f}", "done")
        else:
            table.add_row(stage.name, "", "", "", "", "", "", state)
    Console().print(table)
    return 0


def verify(root: Path, *, json: bool) -> int:
    """Check all hashes and the sums of a run directory; 1 if something is not as recorded."""
    problems: list[str] = []
    files = stages = 0
    for _, folder in _folders(root):
        if folder.name.endswith(".partial"):
            continue
        found = manifest.read(folder)
        if found is None:
            problems.append(f"{folder}: no manifest")
            continue
        stages += 1
        files += len(found.files)
        problems += manifest.damage(folder, found)
        s = found.stats
        if s["read"] != s["kept"] + s["dropped"] + s["quarantined"]:
            problems.append(f"{folder}: its counts do not add up")
        if key(found.identity) != found.key or folder.name != found.key:
            problems.append(f"{folder}: its key is not that of its identity")
    if json:
        result = {"run": str(root), "stages": stages, "files": files, "problems": problems}
        typer.echo(jsonlib.dumps(result, indent=2))
    else:
        for problem in problems:
            typer.echo(problem)
        good = "all as recorded" if not problems else f"{len(problems)} problems"
        typer.echo(f"{stages} outputs, {files} files: {good}")
    return 1 if problems else 0


def why(root: Path, wanted: str, *, json: bool) -> int:
    """Print what each stage decided about the documents whose id or source matches.

    Raises:
        RunError: No document matches.
    """
    decisions: list[dict[str, Any]] = []
    ids: set[str] = set()
    for step in _saved(root).steps:
        if step.done is None:
            continue
        for state in ("kept", "dropped", "quarantine", PASSAGES):
            for row in ledger.rows(step.folder / state):
                name = row.get("id") or row.get("document_id") or ""
                source = row.get("source") or ""
                if name != wanted and name not in ids and (len(wanted) < 4 or wanted not in source):
                    continue
                ids.add(name) if name else None
                decisions.append(
                    {
                        "stage": step.stage.name,
                        "became": row["action"] if state == PASSAGES else state,
                        "id": name,
                        "source": source,
                        "reason": row.get("reason") or row.get("error") or row.get("rule") or "",
                        "detail": row.get("detail") or passage_note(row) or _dated(row),
                    }
                )
    if not decisions:
        raise RunError(f"{root}: no document has the id or source {wanted!r}.")
    if json:
        typer.echo(jsonlib.dumps(decisions, indent=2, ensure_ascii=False))
        return 0
    columns = ("stage", "became", "id", "reason", "detail", "source")
    table = Table(*columns, box=None)
    for decision in decisions:
        table.add_row(*(escape(str(decision[column])) for column in columns))
    Console().print(table)
    return 0


def _dated(row: dict[str, Any]) -> str:
    """Return the dates of a kept document with their evidence."""
    if not row.get("date_from") and not row.get("date_to"):
        return ""
    return f"{row['date_from'] or '?'} to {row['date_to'] or '?'}: {row['date_evidence']}"


def show_clusters(root: Path, top: int, *, json: bool) -> int:
    """Print the largest groups of copies of a run.

    Raises:
        RunError: It is not a run directory, or copies were not sought in it yet.
    """
    from erastyle.commands import clusters

    saved = _saved(root)
    steps = {step.stage.name: step for step in saved.steps}
    step = steps["dedupe"]
    if step.done is None or steps["clean"].done is None:
        raise RunError(f"{root}: copies were not sought yet. Run erastyle dedupe --run {root}.")
    rule = for_era(saved.config.dedupe, saved.config.era).which_copy
    found = clusters.largest(step.folder, steps["clean"].folder, rule, top)
    return clusters.show(found, step.done.stats["clusters"], json=json)


def clean_up(root: Path, *, dry_run: bool) -> int:
    """Remove outputs and partial outputs that the run's configuration does not use."""
    used = {step.folder for step in _saved(root).steps}
    freed = count = 0
    with runner.lock(root):
        for _, folder in _folders(root):
            if folder in used:
                continue
            count += 1
            freed += sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
            if not dry_run:
                shutil.rmtree(folder)
    verb = "would be removed" if dry_run else "removed"
    typer.echo(f"{count} old outputs {verb}, {freed / 1e6:,.1f} MB.")
    return 0
