"""The command `generate`: the stage of a run, or texts for the briefs of the user."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from erastyle.commands import answer_briefs
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
from erastyle.commands.writing_options import (
    BestOf,
    BriefArguments,
    BriefsFile,
    LaterTopics,
    Length,
    Mix,
    NoLabel,
    NoWatermark,
    Number,
    Out,
    PeriodFiles,
    Seed,
    Strength,
    StyleModel,
    Temperature,
    WritingRequest,
)
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.train.generate import GenerateOptions
    from erastyle.writing.brief import Brief
    from erastyle.writing.engine import Engine, Named


@reported
def generate(
    *,
    brief: BriefArguments = None,
    briefs: BriefsFile = None,
    run: Run = None,
    model: StyleModel = None,
    base: Base = None,
    strength: Strength = None,
    mix: Mix = None,
    n: Number = None,
    best_of: BestOf = None,
    length: Length = None,
    temperature: Temperature = None,
    later: LaterTopics = None,
    seed: Seed = None,
    out: Out = None,
    period_files: PeriodFiles = False,
    no_label: NoLabel = False,
    no_watermark: NoWatermark = False,
    set: Set = None,  # noqa: A002
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Write texts with the style model of a run, or with a base model."""
    from erastyle.commands import bases
    from erastyle.writing.engine import Named

    del debug
    if yes:
        allow_fetching()
    wanted = WritingRequest.of(locals())
    if not brief and briefs is None and not wanted.may_ask():
        wanted.refuse_for_the_stage()
        return run_stages(StageRequest(base=base, run=run, set=set, json=json), "generate")
    named = Named(run=run, model=model, base=base, mix=_shares(mix or []))
    wanted.check(named)
    given = _briefs(brief or [], briefs)
    bases.ready(named.base_name)
    options = generate_options(
        wanted.strength or "1", named.folder, set or [], temperature=temperature
    )
    engine = _engine(named, options, judged=(best_of or 1) > 1, watermark=not wanted.no_watermark)
    if not given:
        return answer_briefs.talk(engine, wanted)
    return answer_briefs.answer(given, engine, wanted)


def _engine(named: Named, options: GenerateOptions, *, judged: bool, watermark: bool) -> Engine:
    from erastyle.writing import engine

    loaded = engine.load(named, options, judged=judged, watermark=watermark)
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
        if os.path.isfile(text):  # noqa: PTH113  # False for a brief too long to be a name
            raise ConfigError(
                f"{text} is a file. --briefs {text} takes briefs from it, one a line; "
                f"`erastyle generate - < {text}` takes the whole of it as one."
            )
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
    elif not _is_strength(strength):
        raise ConfigError(f"--strength {strength}: give a number from 0 to {MOST:g}, or auto.")
    values: dict[str, Any] = {"generate": {"strength": chosen}}
    if temperature is not None:
        values["generate"]["temperature"] = temperature
    given = [config.set_value(values, override) for override in overrides]
    section = create_model("GenerateSection", __base__=Options, generate=(GenerateOptions, ...))
    options: GenerateOptions = validate(section, values, "--set", {}, given).generate  # type: ignore[attr-defined]
    return options


MOST = 1.5
"""Greatest strength; `generate.strength` has the same limit."""


def _is_strength(text: str) -> bool:
    try:
        return 0 <= float(text) <= MOST
    except ValueError:
        return False


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
