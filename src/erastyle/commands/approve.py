"""The command `approve`: somebody answers for a text that a machine wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from erastyle.commands.options import Debug
from erastyle.commands.terminal import reported


@reported
def approve(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Texts with the file *.provenance.json beside them."),
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for them.")],
    note: Annotated[str, typer.Option("--note", help="What to say of them.")] = "",
    debug: Debug = False,
) -> int:
    """Record who answers for a text, in the file beside it."""
    del debug
    from erastyle.corpus.provenance import sidecar
    from erastyle.pipeline.runtime import manifest

    at = manifest.now().isoformat(timespec="seconds")
    for file in files:
        sidecar.approve(file, by, note, at)
        typer.echo(f"{file}: approved by {by.strip()}", err=True)
    return 0
