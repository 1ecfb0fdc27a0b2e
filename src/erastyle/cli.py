"""The `erastyle` command: a shell over the library.

Exit codes: 0 done, and the gate passed; 1 something could not be done; 2 wrong use; 3 the gate
failed; 4 the gate cannot tell; 130 interrupted.

Everything heavy is imported inside the commands, so that `erastyle --help` answers at once.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from erastyle.commands import bases as bases_command
from erastyle.commands.options import (
    Asked,
    Base,
    Debug,
    DryRun,
    Json,
    Run,
    Set,
    Yes,
    allow_fetching,
    stage_command,
)
from erastyle.commands.terminal import reported

EPILOG = (
    "Exit codes: 0 done and the gate passed, 1 could not be done, 2 wrong use, 3 the gate failed, "
    "4 the gate cannot tell, 130 interrupted."
)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="From dated documents to a model that writes like them, with the damage measured.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
)
eras_app = typer.Typer(no_args_is_help=True, help="Era profiles: list, show, check, new.")
app.add_typer(eras_app, name="eras")
app.add_typer(bases_command.app, name="bases")

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]


def _stop(number: int, frame: Any) -> None:
    del number, frame
    raise KeyboardInterrupt


@app.command()
@reported
@stage_command
def run(
    asked: Asked,
    *,
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
) -> int:
    """Do every stage that is not done yet, from the sources to the report."""
    further = [f"train.continue_from={continue_from}"] if continue_from else []
    return asked.do(until, *further, from_=from_, show=show)


def _add_stage(name: str, title: str) -> None:
    def command(asked: Asked) -> int:
        return asked.do(name)

    help_ = f"{title} Does the stages before it where needed."
    app.command(name, help=help_)(reported(stage_command(command)))


for _name, _title in {
    "ingest": "Read the sources and turn bytes into text.",
    "dedupe": "Find exact and near duplicates and keep one of each.",
    "split": "Part the sites into train, dev and test.",
    "pairs": "Turn documents into requests with their answers.",
    "train": "Fine-tune the base model on the pairs.",
}.items():
    _add_stage(_name, _title)


@app.command()
@reported
@stage_command
def clean(
    asked: Asked,
    *,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="ID|TEXT",
            help="Only show each value against its threshold, and each repair, of one document.",
        ),
    ] = None,
) -> int:
    """Undo what archives did, render prose, date, drop what is not of the era.

    Does the stages before it where needed. With --explain it changes nothing: thresholds can be
    tried with --set or another profile.
    """
    if explain is None:
        return asked.do("clean")
    from erastyle.commands import clean as explaining

    return explaining.show(asked.job().steps, explain, json=asked.json)


@app.command()
@reported
@stage_command
def score(
    asked: Asked,
    target: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ERA|RUN.yaml|RUN]|FILE…",
            help="A run to score, or any texts: files, folders, tables, with --era.",
        ),
    ] = None,
    era: Annotated[
        str | None, typer.Option("--era", help="Era that the texts FILE… should be of.")
    ] = None,
    *,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Documents to look for copies of in FILE…. Repeatable."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write a page about FILE… there.")
    ] = None,
    arithmetic: Annotated[
        str | None, typer.Option("--arithmetic", hidden=True, help="Moved to a benchmark.")
    ] = None,
    mantissa_bits: Annotated[
        str | None, typer.Option("--mantissa-bits", hidden=True, help="Moved to a benchmark.")
    ] = None,
) -> int:
    """Score a run's base and style model and judge the gate; or score any texts.

    `erastyle score web-1995` does the stage of a run, and the stages before it where needed.
    `erastyle score page.html letters/ --era web-1995` says of each text how probable the era is,
    its date, what is later than the era, and what it copies; the style needs a classifier: --run
    names a run that has one, --source and --contrast learn one.
    """
    from erastyle.commands import score as scores

    if arithmetic or mantissa_bits:
        scores.refuse_arithmetic("--arithmetic" if arithmetic else "--mantissa-bits")
    targets = target or []
    if not scores.is_stage(targets, era):
        return scores.show(
            targets, era, asked.run, asked.source or [], asked.contrast or [], against or [],
            report, json=asked.json,
        )  # fmt: skip
    asked = asked.of(targets[0] if targets else None)
    return asked.do("score")


@app.command()
@reported
def generate(
    brief: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BRIEF]…", help="What to write. Left out: do the stage."),
    ] = None,
    run: Run = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="A style model's folder, wherever it lies."),
    ] = None,
    base: Base = None,
    strength: Annotated[
        str,
        typer.Option(
            "--strength",
            help="0 is the base, 1 the style as trained, up to 1.5; auto is the strongest that "
            "passed the gate (see `erastyle strength`).",
        ),
    ] = "1",
    mix: Annotated[
        list[str] | None,
        typer.Option("--mix", metavar="RUN=SHARE", help="Several styles at once. Repeatable."),
    ] = None,
    count: Annotated[int, typer.Option("--count", help="Answers for each brief.")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same texts.")] = 1995,
    set: Set = None,  # noqa: A002
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Write texts with the style model of a run, or with a base model."""
    del debug
    if yes:
        allow_fetching()
    if not brief:
        return Asked(base=base, run=run, set=set, json=json).do("generate")
    from erastyle.commands import generate as writing

    return writing.write(
        brief, run, model, base, strength, mix or [], count, seed, set or [], json=json
    )


