"""The command `run`: plan the stages, run them, and print what was done."""

from __future__ import annotations

import json as jsonlib
import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands import report, verbosity
from erastyle.commands.options import (
    Address,
    Base,
    Contrast,
    Debug,
    DryRun,
    Engine,
    Gate,
    Json,
    Minutes,
    Run,
    Set,
    Source,
    StageRequest,
    Target,
    Verbose,
    Yes,
    allow_fetching,
)
from erastyle.commands.tables import print_table
from erastyle.commands.terminal import (
    link_atomically,
    print_json,
    progress,
    reported,
)
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.runner import Outcome, Step
    from erastyle.planned_run import PlannedRun

NEED_BASE = ("baseline", "train", "generate", "score")
SHOWN_LINES = 40  # of a generated page on the terminal


@reported
def run(
    *,
    target: Target = None,
    source: Source = None,
    contrast: Contrast = None,
    base: Base = None,
    run: Run = None,
    set: Set = None,  # noqa: A002
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="Do this stage and all after again."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="STAGE", help="Stop after this stage.")
    ] = None,
    continue_from: Annotated[
        Path | None,
        typer.Option(
            "--continue-from", metavar="RUN", help="Go on from the style model of an earlier run."
        ),
    ] = None,
    show: Annotated[int, typer.Option("--show", help="Print so many generated pages.")] = 0,
    engine: Engine = None,
    address: Address = None,
    minutes: Minutes = None,
    gate: Gate = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    verbose: Verbose = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Do every stage that is not done yet, from the sources to the report."""
    request = StageRequest.of(locals())
    further = [f"train.continue_from={continue_from}"] if continue_from else []
    return run_stages(request, until, *further, from_=from_, show=show)


def run_stages(
    request: StageRequest,
    until: str | None,
    *further: str,
    from_: str | None = None,
    show: int = 0,
) -> int:
    """Run the stages up to `until`, or print the plan, and return the exit code.

    Args:
        request: The options of the command.
        until: Name of the last stage; None runs all of them.
        further: Further values to replace, `section.name=value`.
        from_: Name of a stage that runs again with all after it.
        show: How many generated pages to print.
    """
    from erastyle.corpus.sources import digest_cache

    if request.yes:
        allow_fetching()
    _refuse_idle(request, until, show)
    if request.minutes is not None:
        further = (*further, *_in_minutes(request, request.minutes, further))
    with digest_cache.trusted() if request.dry_run else nullcontext():
        planned = plan_request(request, *further)
    steps = _steps_until(planned.steps, until)
    if from_:
        _position(planned.steps, from_)
        if from_ not in [step.stage.name for step in steps]:
            raise ConfigError(f"--from {from_}: {until} does not need it. Leave one of both out.")
    if request.dry_run:
        return _show_plan(planned, steps, json=request.json)
    wanted = _Shown(show, json=request.json, verbose=request.verbose)
    code = _run_steps(planned, steps, wanted, from_=from_)
    return code if request.gate else 0


def _refuse_idle(request: StageRequest, until: str | None, show: int) -> None:
    """Refuse options that could do nothing together with the others.

    Raises:
        ConfigError: There is one; the message says what to leave out.
    """
    if show < 0:
        raise ConfigError(f"--show {show}: give a number of pages from 0 on.")
    if show and until not in (None, "generate", "score"):
        raise ConfigError(f"--show {show}: no page is written until {until}. Leave one out.")
    if show and request.json:
        raise ConfigError("--show prints pages and --json does not. Leave one out.")
    if request.gate and until not in (None, "score"):
        raise ConfigError(f"--gate: there is no verdict until {until}. Leave one out.")
    if request.minutes is not None and until not in (None, *NEED_BASE):
        raise ConfigError(f"--minutes: {until} asks no base, so no time is planned. Leave it out.")


DOCUMENTS = ("pairs", "classifier")
"""Stages that come before the base is asked anything."""


def _in_minutes(request: StageRequest, minutes: float, further: Sequence[str]) -> list[str]:
    """Prepare the documents, and return the options with which the rest ends in time.

    What the person set stays as it is.

    Raises:
        ConfigError: The time is too short for anything.
        ModelError: The base cannot be loaded.
    """
    import time

    from erastyle.commands import bases
    from erastyle.planning import budget, estimate

    started = time.monotonic()
    planned = plan_request(request, *further)
    base = planned.config.train.base
    given = [*_overrides(request), *further]
    own = budget.given(given)
    if values := budget.saved(planned.root, minutes, base, given):
        return [value for value in values if not budget.given([value]) <= own]
    from erastyle.planning import base_speed as speed  # torch: only where something is measured

    bases.ready(base)
    typer.echo(f"measuring how fast {base} is on this machine, half a minute", err=True)
    speeds = speed.measure(planned.config.train, budget.BATCH)
    soon = estimate.document_seconds(planned.config, planned.steps)
    spent = time.monotonic() - started
    chosen = budget.plan(planned.config, minutes, minutes * 60 - spent - soon, speeds)
    if not request.dry_run:
        for stage in DOCUMENTS:
            planned = plan_request(request, *further)  # what the first one did is done
            _run_steps(planned, _steps_until(planned.steps, stage), _Shown())
        left = minutes * 60 - (time.monotonic() - started)
        chosen = budget.plan(planned.config, minutes, left, speeds)
        budget.save(planned.root, chosen, base, given, speeds)
    for line in chosen.sentences():
        typer.echo(line, err=True)
    return [value for value in chosen.values() if not budget.given([value]) <= own]


def plan_request(request: StageRequest, *further: str) -> PlannedRun:
    """Put the configuration of a request together and plan it.

    Raises:
        ConfigError: Something in it is not valid, or nothing says what to run.
        SourceError: A source is not there.
    """
    from erastyle import config, planned_run
    from erastyle.corpus import era as eras

    target, root = request.target, request.run
    if target is not None and (Path(target) / config.NAME).is_file():
        if root is not None and root.resolve() != Path(target).resolve():
            raise ConfigError(f"{target} is a run directory, and --run names another. Name one.")
        root, target = Path(target), None
    if target is None:
        if root is None:
            raise ConfigError(
                f"Say what to run: an era ({', '.join(eras.names())}), a run file, or --run DIR."
            )
        target = str(root / config.NAME)
        if not Path(target).is_file():
            raise ConfigError(f"{root} holds no {config.NAME}. Name an era to start a run there.")
    loaded = config.load(target, [*_overrides(request), *further])
    return planned_run.plan(loaded, root or Path("runs") / loaded.era.name)


def _overrides(request: StageRequest) -> list[str]:
    """Return every value that the options replace, as for --set.

    The native engine has no address: `--engine native` removes the one of an earlier run.
    """
    given = {
        "dedupe.engine": request.engine,
        "dedupe.address": request.address,
        "ingest.sources": request.source and list(request.source),
        "comparison.contrast": request.contrast and list(request.contrast),
        "train.base": request.base,
    }
    values = [f"{key}={jsonlib.dumps(value)}" for key, value in given.items() if value]
    if request.engine == "native" and not request.address:
        values.append("dedupe.address=null")
    return [*(request.set or ()), *values]


def _steps_until(steps: Sequence[Step], name: str | None) -> list[Step]:
    if name is None:
        return list(steps)
    from erastyle.pipeline.runtime import runner

    _position(steps, name)
    return runner.needed(steps, name)


def _position(steps: Sequence[Step], name: str) -> int:
    """Return the position of the stage `name`.

    Raises:
        ConfigError: There is no such stage.
    """
    from erastyle.corpus.yamlfile import nearest

    names = [step.stage.name for step in steps]
    if name not in names:
        raise ConfigError(f"No stage {name!r}.{nearest(name, names)} Stages: {', '.join(names)}.")
    return names.index(name)


def _show_plan(planned: PlannedRun, steps: Sequence[Step], *, json: bool) -> int:
    """Print which stages would run, why, and what that would take."""
    from rich.markup import escape
    from rich.table import Table

    from erastyle.pipeline.runtime import runner
    from erastyle.planning import estimate
    from erastyle.planning.changed_sources import changed_sources

    runner.ready(steps)
    changed = changed_sources(planned.root, planned.config)
    expected = changed | estimate.expected(planned.config, steps)
    if json:
        plan = [
            {
                "stage": step.stage.name,
                "key": step.key,
                "done": step.done is not None,
                "why": [] if step.done else step.why(),
            }
            for step in steps
        ]
        print_json({"run": str(planned.root), "steps": plan, "expected": expected})
        return 0
    table = Table("stage", "key", "state", "why", box=None)
    for step in steps:
        state, why = ("done", "") if step.done else ("to do", "; ".join(step.why()))
        table.add_row(step.stage.name, step.key, state, escape(why))
    print_table(table)
    for name, text in expected.items():
        typer.echo(f"{name}: {text}")
    return 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is printed: so many pages, JSON, and texts of the training in a pipe too."""

    pages: int = 0
    json: bool = False
    verbose: bool = False


