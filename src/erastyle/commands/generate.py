"""The command `generate`: the stage of a run, or texts for the briefs of the user."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.corpus.era import Era
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.generation import GeneratedText, Writer
    from erastyle.train.model.guards.guard import Guards

Later = Literal["decline", "allow"]
DECLINED = 1
"""Exit code where no brief was left to answer."""


@reported
def generate(
    *,
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
            help="0 is the base, 1 the style as trained, up to 1.5; auto is the one that "
            "the choosing judge passes most often (see `erastyle strength`).",
        ),
    ] = "1",
    mix: Annotated[
        list[str] | None,
        typer.Option("--mix", metavar="RUN=SHARE", help="Several styles at once. Repeatable."),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="Answers for each brief.")] = 1,
    best_of: Annotated[
        int,
        typer.Option(
            "--best-of",
            min=1,
            help="Write so many texts for each answer and give the one that the run's choosing "
            "judge finds best; needs --run.",
        ),
    ] = 1,
    later: Annotated[
        Later,
        typer.Option(
            "--later",
            help="A brief that names what is later than the era: decline it, or allow it.",
        ),
    ] = "decline",
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
        _refuse_idle(locals())
        request = StageRequest(base=base, run=run, set=set, yes=yes, json=json)
        return run_stages(request, "generate")
    if sum(named is not None for named in (run, model, base)) + bool(mix) != 1:
        raise ConfigError(
            "Name either a run with --run DIR, a style model's folder with --model DIR, a base "
            "model with --base NAME, or --mix RUN=SHARE."
        )
    if best_of > 1 and run is None:
        raise ConfigError("--best-of needs --run DIR: its judge chooses.")
    folder = run / "model" if run is not None else model
    options = generate_options(strength, folder, set or [])
    name = _base_name(folder, mix or [], base)
    writer = _writer(folder, mix or [], base, options)
    origin = {
        "origin": "synthetic",
        "model": str(run or model or base or " + ".join(mix or [])),
        "base": name,
        "strength": options.strength,
        "seed": seed,
    }
    briefs = [text for text in brief for _ in range(count)]
    era = _era(run, model)
    if era is not None and later == "decline":
        briefs = _without_later_topics(briefs, era, origin, json=json)
        if not briefs:
            return DECLINED
    guards = _guards(run, era, options) if era is not None and options.guards else None
    if best_of > 1 and run is not None:
        _write_best(briefs, best_of, run, writer, options, origin=origin, guards=guards, json=json)
    else:
        _write(briefs, writer, options, origin, guards, json=json)
    if not json:
        how = f": the untuned base {name}"
        if base is None:
            how = f" in the style of a period, on the base {name}"
        typer.echo(f"(written by a machine{how}; not a source)", err=True)
    return 0


_OF_BRIEFS: dict[str, tuple[object, str]] = {
    "model": (None, "it has no test briefs"),
    "mix": (None, "a run has one style"),
    "strength": ("1", "write --set generate.strength=NUMBER"),
    "count": (1, "a brief of a test site has one answer"),
    "best_of": (1, "the stage must not choose what it is judged by"),
    "later": ("decline", "briefs of test sites name nothing later"),
    "seed": (1995, "write --set seed=NUMBER"),
}
"""Options that only count with a BRIEF: the value when left out, and why or what instead."""


def _refuse_idle(options: Mapping[str, Any]) -> None:
    """Refuse options that the stage does not take, rather than drop them.

    Raises:
        ConfigError: One is given.
    """
    for name, (left_out, instead) in _OF_BRIEFS.items():
        if options[name] not in (left_out, []):
            option = name.replace("_", "-")
            raise ConfigError(
                f"--{option} needs a BRIEF: without one, `generate` does the stage of a run "
                f"({instead})."
            )


def _without_later_topics(
    briefs: Sequence[str], era: Era, origin: dict[str, Any], *, json: bool
) -> list[str]:
    """Return the briefs that the era can answer, and say of each other one why it is not written.

    The words are ours, not a model's, and they are marked.
    """
    from erastyle.corpus.chronology.later_topics import declined, later_topics

    kept = []
    for brief in briefs:
        topics = later_topics(brief, era.lexicon_cutoff)
        if not topics:
            kept.append(brief)
            continue
        why = declined(topics, era.lexicon_cutoff)
        if json:
            row = {"brief": brief, "text": "", "declined": why, **origin, "origin": "erastyle"}
            typer.echo(jsonlib.dumps(row, ensure_ascii=False))
        else:
            typer.echo(f"({why})", err=True)
    return kept


def generate_options(
    strength: str, folder: Path | None, overrides: Sequence[str]
) -> GenerateOptions:
    """Return the options of generation.

    Args:
        strength: A number, or `auto`.
        folder: The style model's folder, which knows its measured strengths.
        overrides: `generate.name=value`, as for --set.

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
    given = [config.set_value(values, override) for override in overrides]
    section = create_model("GenerateSection", __base__=Options, generate=(GenerateOptions, ...))
    options: GenerateOptions = validate(section, values, "--set", {}, given).generate  # type: ignore[attr-defined]
    return options


