"""What `erastyle generate` does with a brief: choose a model, dial it, write."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from erastyle import config, dial
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
    device = options.device or devices.best_device()
    if folder is not None:
        writer = Both(folder, device, options.max_new_tokens).style(options.strength)
    elif mix:
        writer = of_mix(_shares(mix), device)
    else:
        writer = of_base(str(base), device)
    choose_threads(writer.model, options)
    wanted = [brief for brief in briefs for _ in range(count)]
    found = in_batches(writer, wanted, options, seed, Progress())
    for brief, answer in zip(wanted, found, strict=True):
        if json:
            row = {
                "brief": brief,
                "text": answer.text,
                "tokens": answer.tokens,
                "stopped": answer.stopped,
                "origin": "synthetic",
                "model": str(root or model or base or " + ".join(mix)),
                "strength": options.strength,
                "seed": seed,
            }
            typer.echo(jsonlib.dumps(row, ensure_ascii=False))
        else:
            typer.echo(answer.text + "\n")
    if not json:
        typer.echo("(written by a machine in the style of a period; not a source)", err=True)
    return 0


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
