"""What the commands do: put a run together, do it, and show it."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from erastyle import config, estimate
from erastyle.commands import bases
from erastyle.config import RunConfig
from erastyle.corpus import era as eras
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.yamlfile import nearest
from erastyle.pipeline.dedupe.stage import DEDUPE, ready
from erastyle.pipeline.runtime import ledger, runner
from erastyle.pipeline.runtime.progress import Bars, Lines, Progress
from erastyle.pipeline.runtime.runner import Outcome, Step
from erastyle.stages import STAGES

VERDICT_CODES = {"PASS": 0, "FAIL": 3}
CANNOT_TELL = 4
NEED_BASE = ("baseline", "train", "generate", "score")
SHOWN_LINES = 40  # of a generated page on the terminal


@dataclass(frozen=True, slots=True)
class Job:
    """A run directory, what it is to hold, and the planned steps."""

    root: Path
    config: RunConfig
    steps: list[Step]


def job(
    target: str | None,
    root: Path | None,
    sources: Sequence[str] | None,
    contrast: Sequence[str] | None,
    base: str | None,
    overrides: Sequence[str] | None,
) -> Job:
    """Put the configuration together and plan it.

    Raises:
        ConfigError: Something in it is not valid, or nothing says what to run.
        SourceError: A source is not there.
    """
    values = list(overrides or ())
    if sources:
        values.append(f"ingest.sources={jsonlib.dumps(list(sources))}")
    if contrast:
        values.append(f"ingest.contrast={jsonlib.dumps(list(contrast))}")
    if base:
        values.append(f"train.base={jsonlib.dumps(base)}")
    if target is None:
        if root is None:
            raise ConfigError(
                f"Say what to run: an era ({', '.join(eras.names())}), a run file, or --run DIR."
            )
        target = str(root / config.NAME)
        if not Path(target).is_file():
            raise ConfigError(f"{root} holds no {config.NAME}. Name an era to start a run there.")
    loaded = config.load(target, values)
    root = root or Path("runs") / loaded.era.name
    options = config.stage_options(loaded)
    return Job(root, loaded, runner.plan(STAGES, options, loaded.era, loaded.seed, root))


def on(engine: str | None, address: str | None, overrides: Sequence[str] | None) -> list[str]:
    """Return the overrides with `--engine` and `--address`; the native engine has no address."""
    values = list(overrides or ())
    if engine:
        values.append(f"dedupe.engine={jsonlib.dumps(engine)}")
    if address or engine == "native":
        values.append(f"dedupe.address={jsonlib.dumps(address)}")
    return values


def _until(steps: Sequence[Step], name: str | None) -> list[Step]:
    if name is None:
        return list(steps)
    return list(steps[: _index(steps, name) + 1])


def _index(steps: Sequence[Step], name: str) -> int:
    names = [step.stage.name for step in steps]
    if name not in names:
        raise ConfigError(f"No stage {name!r}.{nearest(name, names)} Stages: {', '.join(names)}.")
    return names.index(name)


def show_plan(job: Job, until: str | None, *, json: bool) -> int:
    """Print which stages would run and why, and what that would take."""
    steps = _until(job.steps, until)
    expected = estimate.expected(job.config, steps)
    if json:
        rows = [
            {"stage": s.stage.name, "key": s.key, "done": s.done is not None,
             "why": [] if s.done else s.why()}
            for s in steps
        ]  # fmt: skip
        plan = {"run": str(job.root), "steps": rows, "expected": expected}
        typer.echo(jsonlib.dumps(plan, indent=2))
        return 0
    table = Table("stage", "key", "state", "why", box=None)
    for step in steps:
        state, why = ("done", "") if step.done else ("to do", "; ".join(step.why()))
        table.add_row(step.stage.name, step.key, state, escape(why))
    console = Console()
    console.print(table)
    for name, text in expected.items():
        console.print(f"{name}: {text}", highlight=False)
    return 0


def _progress() -> Progress:
    return Bars(Console(stderr=True)) if sys.stderr.isatty() else Lines()


def do(
    job: Job,
    *,
    from_: str | None = None,
    until: str | None = None,
    show: int = 0,
    json: bool = False,
) -> int:
    """Do what is missing, print what was done, and return the exit code of the gate's verdict."""
    if from_:
        _index(job.steps, from_)
    steps = _until(job.steps, until)
    if any(step.stage is DEDUPE and not (step.done and not from_) for step in steps):
        ready(job.config.dedupe)
    if any(s.stage.name in NEED_BASE and not (s.done and not from_) for s in steps):
        bases.ready(job.config.train.base)
    outcomes: list[Outcome] = []
    with runner.lock(job.root), _progress() as progress:
        _write_atomically(job.root / config.NAME, config.dump(job.config))
        for outcome in runner.run(steps, progress, again_from=from_):
            outcomes.append(outcome)
            if not json:
                progress.done(_line(outcome))
        if steps[-1] == job.steps[-1]:
            _publish(job.root, steps)
    scored = outcomes[-1].step.stage.name == "score"
    verdict = outcomes[-1].manifest.stats.get("verdict") if scored else None
    if json:
        typer.echo(jsonlib.dumps(_result(job, outcomes, verdict), indent=2))
    elif scored:
        _show_score(job, outcomes, show)
    return VERDICT_CODES.get(verdict, CANNOT_TELL) if verdict else 0