def _era(run: Path | None, model: Path | None) -> Era | None:
    """Return the era of what writes; None for a base, a mix, or an era that is not shipped."""
    from erastyle import planned_run
    from erastyle.corpus import era as eras
    from erastyle.train.model.folder import describe

    if run is not None:
        return planned_run.load_saved(run).config.era
    if model is None:
        return None
    name = describe(model).era
    if name not in eras.names():
        typer.echo(f"(the era {name} is not shipped, so no guard looks on)", err=True)
        return None
    return eras.load(name)


def _guards(run: Path | None, era: Era, options: GenerateOptions) -> Guards:
    """Return what looks on while a style model of one era writes.

    A run holds its training documents, so that copies are seen; a model's folder alone does not.
    """
    from erastyle import planned_run
    from erastyle.train.generate import training_index
    from erastyle.train.model.guards.of_era import guards_of

    if run is not None:
        pairs = planned_run.pairs_behind(run)
        index = training_index(pairs) if pairs else None
        return guards_of(era, index, options.tries)
    return guards_of(era, None, options.tries)


def _base_name(folder: Path | None, mix: Sequence[str], base: str | None) -> str:
    """Return the name of the base that writes, and fetch it where that is allowed.

    Raises:
        ModelError: The base is not here and cannot be fetched.
    """
    from erastyle.commands import bases
    from erastyle.train.model.folder import describe

    if folder is None and mix:
        folder = _shares(mix)[0][0]
    name = str(base) if folder is None else describe(folder).base
    bases.ready(name)
    return name


def _writer(
    folder: Path | None, mix: Sequence[str], base: str | None, options: GenerateOptions
) -> Writer:
    """Load the style model in `folder`, the mixed styles, or the base.

    Raises:
        ConfigError: A part of the mix is not RUN=SHARE.
        ModelError: A model cannot be loaded.
    """
    from erastyle.train.model import devices
    from erastyle.train.model.pair import ModelPair, from_base, from_mix

    device = options.device or devices.best_device()
    if folder is not None:
        return ModelPair(folder, device, options.max_new_tokens).fine_tuned(options.strength)
    if mix:
        return from_mix(_shares(mix), device)
    return from_base(str(base), device, own_prompt=True)


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


def _write(
    briefs: Sequence[str],
    writer: Writer,
    options: GenerateOptions,
    origin: dict[str, Any],
    guards: Guards | None,
    *,
    json: bool,
) -> None:
    """Print the answer to each brief, as text or as a JSON line with its origin.

    A single text appears while it is written. What the guards refused stands below, on the error
    output.
    """
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.train.generate import choose_threads
    from erastyle.train.model.generation import in_batches

    choose_threads(writer.model, options, len(briefs))
    alone = len(briefs) == 1 and not json
    answers = in_batches(
        writer,
        briefs,
        options.decoding,
        origin["seed"],
        Progress(),
        guards=guards,
        on_text=_show_at_once if alone else None,
    )
    for brief, answer in zip(briefs, answers, strict=True):
        _print(brief, answer, origin, {}, json=json, shown=alone)


def _print(
    brief: str,
    answer: GeneratedText,
    origin: dict[str, Any],
    further: dict[str, Any],
    *,
    json: bool,
    shown: bool = False,
) -> None:
    """Print an answer, or what stands below it where it was shown while it was written."""
    if json:
        line = {
            "brief": brief,
            "text": answer.text,
            "tokens": answer.tokens,
            "stopped": answer.stopped,
            "refused": answer.refused,
            "refused_tokens": answer.spent,
            "let_stand": [mark._asdict() for mark in answer.marks],
            **further,
            **origin,
        }
        typer.echo(jsonlib.dumps(line, ensure_ascii=False))
        return
    typer.echo("\n" if shown else answer.text + "\n")
    if answer.refused or answer.marks:
        typer.echo(_guarded(answer), err=True)


def _write_best(
    briefs: Sequence[str],
    best_of: int,
    run: Path,
    writer: Writer,
    options: GenerateOptions,
    *,
    origin: dict[str, Any],
    guards: Guards | None,
    json: bool,
) -> None:
    """Print the best of several answers to each brief, and what both judges say of it.

    Raises:
        ModelError: The run has no judges.
    """
    from erastyle import best_of as best
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.train.generate import choose_threads
    from erastyle.train.model.generation import in_batches

    judges, form = best.judges_of(run)
    many = [brief for brief in briefs for _ in range(best_of)]
    choose_threads(writer.model, options, len(many))
    texts = list(
        in_batches(writer, many, options.decoding, origin["seed"], Progress(), guards=guards)
    )
    for n, brief in enumerate(briefs):
        candidates = texts[n * best_of : (n + 1) * best_of]
        chosen = best.choose(candidates, brief, judges, form)
        further = {
            "best_of": best_of,
            "chosen": chosen.number,
            "choosing": chosen.choosing.outcome,
            "reporting": chosen.reporting.outcome,
        }
        _print(brief, chosen.text, origin, further, json=json)
        if not json:
            said = f"(best of {best_of} by the choosing judge: {chosen.choosing.sentence}"
            typer.echo(f"{said} The reporting judge: {chosen.reporting.sentence})", err=True)


def _guarded(answer: GeneratedText) -> str:
    """Return in a line what the guards did to a text."""
    refused = ", ".join(f"{name} {count}" for name, count in answer.refused.items())
    stood = "; ".join(f"{mark.guard}: {mark.reason}" for mark in answer.marks)
    return f"(guards refused: {refused or 'nothing'}" + (f"; let stand: {stood})" if stood else ")")


def _show_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
