"""The command `status`: what a run directory holds of its configuration, and what else."""

from __future__ import annotations

import json as jsonlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Format, Json
from erastyle.commands.tables import TableFormat, print_cells, print_rows
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.manifest import Manifest

RUN_FILE = "run.yaml"


@dataclass(frozen=True, slots=True)
class _Held:
    """What a run directory holds of a stage.

    Attributes:
        stage: Name of the stage.
        key: Key under the run's own configuration.
        output: Its manifest, if the stage is done.
        state: `done`, `to do`, `running`, `interrupted`, or what is damaged.
        others: Finished outputs under other keys, the newest first.
    """

    stage: str
    key: str
    output: Manifest | None
    state: str
    others: tuple[Manifest, ...]


@reported
def status(
    *,
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN]", help="A run directory; left out, the newest below runs/ or here."
        ),
    ] = None,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show what a run directory holds: stages, counts, times, the verdict, what to do next."""
    del debug
    root = run or _newest()
    if not (root / RUN_FILE).is_file():
        raise RunError(f"{root} is not a run directory: it holds no {RUN_FILE}.")
    from erastyle.writing import unlabelled

    bare = unlabelled.read(root)
    held = [_held(root, stage, key) for stage, key in _keys(root).items()]
    if json or format is TableFormat.JSON:
        print_json(_as_json(root, held) | {"unlabelled": bare})
    elif not print_rows([_row(h) for h in held], COLUMNS, format):
        _print(root, held)
        if bare:
            texts = sum(int(entry.get("texts", 1)) for entry in bare)
            last = bare[-1].get("at", "unknown")
            where = root / unlabelled.NAME
            typer.echo(f"{texts} texts were written without a label, last {last}: {where}")
    return 0


COLUMNS = ("stage", "key", "read", "kept", "dropped", "quarantined", "seconds", "state")


def _row(held: _Held) -> dict[str, Any]:
    """Return the values of a stage: those of its output, if it is done."""
    row: dict[str, Any] = {"stage": held.stage, "state": held.state}
    if held.output is not None:
        names = ("read", "kept", "dropped", "quarantined")
        row |= {"key": held.key, "seconds": held.output.seconds}
        row |= {name: held.output.stats[name] for name in names}
    return row


def _newest() -> Path:
    """Return the run below runs/, or below the folder that one is in, that was started last.

    Raises:
        RunError: There is none.
    """
    runs = [*Path("runs").glob(f"*/{RUN_FILE}"), *Path().glob(f"*/{RUN_FILE}")]
    if not runs:
        raise RunError("There is no run below runs/ or here. Name a run directory, or start a run.")
    return max(runs, key=lambda path: path.stat().st_mtime).parent


def _keys(root: Path) -> dict[str, str]:
    """Return the key of each stage under the run's own configuration."""
    from erastyle import run_record

    if (keys := run_record.read(root)) is not None:
        return keys
    from erastyle import planned_run  # a second: every stage is imported

    return {step.stage.name: step.key for step in planned_run.load_saved(root).steps}


def _held(root: Path, stage: str, key: str) -> _Held:
    from erastyle.pipeline.runtime import manifest

    output, state, others = None, "to do", []
    for folder in sorted((root / stage).glob("*/")):
        if folder.name.endswith(".partial"):
            if folder.name == f"{key}.partial" and output is None:
                state = "running" if _in_use(root) else "interrupted"
        elif finished := manifest.read(folder):
            if folder.name != key:
                others.append(finished)
                continue
            output = finished
            harm = next(manifest.damage(folder, finished, quick=True), "")
            state = f"damaged: {harm}" if harm else "done"
    others.sort(key=lambda finished: finished.finished, reverse=True)
    return _Held(stage, key, output, state, tuple(others))


def _in_use(root: Path) -> bool:
    """Say whether another process works on the run directory."""
    from filelock import FileLock, Timeout

    if not (root / ".lock").exists():
        return False
    try:
        with FileLock(root / ".lock", timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a run directory that only may be read
        return False


def _size(root: Path) -> str:
    """Return the room that the run directory takes, in words."""
    total = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
    return f"{total / 1e9:,.1f} GB" if total >= 1e9 else f"{total / 1e6:,.1f} MB"


def _as_json(root: Path, held: list[_Held]) -> dict[str, Any]:
    return {
        "run": str(root),
        "stages": {h.stage: h.output.model_dump(mode="json") for h in held if h.output},
        "partial": [h.stage for h in held if h.state in ("interrupted", "running")],
        "states": {h.stage: h.state for h in held},
        "others": {h.stage: [o.key for o in h.others] for h in held if h.others},
        "verdict": _verdict(held),
        "report": str(root / "report.html") if (root / "report.html").is_file() else None,
    }


def _verdict(held: list[_Held]) -> str | None:
    """Return the verdict of the score that belongs to the configuration."""
    score = next((h.output for h in held if h.stage == "score"), None)
    return str(score.stats["verdict"]) if score and "verdict" in score.stats else None


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def _print(root: Path, held: list[_Held]) -> None:
    """Print a line for each stage, what else is there, and what to do next."""
    say = typer.echo
    print_cells(COLUMNS, [[_shown(row.get(name)) for name in COLUMNS] for row in map(_row, held)])
    if any(h.others for h in held):
        say("\nof other configurations (a comparison, another option, an earlier version):")
        for h in held:
            for other in h.others:
                say(f"{h.stage:10} {other.key}  {other.stats['kept']:,} kept{_differs(h, other)}")
    to_do = [h.stage for h in held if h.state != "done"]
    running = [h.stage for h in held if h.state == "running"]
    if verdict := _verdict(held):
        say(f"\n{verdict}; report: {root / 'report.html'}")
    say(f"\n{_size(root)} on the disk")
    if running:
        say(f"at work: {', '.join(running)}. Wait for it, or end it with Ctrl-C where it runs.")
    elif to_do:
        say(f"to do: {', '.join(to_do)}. Next: erastyle run --run {root}")
    else:
        say(f"Next: erastyle report {root}")


def _differs(held: _Held, other: Manifest) -> str:
    """Return in a few words how the configuration of an output differs from the run's."""
    if held.output is None:
        return ""
    own, others = held.output.identity.get("options", {}), other.identity.get("options", {})
    changed = [
        f"{name} {jsonlib.dumps(others.get(name))}"
        for name in sorted(own.keys() | others.keys())
        if own.get(name) != others.get(name)
    ]
    if other.identity.get("version") != held.output.identity.get("version"):
        changed.append("another version")
    return f": {', '.join(changed[:3])}" if changed else ""