def _run_steps(
    planned: PlannedRun, steps: Sequence[Step], wanted: _Shown, *, from_: str | None = None
) -> int:
    """Run what is missing, print it, and return the code of the gate's verdict."""
    from erastyle import config, run_record
    from erastyle.commands import bases
    from erastyle.eval.gate.gate import EXIT_CODES
    from erastyle.pipeline.runtime import runner

    runner.ready(steps, again_from=from_)
    to_do = {step.stage.name for step in steps if from_ or not step.done}
    if to_do.intersection(NEED_BASE):
        bases.ready(planned.config.train.base)
    outcomes: list[Outcome] = []
    with runner.lock(planned.root), progress(verbose=wanted.verbose) as shown:
        keys = {step.stage.name: step.key for step in planned.steps}
        run_record.write(planned.root, config.dump(planned.config), keys)
        for outcome in runner.run(steps, shown, again_from=from_):
            outcomes.append(outcome)
            if not wanted.json:
                shown.done(_line(outcome))
        if any(outcome.step.stage.name == "train" for outcome in outcomes):
            _link_model(planned)
        if steps[-1] == planned.steps[-1]:
            _publish(planned)
    scored = outcomes[-1].step.stage.name == "score"
    verdict = outcomes[-1].manifest.stats.get("verdict") if scored else None
    if wanted.json:
        print_json(_as_json(planned.root, outcomes, verdict))
        return EXIT_CODES[verdict] if verdict else 0
    _show_pages(outcomes, wanted.pages)
    if any(map(_is_mail, planned.config.ingest.sources)) and not planned.config.clean.privacy:
        typer.echo(OTHERS_MAIL, err=True)
    if scored:
        score = report.read(planned.root)
        if verbosity.verbose():
            report.tables(score)
        report.ending(score, planned.root)
    return EXIT_CODES[verdict] if verdict else 0


