"""The command `generate`: the stage of a run, or texts for the briefs of the user."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from erastyle.commands import terminal
from erastyle.commands.options import (
    Base,
    Debug,
    Json,
    Run,
    Set,
    StageRequest,
    Yes,
    allow_fetching,
)
from erastyle.commands.run import run_stages
from erastyle.commands.terminal import progress, reported
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.answers import Outcome, Task
    from erastyle.writing.brief import Brief
    from erastyle.writing.engine import Engine, Named
    from erastyle.writing.text_file import Form

Later = Literal["decline", "allow"]
DECLINED = 1
"""Exit code where no brief was left to answer."""
SEED = 1995
"""Seed where none is given."""


@reported
def generate(
    *,
    brief: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BRIEF]…",
            help="What to write; - reads one brief from stdin. Left out: do the stage, or ask for "
            "briefs on a terminal where the stage is done.",
        ),
    ] = None,
    briefs: Annotated[
        Path | None,
        typer.Option(
            "--briefs",
            metavar="FILE",
            help="Briefs, one a line, as CSV, or as JSON lines; - reads stdin.",
        ),
    ] = None,
    run: Run = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="A style model's folder, wherever it lies."),
    ] = None,
    base: Base = None,
    strength: Annotated[
        str | None,
        typer.Option(
            "--strength",
            help="0 is the base, 1 the style as trained, up to 1.5; auto is the one that "
            "the choosing judge passes most often (see `erastyle strength`). 1 where left out.",
        ),
    ] = None,
    mix: Annotated[
        list[str] | None,
        typer.Option("--mix", metavar="RUN=SHARE", help="Several styles at once. Repeatable."),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", "--count", min=1, help="Texts for each brief that names no number; 1."),
    ] = None,
    best_of: Annotated[
        int | None,
        typer.Option(
            "--best-of",
            min=1,
            help="Write so many texts for each answer and give the one that the run's choosing "
            "judge finds best; needs --run.",
        ),
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(
            "--length", min=1, max=20_000, help="Words of a text whose brief names no length."
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature", min=0, help="0 takes the likeliest token each time; 0.7 if left out."
        ),
    ] = None,
    later: Annotated[
        Later | None,
        typer.Option(
            "--later",
            help="A brief that names what is later than the era: decline it (if left out), or "
            "allow it.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help=f"Same seed, same texts; {SEED} if left out."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Write a file a text and rows about all of them into this folder; run again to "
            "continue.",
        ),
    ] = None,
    period_files: Annotated[
        bool,
        typer.Option(
            "--period-files",
            help="Files as the era stored them: character set, columns, headers; needs --out.",
        ),
    ] = False,
    no_label: Annotated[
        bool,
        typer.Option(
            "--no-label",
            help="Leave out the label that says that a machine wrote it; the run records that.",
        ),
    ] = False,
    set: Set = None,  # noqa: A002
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Write texts with the style model of a run, or with a base model."""
    del debug
    if yes:
        allow_fetching()
    wanted = _Wanted.of(locals())
    if not brief and briefs is None and not wanted.may_ask():
        wanted.refuse_for_the_stage()
        return run_stages(StageRequest(base=base, run=run, set=set, json=json), "generate")
    named = _named(run, model, base, mix or [])
    wanted.check(named)
    given = _briefs(brief or [], briefs)
    options = generate_options(
        wanted.strength or "1", named.folder, set or [], temperature=temperature
    )
    engine = _engine(named, options, judged=(best_of or 1) > 1)
    if not given:
        return _talk(engine, wanted)
    return _answer(given, engine, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The options of the command that say how texts are written and where they go."""

    brief: Sequence[str] | None
    briefs: Path | None
    run: Path | None
    model: Path | None
    mix: Sequence[str] | None
    strength: str | None
    n: int | None
    best_of: int | None
    length: int | None
    temperature: float | None
    later: Later | None
    seed: int | None
    out: Path | None
    period_files: bool
    no_label: bool
    set: Sequence[str] | None
    json: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> _Wanted:
        """Return them out of all options of the command."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})

    @property
    def form(self) -> Form:
        """How texts become files."""
        from erastyle.writing.text_file import Form

        return Form(labelled=not self.no_label, of_period=self.period_files)

    def may_ask(self) -> bool:
        """Say whether briefs are asked for: on a terminal, where there is nothing else to do."""
        if self.json or self.out or not terminal.can_ask():
            return False
        if self.run is None:
            return self.model is not None or bool(self.mix)
        from erastyle import planned_run

        if not (self.run / "run.yaml").is_file() or not (self.run / "model").exists():
            return False
        return planned_run.load_saved(self.run).step("generate").done is not None

    def refuse_for_the_stage(self) -> None:
        """Refuse options that the stage does not know.

        Raises:
            ConfigError: One of them is given.
        """
        other = [name for name in _STAGE_HAS_NOT if getattr(self, name) not in (None, False, [])]
        if other:
            option = f"--{other[0].replace('_', '-')}"
            raise ConfigError(
                f'{option} is for briefs: give one, as in `erastyle generate "A page about '
                f'kites." …`, or --briefs FILE. For the stage write --set generate.NAME=VALUE.'
            )

    def check(self, named: Named) -> None:
        """Refuse options that do not apply to what writes.

        Raises:
            ConfigError: One of them is given.
        """
        from erastyle.writing import unlabelled

        if self.brief and self.briefs is not None:
            raise ConfigError("Give briefs as arguments or with --briefs FILE, not both.")
        if self.strength is not None and named.folder is None:
            say = "Name shares with --mix RUN=SHARE." if named.mix else "Leave it out."
            raise ConfigError(f"--strength is for one style model. {say}")
        for option in ("strength", "temperature"):
            own = [value for value in self.set or [] if value.startswith(f"generate.{option}=")]
            if own and getattr(self, option) is not None:
                raise ConfigError(f"--{option} and --set {own[0]} say the same: leave one out.")
        if (self.best_of or 1) > 1 and self.run is None:
            raise ConfigError("--best-of needs --run DIR: its judge chooses.")
        if self.later is not None and named.folder is None:
            raise ConfigError("--later needs an era: a base and a mix have none. Leave it out.")
        if self.period_files and self.out is None:
            raise ConfigError("--period-files needs --out DIR.")
        if self.period_files and named.folder is None:
            raise ConfigError("--period-files needs an era: a base and a mix have none.")
        if self.no_label:
            unlabelled.needs_run(self.run)


_STAGE_HAS_NOT = (
    *("model", "mix", "strength", "n", "best_of", "length", "temperature", "later", "seed", "out"),
    *("period_files", "no_label"),
)


def _named(run: Path | None, model: Path | None, base: str | None, mix: Sequence[str]) -> Named:
    """Return what is to write, and fetch its base where that is allowed.

    Raises:
        ConfigError: Not exactly one is named, or a part of the mix is not RUN=SHARE.
        ModelError: The base is not here and cannot be fetched.
    """
    from erastyle.commands import bases
    from erastyle.writing.engine import Named

    named = Named(run=run, model=model, base=base, mix=_shares(mix))
    bases.ready(named.base_name)
    return named


def _engine(named: Named, options: GenerateOptions, *, judged: bool) -> Engine:
    from erastyle.writing import engine

    loaded = engine.load(named, options, judged=judged)
    if named.folder is not None and loaded.era is None:
        typer.echo(f"(the era {loaded.model.era} is not shipped, so no guard looks on)", err=True)
    return loaded


def _briefs(arguments: Sequence[str], file: Path | None) -> list[Brief]:
    """Return the briefs that were given, as arguments or in a file.

    Raises:
        ConfigError: A brief cannot be used.
        SourceError: The file cannot be read.
    """
    from erastyle.writing import read_briefs
    from erastyle.writing.brief import Brief

    if file is not None:
        read = read_briefs.read(file, sys.stdin.buffer)
        if read.empty_lines:
            lines = "empty line was" if read.empty_lines == 1 else "empty lines were"
            typer.echo(f"({file}: {read.empty_lines} {lines} left out)", err=True)
        return read.briefs
    if arguments.count("-") > 1:
        raise ConfigError("Standard input is one brief: name - once.")
    briefs = []
    for number, text in enumerate(arguments, 1):
        place = "the brief" if len(arguments) == 1 else f"brief {number}"
        if text == "-":
            place, text = "stdin", read_briefs.one(sys.stdin.buffer)
        briefs.append(Brief(text=text, place=place))
    return briefs


def generate_options(
    strength: str,
    folder: Path | None,
    overrides: Sequence[str],
    *,
    temperature: float | None = None,
) -> GenerateOptions:
    """Return the options of generation.

    Args:
        strength: A number, or `auto`.
        folder: The style model's folder, which knows its measured strengths.
        overrides: `generate.name=value`, as for --set.
        temperature: Temperature; None: as in `overrides` or by default.

    Raises:
        ConfigError: A value is not valid, or `auto` has no style model.
        ModelError: No measured strength can be chosen.
    """
    from pydantic import create_model

    from erastyle import config, strength_curve
    from erastyle.corpus.options import Options
    from erastyle.corpus.yamlfile import validate
    from erastyle.train.generate import GenerateOptions

    chosen: str | float = strength
    if strength == "auto":
        if folder is None:
            raise ConfigError("--strength auto needs --run DIR or --model DIR.")
        row = strength_curve.chosen(folder)
        typer.echo(strength_curve.of_choice(row), err=True)
        chosen = row["strength"]
    values: dict[str, Any] = {"generate": {"strength": chosen}}
    if temperature is not None:
        values["generate"]["temperature"] = temperature
    given = [config.set_value(values, override) for override in overrides]
    section = create_model("GenerateSection", __base__=Options, generate=(GenerateOptions, ...))
    options: GenerateOptions = validate(section, values, "--set", {}, given).generate  # type: ignore[attr-defined]
    return options


def _shares(mix: Sequence[str]) -> list[tuple[Path, float]]:
    """Return style-model folders with their strengths.

    Raises:
        ConfigError: A part is not RUN=SHARE.
    """
    shares = []
    for text in mix:
        run, _, share = text.rpartition("=")
        try:
            strength = float(share)
        except ValueError:
            run = ""
        if not run:
            raise ConfigError(f"--mix {text}: write RUN=SHARE, such as runs/web-1995=0.7.")
        shares.append((_style_model(Path(run)), strength))
    return shares


def _style_model(path: Path) -> Path:
    """Return the style-model folder of a run directory, or `path` if it is such a folder."""
    return path if (path / "style.json").is_file() else path / "model"


# --- answers ---------------------------------------------------------------------------------


def _answer(briefs: Sequence[Brief], engine: Engine, wanted: _Wanted) -> int:
    """Write the texts of all briefs, and print or store them."""
    from erastyle.writing import answers

    planned = answers.tasks(
        briefs,
        engine,
        seed=SEED if wanted.seed is None else wanted.seed,
        n=wanted.n or 1,
        best_of=wanted.best_of or 1,
        length=wanted.length,
    )
    if wanted.out is not None:
        return _fill(planned, engine, wanted, wanted.out)
    _record(planned, engine, wanted, "standard output")
    return _print_all(planned, engine, wanted)


def _record(planned: Sequence[Task], engine: Engine, wanted: _Wanted, where: str) -> None:
    """Tell the run that the label is off, where it is."""
    from erastyle.writing import unlabelled

    if wanted.no_label and planned:
        run = unlabelled.needs_run(engine.run)
        seeds = [task.seed for task in planned]
        unlabelled.record(run, "generate", where, len(planned), seeds=seeds)


def _print_all(planned: Sequence[Task], engine: Engine, wanted: _Wanted) -> int:
    """Print the texts: as they are on a terminal, with their label elsewhere, or as JSON lines."""
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.writing import answers

    bare = terminal.on_screen()
    alone = len(planned) == 1 and planned[0].candidates == 1 and bare and not wanted.json
    outcomes = answers.write(
        planned,
        engine,
        Progress(),
        later=wanted.later == "allow",
        on_text=_show_at_once if alone else None,
    )
    texts = 0
    for outcome in outcomes:
        texts += outcome.text is not None
        if wanted.json:
            _print_row(outcome, engine)
        elif outcome.text is None:
            typer.echo(f"({_why(outcome)})", err=True)
        else:
            _print_text(outcome, outcome.text, engine, wanted, shown=alone, bare=bare)
    if texts and not wanted.json:
        _tell_origin(engine)
    return 0 if texts else DECLINED


def _why(outcome: Outcome) -> str:
    rejected = outcome.rejected[-1]
    return rejected.detail or f"Not written: {rejected.reason}."


def _tell_origin(engine: Engine) -> None:
    how = f": the untuned base {engine.model.base}"
    if engine.model.sha256:
        how = f" in the style of a period, on the base {engine.model.base}"
    typer.echo(f"(written by a machine{how}; not a source)", err=True)


def _print_text(
    outcome: Outcome,
    text: GeneratedText,
    engine: Engine,
    wanted: _Wanted,
    *,
    shown: bool,
    bare: bool,
) -> None:
    """Print a text, or what stands below it where it was shown while it was written."""
    if bare:
        typer.echo("\n" if shown else text.text + "\n")
    else:
        typer.echo(_in_a_file(outcome.task, text, engine, wanted.form), nl=False)
        typer.echo()
    if text.refused or text.marks:
        typer.echo(_guarded(text), err=True)
    if outcome.scores:
        chose, told = outcome.scores["choosing"], outcome.scores["reporting"]
        said = f"(best of {outcome.task.candidates} by the choosing judge: {chose['sentence']}"
        typer.echo(f"{said} The reporting judge: {told['sentence']})", err=True)


def _in_a_file(task: Task, text: GeneratedText, engine: Engine, form: Form) -> bytes:
    """Return a text as it stands in a file: whoever redirects the output makes one."""
    from erastyle.writing import text_file

    notice = engine.notice(task.seed) if form.labelled else None
    posting = text_file.posting(task, engine.era)
    return text_file.encoded(text.text, engine.era, notice, form, posting).raw


def _print_row(outcome: Outcome, engine: Engine) -> None:
    """Print what became of a brief as a JSON line with its origin."""
    from erastyle.corpus.provenance import label
    from erastyle.writing import text_file

    task, text = outcome.task, outcome.text
    origin = {
        "origin": "synthetic",
        label.FIELD: label.uri(label.GENERATED),
        "model": engine.model.name,
        "base": engine.model.base,
        "strength": engine.model.strength,
        "seed": task.seed,
    }
    row: dict[str, Any] = {"brief": task.request}
    if text is None:
        row |= {"text": "", "declined": _why(outcome), **origin, "origin": "erastyle"}
        del row[label.FIELD]
    else:
        row |= {"text": text.text, "tokens": text.tokens, "stopped": text.stopped}
        row |= text_file.guarded(text)
        if outcome.scores:
            row |= {"best_of": task.candidates, "chosen": outcome.chosen}
            row |= {name: said["outcome"] for name, said in outcome.scores.items()}
        row |= origin
    typer.echo(jsonlib.dumps(row, ensure_ascii=False))


def _guarded(text: GeneratedText) -> str:
    """Return in a line what the guards did to a text."""
    refused = ", ".join(f"{name} {count}" for name, count in text.refused.items())
    stood = "; ".join(f"{mark.guard}: {mark.reason}" for mark in text.marks)
    return f"(guards refused: {refused or 'nothing'}" + (f"; let stand: {stood})" if stood else ")")


def _show_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _fill(planned: Sequence[Task], engine: Engine, wanted: _Wanted, out: Path) -> int:
    """Store the texts in a folder; those that are there already are not written again."""
    from erastyle.writing import answers, folder

    later = wanted.later or "decline"
    with folder.opened(out, engine, wanted.form, later) as filled, progress() as shown:
        left = [task for task in planned if task.key not in filled.done]
        _record(left, engine, wanted, str(out))
        if len(left) < len(planned):
            count = len(planned) - len(left)
            typer.echo(f"{out}: {count} of {len(planned)} were done before.", err=True)
        shown.start("generate", sum(task.candidates for task in left), "texts")
        texts = 0
        for outcome in answers.write(left, engine, shown, later=later == "allow"):
            path = filled.write(outcome)
            texts += path is not None
            if wanted.json:
                _print_row(outcome, engine)
            elif path is not None:
                typer.echo(str(path))
    said = ", ".join(f"{count} {reason}" for reason, count in filled.refused.items())
    typer.echo(
        f"{out}: {texts} texts written{f'; not written: {said}' if said else ''}. "
        f"{folder.TEXTS} has a row for each, {folder.REJECTED} says what was not taken and why.",
        err=True,
    )
    if texts:
        _tell_origin(engine)
    return 0 if texts or not left else DECLINED


# --- briefs that are asked for ---------------------------------------------------------------


def _talk(engine: Engine, wanted: _Wanted) -> int:
    """Ask for briefs until there is none, and write a text for each."""
    from erastyle.writing.brief import Brief

    typer.echo("Say what to write; an empty line ends.", err=True)
    for line in _asked():
        try:
            _answer([Brief(text=line)], engine, wanted)
        except ConfigError as error:
            typer.echo(f"error: {error}", err=True)
    return 0


def _asked() -> Iterator[str]:
    while True:
        typer.echo("brief> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line.strip()
