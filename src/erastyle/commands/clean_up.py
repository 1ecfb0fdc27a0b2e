"""The command `clean-up`: removes outputs that the run's configuration does not use."""

from __future__ import annotations

import shutil

import typer

from erastyle.commands.options import Debug, DryRun, RunArgument
from erastyle.commands.terminal import reported


@reported
def clean_up(*, run: RunArgument, dry_run: DryRun = False, debug: Debug = False) -> int:
    """Remove outputs that the run's configuration does not use any more."""
    del debug
    from erastyle import planned_run
    from erastyle.pipeline.runtime import runner

    used = {step.folder for step in planned_run.load_saved(run).steps}
    freed = count = 0
    with runner.lock(run):
        for _, folder in planned_run.stage_outputs(run):
            if folder in used:
                continue
            count += 1
            freed += sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
            if not dry_run:
                shutil.rmtree(folder)
    verb = "would be removed" if dry_run else "removed"
    typer.echo(f"{count} old outputs {verb}, {freed / 1e6:,.1f} MB.")
    return 0