OTHERS_MAIL = (
    "note: this run holds mail with names and addresses of other people, and its model may repeat "
    "it. Before you share either: --set clean.privacy=true, and read docs/safety.md."
)


def _is_mail(spec: str) -> bool:
    """Say whether a source is mail or news, by its name and its first bytes."""
    from erastyle.corpus.sources import registry

    path = Path(spec)
    return spec.startswith("mbox:") or (path.exists() and registry.guess(path) == "mbox")


def _line(outcome: Outcome) -> str:
    """Return what a stage did, in one line."""
    stats, name = outcome.manifest.stats, outcome.step.stage.name
    if outcome.skipped:
        return f"{name:10} unchanged ({stats['kept']:,} kept)"
    text = f"{name:10} {stats['read']:,} read, {stats['kept']:,} kept"
    if stats["dropped"]:
        text += f", {stats['dropped']:,} dropped"
    if stats["quarantined"]:
        text += f", {stats['quarantined']:,} in quarantine"
    reasons = list(stats["reasons"].items())
    if reasons:
        shown = ", ".join(f"{count:,} {reason}" for reason, count in reasons[:4])
        text += f" ({shown}{', …' if len(reasons) > 4 else ''})"
    return f"{text}, {outcome.manifest.seconds:.1f} s"


def _as_json(root: Path, outcomes: Sequence[Outcome], verdict: str | None) -> dict[str, Any]:
    return {
        "run": str(root),
        "verdict": verdict,
        "report": str(root / "report.html") if verdict else None,
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


def _link_model(planned: PlannedRun) -> None:
    """Link the newest model at the top of the run: whoever trains can write, without a score."""
    model = planned.step("train").folder / "model"
    link_atomically(planned.root / "model", os.path.relpath(model, planned.root))


def _publish(planned: PlannedRun) -> None:
    """Link the newest score and cards at the top of the run, and write its report."""
    from erastyle import run_report
    from erastyle.eval.cards import cards

    root, score = planned.root, planned.step("score").folder
    for name, source in {
        "score.json": score / "score.json",
        cards.MODEL: score / cards.MODEL,
        cards.DATASET: score / cards.DATASET,
    }.items():
        link_atomically(root / name, os.path.relpath(source, root))
    run_report.publish(root, score)


def _show_pages(outcomes: Sequence[Outcome], count: int) -> None:
    """Print the first `count` generated pages."""
    from rich.console import Console
    from rich.markup import escape

    from erastyle.pipeline.runtime import ledger

    if not count:
        return
    console = Console()
    generated = next(o.step.folder for o in outcomes if o.step.stage.name == "generate")
    for number, row in enumerate(ledger.rows(generated / "kept"), start=1):
        if number > count:
            break
        console.rule(f"page {number} of {count}, written by a machine")
        console.print(f"[bold]{escape(row['brief'])}[/]\n", highlight=False)
        lines = row["style"].splitlines()
        for line in lines[:SHOWN_LINES]:
            console.print(escape(line), highlight=False, soft_wrap=True)
        if len(lines) > SHOWN_LINES:
            console.print(f"[dim]… {len(lines) - SHOWN_LINES} more lines[/]")
    console.rule()