def _line(outcome: Outcome) -> str:
    stats, name = outcome.manifest.stats, outcome.step.stage.name
    if outcome.skipped:
        return f"{name:9} unchanged ({stats['kept']:,} kept)"
    text = f"{name:9} {stats['read']:,} read, {stats['kept']:,} kept"
    if stats["dropped"]:
        text += f", {stats['dropped']:,} dropped"
    if stats["quarantined"]:
        text += f", {stats['quarantined']:,} in quarantine"
    reasons = list(stats["reasons"].items())
    if reasons:
        shown = ", ".join(f"{count:,} {reason}" for reason, count in reasons[:4])
        text += f" ({shown}{', …' if len(reasons) > 4 else ''})"
    return f"{text}, {outcome.manifest.seconds:.1f} s"


def _result(job: Job, outcomes: Sequence[Outcome], verdict: str | None) -> dict[str, Any]:
    return {
        "run": str(job.root),
        "verdict": verdict,
        "report": str(job.root / "report.html") if verdict else None,
        "stages": [
            {
                "stage": o.step.stage.name,
                "key": o.step.key,
                "skipped": o.skipped,
                "seconds": o.manifest.seconds,
                "peak_memory_mb": o.manifest.peak_memory_mb,
                "stats": o.manifest.stats,
            }
            for o in outcomes
        ],
    }


def _publish(root: Path, steps: Sequence[Step]) -> None:
    """Put the newest report, cards and model where a person looks for them."""
    from erastyle import run_report as pages
    from erastyle.eval.cards import cards

    folders = {step.stage.name: step.folder for step in steps}
    for name, source in {
        "score.json": folders["score"] / "score.json",
        cards.MODEL: folders["score"] / cards.MODEL,
        cards.DATASET: folders["score"] / cards.DATASET,
        "model": folders["train"] / "model",
    }.items():
        temporary = root / f".{name}.partial"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(os.path.relpath(source, root))
        temporary.replace(root / name)
    pages.publish(root, folders["score"])


def _show_score(job: Job, outcomes: Sequence[Outcome], show: int) -> None:
    score = jsonlib.loads((outcomes[-1].step.folder / "score.json").read_text(encoding="utf-8"))
    console = Console()
    if show:
        generated = next(o.step.folder for o in outcomes if o.step.stage.name == "generate")
        for number, row in enumerate(ledger.rows(generated / "kept"), start=1):
            if number > show:
                break
            console.rule(f"page {number} of {show}, written by a machine")
            console.print(f"[bold]{escape(row['brief'])}[/]\n", highlight=False)
            lines = row["style"].splitlines()
            for line in lines[:SHOWN_LINES]:
                console.print(escape(line), highlight=False, soft_wrap=True)
            if len(lines) > SHOWN_LINES:
                console.print(f"[dim]… {len(lines) - SHOWN_LINES} more lines[/]")
        console.rule()
    table = Table("", "base", "style model", "real pages", "difference (95 %)", box=None)
    for row in score["measures"]:
        difference = ""
        if row["difference"] is not None:
            low, high = _number(row["low"]), _number(row["high"])
            difference = f"{_number(row['difference'])} [{low}, {high}]"
        values = (_number(row[name]) for name in ("base", "style", "real"))
        table.add_row(row["name"], *values, difference)
    console.print(table)
    console.print("\n[bold]gate[/]")
    for line in score["gate"]:
        text = f"{line['verdict']:15} {line['name']}: {_number(line['value'])}, {line['limit']}"
        console.print(text, highlight=False)
        if line["verdict"] != "PASS":
            console.print(f"{'':15} [dim]{escape(line['explanation'])}[/]", highlight=False)
    verdict = f"[bold]{score['verdict']}[/]: {escape(score['verdict_sentence'])}"
    console.print(f"\n{verdict}", highlight=False)
    console.print(f"report: {job.root / 'report.html'}", highlight=False, soft_wrap=True)


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def sweep(measure: Callable[[Progress], Any], show: Callable[[Any], None], *, json: bool) -> int:
    """Do a measurement that takes minutes with a progress bar, and print its result."""
    with _progress() as progress:
        result = measure(progress)
    if json:
        typer.echo(jsonlib.dumps(result, indent=2))
    else:
        show(result)
    return 0
