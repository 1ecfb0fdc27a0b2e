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
    approve,
    bases,
    clean,
    clean_up,
    clusters,
    compare,
    date,
    detect,
    doctor,
    eras,
    export,
    generate,
    inspect,
    report,
    restyle,
    run,
    score,
    serve,
    sources,
    stages,
    status,
    strength,
    studio,
    verify,
    why,
)
from erastyle.commands.help import Group, WorkCommand, WorkGroup

INTERRUPTED = 130
EPILOG = (
    "Exit codes: 0 done, 1 could not be done, 2 wrong use, 130 interrupted; with --gate also 3, "
    "the gate failed, and 4, the gate cannot tell."
)
START, LOOK = "Start here", "Look into a run"
WRITE, STAGES = "Write, and judge texts", "The stages one by one, in their order"
DOCUMENTS, CARE = "Documents, eras, base models", "Care"
COMMANDS = (
    (START, run.run, "erastyle run web-1995 --source my-pages/ --contrast modern-pages/"),
    (START, report.report, "erastyle report runs/web-1995"),
    (WRITE, generate.generate, 'erastyle generate "A page about ham radio." --run runs/web-1995'),
    (WRITE, restyle.restyle, "erastyle restyle draft.txt --run runs/web-1995"),
    (WRITE, studio.studio, "erastyle studio runs/web-1995"),
    (WRITE, score.score, "erastyle score page.html --run runs/web-1995"),
    (WRITE, approve.approve, 'erastyle approve texts/0001-kites.html --by "Ann Hill"'),
    (WRITE, date.date, "erastyle date page.html letter.txt"),
    (WRITE, detect.detect, "erastyle detect page.html"),
    (WRITE, compare.compare, "erastyle compare runs/web-1995"),
    (WRITE, strength.strength, "erastyle strength runs/web-1995"),
    (WRITE, serve.serve, "erastyle serve runs/web-1995"),
    (WRITE, export.export, "erastyle export runs/web-1995 --to merged"),
    (LOOK, status.status, "erastyle status runs/web-1995"),
    (LOOK, why.why, "erastyle why runs/web-1995 page.html"),
    (LOOK, clusters.clusters, "erastyle clusters runs/web-1995"),
    (LOOK, inspect.inspect, "erastyle inspect runs/web-1995"),
    (LOOK, verify.verify, "erastyle verify runs/web-1995"),
    (STAGES, stages.ingest, "erastyle ingest web-1995 --source my-pages/"),
    (STAGES, clean.clean, "erastyle clean web-1995 --source my-pages/"),
    (STAGES, stages.dedupe, "erastyle dedupe web-1995 --source my-pages/"),
    (STAGES, stages.split, "erastyle split web-1995 --source my-pages/"),
    (STAGES, stages.pairs, "erastyle pairs web-1995 --source my-pages/"),
    (STAGES, stages.train, "erastyle train web-1995 --source my-pages/ --base smollm2"),
    (CARE, clean_up.clean_up, "erastyle clean-up runs/web-1995"),
    (CARE, doctor.doctor, "erastyle doctor"),
)
"""Each command with its group in the help and an example; the groups in the order of the work."""
GROUPS = (
    (sources.app, "sources", "erastyle sources check my-archive.warc.gz"),
    (eras.app, "eras", "erastyle eras list"),
    (bases.app, "bases", "erastyle bases get smollm2"),
)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    cls=WorkGroup,
    help="From dated documents to a model that writes like them, with the damage measured.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _add(panel: str, function: Any, example: str) -> None:
    app.command(cls=WorkCommand, rich_help_panel=panel, epilog=f"Example: {example}")(function)


for _panel, _command, _example in COMMANDS:
    _add(_panel, _command, _example)
for _group, _name, _example in GROUPS:
    for _info in _group.registered_commands:
        _info.cls = WorkCommand
    app.add_typer(
        _group,
        name=_name,
        cls=Group,
        rich_help_panel=DOCUMENTS,
        epilog=f"Example: {_example}",
    )


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
    """Go with every command, at any place: --quiet (results and errors alone) and --verbose."""
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
