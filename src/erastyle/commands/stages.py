"""The commands `ingest`, `dedupe`, `split`, `pairs` and `train`: run the stages up to this one."""

from __future__ import annotations

from collections.abc import Callable

from erastyle.commands.options import (
    Address,
    Base,
    Contrast,
    Debug,
    DryRun,
    Engine,
    Json,
    Run,
    Set,
    Source,
    StageRequest,
    Target,
    Verbose,
    Yes,
)
from erastyle.commands.run import run_stages
from erastyle.commands.terminal import reported


def _stage_command(stage: str, title: str) -> Callable[..., None]:
    """Return the command that runs the stages up to `stage`."""

    def command(
        *,
        target: Target = None,
        source: Source = None,
        contrast: Contrast = None,
        base: Base = None,
        run: Run = None,
        set: Set = None,  # noqa: A002
        engine: Engine = None,
        address: Address = None,
        dry_run: DryRun = False,
        yes: Yes = False,
        verbose: Verbose = False,
        json: Json = False,
        debug: Debug = False,
    ) -> int:
        request = StageRequest.of(locals())
        return run_stages(request, stage)

    command.__name__ = stage
    command.__doc__ = f"{title} Does the stages before it where needed."
    return reported(command)


ingest = _stage_command("ingest", "Read the sources and turn bytes into text.")
dedupe = _stage_command("dedupe", "Find exact and near duplicates and keep one of each.")
split = _stage_command("split", "Part the sites into train, dev and test.")
pairs = _stage_command("pairs", "Turn documents into requests with their answers.")
train = _stage_command("train", "Fine-tune the base model on the pairs.")
