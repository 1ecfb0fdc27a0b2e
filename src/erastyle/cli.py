"""The `erastyle` command: the typer app, to which every file of commands/ adds its command.

Exit codes: 0 done; 1 something could not be done; 2 wrong use; 130 interrupted; with --gate also 3,
the gate failed, and 4, the gate cannot tell.

Everything heavy is imported inside the commands, so that `erastyle --help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer

from erastyle.commands import (
    bases,
    clean,
    clean_up,
    clusters,
    compare,
    date,
    doctor,
    eras,
    export,
    generate,
    inspect,
    report,
    restyle,
    run,
    score,
    sources,
    stages,
    status,
    strength,
    verify,
    why,
)

INTERRUPTED = 130
EPILOG = (
    "Exit codes: 0 done, 1 could not be done, 2 wrong use, 130 interrupted; with --gate also 3, "
    "the gate failed, and 4, the gate cannot tell."
)
COMMANDS = (
    run.run,
    *(stages.ingest, clean.clean, stages.dedupe, stages.split, stages.pairs, stages.train),
    *(generate.generate, restyle.restyle, score.score, compare.compare, strength.strength),
    date.date,
    export.export,
    *(report.report, status.status, why.why, clusters.clusters, inspect.inspect, verify.verify),
    *(clean_up.clean_up, doctor.doctor),
)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="From dated documents to a model that writes like them, with the damage measured.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
)
for _command in COMMANDS:
    app.command()(_command)
app.add_typer(bases.app, name="bases")
app.add_typer(eras.app, name="eras")
app.add_typer(sources.app, name="sources")


def _stop(number: int, frame: Any) -> None:
    del number, frame
    raise KeyboardInterrupt


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
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # Everything is written and unlocked. Taking torch apart would keep the person waiting.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