@app.command()
@reported
def compare(
    run: RunArgument,
    method: Annotated[
        list[str] | None, typer.Option("--method", help="Repeatable; all six when left out.")
    ] = None,
    set: Set = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Compare training with prompting on the same briefs: what each method gains and costs."""
    del debug
    from erastyle.commands import compare
    from erastyle.commands import run as work

    return work.sweep(
        lambda progress: compare.measure(run, method or compare.METHODS, set or [], progress),
        compare.show,
        json=json,
    )


@app.command()
@reported
def strength(
    run: RunArgument,
    at: Annotated[
        list[float] | None, typer.Option("--at", help="Strength to measure. Repeatable.")
    ] = None,
    set: Set = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Measure style, capability and anachronisms at several strengths."""
    del debug
    from erastyle.commands import run as work
    from erastyle.commands import strength

    return work.sweep(
        lambda progress: strength.measure(run, at or strength.STRENGTHS, set or [], progress),
        strength.show,
        json=json,
    )


@app.command()
@reported
def inspect(
    run: RunArgument,
    row: Annotated[int, typer.Option("--row", help="Position among the training pairs.")] = 0,
    role: Annotated[str, typer.Option("--role", help="style or rehearsal.")] = "style",
    document: Annotated[str, typer.Option("--id", help="The document with this id.")] = "",
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show the tokens of a training row, and which of them are learnt."""
    del debug
    from erastyle.commands import inspect as inspection

    return inspection.show(run, document, role, row, json=json)


@app.command()
@reported
def status(run: RunArgument, json: Json = False, debug: Debug = False) -> int:
    """Show what a run directory holds: stages, counts, times."""
    del debug
    from erastyle.commands import status as rundir

    return rundir.show_status(run, json=json)


@app.command()
@reported
def verify(run: RunArgument, json: Json = False, debug: Debug = False) -> int:
    """Check every file of a run directory against its recorded hash."""
    del debug
    from erastyle.commands import status as rundir

    return rundir.verify(run, json=json)


@app.command()
@reported
def why(
    run: RunArgument,
    id: Annotated[str, typer.Argument(metavar="ID|TEXT", help="Id, or a part of the source.")],  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show every decision that was made about one document."""
    del debug
    from erastyle.commands import status as rundir

    return rundir.why(run, id, json=json)


@app.command()
@reported
def clusters(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many, the largest first.")] = 10,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show the largest groups of copies: what was kept, why, and how the others differ."""
    del debug
    from erastyle.commands import status as rundir

    return rundir.show_clusters(run, top, json=json)


@app.command("clean-up")
@reported
def clean_up(run: RunArgument, dry_run: DryRun = False, debug: Debug = False) -> int:
    """Remove outputs that the run's configuration does not use any more."""
    del debug
    from erastyle.commands import status as rundir

    return rundir.clean_up(run, dry_run=dry_run)


@app.command()
@reported
def doctor(json: Json = False, debug: Debug = False) -> int:
    """Check the installation: versions, cores, memory, GPU; with a cure for each problem."""
    del debug
    from erastyle.commands import doctor as checks

    return checks.show(json=json)


@eras_app.command("list")
@reported
def eras_list(json: Json = False, debug: Debug = False) -> int:
    """List the shipped eras."""
    del debug
    from erastyle.commands import eras as profiles

    return profiles.show_all(json=json)


@eras_app.command("show")
@reported
def eras_show(
    era: Annotated[str, typer.Argument(help="Name or path.")], debug: Debug = False
) -> int:
    """Print an era profile, every default filled in."""
    del debug
    from erastyle.commands import eras as profiles

    return profiles.show(era)


@eras_app.command("check")
@reported
def eras_check(
    path: Annotated[Path, typer.Argument(help="An era profile.")], debug: Debug = False
) -> int:
    """Check an era profile; say file and line of each problem."""
    del debug
    from erastyle.commands import eras as profiles

    return profiles.check(path)


@eras_app.command("new")
@reported
def eras_new(
    path: Annotated[Path, typer.Argument(help="File to write; its name becomes the era's.")],
    like: Annotated[str, typer.Option("--like", help="Era to start from.")] = "web-1995",
    debug: Debug = False,
) -> int:
    """Write a new era profile with comments, to be filled in."""
    del debug
    from erastyle.commands import eras as profiles

    return profiles.new(path, like)


def _version(value: bool) -> None:
    if value:
        from erastyle import __version__

        typer.echo(f"erastyle {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _stop)
    app()
