"""The `erastyle` command: the typer app over the table of all commands.

Exit codes: 0 done; 1 something could not be done; 2 wrong use; 130 interrupted; with --gate also 3,
the gate failed, and 4, the gate cannot tell.

A command is imported when it is called, and imports what is heavy when it works, so that
`erastyle --help` and `erastyle status` answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer

from erastyle.commands.entries import Commands, Entry
from erastyle.commands.help import WorkGroup

INTERRUPTED = 130
EPILOG = (
    "Every command takes --quiet (results and errors alone) and --verbose.\n\n"
    "Exit codes: 0 done, 1 could not be done, 2 wrong use, 130 interrupted; with --gate also 3, "
    "the gate failed, and 4, the gate cannot tell."
)
START, LOOK = "Start here", "Look into a run"
WRITE, STAGES = "Write, and judge texts", "The stages one by one, in their order"
DOCUMENTS, CARE = "Documents, eras, base models", "Care"
ENTRIES = (
    Entry(START, "run.run", "erastyle run web-1995 --source my-pages/ --contrast modern-pages/"),
    Entry(START, "report.report", "erastyle report runs/web-1995"),
    Entry(
        WRITE,
        "generate.generate",
        'erastyle generate "A page about ham radio." --run runs/web-1995',
    ),
    Entry(WRITE, "restyle.restyle", "erastyle restyle draft.txt --run runs/web-1995"),
    Entry(WRITE, "studio.studio", "erastyle studio runs/web-1995"),
    Entry(WRITE, "score.score", "erastyle score page.html --run runs/web-1995"),
    Entry(WRITE, "approve.approve", 'erastyle approve texts/0001-kites.html --by "Ann Hill"'),
    Entry(WRITE, "date.date", "erastyle date page.html letter.txt"),
    Entry(WRITE, "detect.detect", "erastyle detect page.html"),
    Entry(WRITE, "compare.compare", "erastyle compare runs/web-1995"),
    Entry(WRITE, "strength.strength", "erastyle strength runs/web-1995"),
    Entry(WRITE, "serve.serve", "erastyle serve runs/web-1995"),
    Entry(WRITE, "export.export", "erastyle export runs/web-1995 --to merged"),
    Entry(LOOK, "status.status", "erastyle status runs/web-1995"),
    Entry(LOOK, "why.why", "erastyle why runs/web-1995 page.html"),
    Entry(LOOK, "clusters.clusters", "erastyle clusters runs/web-1995"),
    Entry(LOOK, "inspect.inspect", "erastyle inspect runs/web-1995"),
    Entry(LOOK, "verify.verify", "erastyle verify runs/web-1995"),
    Entry(STAGES, "stages.ingest", "erastyle ingest web-1995 --source my-pages/"),
    Entry(STAGES, "clean.clean", "erastyle clean web-1995 --source my-pages/"),
    Entry(STAGES, "stages.dedupe", "erastyle dedupe web-1995 --source my-pages/"),
    Entry(STAGES, "stages.split", "erastyle split web-1995 --source my-pages/"),
    Entry(STAGES, "stages.pairs", "erastyle pairs web-1995 --source my-pages/"),
    Entry(STAGES, "stages.train", "erastyle train web-1995 --source my-pages/ --base smollm2"),
    Entry(CARE, "clean_up.clean_up", "erastyle clean-up runs/web-1995"),
    Entry(CARE, "doctor.doctor", "erastyle doctor"),
    Entry(DOCUMENTS, "sources.app", "erastyle sources check my-archive.warc.gz"),
    Entry(DOCUMENTS, "eras.app", "erastyle eras list"),
    Entry(DOCUMENTS, "bases.app", "erastyle bases get smollm2"),
)
"""Each command: its heading in the help, where it is, an example. In the order of the work."""


class Erastyle(WorkGroup):
    """All commands of the table, none of which is imported before it is called."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the group of the table."""
        super().__init__(*arguments, **options)
        self.table = Commands(ENTRIES)
        self.commands = self.table  # type: ignore[assignment]  # typer only reads it

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, without building the commands."""
        del ctx
        return list(self.table)

    def listed(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Return name and first sentence of the commands under each heading, none of them built."""
        del ctx
        rows: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.table.entries.items():
            rows.setdefault(entry.panel, []).append((name, entry.summary()))
        return rows


app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    cls=Erastyle,
    help="From dated documents to a model that writes like them, with the damage measured.",
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
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
