"""What `erastyle generate` does with a brief: choose a model, dial it, write."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from erastyle import config
from erastyle import strength_curve as dial
from erastyle.commands import bases
from erastyle.corpus.errors import ConfigError
from erastyle.pipeline.runtime.progress import Progress


def write(
    briefs: Sequence[str],
    root: Path | None,
    model: Path | None,
    base: str | None,
    strength: str,
    mix: Sequence[str],
    count: int,
    seed: int,
    overrides: Sequence[str],
    *,
    json: bool,
) -> int:
    """Print texts for the briefs, from a style model or from a base.

    Args:
        briefs: What to write.
        root: A run directory, whose style model writes.
        model: A style model's folder, wherever it lies.
        base: A base model.
        strength: A number, or `auto`.
        mix: `RUN=SHARE`, several.
        count: Texts for each brief.
        seed: Same seed, same texts.
        overrides: `generate.name=value`.
        json: Whether to print JSON lines.

    Raises:
        ConfigError: Not exactly one of run, model, base and mix is named.
        ModelError: The model cannot be loaded.
    """
    from erastyle.corpus.options import Options
    from erastyle.corpus.yamlfile import validate
    from erastyle.train.generate import GenerateOptions, choose_threads, in_batches
    from erastyle.train.model import devices
    from erastyle.train.model.pair import Both, of_base, of_mix
    from erastyle.train.model.streaming import Shown

    if sum(named is not None for named in (root, model, base)) + bool(mix) != 1:
        raise ConfigError(
            "Name either a run with --run DIR, a style model's folder with --model DIR, a base "
            "model with --base NAME, or --mix RUN=SHARE."
        )
    folder = root / "model" if root is not None else model
    dialled: str | float = strength
    if strength == "auto":
        if folder is None:
            raise ConfigError("--strength auto needs --run DIR or --model DIR.")
        dialled = dial.strongest(folder)
    values: dict[str, Any] = {"generate": {"strength": dialled}}
    given = [config.set_value(values, override) for override in overrides]

    class Wanted(Options):
        generate: GenerateOptions

    options = validate(Wanted, values, "--set", {}, given).generate
    named = _base_name(folder, base, mix)
    bases.ready(named)
    device = options.device or devices.best_device()
    if folder is not None:
        writer = Both(folder, device, options.max_new_tokens).style(options.strength)
    elif mix:
        writer = of_mix(_shares(mix), device)
    else:
        writer = of_base(str(base), device, own_prompt=True)
    wanted = [brief for brief in briefs for _ in range(count)]
    choose_threads(writer.model, options, len(wanted))
    shown = Shown(writer.tokenizer, sys.stdout) if len(wanted) == 1 and not json else None
    written = in_batches(writer, wanted, options, seed, Progress(), shown)
    for brief, answer in zip(wanted, written, strict=True):
        if shown is not None:
            typer.echo("\n")
        elif json:
            row = {
                "brief": brief,
                "text": answer.text,
                "tokens": answer.tokens,
                "stopped": answer.stopped,
                "origin": "synthetic",
                "model": str(root or model or base or " + ".join(mix)),
                "base": named,
                "strength": options.strength,
                "seed": seed,
            }
            typer.echo(jsonlib.dumps(row, ensure_ascii=False))
        else:
            typer.echo(answer.text + "\n")
    if not json:
        typer.echo(_note(base, named), err=True)
    return 0


def _base_name(folder: Path | None, base: str | None, mix: Sequence[str]) -> str:
    """Return the name of the base under what writes."""
    from erastyle.train.model.folder import describe

    if folder is None and mix:
        folder = _shares(mix)[0][0]
    return str(base) if folder is None else describe(folder).base


def _note(base: str | None, named: str) -> str:
    """Return the line under the texts: a machine wrote them, on this base."""
    if base is not None:
        return f"(written by a machine: the untuned base {named}; not a source)"
    return f"(written by a machine in the style of a period, on the base {named}; not a source)"


def _shares(mix: Sequence[str]) -> list[tuple[Path, float]]:
    """Return style-model folders with their strengths.

    Raises:
        ConfigError: A part is not RUN=SHARE.
    """
    found = []
    for text in mix:
        run, equals, share = text.rpartition("=")
        try:
            found.append((_model_in(Path(run)), float(share)))
        except ValueError:
            equals = ""
        if not equals or not run:
            raise ConfigError(f"--mix {text}: write RUN=SHARE, such as runs/web-1995=0.7.")
    return found


def _model_in(path: Path) -> Path:
    """Return the style model that is meant by a run directory or by the model's own folder."""
    return path if (path / "style.json").is_file() else path / "model"
